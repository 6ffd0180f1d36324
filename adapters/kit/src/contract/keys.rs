//! A bearer, and X-Signature: HMAC-SHA256 in lower-case hex over a time, what is asked for, and the body, a line each.

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, header};
use jiff::Timestamp;
use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::settings::Credentials;
use crate::{CallbackError, ConfigError, RawCallback, Request};

/// The time of a message, in seconds since 1970.
pub const TIME: HeaderName = HeaderName::from_static("x-timestamp");
/// The proof of a message.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// How far a message's time may stand from ours, in seconds.
const SLACK: u64 = 300;

/// The credentials of an account, ready for use.
pub struct Keys {
    /// The whole header `Authorization`.
    pub bearer: HeaderValue,
    /// Signs requests and proves callbacks.
    pub secret: Key,
}

impl Keys {
    /// Reads `api_key` and the secret of this name. Live mode refuses the secret that a contract has published for its
    /// vectors: nothing is safe behind it.
    pub fn read(credentials: Value, mode: Mode, secret: &str, published: &str) -> Result<Self, ConfigError> {
        let mut credentials = Credentials::read(credentials)?;
        let bearer = bearer(&credentials.take("api_key")?)?;
        let key = Key::new(credentials.take(secret)?);
        credentials.end()?;
        if mode.is_live() && key.is(published) {
            let en = "this key is published with the contract; live mode refuses it";
            let ar = "هذا المفتاح منشور مع العقد ولا يُقبل في الوضع الحي";
            return Err(ConfigError::new(format!("credentials.{secret}"), en, ar));
        }
        Ok(Self { bearer, secret: key })
    }

    /// Signs a request as it stands: its method, the path and query of its request line, its body.
    pub fn sign(&self, request: &mut Request, now: Timestamp) {
        let time = now.as_second().to_string();
        let url = &request.url;
        let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let signature = self.secret.request(&time, request.method.as_str(), &target, &request.body);
        let plain = |text: &str| HeaderValue::from_str(text).expect("digits and hex are plain");
        request.headers.insert(header::AUTHORIZATION, self.bearer.clone());
        request.headers.insert(TIME, plain(&time));
        request.headers.insert(SIGNATURE, plain(&signature));
    }
}

fn bearer(key: &SecretString) -> Result<HeaderValue, ConfigError> {
    let key = key.expose_secret();
    let header = HeaderValue::from_str(&format!("Bearer {key}")).ok();
    let mut header = header.filter(|_| key.bytes().all(|byte| byte.is_ascii_graphic())).ok_or_else(|| {
        let en = "expected letters, digits and signs of ASCII, without blanks";
        ConfigError::new("credentials.api_key", en, "المتوقع حروف وأرقام ورموز لاتينية (ASCII) دون فراغات")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// The secret key of an account: its text as it is, not decoded.
pub struct Key(SecretString);

impl Key {
    /// Of this text.
    pub fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// Whether it is this key, which everybody knows because it was published.
    fn is(&self, published: &str) -> bool {
        self.0.expose_secret() == published
    }

    /// Proves a callback over its bytes as they came, and that it is no older and no younger than five minutes.
    pub fn prove(&self, raw: &RawCallback, now: Timestamp) -> Result<(), CallbackError> {
        // Without a proof it is nobody's message.
        let header = |name| raw.headers.get(name).and_then(|value| value.to_str().ok()).ok_or(CallbackError::Forged);
        let (time, signature) = (header(TIME)?, header(SIGNATURE)?);
        if !self.verifies_callback(time, &raw.body, signature) {
            return Err(CallbackError::Forged);
        }
        let sent: i64 = time.parse().map_err(|_| CallbackError::Malformed)?;
        if now.as_second().abs_diff(sent) > SLACK { Err(CallbackError::Forged) } else { Ok(()) }
    }

    /// The signature of a request. The target is path and query as they stand in the request line.
    fn request(&self, time: &str, method: &str, target: &str, body: &[u8]) -> String {
        hex::encode(self.digest(&[time.as_bytes(), method.as_bytes(), target.as_bytes(), body]))
    }

    /// Whether the signature, hex in either case, is the one of a callback. Constant time.
    fn verifies_callback(&self, time: &str, body: &[u8], signature: &str) -> bool {
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
mod tests;
