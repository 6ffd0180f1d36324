//! Which messengers there are, and how an account of one is built from its configuration.

use std::sync::Arc;

use kit::{ConfigError, Parts};
use serde_json::Value;

use crate::port::{Card, Messenger};
use crate::telegram;

/// Builds an account from its configuration, its credentials and what every adapter is built from.
pub type Build = fn(Value, Value, Parts) -> Result<Arc<dyn Messenger>, ConfigError>;

/// A messenger, as it is listed: all that anybody outside its folder needs of it.
pub struct Provider {
    /// What it is.
    pub card: &'static Card,
    /// Builds an account from its configuration and its credentials, in clear here and nowhere longer than needed.
    pub build: Build,
    /// Settings that the environment may give, each as `<NAME>_<SETTING>`.
    pub settings: &'static [&'static str],
    /// Credentials that the environment may give; an account is made of them only if there is one.
    pub credentials: &'static [&'static str],
}

/// Every messenger, in the order that routing tries them: the one list that a new one is added to.
pub static PROVIDERS: [&Provider; 1] = [&telegram::PROVIDER];

/// A messenger by its name.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.into_iter().find(|provider| provider.card.name == name)
}

/// The card of one messenger.
pub fn card(name: &str) -> Option<&'static Card> {
    provider(name).map(|provider| provider.card)
}
