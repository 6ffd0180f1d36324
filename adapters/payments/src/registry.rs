//! Which providers there are, and how an account of one is built from its configuration.

use std::sync::Arc;

use kit::{Account, Allowances, Ambient, Destination, Sequences, Transport};
use schemas::Text;
use schemas::store::Mode;
use serde_json::Value;

use crate::card::Card;
use crate::port::{CallbackAddress, PaymentProvider, RawCallback};
use crate::{bank_transfer, cash_on_delivery, edfali, moamalat, plutu, sadad, tlync, wallet_contract};

/// What every adapter is built from.
#[derive(Clone)]
pub struct Parts {
    /// Carries calls out.
    pub transport: Arc<Transport>,
    /// Hands out seconds.
    pub sequences: Arc<dyn Sequences>,
    /// Counts what may be had only so often.
    pub allowances: Arc<dyn Allowances>,
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

/// Builds an account from its configuration, its credentials and what every adapter is built from.
pub type Build = fn(Value, Value, Parts) -> Result<Arc<dyn PaymentProvider>, ConfigError>;

/// A provider, as it is listed: all that anybody outside its folder needs of it.
pub struct Provider {
    /// What it is.
    pub card: &'static Card,
    /// Builds an account from its configuration and its credentials, in clear here and nowhere longer than needed.
    pub build: Build,
    /// Reads whom a callback is for. Nothing in it is believed yet.
    pub address: fn(&RawCallback) -> Option<CallbackAddress>,
    /// What callbacks will name an account by, read from its configuration alone: credentials may come later.
    pub identity: fn(&Value) -> Option<String>,
    /// Settings that the environment may give, each as `<NAME>_<SETTING>`.
    pub settings: &'static [&'static str],
    /// Credentials that the environment may give; an account is made of them only if there is one.
    pub credentials: &'static [&'static str],
}

/// Every provider, in the order that routing tries them: the one list that a new one is added to.
pub static PROVIDERS: [&Provider; 11] = [
    &moamalat::PROVIDER,
    &sadad::PROVIDER,
    &edfali::PROVIDER,
    &tlync::PROVIDER,
    &plutu::PROVIDER,
    &wallet_contract::MOBICASH,
    &wallet_contract::ALMADAR_PAY,
    &wallet_contract::LIBYANA_PAY,
    &wallet_contract::ONEPAY,
    &cash_on_delivery::PROVIDER,
    &bank_transfer::PROVIDER,
];

/// A provider by its name.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.into_iter().find(|provider| provider.card.name == name)
}

/// The card of one provider.
pub fn card(name: &str) -> Option<&'static Card> {
    provider(name).map(|provider| provider.card)
}

/// For providers whose callbacks name nobody, or that send none.
pub fn no_address(_: &RawCallback) -> Option<CallbackAddress> {
    None
}

/// For providers whose callbacks name nobody, or that send none.
pub fn no_identity(_: &Value) -> Option<String> {
    None
}
