//! The settings of an account with Darb Assabil: what they may be, and what keeps test and live apart.

use std::collections::BTreeMap;

use kit::settings::{Credentials, Hosts, missing};
use kit::written::Written;
use kit::{ConfigError, form};
use schemas::store::Mode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::CARD;
use crate::card::Service;

/// There is no sandbox: test mode needs the address of something else.
const LIVE_HOST: &str = "v2.sabil.ly";
const HOSTS: Hosts = Hosts { test: None, live: Some(LIVE_HOST) };

/// Who pays for the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PaymentBy {
    Sender,
    Receiver,
    Sales,
}

impl PaymentBy {
    const ALL: [Self; 3] = [Self::Sender, Self::Receiver, Self::Sales];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
            Self::Sales => "sales",
        }
    }

    /// For an order with or without money to collect: what is not collected, the price cannot be kept from.
    pub(super) fn of_order(self, collects: bool) -> Self {
        if self == Self::Sales && !collects { Self::Sender } else { self }
    }
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Below it are the paths.
    pub(super) base_url: Url,
    /// The account's own id.
    pub(super) account_id: String,
    /// Who pays for the way.
    pub(super) payment_by: PaymentBy,
    /// Whether parcels are fetched at the merchant's door.
    pub(super) pickup: bool,
    /// The plan of the account that each service is booked as.
    plans: Vec<(&'static str, String)>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    base_url: Written,
    account_id: Written,
    service_id: Written,
    services: BTreeMap<String, Written>,
    payment_by: Written,
    pickup: Written,
}

impl Settings {
    pub(super) fn read(configuration: Value, mode: Mode) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        Ok(Self {
            base_url: base(&raw.base_url, mode)?,
            account_id: id("configuration.account_id", &raw.account_id)?,
            payment_by: payment_by(&raw.payment_by)?,
            pickup: pickup(&raw.pickup)?,
            plans: plans(&raw)?,
        })
    }

    /// The plan of a service; `None` where the account has none for it.
    pub(super) fn plan(&self, service: &str) -> Option<&str> {
        self.plans.iter().find(|(key, _)| *key == service).map(|(_, plan)| plan.as_str())
    }

    /// Host and account: whom questions are asked for.
    pub(super) fn lane(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        let port = self.base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{host}{port}/{}", self.account_id)
    }
}

fn base(value: &Written, mode: Mode) -> Result<Url, ConfigError> {
    const FIELD: &str = "configuration.base_url";
    match value.given() {
        Some(text) => HOSTS.address(FIELD, text, mode),
        None if mode.is_live() => HOSTS.address(FIELD, &format!("https://{LIVE_HOST}"), mode),
        None => Err(ConfigError::new(
            FIELD,
            "Darb Assabil has no sandbox: test mode needs the address of a mock",
            "لا توجد بيئة اختبار لدرب السبيل: وضع الاختبار يتطلب عنوان محاكاة",
        )),
    }
}

/// Whether a text is an id of theirs.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn id(field: &str, value: &Written) -> Result<String, ConfigError> {
    let text = value.given().ok_or_else(|| missing(field))?;
    if is_id(text) {
        return Ok(text.to_owned());
    }
    let (en, ar) = ("expected 24 hexadecimal digits", "يجب أن يكون 24 رقماً ست عشرياً");
    Err(ConfigError::new(field, en, ar))
}

/// Either each service names its plan, or one plan is meant by all of them.
fn plans(raw: &Configuration) -> Result<Vec<(&'static str, String)>, ConfigError> {
    let keys = || CARD.services.iter().map(|service: &Service| service.key);
    if raw.services.is_empty() {
        let plan = id("configuration.service_id", &raw.service_id)?;
        return Ok(keys().map(|key| (key, plan.clone())).collect());
    }
    let mut plans = Vec::new();
    for (name, value) in &raw.services {
        let field = format!("configuration.services.{name}");
        let Some(key) = keys().find(|key| key == name) else {
            let known = keys().collect::<Vec<_>>().join(", ");
            let (en, ar) = (format!("expected one of {known}"), format!("يجب أن تكون إحدى: {known}"));
            return Err(ConfigError::new(field, en, ar));
        };
        plans.push((key, id(&field, value)?));
    }
    Ok(plans)
}

fn payment_by(value: &Written) -> Result<PaymentBy, ConfigError> {
    let Some(text) = value.given() else { return Ok(PaymentBy::Sales) };
    let found = PaymentBy::ALL.into_iter().find(|payer| payer.as_str() == text);
    found.ok_or_else(|| {
        let (en, ar) = ("expected sender, receiver or sales", "يجب أن تكون sender أو receiver أو sales");
        ConfigError::new("configuration.payment_by", en, ar)
    })
}

fn pickup(value: &Written) -> Result<bool, ConfigError> {
    match value.text() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        _ => {
            let (en, ar) = ("expected true or false", "يجب أن تكون true أو false");
            Err(ConfigError::new("configuration.pickup", en, ar))
        }
    }
}

/// The key of the account.
pub(super) fn key(credentials: Value) -> Result<SecretString, ConfigError> {
    let mut credentials = Credentials::read(credentials)?;
    let key = credentials.take("api_key")?;
    credentials.end()?;
    // The word before it is not part of it.
    if form::fits_header(&key) {
        return Ok(key);
    }
    let en = "expected the key as the portal shows it, without blanks and without \"apikey\"";
    let ar = "يجب أن يكون المفتاح كما تعرضه البوابة، دون فراغات ودون كلمة apikey";
    Err(ConfigError::new("credentials.api_key", en, ar))
}

#[cfg(test)]
mod tests;
