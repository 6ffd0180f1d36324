//! SecureHash: HMAC-SHA256 over `Name=Value` pairs in alphabetical order.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A merchant's key, decoded once.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    /// Reads a key of any length from its hex text.
    pub(crate) fn from_hex(text: &str) -> Result<Self, String> {
        let bytes = hex::decode(text).map_err(|error| format!("the key is not hex: {error}"))?;
        Hmac::new_from_slice(&bytes).map(Self).map_err(|error| error.to_string())
    }

    /// The hash of the fields, in upper case as Moamalat writes it.
    pub(crate) fn sign(&self, fields: &[(&str, &str)]) -> String {
        hex::encode_upper(self.over(fields).finalize().into_bytes())
    }

    /// Whether `given`, in either case, is the hash of the fields; in constant time.
    pub(crate) fn verifies(&self, fields: &[(&str, &str)], given: &str) -> bool {
        hex::decode(given).is_ok_and(|given| self.over(fields).verify_slice(&given).is_ok())
    }

    fn over(&self, fields: &[(&str, &str)]) -> Hmac<Sha256> {
        debug_assert!(fields.is_sorted_by_key(|(name, _)| *name), "the fields of a hash are in alphabetical order");
        let mut mac = self.0.clone();
        for (position, (name, value)) in fields.iter().enumerate() {
            if position > 0 {
                mac.update(b"&");
            }
            mac.update(name.as_bytes());
            mac.update(b"=");
            mac.update(value.as_bytes());
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    /// From the tests of a public client: a real notification.
    #[test]
    fn published_notification() {
        let key = "39353638663431622D303136622D343235322D623330632D383361633838383965373965";
        let fields = [
            ("Amount", "1000"),
            ("Currency", "434"),
            ("DateTimeLocalTrxn", "20220903014410"),
            ("MerchantId", "10004188779"),
            ("TerminalId", "49077229"),
        ];
        let expected = "5C919EA5A619D33101AA761B8DFB332C8993C867CB8E5E567770185B71ED72E6";
        assert_eq!(Key::from_hex(key).unwrap().sign(&fields), expected);
    }

    #[test]
    fn derived_filter_request() {
        let key = Key::from_hex("3a488a89b3f7993476c252f017c488bb").unwrap();
        let fields = [("DateTimeLocalTrxn", "250131153045"), ("MerchantId", "10081014649"), ("TerminalId", "99179395")];
        let expected = "BB214CC0FDDA4A6AAB53317625E970B7AE243532B92EDD8AAA01A592E5EDD4CD";
        assert_eq!(key.sign(&fields), expected);
        assert!(key.verifies(&fields, &expected.to_lowercase()));
        assert!(!key.verifies(&fields, &expected.replace('B', "A")));
        assert!(!key.verifies(&fields, ""));
    }

    #[test]
    fn key_is_hex_and_not_text() {
        let key = Key::from_hex("3a488a89b3f7993476c252f017c488bb").unwrap();
        let fields = [
            ("Amount", "12500"),
            ("DateTimeLocalTrxn", "202501311530"),
            ("MerchantId", "10081014649"),
            ("MerchantReference", "ORD-1001"),
            ("TerminalId", "99179395"),
        ];
        assert!(key.verifies(&fields, "AD78F7FB8855588ED33A7BB4AAA6592919ADB82245924D7DBDB67532369AF5C7"));
        assert!(!key.verifies(&fields, "197D8EDD4AF764C979FD0907A67560E858A8F92AC1B1BAE56E4EE003C8593D08"));
        assert!(Key::from_hex("not hex").is_err());
    }
}
