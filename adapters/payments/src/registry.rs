//! Which providers there are, and how an account of one is built from its configuration.

use std::sync::Arc;

use kit::{Account, Ambient, Destination, Sequences, Transport};
use schemas::Text;
use schemas::store::Mode;
use serde_json::Value;

use crate::port::{CallbackAddress, Card, PaymentProvider, RawCallback};
use crate::{bank_transfer, cash_on_delivery, moamalat};

/// What every adapter is built from.
#[derive(Clone)]
pub struct Parts {
    /// Carries calls out.
    pub transport: Arc<Transport>,
    /// Hands out seconds.
    pub sequences: Arc<dyn Sequences>,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Whose account it is.
    pub account: Account,
    /// Test or live.
    pub mode: Mode,
    /// Who chose its hosts.
    pub destination: Destination,
}

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

/// Every provider's card.
pub fn cards() -> [&'static Card; 3] {
    [&moamalat::CARD, &cash_on_delivery::CARD, &bank_transfer::CARD]
}

/// The card of one provider.
pub fn card(name: &str) -> Option<&'static Card> {
    cards().into_iter().find(|card| card.name == name)
}

/// Builds an account. `credentials` are in clear here and nowhere longer than needed.
pub fn build(
    name: &str,
    configuration: Value,
    credentials: Value,
    parts: Parts,
) -> Result<Arc<dyn PaymentProvider>, ConfigError> {
    match name {
        "moamalat" => Ok(Arc::new(moamalat::Moamalat::build(configuration, credentials, parts)?)),
        "cash_on_delivery" => Ok(Arc::new(cash_on_delivery::CashOnDelivery::build(configuration, credentials, parts)?)),
        "bank_transfer" => Ok(Arc::new(bank_transfer::BankTransfer::build(configuration, credentials, parts)?)),
        _ => Err(ConfigError::new("provider", format!("there is no provider {name:?}"), "لا يوجد مزود بهذا الاسم")),
    }
}

/// Reads whom a callback is for. Nothing in it is believed yet.
pub fn address(name: &str, raw: &RawCallback) -> Option<CallbackAddress> {
    match name {
        "moamalat" => moamalat::address(raw),
        _ => None,
    }
}

/// What callbacks will name an account by, read from its configuration alone: credentials may come later.
pub fn identity(name: &str, configuration: &Value) -> Option<String> {
    match name {
        "moamalat" => moamalat::identity_of(configuration),
        _ => None,
    }
}
