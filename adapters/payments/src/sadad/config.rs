//! The settings of a Sadad account: what they may be, and what each mode refuses.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::settings::{Credentials, Hosts, missing};
use kit::written::Written;
use kit::{Account, ConfigError};
use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

const TEST_HOST: &str = "pgw-test.almadar.ly";
const LIVE_HOST: &str = "pgw.almadar.ly";
const HOSTS: Hosts = Hosts { test: Some(TEST_HOST), live: Some(LIVE_HOST) };

/// E-commerce (SOURCE.md, "Categories").
const CATEGORY: u16 = 20;

/// What is spoken, and by which right.
pub(super) enum Gateway {
    /// The REST gateway, with the merchant's token.
    Rest {
        /// Below it are the operations.
        base_url: Url,
        /// The JWT that Almadar has issued.
        token: SecretString,
    },
    /// The SOAP variant, a contract of ours.
    Soap {
        /// The whole address of the service.
        soap_url: Url,
        /// WS-Security's user.
        username: SecretString,
        /// WS-Security's password.
        password: SecretString,
    },
}

/// An account, checked.
pub(super) struct Settings {
    /// What the merchant sells, by Sadad's own numbers.
    pub(super) category: u16,
    /// Where and how.
    pub(super) gateway: Gateway,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    protocol: Written,
    base_url: Written,
    soap_url: Written,
    category: Written,
}

impl Settings {
    /// The configuration first: its mistakes are told before any credential is asked for.
    pub(super) fn read(configuration: Value, credentials: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let category = category(&raw.category)?;
        let gateway = match raw.protocol.given() {
            None | Some("rest") => rest(&raw, credentials, mode)?,
            Some("soap") => soap(&raw, credentials, mode)?,
            Some(_) => {
                let (en, ar) = ("expected \"rest\" or \"soap\"", "القيمة المقبولة \"rest\" أو \"soap\"");
                return Err(ConfigError::new("configuration.protocol", en, ar));
            }
        };
        Ok(Self { category, gateway })
    }

    /// Host and merchant, where the token says whose it is; otherwise host and account.
    pub(super) fn lane(&self, account: &Account) -> String {
        let (url, merchant) = match &self.gateway {
            Gateway::Rest { base_url, token } => (base_url, service_of(token)),
            Gateway::Soap { soap_url, .. } => (soap_url, None),
        };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let merchant = merchant.unwrap_or_else(|| account.id.to_string());
        format!("{}{port}/{merchant}", url.host_str().unwrap_or_default())
    }
}

fn rest(raw: &Configuration, credentials: Value, mode: Mode) -> Result<Gateway, ConfigError> {
    unused(&raw.soap_url, "soap_url", "soap")?;
    let host = if mode.is_live() { LIVE_HOST } else { TEST_HOST };
    let base = raw.base_url.given().map_or_else(|| format!("https://{host}"), str::to_owned);
    let base_url = HOSTS.address("configuration.base_url", &base, mode)?;
    let mut credentials = Credentials::read(credentials)?;
    let token = credentials.take("token")?;
    credentials.end()?;
    if !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        let en = "expected the token as Almadar issued it: three parts of letters and digits, joined with dots";
        let ar = "يجب أن يكون الرمز كما أصدرته المدار: ثلاثة أجزاء من حروف وأرقام تفصلها نقاط";
        return Err(ConfigError::new("credentials.token", en, ar));
    }
    Ok(Gateway::Rest { base_url, token })
}

/// A contract of ours (SOURCE.md, "SOAP"): it has no address unless somebody names one.
fn soap(raw: &Configuration, credentials: Value, mode: Mode) -> Result<Gateway, ConfigError> {
    const FIELD: &str = "configuration.soap_url";
    unused(&raw.base_url, "base_url", "rest")?;
    let soap_url = HOSTS.address(FIELD, raw.soap_url.given().ok_or_else(|| missing(FIELD))?, mode)?;
    let mut credentials = Credentials::read(credentials)?;
    let username = writable(&mut credentials, "username")?;
    let password = writable(&mut credentials, "password")?;
    credentials.end()?;
    Ok(Gateway::Soap { soap_url, username, password })
}

/// A setting of the protocol that is not spoken would be ignored, and whoever wrote it would not know.
fn unused(value: &Written, name: &str, protocol: &str) -> Result<(), ConfigError> {
    if value.given().is_none() {
        return Ok(());
    }
    let (en, ar) =
        (format!("this belongs to protocol \"{protocol}\""), format!("هذا الإعداد للبروتوكول \"{protocol}\""));
    Err(ConfigError::new(format!("configuration.{name}"), en, ar))
}

/// Sadad may add to its list, so the number alone is checked.
fn category(value: &Written) -> Result<u16, ConfigError> {
    let number = value.given().map_or(Ok(CATEGORY), str::parse);
    number.ok().filter(|number| *number < 1_000).ok_or_else(|| {
        let field = "configuration.category";
        ConfigError::new(field, "expected the number of a category, from 0 to 999", "يجب أن يكون رقم فئة من 0 إلى 999")
    })
}

/// XML knows no control characters, so no request could carry them.
fn writable(credentials: &mut Credentials, name: &str) -> Result<SecretString, ConfigError> {
    let secret = credentials.take(name)?;
    if !secret.expose_secret().chars().any(char::is_control) {
        return Ok(secret);
    }
    let en = "expected text without control characters";
    Err(ConfigError::new(format!("credentials.{name}"), en, "المتوقع نص دون محارف تحكم"))
}

/// What the token says about whose it is. Nothing is verified: that is for whoever issued it.
fn service_of(token: &SecretString) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(rename = "corporateServiceId")]
        service: Written,
    }
    let claims = token.expose_secret().split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let service = claims.service.given()?;
    let plain = service.len() <= 32 && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| service.to_owned())
}

#[cfg(test)]
mod tests;
