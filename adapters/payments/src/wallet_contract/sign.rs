//! X-Signature: HMAC-SHA256 in lower-case hex over a time, what is asked for, and the body, a line each.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The secret key of an account: its text as it is, not decoded.
pub(super) struct Key(SecretString);

impl Key {
    pub(super) fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// Whether it is this key, which everybody knows because it was published.
    pub(super) fn is(&self, published: &str) -> bool {
        self.0.expose_secret() == published
    }

    /// The signature of a request. The target is path and query as they stand in the request line.
    pub(super) fn request(&self, time: &str, method: &str, target: &str, body: &[u8]) -> String {
        hex::encode(self.digest(&[time.as_bytes(), method.as_bytes(), target.as_bytes(), body]))
    }

    /// Whether the signature, hex in either case, is the one of a callback. Constant time.
    pub(super) fn verifies_callback(&self, time: &str, body: &[u8], signature: &str) -> bool {
        let mut given = [0; 32];
        hex::decode_to_slice(signature, &mut given).is_ok()
            && bool::from(self.digest(&[time.as_bytes(), body]).ct_eq(&given))
    }

    fn digest(&self, lines: &[&[u8]]) -> [u8; 32] {
        let key = self.0.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                mac.update(b"\n");
            }
            mac.update(line);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../../schemas/providers/wallet_contract/", $name)).trim_end()
        };
    }

    const TIME: &str = "1795600000";
    const REQUEST: &str = "d0526db1693f253055f33e5ff20b68b043f15225181e3dbcb6cb08cb71044321";
    const WEBHOOK: &str = "eb7c666b058b93dc28be1217fd2998705ff68d7723f02c23a55c63174bb05c78";
    /// Computed with Python's hmac, as SOURCE.md's own: a GET, whose body is absent.
    const ASKED: &str = "1d648e420222520075cb708d84f2f2fc428f94d966f9667b775b409f81d23070";

    fn key(text: &str) -> Key {
        Key::new(text.into())
    }

    fn ours() -> Key {
        key("wallet-contract-secret")
    }

    #[test]
    fn requests_as_in_the_contract() {
        let body = sample!("payment_code_request.json").as_bytes();
        assert_eq!(ours().request(TIME, "POST", "/mobicash/v1/payments", body), REQUEST);
        assert_eq!(ours().request(TIME, "GET", "/mobicash/v1/payments?reference=pay_01K9QJ7Z5T.a1", b""), ASKED);
    }

    #[test]
    fn a_request_of_anything_else_has_another_signature() {
        let body = sample!("payment_code_request.json").as_bytes();
        for (key, time, method, target, body) in [
            (key("wallet-contract-secreT"), TIME, "POST", "/mobicash/v1/payments", body),
            (ours(), "1795600001", "POST", "/mobicash/v1/payments", body),
            (ours(), TIME, "PUT", "/mobicash/v1/payments", body),
            (ours(), TIME, "POST", "/v1/payments", body),
            (ours(), TIME, "POST", "/mobicash/v1/payments?", body),
            (ours(), TIME, "POST", "/mobicash/v1/payments", &body[1..]),
        ] {
            assert_ne!(key.request(time, method, target, body), REQUEST, "{time} {method} {target}");
        }
    }

    #[test]
    fn webhooks_as_in_the_contract_and_no_others() {
        let body = sample!("webhook_paid.json").as_bytes();
        assert!(ours().verifies_callback(TIME, body, WEBHOOK));
        assert!(ours().verifies_callback(TIME, body, &WEBHOOK.to_uppercase()));
        assert!(!key("wallet-contract-secreT").verifies_callback(TIME, body, WEBHOOK));
        assert!(!ours().verifies_callback("1795600001", body, WEBHOOK));
        assert!(!ours().verifies_callback(TIME, &body[..body.len() - 1], WEBHOOK));
        // What proves a request of ours proves no callback.
        let request = ours().request(TIME, "POST", "/mobicash/v1/payments", body);
        assert!(!ours().verifies_callback(TIME, body, &request));
        for text in ["", "zz", &WEBHOOK[..62], &format!("{WEBHOOK}00"), &format!(" {WEBHOOK}"), &"0".repeat(64)] {
            assert!(!ours().verifies_callback(TIME, body, text), "{text:?}");
        }
    }

    #[test]
    fn the_published_key_is_known() {
        assert!(ours().is("wallet-contract-secret") && !key("another").is("wallet-contract-secret"));
    }
}
