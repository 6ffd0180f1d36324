//! SecureHash: HMAC-SHA256 over `Name=Value` pairs in alphabetical order, with a key that is hex-decoded first.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The names and raw values that a hash covers.
pub(super) type Fields<'a> = [(&'static str, &'a str)];

/// A merchant's secure key or notification key, decoded; zeroed when dropped and never shown.
#[derive(Clone)]
pub(super) struct Key(SecretSlice<u8>);

impl Key {
    /// Reads hex in either case. Keys of 16 and of 36 bytes are in circulation, so any length but none will do.
    pub(super) fn from_hex(text: &SecretString) -> Option<Self> {
        let bytes = hex::decode(text.expose_secret()).ok().filter(|bytes| !bytes.is_empty())?;
        Some(Self(SecretSlice::from(bytes)))
    }

    /// Whether it is this key, which everybody knows because it was published.
    pub(super) fn is(&self, published: &str) -> bool {
        hex::decode(published).is_ok_and(|bytes| bytes == self.0.expose_secret())
    }

    /// The hash as upper-case hex, which is how Moamalat writes it.
    pub(super) fn sign(&self, fields: &Fields<'_>) -> String {
        hex::encode_upper(self.digest(fields))
    }

    /// Whether the hash, hex in either case, is the one of these fields. Constant time.
    pub(super) fn verifies(&self, fields: &Fields<'_>, hash: &str) -> bool {
        let mut given = [0; 32];
        hex::decode_to_slice(hash, &mut given).is_ok() && bool::from(self.digest(fields).ct_eq(&given))
    }

    fn digest(&self, fields: &Fields<'_>) -> [u8; 32] {
        let mut sorted = fields.to_vec();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes keys of any length");
        for (index, (name, value)) in sorted.into_iter().enumerate() {
            // Values are raw: percent-encoding them, as some clients do, gives another hash (SOURCE.md, "SecureHash").
            for part in [if index == 0 { "" } else { "&" }, name, "=", value] {
                mac.update(part.as_bytes());
            }
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURRENT: &str = "3a488a89b3f7993476c252f017c488bb";
    const FIXTURE: &str = "39353638663431622d303136622d343235322d623330632d383361633838383965373965";

    fn key(text: &str) -> Key {
        Key::from_hex(&text.into()).expect("a key")
    }

    fn order(reference: &str) -> [(&'static str, &str); 5] {
        // Not sorted on purpose.
        [
            ("TerminalId", "99179395"),
            ("MerchantReference", reference),
            ("MerchantId", "10081014649"),
            ("DateTimeLocalTrxn", "202501311530"),
            ("Amount", "12500"),
        ]
    }

    #[test]
    fn v1_public_webhook() {
        let fields = [
            ("Amount", "1000"),
            ("Currency", "434"),
            ("DateTimeLocalTrxn", "20220903014410"),
            ("MerchantId", "10004188779"),
            ("TerminalId", "49077229"),
        ];
        let hash = "5C919EA5A619D33101AA761B8DFB332C8993C867CB8E5E567770185B71ED72E6";
        assert_eq!(key(FIXTURE).sign(&fields), hash);
        assert!(key(FIXTURE).verifies(&fields, hash));
        assert!(key(FIXTURE).verifies(&fields, &hash.to_lowercase()));
    }

    #[test]
    fn d1_and_d2_lightbox() {
        let d1 = "AD78F7FB8855588ED33A7BB4AAA6592919ADB82245924D7DBDB67532369AF5C7";
        let d2 = "0E8686EE3B12D387A4FB8722D77DC8A35A58CE29819119FD39E19511EDC62CA4";
        assert_eq!(key(CURRENT).sign(&order("ORD-1001")), d1);
        assert_eq!(key(CURRENT).sign(&order("")), d2);
        assert!(!key(CURRENT).verifies(&order("ORD-1001"), d2));
    }

    #[test]
    fn d3_filter_and_refund() {
        let fields = [("DateTimeLocalTrxn", "250131153045"), ("MerchantId", "10081014649"), ("TerminalId", "99179395")];
        let hash = "BB214CC0FDDA4A6AAB53317625E970B7AE243532B92EDD8AAA01A592E5EDD4CD";
        assert_eq!(key(CURRENT).sign(&fields), hash);
    }

    #[test]
    fn d4_webhook() {
        let fields = [
            ("Amount", "12500"),
            ("Currency", "434"),
            ("DateTimeLocalTrxn", "20250131153045"),
            ("MerchantId", "10081014649"),
            ("TerminalId", "99179395"),
        ];
        let hash = "628E00E757E86394D30D03D3E60E2A9F2F18FA67C61568EADAC84DDA0F185C98";
        assert_eq!(key(CURRENT).sign(&fields), hash);
    }

    #[test]
    fn d5_complete_callback() {
        let fields = [
            ("Amount", "12500"),
            ("Currency", "434"),
            ("MerchantId", "10081014649"),
            ("MerchantReference", "ORD-1001"),
            ("PaidThrough", "Card"),
            ("TerminalId", "99179395"),
            ("TxnDate", "250131153045"),
        ];
        let hash = "42B1E419C256717FD27E4F8683A92A42497AC82957AC9FEBD32AC725CF644C8D";
        assert_eq!(key(CURRENT).sign(&fields), hash);
    }

    #[test]
    fn n1_a_key_used_as_text_is_rejected() {
        let wrong = "197D8EDD4AF764C979FD0907A67560E858A8F92AC1B1BAE56E4EE003C8593D08";
        assert!(!key(CURRENT).verifies(&order("ORD-1001"), wrong));
        // It is what the text gives, so the vector does tell the two readings apart.
        assert_eq!(key(&hex::encode(CURRENT)).sign(&order("ORD-1001")), wrong);
    }

    #[test]
    fn what_is_no_hash_verifies_nothing() {
        let hash = key(CURRENT).sign(&order("ORD-1001"));
        for text in ["", "zz", &hash[..62], &format!("{hash}00"), &format!(" {hash}")] {
            assert!(!key(CURRENT).verifies(&order("ORD-1001"), text), "{text:?}");
        }
    }

    #[test]
    fn bad_keys_are_no_keys_and_good_ones_are_not_shown() {
        for text in ["", "abc", "0x00", "not hex", "3a488a89b3f7993476c252f017c488b"] {
            assert!(Key::from_hex(&text.into()).is_none(), "{text:?}");
        }
        assert!(key(CURRENT).is("3A488A89B3F7993476C252F017C488BB"));
        assert!(!key(FIXTURE).is(CURRENT));
    }
}
