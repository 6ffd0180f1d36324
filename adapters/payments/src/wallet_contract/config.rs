//! The settings of an account: an address that somebody must give, since no host is known, and two credentials.

use kit::ConfigError;
use kit::contract::{self, Keys};
use schemas::store::Mode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use kit::written::Written;

/// What the environment may give.
pub(super) const SETTINGS: &[&str] = &["base_url"];
/// And these make an account of it.
pub(super) const CREDENTIALS: &[&str] = &["api_key", "secret_key"];

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
        Ok(Self { base_url: contract::address("configuration.base_url", raw.base_url.given(), mode)? })
    }
}

/// The credentials, ready for use.
pub(super) fn keys(credentials: Value, mode: Mode) -> Result<Keys, ConfigError> {
    Keys::read(credentials, mode, "secret_key", PUBLISHED_KEY)
}

#[cfg(test)]
mod tests;
