//! `X-Signature`: lower-case hex HMAC-SHA256, keyed with the secret key's text, over lines.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far a time may be off the clock, in seconds.
pub(crate) const TOLERANCE: i64 = 300;

/// The signature of a request: time, method, path with query, body.
pub(crate) fn request(key: &str, time: &str, method: &str, target: &str, body: &[u8]) -> String {
    sign(key, &[time.as_bytes(), method.as_bytes(), target.as_bytes(), body])
}

/// The signature of a webhook: time, body.
pub(crate) fn webhook(key: &str, time: &str, body: &[u8]) -> String {
    sign(key, &[time.as_bytes(), body])
}

fn sign(key: &str, lines: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(&lines.join(&b'\n'));
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{request, webhook};

    const KEY: &str = "wallet-contract-secret";
    const TIME: &str = "1795600000";

    #[test]
    fn the_vectors_hold() {
        let body = include_str!("../../../schemas/providers/wallet_contract/payment_code_request.json").trim_end();
        let signature = request(KEY, TIME, "POST", "/mobicash/v1/payments", body.as_bytes());
        assert_eq!(signature, "d0526db1693f253055f33e5ff20b68b043f15225181e3dbcb6cb08cb71044321");
        let body = include_str!("../../../schemas/providers/wallet_contract/webhook_paid.json").trim_end();
        let signature = webhook(KEY, TIME, body.as_bytes());
        assert_eq!(signature, "eb7c666b058b93dc28be1217fd2998705ff68d7723f02c23a55c63174bb05c78");
    }

    #[test]
    fn every_line_counts() {
        let right = request(KEY, TIME, "POST", "/a", b"b");
        for other in [
            request("x", TIME, "POST", "/a", b"b"),
            request(KEY, "1", "POST", "/a", b"b"),
            request(KEY, TIME, "GET", "/a", b"b"),
            request(KEY, TIME, "POST", "/a?", b"b"),
            request(KEY, TIME, "POST", "/a", b""),
        ] {
            assert_ne!(other, right);
        }
    }
}
