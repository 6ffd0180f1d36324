//! `hashed`: HMAC-SHA256, keyed with the secret key as text, over PHP's `http_build_query` in the order of arrival.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A merchant's secret key. It looks like hexadecimal after its `sk_`, and is not decoded.
#[derive(Clone)]
pub(super) struct Key(SecretString);

impl Key {
    /// Takes the text as it is.
    pub(super) const fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// Whether the hash, hex in either case, is the one of these parameters in this order. Constant time.
    pub(super) fn verifies(&self, parameters: &[(String, String)], hash: &str) -> bool {
        let mut given = [0; 32];
        hex::decode_to_slice(hash, &mut given).is_ok() && bool::from(self.digest(parameters).ct_eq(&given))
    }

    fn digest(&self, parameters: &[(String, String)]) -> [u8; 32] {
        let key = self.0.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(query(parameters).as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// As PHP's `http_build_query` writes it. Not as browsers do: they leave `*` as it is.
fn query(parameters: &[(String, String)]) -> String {
    let mut out = String::new();
    for (index, (name, value)) in parameters.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        encode(&mut out, name);
        out.push('=');
        encode(&mut out, value);
    }
    out
}

fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => write!(out, "%{byte:02X}").expect("a string takes all that is written to it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P1: (&str, &str, &str) = (
        "sk_ac63978fe4bc6defb55045fe84492021d1e87555",
        "gateway=localbankcards&approved=1&invoice_no=14022023&amount=5.00&transaction_id=100900",
        "79CA9C64A7DF0BB5E634CFA67A90219F5A6C7197265B8732CC5372EF519F761F",
    );
    const P2: (&str, &str, &str) = (
        "sk_40a07a6c0e63818dc2b292c8e302894e08acedfb",
        "gateway=tlync&approved=1&amount=6.01&invoice_no=43321&payment_method=mobicash&transaction_id=100932",
        "1DDC1EE6D589555B58D70CAAB5118D1BECC5DF1BED1E0EFA5B51AED7E6C69FD6",
    );
    const P3: (&str, &str, &str) = (
        "sk_40a07a6c0e63818dc2b292c8e302894e08acedfb",
        "approved=1&invoice_no=43321",
        "E6E3486C137F4260C2C598C7A903836CDDBC1FAF87240A58660FA91F363D5DBA",
    );
    const P4: (&str, &str, &str) = (
        "sk_caf8cdd67e554180100dbee62d57dd12eb57acbd",
        "gateway=mpgs&approved=1&amount=5.00&currency=USD&invoice_no=232323&transaction_id=100918",
        "046F9997A41F83CA7414EE0412D8DD2C22EB5168AC4324BA82C5E4BBCEF0C880",
    );

    fn key(text: &str) -> Key {
        Key::new(text.into())
    }

    fn pairs(message: &str) -> Vec<(String, String)> {
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        message.split('&').filter_map(pair).collect()
    }

    #[test]
    fn the_published_vectors() {
        for (secret, message, hash) in [P1, P2, P3, P4] {
            assert_eq!(query(&pairs(message)), message);
            assert!(key(secret).verifies(&pairs(message), hash), "{message}");
            assert!(key(secret).verifies(&pairs(message), &hash.to_lowercase()), "{message}");
        }
    }

    #[test]
    fn n1_another_order_has_another_hash() {
        let (secret, message, hash) = P1;
        let other = "gateway=localbankcards&invoice_no=14022023&approved=1&amount=5.00&transaction_id=100900";
        assert!(!key(secret).verifies(&pairs(other), hash));
        let its_own = "8CF756672BD5633DD1DFAFAAB4B0DD4D15B5B8D758EF9B41A5E4367AF55E70B8";
        assert!(key(secret).verifies(&pairs(other), its_own) && !key(secret).verifies(&pairs(message), its_own));
    }

    #[test]
    fn the_key_is_not_decoded() {
        let (secret, message, hash) = P1;
        let digits = secret.trim_start_matches("sk_");
        let decoded = String::from_utf8_lossy(&hex::decode(digits).expect("hex")).into_owned();
        for other in [digits, &decoded, &secret.to_uppercase(), ""] {
            assert!(!key(other).verifies(&pairs(message), hash), "{other}");
        }
    }

    #[test]
    fn what_is_no_hash_verifies_nothing() {
        let (secret, message, hash) = P1;
        for text in ["", "zz", &hash[..62], &format!("{hash}00"), &format!(" {hash}"), &"0".repeat(64)] {
            assert!(!key(secret).verifies(&pairs(message), text), "{text:?}");
        }
        for message in [&message[..message.len() - 1], &message.replace("5.00", "5.01"), ""] {
            assert!(!key(secret).verifies(&pairs(message), hash), "{message:?}");
        }
    }

    #[test]
    fn it_is_written_as_php_does() {
        let pair = |value: &str| vec![("a b".to_owned(), value.to_owned())];
        assert_eq!(query(&pair("x y+z")), "a+b=x+y%2Bz");
        assert_eq!(query(&pair("A-Z_a.z~*'()&=/é")), "a+b=A-Z_a.z%7E%2A%27%28%29%26%3D%2F%C3%A9");
        assert_eq!(query(&pair("")), "a+b=");
        assert_eq!(query(&[]), "");
    }
}
