//! The settings of an account: an address that somebody must give, since no host is known, and two credentials.

use http::HeaderValue;
use kit::ConfigError;
use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::sign::Key;
use kit::settings::{Credentials, Hosts};
use kit::written::Written;

/// What the environment may give.
pub(super) const SETTINGS: &[&str] = &["base_url"];
/// And these make an account of it.
pub(super) const CREDENTIALS: &[&str] = &["api_key", "secret_key"];

/// Nothing public says where any of these providers is (SOURCE.md).
const HOSTS: Hosts = Hosts { test: None, live: None };

/// It stands in SOURCE.md, for the vectors: no money is safe behind it.
const PUBLISHED_KEY: &str = "wallet-contract-secret";

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) base_url: Url,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
}

impl Settings {
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let field = "configuration.base_url";
        let text = raw.base_url.given().ok_or_else(|| unknown_host(field))?;
        Ok(Self { base_url: HOSTS.address(field, text, mode)? })
    }

    /// The host, as it stands in a lane.
    pub(super) fn host(&self) -> String {
        let port = self.base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.base_url.host_str().unwrap_or_default())
    }
}

/// Test mode has no default either: there is no known host to be one.
fn unknown_host(field: &str) -> ConfigError {
    let en = "this is required: the protocol of this provider is assumed, a contract of ours, and no host is known that \
              speaks it; give the address of one that does";
    let ar =
        "هذا الحقل مطلوب: بروتوكول هذا المزوّد مفترض وهو عقد من وضعنا، ولا يُعرف مضيف يتكلمه؛ اكتب عنوان مضيف يلتزم به";
    ConfigError::new(field, en, ar)
}

/// The credentials, ready for use.
pub(super) struct Keys {
    /// The whole header `Authorization`.
    pub(super) bearer: HeaderValue,
    /// Signs requests and proves callbacks.
    pub(super) secret: Key,
}

impl Keys {
    pub(super) fn read(credentials: Value, mode: Mode) -> Result<Self, ConfigError> {
        let mut credentials = Credentials::read(credentials)?;
        let bearer = bearer(&credentials.take("api_key")?)?;
        let secret = Key::new(credentials.take("secret_key")?);
        credentials.end()?;
        if mode.is_live() && secret.is(PUBLISHED_KEY) {
            let en = "this is published test data, which live mode refuses";
            return Err(ConfigError::new(
                "credentials.secret_key",
                en,
                "هذه بيانات اختبار منشورة ولا تُقبل في الوضع الحي",
            ));
        }
        Ok(Self { bearer, secret })
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

#[cfg(test)]
mod tests;
