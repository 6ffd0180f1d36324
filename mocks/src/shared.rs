//! What every handler reaches: the providers' state, the faults, the journal and the way to the gateway.

use std::sync::{PoisonError, RwLock};

use crate::{
    Settings, callbacks::Outbox, chance::Chance, codes::Codes, exchange::Paces, fault::Faults, journal::Journal,
    moamalat::accounts::Accounts, telegram::bots::Bots,
};

/// The state of one run.
pub(crate) struct Shared {
    pub(crate) moamalat: Accounts,
    pub(crate) telegram: Bots,
    pub(crate) faults: Faults,
    pub(crate) paces: Paces,
    pub(crate) codes: Codes,
    pub(crate) journal: Journal,
    pub(crate) outbox: Outbox,
    pub(crate) chance: Chance,
    gateway_url: RwLock<Option<String>>,
}

impl Shared {
    /// The state at the start, or why the settings are of no use.
    pub(crate) fn new(settings: Settings) -> Result<Self, String> {
        let chance = Chance::new(settings.seed);
        let moamalat = Accounts::new(&chance);
        for merchant in settings.merchants {
            moamalat.add(merchant)?;
        }
        let telegram = Bots::default();
        for bot in settings.bots {
            telegram.add(bot)?;
        }
        Ok(Self {
            moamalat,
            telegram,
            faults: Faults::default(),
            paces: Paces::default(),
            codes: Codes::default(),
            journal: Journal::default(),
            outbox: Outbox::new()?,
            chance,
            gateway_url: RwLock::new(settings.gateway_url),
        })
    }

    /// Where callbacks go.
    pub(crate) fn gateway_url(&self) -> Option<String> {
        self.gateway_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends callbacks there from now on.
    pub(crate) fn set_gateway_url(&self, url: &str) {
        *self.gateway_url.write().unwrap_or_else(PoisonError::into_inner) = Some(url.to_owned());
    }
}
