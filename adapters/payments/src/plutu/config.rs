//! The settings of a Plutu account: what they may be, and what live mode refuses.

use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::gateway::Gateway;
use super::sign::Key;
use kit::settings::{Credentials, Hosts};
use kit::written::Written;
use kit::{ConfigError, form};

/// One host for tests and for money: the access token decides which it is.
const BASE_URL: &str = "https://api.plutus.ly/api/v1";
const HOSTS: Hosts = Hosts { test: None, live: None };

/// Of the SDK's fixtures (SOURCE.md, "Vectors"): anybody can sign with them.
const PUBLISHED_KEYS: [&str; 3] = [
    "sk_ac63978fe4bc6defb55045fe84492021d1e87555",
    "sk_40a07a6c0e63818dc2b292c8e302894e08acedfb",
    "sk_caf8cdd67e554180100dbee62d57dd12eb57acbd",
];

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Below it are the calls.
    pub(super) base_url: Url,
    /// What the merchant has subscribed to.
    pub(super) gateways: Vec<Gateway>,
}

/// The credentials.
pub(super) struct Keys {
    /// `X-API-KEY`.
    pub(super) api_key: SecretString,
    /// The bearer's token.
    pub(super) access_token: SecretString,
    /// What returns and callbacks are signed with.
    pub(super) secret: Key,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
    gateways: Option<Vec<String>>,
}

impl Settings {
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let base_url = HOSTS.address("configuration.base_url", raw.base_url.given().unwrap_or(BASE_URL), mode)?;
        let gateways = match raw.gateways {
            Some(names) => gateways(&names)?,
            None => Gateway::USUAL.to_vec(),
        };
        Ok(Self { base_url, gateways })
    }
}

fn gateways(names: &[String]) -> Result<Vec<Gateway>, ConfigError> {
    let gateways: Option<Vec<Gateway>> = names.iter().map(|name| Gateway::of(name)).collect();
    gateways.filter(|gateways| !gateways.is_empty()).ok_or_else(|| {
        let known = Gateway::ALL.map(Gateway::name).join(", ");
        let (en, ar) = (format!("expected a list of some of: {known}"), format!("المتوقع قائمة من بين: {known}"));
        ConfigError::new("configuration.gateways", en, ar)
    })
}

impl Keys {
    pub(super) fn read(credentials: Value, mode: Mode) -> Result<Self, ConfigError> {
        let mut credentials = Credentials::read(credentials)?;
        let api_key = plain(&mut credentials, "api_key")?;
        let access_token = plain(&mut credentials, "access_token")?;
        let secret = plain(&mut credentials, "secret_key")?;
        credentials.end()?;
        if mode.is_live() && PUBLISHED_KEYS.contains(&secret.expose_secret()) {
            let en = "this is a published test key, which live mode refuses; use the one of your Plutu account";
            let ar = "هذا مفتاح اختبار منشور ولا يُقبل في الوضع الحي؛ استعمل مفتاح حسابك لدى بلوتو";
            return Err(ConfigError::new("credentials.secret_key", en, ar));
        }
        Ok(Self { api_key, access_token, secret: Key::new(secret) })
    }
}

/// Two of them go into headers, and none has blanks: `Bearer` is not part of a token.
fn plain(credentials: &mut Credentials, name: &str) -> Result<SecretString, ConfigError> {
    let text = credentials.take(name)?;
    if form::fits_header(&text) {
        return Ok(text);
    }
    let en = "expected letters, digits and signs without blanks, as Plutu's dashboard shows it";
    let ar = "المتوقع حروف وأرقام ورموز دون فراغات كما تظهر في لوحة بلوتو";
    Err(ConfigError::new(format!("credentials.{name}"), en, ar))
}

#[cfg(test)]
mod tests;
