//! The settings of an Edfali account: what they may be, and what each mode refuses.

use schemas::Phone;
use schemas::store::Mode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::registry::ConfigError;
use crate::settings::{Credentials, Hosts, missing};
use crate::written::Written;

/// Where real money moves (SOURCE.md, "Endpoints"). There is no test host: testing needs an address of its own.
const LIVE_URL: &str = "https://edfali.bcd.ly/api/BCDUssd/NewEdfali.asmx";
const HOSTS: Hosts = Hosts { test: None, live: Some("edfali.bcd.ly") };
/// The older address, without TLS; real money moves there as well.
const OLDER: Hosts = Hosts { test: None, live: Some("62.240.55.2") };

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The whole address of the service.
    pub(super) endpoint: Url,
    /// The merchant's own wallet, written as the bank has it.
    pub(super) mobile: String,
}

/// What the bank hands out.
pub(super) struct Keys {
    /// The merchant's PIN.
    pub(super) pin: SecretString,
    /// The password of the service, `PW`.
    pub(super) password: SecretString,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
    mobile: Written,
}

impl Settings {
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        Ok(Self { endpoint: endpoint(&raw.base_url, mode)?, mobile: mobile(&raw.mobile)? })
    }

    /// Host and merchant: what the bank knows us by.
    pub(super) fn lane(&self) -> String {
        let host = self.endpoint.host_str().unwrap_or_default();
        let port = self.endpoint.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{host}{port}/{}", self.mobile)
    }
}

impl Keys {
    pub(super) fn read(credentials: Value) -> Result<Self, ConfigError> {
        let mut credentials = Credentials::read(credentials)?;
        let keys = Self { pin: credentials.take("pin")?, password: credentials.take("password")? };
        credentials.end()?;
        Ok(keys)
    }
}

fn endpoint(value: &Written, mode: Mode) -> Result<Url, ConfigError> {
    const FIELD: &str = "configuration.base_url";
    let text = match value.given() {
        Some(text) => text,
        None if mode.is_live() => LIVE_URL,
        // There is no test host, and the live one must not be the default of a test.
        None => return Err(missing(FIELD)),
    };
    OLDER.address(FIELD, text, mode)?;
    HOSTS.address(FIELD, text, mode)
}

/// Banks write it with nine digits or with ten; what is sent is what is written here.
fn mobile(value: &Written) -> Result<String, ConfigError> {
    const FIELD: &str = "configuration.mobile";
    let text = value.given().ok_or_else(|| missing(FIELD))?;
    let plain = text.bytes().enumerate().all(|(index, byte)| byte.is_ascii_digit() || (index == 0 && byte == b'+'));
    let is_mobile = Phone::parse(text).is_ok_and(|phone| phone.e164().starts_with("+2189"));
    if plain && is_mobile {
        return Ok(text.to_owned());
    }
    let en = "expected the merchant's mobile number as the bank writes it, such as 912345678";
    Err(ConfigError::new(FIELD, en, "يجب أن يكون رقم هاتف التاجر كما يكتبه المصرف، مثل 912345678"))
}

#[cfg(test)]
mod tests;
