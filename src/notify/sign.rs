//! Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, time and body, so that a merchant knows who speaks.
//!
//! The scheme is published at <https://github.com/standard-webhooks/standard-webhooks>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// What a secret begins with in text.
const PREFIX: &str = "whsec_";
/// The lengths of a secret in bytes that the scheme allows.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that signs, worked in once.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// From `whsec_` and base 64 of 24 to 64 bytes.
    pub fn parse(secret: &SecretString) -> Option<Self> {
        let bytes = STANDARD.decode(secret.expose_secret().strip_prefix(PREFIX)?).ok()?;
        if !LENGTHS.contains(&bytes.len()) {
            return None;
        }
        Hmac::new_from_slice(&bytes).ok().map(Self)
    }

    /// `v1,` and the signature in base 64.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let head = format!("{id}.{timestamp}.");
        let mac = self.0.clone().chain_update(head).chain_update(body).finalize();
        format!("v1,{}", STANDARD.encode(mac.into_bytes()))
    }
}

/// A new secret from random bytes.
pub fn secret(bytes: [u8; 32]) -> SecretString {
    format!("{PREFIX}{}", STANDARD.encode(bytes)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_published_vector_is_met() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signer = Signer::parse(&secret).expect("a secret");
        let body = br#"{"test": 2432232314}"#;
        let signed = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_that_are_too_short_or_not_base_64_are_refused() {
        for text in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAA",
            "whsec_!!!!",
            "whsec_=MfKQ9r8GKYqrTwjUPD8ILPZIo2La",
        ] {
            assert!(Signer::parse(&SecretString::from(text)).is_none(), "{text}");
        }
        assert!(Signer::parse(&secret([7; 32])).is_some());
    }
}
