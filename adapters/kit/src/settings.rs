//! What the settings of every provider have in common: addresses that keep test and live apart, and credentials whose
//! values no message repeats.

use schemas::Text;
use schemas::store::Mode;
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::guard::AllowList;

/// A setting that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {}", text.en)]
pub struct ConfigError {
    /// The path of the setting: `configuration.terminal_id`, `credentials.secret_key`.
    pub field: String,
    /// What is wrong and what would be right. Never the value of a credential.
    pub text: Text,
}

impl ConfigError {
    /// Names a setting and what is wrong with it.
    pub fn new(field: impl Into<String>, en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self { field: field.into(), text: Text::new(en, ar) }
    }
}

/// The hosts of a provider, where it has one for each mode.
#[derive(Debug, Clone, Copy)]
pub struct Hosts {
    /// For testing; live mode refuses it.
    pub test: Option<&'static str>,
    /// Where real money moves; test mode refuses it.
    pub live: Option<&'static str>,
}

impl Hosts {
    /// Reads a URL and keeps test and live apart.
    pub fn address(self, field: &str, text: &str, mode: Mode) -> Result<Url, ConfigError> {
        let refuse = |en: &str, ar: &str| Err(ConfigError::new(field, en, ar));
        let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = parsed.filter(|url| url.host().is_some()) else {
            return refuse(
                "expected an address such as https://pay.example.ly",
                "يجب أن يكون عنواناً مثل https://pay.example.ly",
            );
        };
        let extras = !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
        if extras || url.query().is_some() {
            return refuse(
                "expected an address without user, query or fragment",
                "يجب أن يكون العنوان بلا مستخدم أو استعلام أو جزء",
            );
        }
        if !mode.is_live() {
            if is_host(&url, self.live) {
                return refuse("this is the live host, which test mode refuses", "هذا مضيف حي ولا يُقبل في وضع الاختبار");
            }
            return Ok(url);
        }
        if is_host(&url, self.test) {
            return refuse("this is the test host, which live mode refuses", "هذا مضيف اختبار ولا يُقبل في الوضع الحي");
        }
        if is_private(&url) {
            return refuse("live mode refuses a loopback or private host", "لا يُقبل في الوضع الحي مضيف محلي أو خاص");
        }
        if url.scheme() != "https" {
            return refuse("live mode needs https", "الوضع الحي يتطلب https");
        }
        Ok(url)
    }
}

fn is_host(url: &Url, host: Option<&str>) -> bool {
    url.host_str().is_some_and(|given| Some(given.trim_end_matches('.')) == host)
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

/// A setting that is not there.
pub fn missing(field: &str) -> ConfigError {
    ConfigError::new(field, "this is required", "هذا الحقل مطلوب")
}

/// The credentials of an account, taken out one by one.
pub struct Credentials(Map<String, Value>);

impl Credentials {
    /// Reads them. Not with serde's own messages: they repeat the value that they refuse.
    pub fn read(credentials: Value) -> Result<Self, ConfigError> {
        match credentials {
            Value::Object(fields) => Ok(Self(fields)),
            Value::Null => Ok(Self(Map::new())),
            _ => Err(ConfigError::new("credentials", "expected a JSON object", "المتوقع كائن JSON")),
        }
    }

    /// Takes one that must be there, as text without blanks around it.
    pub fn take(&mut self, name: &str) -> Result<SecretString, ConfigError> {
        let field = format!("credentials.{name}");
        match self.0.remove(name) {
            None | Some(Value::Null) => Err(missing(&field)),
            Some(Value::String(text)) if !text.trim().is_empty() && text.trim() == text => Ok(SecretString::from(text)),
            Some(_) => {
                let en = "expected text without blanks around it";
                Err(ConfigError::new(field, en, "المتوقع نص دون فراغات حوله"))
            }
        }
    }

    /// Refuses what nobody has taken.
    pub fn end(self) -> Result<(), ConfigError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let (en, ar) = ("there is no such credential", "لا توجد بيانات اعتماد بهذا الاسم");
                Err(ConfigError::new(format!("credentials.{name}"), en, ar))
            }
        }
    }
}
