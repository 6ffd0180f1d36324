//! What every handler reaches: the providers' state, the faults, the journal and the way to the gateway.

use std::sync::{PoisonError, RwLock};

use crate::{
    Settings, callbacks::Outbox, carrier_contract::Carriers, chance::Chance, codes::Codes, contract::Wallets,
    darb_assabil::Records, edfali::Sessions, exchange::Paces, fault::Faults, ftp::Files, journal::Journal,
    moamalat::accounts::Accounts, plutu::Book, sadad::Ledger, telegram::bots::Bots, tlync::Stores, vanex::Depot,
};

/// The state of one run.
pub(crate) struct Shared {
    pub(crate) moamalat: Accounts,
    pub(crate) sadad: Ledger,
    pub(crate) tlync: Stores,
    pub(crate) telegram: Bots,
    pub(crate) edfali: Sessions,
    pub(crate) plutu: Book,
    pub(crate) wallets: Wallets,
    pub(crate) carriers: Carriers,
    pub(crate) darb_assabil: Records,
    pub(crate) vanex: Depot,
    pub(crate) ftp: Files,
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
        let sadad = Ledger::new(&chance);
        for merchant in settings.sadad {
            sadad.add(merchant)?;
        }
        let tlync = Stores::default();
        for store in settings.tlync {
            tlync.add(store)?;
        }
        let telegram = Bots::default();
        for bot in settings.bots {
            telegram.add(bot)?;
        }
        let edfali = Sessions::default();
        for merchant in settings.edfali {
            edfali.add(merchant)?;
        }
        let plutu = Book::new(&chance);
        for merchant in settings.plutu {
            plutu.add(merchant)?;
        }
        let wallets = Wallets::default();
        for account in settings.wallets {
            wallets.add(account)?;
        }
        let carriers = Carriers::default();
        for account in settings.carriers {
            carriers.add(account)?;
        }
        let darb_assabil = Records::default();
        for account in settings.darb_assabil {
            darb_assabil.add(account)?;
        }
        let vanex = Depot::default();
        for account in settings.vanex {
            vanex.add(account)?;
        }
        Ok(Self {
            moamalat,
            sadad,
            tlync,
            telegram,
            edfali,
            plutu,
            wallets,
            carriers,
            darb_assabil,
            vanex,
            ftp: Files::default(),
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
