//! Which carriers there are, and how an account of one is built from its configuration.

use std::sync::Arc;

use kit::{CallbackAddress, ConfigError, Parts, RawCallback};
use serde_json::Value;

use crate::card::Card;
use crate::port::Carrier;
use crate::{carrier_contract, darb_assabil, vanex};

/// Builds an account from its configuration, its credentials and what every adapter is built from.
pub type Build = fn(Value, Value, Parts) -> Result<Arc<dyn Carrier>, ConfigError>;

/// A carrier, as it is listed: all that anybody outside its folder needs of it.
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

/// Every carrier, in the order that ties are broken by: the one list that a new one is added to.
pub static PROVIDERS: [&Provider; 4] =
    [&carrier_contract::AMYAL, &darb_assabil::PROVIDER, &vanex::PROVIDER, &carrier_contract::WINGSLY];

/// A carrier by its name.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.into_iter().find(|provider| provider.card.name == name)
}

/// The card of one carrier.
pub fn card(name: &str) -> Option<&'static Card> {
    provider(name).map(|provider| provider.card)
}

/// For carriers whose callbacks name nobody, or that send none.
pub fn no_address(_: &RawCallback) -> Option<CallbackAddress> {
    None
}

/// For carriers whose callbacks name nobody, or that send none.
pub fn no_identity(_: &Value) -> Option<String> {
    None
}
