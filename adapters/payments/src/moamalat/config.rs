//! The settings of a Moamalat account: what they may be, and what live mode refuses.

use kit::ConfigError;
use schemas::Currency;
use schemas::store::Mode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::sign::Key;
use kit::settings::{Hosts, missing};
use kit::written::Written;

const HOSTS: Hosts = Hosts { test: Some(TEST_HOST), live: Some(LIVE_HOST) };
const TEST_HOST: &str = "tnpg.moamalat.net";
const LIVE_HOST: &str = "npg.moamalat.net";
const SCRIPT_PORT: u16 = 6006;

/// Published for everybody to test with (SOURCE.md, "Public test data"): no money is safe behind them.
const PUBLISHED_MERCHANTS: [&str; 2] = ["10081014649", "10004188779"];
const PUBLISHED_KEYS: [&str; 3] = [
    "3a488a89b3f7993476c252f017c488bb",
    "39636630633731362D663963322D346362642D386531662D633963303432353936373431",
    "39353638663431622d303136622d343235322d623330632d383361633838383965373965",
];

/// The unit in which answers write amounts. Requests carry dirham always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AmountUnit {
    /// `12500`
    Dirham,
    /// `12.500`
    Decimal,
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) merchant_id: String,
    pub(super) terminal_id: String,
    pub(super) base_url: Url,
    pub(super) script_url: Url,
    /// Whether the script's address is told or documented. Beside a host of somebody's own it is a guess, and a provider is not
    /// judged by a guess.
    pub(super) script_is_known: bool,
    pub(super) amount_unit: AmountUnit,
    pub(super) display_length: usize,
    /// A terminal has exactly one.
    pub(super) currency: Currency,
}

/// The credentials, decoded.
pub(super) struct Keys {
    /// Of requests and of what the browser reports.
    pub(super) secret: Key,
    /// Of notifications: another key. Without one they cannot be believed.
    pub(super) notification: Option<Key>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    merchant_id: Written,
    terminal_id: Written,
    base_url: Written,
    script_url: Written,
    amount_unit: Written,
    display_length: Written,
    currency: Written,
}

impl Settings {
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let merchant_id = digits("merchant_id", &raw.merchant_id, 11, 18)?;
        if mode.is_live() && PUBLISHED_MERCHANTS.contains(&merchant_id.as_str()) {
            return Err(published("configuration.merchant_id"));
        }
        let terminal_id = digits("terminal_id", &raw.terminal_id, 6, 8)?;
        let host = if mode.is_live() { LIVE_HOST } else { TEST_HOST };
        let base = raw.base_url.given().map_or_else(|| format!("https://{host}"), str::to_owned);
        let base_url = HOSTS.address("configuration.base_url", &base, mode)?;
        let script_is_known = raw.script_url.given().is_some() || raw.base_url.given().is_none();
        let script_url = match raw.script_url.given() {
            Some(text) => HOSTS.address("configuration.script_url", text, mode)?,
            None => script_of(&base_url),
        };
        let amount_unit = amount_unit(&raw.amount_unit)?;
        let display_length = display_length(&raw.display_length)?;
        let currency = currency(&raw.currency)?;
        Ok(Self {
            merchant_id,
            terminal_id,
            base_url,
            script_url,
            script_is_known,
            amount_unit,
            display_length,
            currency,
        })
    }

    /// Host, merchant and terminal: what the provider counts seconds by.
    pub(super) fn lane(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        let port = self.base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{host}{port}/{}/{}", self.merchant_id, self.terminal_id)
    }
}

/// Merchant and terminal, if they are such; nothing else of the configuration is looked at.
pub(super) fn identity(configuration: &Value) -> Option<String> {
    let id =
        |name: &str, least, most| digits(name, &Written::deserialize(configuration.get(name)?).ok()?, least, most).ok();
    Some(format!("{}/{}", id("merchant_id", 11, 18)?, id("terminal_id", 6, 8)?))
}

impl Keys {
    pub(super) fn read(credentials: Value, mode: Mode) -> Result<Self, ConfigError> {
        // Not with serde's own messages: they repeat the value that they refuse.
        let Value::Object(mut fields) = credentials else {
            return Err(missing("credentials.secret_key"));
        };
        let secret = key(fields.remove("secret_key"), "credentials.secret_key", mode)?;
        let notification = key(fields.remove("notification_key"), "credentials.notification_key", mode)?;
        if let Some(name) = fields.keys().next() {
            let (en, ar) = ("there is no such credential", "لا توجد بيانات اعتماد بهذا الاسم");
            return Err(ConfigError::new(format!("credentials.{name}"), en, ar));
        }
        let secret = secret.ok_or_else(|| missing("credentials.secret_key"))?;
        Ok(Self { secret, notification })
    }
}

fn key(value: Option<Value>, field: &str, mode: Mode) -> Result<Option<Key>, ConfigError> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => SecretString::from(text),
        // A key that came as a number has lost digits already.
        Some(_) => SecretString::default(),
    };
    let key = Key::from_hex(&text).ok_or_else(|| {
        let en = "expected the key as hexadecimal text, an even number of digits";
        ConfigError::new(field, en, "يجب أن يكون المفتاح نصاً سداسياً عشرياً بعدد زوجي من الخانات")
    })?;
    if mode.is_live() && PUBLISHED_KEYS.iter().any(|published| key.is(published)) {
        return Err(published(field));
    }
    Ok(Some(key))
}

fn published(field: &str) -> ConfigError {
    let en = "this is published test data, which live mode refuses; use the one your bank gave you";
    ConfigError::new(field, en, "هذه بيانات اختبار منشورة ولا تُقبل في الوضع الحي؛ استعمل ما أعطاك إياه مصرفك")
}

fn digits(name: &str, value: &Written, least: usize, most: usize) -> Result<String, ConfigError> {
    let field = format!("configuration.{name}");
    let text = value.given().ok_or_else(|| missing(&field))?;
    if (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let (en, ar) = (format!("expected {least} to {most} digits"), format!("يجب أن يكون من {least} إلى {most} رقماً"));
    Err(ConfigError::new(field, en, ar))
}

fn amount_unit(value: &Written) -> Result<AmountUnit, ConfigError> {
    match value.given() {
        None | Some("dirham") => Ok(AmountUnit::Dirham),
        Some("decimal") => Ok(AmountUnit::Decimal),
        Some(_) => {
            let (en, ar) = ("expected \"dirham\" or \"decimal\"", "القيمة المقبولة \"dirham\" أو \"decimal\"");
            Err(ConfigError::new("configuration.amount_unit", en, ar))
        }
    }
}

/// 2000 transactions stay below the 4 MiB that a reply may have.
fn display_length(value: &Written) -> Result<usize, ConfigError> {
    let length = value.given().map_or(Ok(500), str::parse);
    length.ok().filter(|length| (1..=2_000).contains(length)).ok_or_else(|| {
        let field = "configuration.display_length";
        ConfigError::new(field, "expected a number from 1 to 2000", "يجب أن يكون عدداً من 1 إلى 2000")
    })
}

fn currency(value: &Written) -> Result<Currency, ConfigError> {
    match value.given() {
        None | Some("LYD") => Ok(Currency::Lyd),
        Some(_) => {
            let (en, ar) = ("a Moamalat terminal takes LYD", "جهاز معاملات يقبل الدينار الليبي LYD فقط");
            Err(ConfigError::new("configuration.currency", en, ar))
        }
    }
}

fn script_of(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_path("/js/lightbox.js");
    // Only a URL without a host has no port to set, and `Hosts::address` lets none pass.
    let _ = url.set_port(Some(SCRIPT_PORT));
    url
}

#[cfg(test)]
mod tests;
