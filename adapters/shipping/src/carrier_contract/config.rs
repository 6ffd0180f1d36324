//! The settings of an account: an address that somebody must give, since no host is known, and two credentials.

use kit::ConfigError;
use kit::contract::{self, Keys};
use kit::written::Written;
use schemas::store::Mode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// What the environment may give.
pub(super) const SETTINGS: &[&str] = &["base_url"];
/// And these make an account of it.
pub(super) const CREDENTIALS: &[&str] = &["api_key", "api_secret"];

/// It stands in SOURCE.md, for the vectors: no parcel is safe behind it.
const PUBLISHED_KEY: &str = "carrier-contract-secret";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
}

/// The configuration, checked: there is no more to it than an address.
pub(super) fn base_url(configuration: Value, mode: Mode) -> Result<Url, ConfigError> {
    let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
        ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
    })?;
    contract::address("configuration.base_url", raw.base_url.given(), mode)
}

/// The credentials, ready for use.
pub(super) fn keys(credentials: Value, mode: Mode) -> Result<Keys, ConfigError> {
    Keys::read(credentials, mode, "api_secret", PUBLISHED_KEY)
}

#[cfg(test)]
mod tests;
