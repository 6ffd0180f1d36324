//! The settings of a bot: what they may be, and what live mode refuses.

use std::fmt;

use kit::ConfigError;
use kit::guard::AllowList;
use schemas::store::Mode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::wire::Chat;

const BASE_URL: &str = "https://api.telegram.org";

/// The server takes no longer token, and none of ours is so short that masking it would blank ordinary words.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 20..=80;

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) base_url: Url,
    pub(super) admin_chat: Option<String>,
    pub(super) monitor_chat: Option<String>,
}

/// The bot's token.
pub(super) struct Token(SecretString);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Option<String>,
    admin_chat_id: Option<Written>,
    monitor_chat_id: Option<Written>,
}

/// A number as JSON has it, or the text that the environment gives.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i64),
    Text(String),
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Settings {
    /// An empty object, or nothing, is enough.
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Option<Configuration> = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let raw = raw.unwrap_or_default();
        let base = raw.base_url.filter(|text| !text.is_empty());
        Ok(Self {
            base_url: address(base.as_deref().unwrap_or(BASE_URL), mode)?,
            admin_chat: chat("admin_chat_id", raw.admin_chat_id)?,
            monitor_chat: chat("monitor_chat_id", raw.monitor_chat_id)?,
        })
    }
}

impl Token {
    pub(super) fn read(credentials: Value) -> Result<Self, ConfigError> {
        const FIELD: &str = "credentials.bot_token";
        // Not with serde's own messages: they repeat the value that they refuse.
        let Value::Object(mut fields) = credentials else { return Err(missing(FIELD)) };
        let token = match fields.remove("bot_token") {
            None | Some(Value::Null) => return Err(missing(FIELD)),
            Some(Value::String(text)) => SecretString::from(text),
            Some(_) => SecretString::default(),
        };
        if let Some(name) = fields.keys().next() {
            let (en, ar) = ("there is no such credential", "لا توجد بيانات اعتماد بهذا الاسم");
            return Err(ConfigError::new(format!("credentials.{name}"), en, ar));
        }
        if !is_token(token.expose_secret()) {
            let en = "expected the token as @BotFather gives it: the bot's number, a colon, letters and digits";
            let ar = "يجب أن يكون الرمز كما يعطيه ‎@BotFather: رقم البوت ثم نقطتان ثم حروف وأرقام";
            return Err(ConfigError::new(FIELD, en, ar));
        }
        Ok(Self(token))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn is_token(text: &str) -> bool {
    let Some((id, secret)) = text.split_once(':') else { return false };
    let is_secret = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    TOKEN_LENGTH.contains(&text.len())
        && id.parse::<u64>().is_ok_and(|id| id > 0)
        && id.bytes().all(|byte| byte.is_ascii_digit())
        && !id.starts_with('0')
        && secret.len() > id.len()
        && secret.bytes().all(is_secret)
}

fn chat(name: &str, value: Option<Written>) -> Result<Option<String>, ConfigError> {
    let Some(text) = value.map(|value| value.to_string()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if Chat::read(&text).is_none() {
        let en = "expected the chat's number, such as -1001234567890, or @name";
        let ar = "يجب أن يكون رقم المحادثة مثل ‎-1001234567890 أو ‎@name";
        return Err(ConfigError::new(format!("configuration.{name}"), en, ar));
    }
    Ok(Some(text))
}

fn missing(field: &str) -> ConfigError {
    ConfigError::new(field, "this is required", "هذا الحقل مطلوب")
}

/// Reads a URL; in live mode the token leaves only over TLS, and for nobody's own machine.
fn address(text: &str, mode: Mode) -> Result<Url, ConfigError> {
    let refuse = |en: &str, ar: &str| Err(ConfigError::new("configuration.base_url", en, ar));
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = parsed.filter(|url| url.host().is_some()) else {
        return refuse(
            "expected an address such as https://api.telegram.org",
            "يجب أن يكون عنواناً مثل https://api.telegram.org",
        );
    };
    let extras = !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
    if extras || url.query().is_some() {
        return refuse(
            "expected an address without user, query or fragment",
            "يجب أن يكون العنوان بلا مستخدم أو استعلام أو جزء",
        );
    }
    if mode.is_live() && is_private(&url) {
        return refuse("live mode refuses a loopback or private host", "لا يُقبل في الوضع الحي مضيف محلي أو خاص");
    }
    if mode.is_live() && url.scheme() != "https" {
        return refuse("live mode needs https", "الوضع الحي يتطلب https");
    }
    Ok(url)
}

/// By its name alone; where a name leads to is checked when the connection is made.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !AllowList::default().permits(address.into()),
        Some(Host::Ipv6(address)) => !AllowList::default().permits(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.')
                || ["localhost", "local", "internal", "test"].iter().any(|end| name.ends_with(&format!(".{end}")))
        }
        None => true,
    }
}

#[cfg(test)]
mod tests;
