//! The settings of a Vanex account, and the drops that it may have beside it.

use kit::settings::{Credentials, Hosts, missing};
use kit::written::Written;
use kit::{ConfigError, form};
use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

const TEST_HOST: &str = "test.dev.vanex.ly";
const LIVE_HOST: &str = "app.vanex.ly";
const HOSTS: Hosts = Hosts { test: Some(TEST_HOST), live: Some(LIVE_HOST) };

/// The configuration and the credentials, checked.
pub(super) struct Settings {
    /// Below it are the paths.
    pub(super) base_url: Url,
    /// The region that parcels start in, where it is not to be read from the list of cities.
    pub(super) region: Option<u32>,
    /// The address or the number that the account logs in with.
    pub(super) email: SecretString,
    pub(super) password: SecretString,
    /// The word that callbacks bear; without one, none is believed.
    pub(super) webhook_token: Option<SecretString>,
    pub(super) folder: Option<Folder>,
}

/// Where status files are left.
pub(super) struct Folder {
    pub(super) url: Url,
    pub(super) user: SecretString,
    pub(super) password: SecretString,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
    region: Written,
    ftp_url: Written,
}

impl Settings {
    pub(super) fn read(configuration: Value, credentials: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let host = if mode.is_live() { LIVE_HOST } else { TEST_HOST };
        let base = raw.base_url.given().map_or_else(|| format!("https://{host}/api/v1"), str::to_owned);
        let mut credentials = Credentials::read(credentials)?;
        let settings = Self {
            base_url: HOSTS.address("configuration.base_url", &base, mode)?,
            region: raw.region.given().map(region).transpose()?,
            email: credentials.take("email")?,
            password: credentials.take("password")?,
            webhook_token: given(&mut credentials, "webhook_token")?.map(fits).transpose()?,
            folder: folder(&raw.ftp_url, &mut credentials)?,
        };
        credentials.end()?;
        Ok(settings)
    }

    /// Host and port of the API.
    pub(super) fn host(&self) -> String {
        let port = self.base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.base_url.host_str().unwrap_or_default())
    }
}

fn region(text: &str) -> Result<u32, ConfigError> {
    text.parse().map_err(|_| {
        let en = "expected the number of the region that parcels start in";
        ConfigError::new("configuration.region", en, "المتوقع رقم المنطقة التي تنطلق منها الطرود")
    })
}

/// A credential that need not be there.
fn given(credentials: &mut Credentials, name: &str) -> Result<Option<SecretString>, ConfigError> {
    match credentials.take(name) {
        Ok(secret) => Ok(Some(secret)),
        Err(error) if error == missing(&format!("credentials.{name}")) => Ok(None),
        Err(error) => Err(error),
    }
}

fn fits(token: SecretString) -> Result<SecretString, ConfigError> {
    if form::fits_header(&token) {
        return Ok(token);
    }
    let en = "expected the word that Vanex puts into each callback, without blanks";
    Err(ConfigError::new("credentials.webhook_token", en, "المتوقع الرمز الذي تضعه فانيكس في كل إشعار، دون فراغات"))
}

fn folder(url: &Written, credentials: &mut Credentials) -> Result<Option<Folder>, ConfigError> {
    let user = given(credentials, "ftp_user")?;
    let password = given(credentials, "ftp_password")?;
    let Some(text) = url.given() else {
        if user.is_some() || password.is_some() {
            return Err(missing("configuration.ftp_url"));
        }
        return Ok(None);
    };
    let user = user.ok_or_else(|| missing("credentials.ftp_user"))?;
    let password = password.ok_or_else(|| missing("credentials.ftp_password"))?;
    let plain = |secret: &SecretString| !secret.expose_secret().chars().any(char::is_control);
    if !plain(&user) || user.expose_secret().contains(':') || !plain(&password) {
        let en = "expected text without line breaks, and a user without a colon";
        return Err(ConfigError::new("credentials.ftp_user", en, "المتوقع نص دون أسطر جديدة، ومستخدم دون نقطتين"));
    }
    Ok(Some(Folder { url: address(text)?, user, password }))
}

fn address(text: &str) -> Result<Url, ConfigError> {
    let is_plain = |url: &Url| {
        let credentials = !url.username().is_empty() || url.password().is_some();
        matches!(url.scheme(), "ftp" | "ftps")
            && url.has_host()
            && !credentials
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text).ok().filter(is_plain).ok_or_else(|| {
        let en = "expected an address such as ftp://drops.example.ly/status, without user, query or fragment";
        let ar = "يجب أن يكون عنواناً مثل ftp://drops.example.ly/status بلا مستخدم أو استعلام أو جزء";
        ConfigError::new("configuration.ftp_url", en, ar)
    })
}

#[cfg(test)]
mod tests;
