//! The settings of a T-Lync store: what they may be, and what keeps test and live apart.

use schemas::store::Mode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use kit::settings::{Credentials, Hosts, missing};
use kit::written::Written;
use kit::{ConfigError, form};

const TEST_HOST: &str = "uat-api.tlync.ly";
const LIVE_HOST: &str = "api.tlync.ly";
const HOSTS: Hosts = Hosts { test: Some(TEST_HOST), live: Some(LIVE_HOST) };

/// Older stores have others (SOURCE.md, "Hosts, paths, proof").
const INITIATE: &str = "payment/initiate";
const RECEIPT: &str = "receipt/transaction";

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Below it are the paths.
    pub(super) base_url: Url,
    /// The store's own id.
    pub(super) store_id: String,
    /// Where a page is made.
    pub(super) initiate_path: String,
    /// Where its receipt is.
    pub(super) receipt_path: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
    store_id: Written,
    initiate_path: Written,
    receipt_path: Written,
}

impl Settings {
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let host = if mode.is_live() { LIVE_HOST } else { TEST_HOST };
        let base = raw.base_url.given().map_or_else(|| format!("https://{host}/api/v3"), str::to_owned);
        Ok(Self {
            base_url: HOSTS.address("configuration.base_url", &base, mode)?,
            store_id: store(&raw.store_id)?,
            initiate_path: path("initiate_path", &raw.initiate_path, INITIATE)?,
            receipt_path: path("receipt_path", &raw.receipt_path, RECEIPT)?,
        })
    }

    /// Host and store: whom questions are asked for, and whom requests are counted for.
    pub(super) fn lane(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        let port = self.base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{host}{port}/{}", self.store_id)
    }
}

fn store(value: &Written) -> Result<String, ConfigError> {
    const FIELD: &str = "configuration.store_id";
    let text = value.given().ok_or_else(|| missing(FIELD))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    if text.len() <= 128 && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    let en = "expected the store's id as T-Lync gave it: letters and digits";
    Err(ConfigError::new(FIELD, en, "يجب أن يكون معرف المتجر كما أعطته تي-لينك: حروف وأرقام"))
}

/// Segments below the base URL, with or without slashes around them.
fn path(name: &str, value: &Written, usual: &str) -> Result<String, ConfigError> {
    let text = value.given().unwrap_or(usual).trim_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(plain);
    if text.len() <= 128 && text.split('/').all(segment) {
        return Ok(text.to_owned());
    }
    let (en, ar) = (format!("expected a path such as {usual}"), format!("يجب أن يكون مساراً مثل {usual}"));
    Err(ConfigError::new(format!("configuration.{name}"), en, ar))
}

/// The store's token.
pub(super) fn token(credentials: Value) -> Result<SecretString, ConfigError> {
    let mut credentials = Credentials::read(credentials)?;
    let token = credentials.take("token")?;
    credentials.end()?;
    // It goes into a header, and `Bearer` is not part of it.
    if form::fits_header(&token) {
        return Ok(token);
    }
    let en = "expected the token as T-Lync gave it, without blanks and without \"Bearer\"";
    let ar = "يجب أن يكون الرمز كما أعطته تي-لينك، دون فراغات ودون كلمة Bearer";
    Err(ConfigError::new("credentials.token", en, ar))
}

#[cfg(test)]
mod tests;
