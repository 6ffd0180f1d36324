//! The settings of an Edfali account: what they may be, and what each mode refuses.

use kit::ConfigError;
use kit::settings::{Credentials, Hosts, missing};
use kit::written::Written;
use schemas::Phone;
use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Where real money moves (SOURCE.md, "Hosts and paths"). There is no test host: testing needs an address of its own.
const LIVE_URL: &str = "https://edfali.bcd.ly/api";
/// What stands below a base, unless the whole address was given.
const PATH: [&str; 2] = ["BCDUssd", "NewEdfali.asmx"];
const HOSTS: Hosts = Hosts { test: None, live: Some("edfali.bcd.ly") };
/// The older address, without TLS; real money moves there as well.
const OLDER: Hosts = Hosts { test: None, live: Some("62.240.55.2") };

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The whole address of the service.
    pub(super) endpoint: Url,
    /// The merchant's own wallet: nine digits.
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
        let keys = Self { pin: take(&mut credentials, "pin")?, password: take(&mut credentials, "password")? };
        credentials.end()?;
        Ok(keys)
    }
}

/// XML knows no control characters, so no request could carry them.
fn take(credentials: &mut Credentials, name: &str) -> Result<SecretString, ConfigError> {
    let secret = credentials.take(name)?;
    if !secret.expose_secret().chars().any(char::is_control) {
        return Ok(secret);
    }
    let en = "expected text without control characters";
    Err(ConfigError::new(format!("credentials.{name}"), en, "المتوقع نص دون محارف تحكم"))
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
    let mut url = HOSTS.address(FIELD, text, mode)?;
    // The bank and its clients speak of the whole address; other providers here are configured by what stands before.
    let is_whole = url.path().to_ascii_lowercase().ends_with(".asmx");
    if let (false, Ok(mut path)) = (is_whole, url.path_segments_mut()) {
        path.pop_if_empty().extend(PATH);
    }
    Ok(url)
}

/// Sent with nine digits, however it was written (SOURCE.md, "DoPTrans").
fn mobile(value: &Written) -> Result<String, ConfigError> {
    const FIELD: &str = "configuration.mobile";
    let text = value.given().ok_or_else(|| missing(FIELD))?;
    let phone = Phone::parse(text).ok();
    let national = phone.as_ref().map(national).filter(|national| national.starts_with('9'));
    national.map(str::to_owned).ok_or_else(|| {
        let en = "expected the merchant's mobile number, such as 912345678";
        ConfigError::new(FIELD, en, "يجب أن يكون رقم الهاتف المحمول للتاجر، مثل 912345678")
    })
}

/// A number without its country: nine digits.
fn national(phone: &Phone) -> &str {
    phone.e164().trim_start_matches("+218")
}

#[cfg(test)]
mod tests;
