//! Plutu: one contract for wallets by one-time code, for T-Lync's page, and for local and international cards.
#![doc = include_str!("README.md")]

mod answer;
mod config;
mod gateway;
mod notice;
mod sign;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, Call, CallbackError, ConfigError, Error, EvidenceGrade, Kind, Parts, Probe, RawCallback, Reply};
use schemas::Currency;
use schemas::payment::{Code, Method};
use serde_json::Value;

use self::config::{Keys, Settings};
use self::gateway::Gateway;
use self::wire::Sender;
use crate::card::{Callbacks, Card, Needs, Route};
use crate::codes::{Codes, Confirmed};
use crate::port::{Hint, Opening, Order, PaymentProvider, Session};
use crate::presence;
use crate::registry::{Provider, no_identity};

const NAME: &str = "plutu";

/// A wire of two decimals.
const TEN_DIRHAM: i64 = 10;

/// What Plutu is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Plutu", "بلوتو"),
    routes: &[
        Route {
            brands: &["sadad"],
            step: TEN_DIRHAM,
            // Almadar's numbers.
            needs: Needs { birth_year: true, prefixes: &["91", "93"], ..Needs::PHONE },
            code: Gateway::Sadad.code(),
            ..Route::plain(Gateway::Sadad.name(), Method::Wallet)
        },
        Route {
            brands: &["edfali"],
            step: TEN_DIRHAM,
            needs: Needs::PHONE,
            code: Gateway::Edfali.code(),
            ..Route::plain(Gateway::Edfali.name(), Method::Wallet)
        },
        Route {
            brands: &["tadawul", "mobicash", "edfali", "sadad"],
            step: TEN_DIRHAM,
            needs: Needs::PHONE,
            ..Route::plain(Gateway::Tlync.name(), Method::Wallet)
        },
        Route { step: TEN_DIRHAM, ..Route::plain(Gateway::LocalBankCards.name(), Method::Card) },
        Route { currency: Gateway::Mpgs.currency(), ..Route::plain(Gateway::Mpgs.name(), Method::Card) },
    ],
    currencies: &[Currency::Lyd, Currency::Usd],
    evidence: EvidenceGrade::Documented,
    refunds: false,
    settled_by_hand: false,
    asks: false,
    callbacks: Callbacks::Proving,
    callback_answer: ("application/json", "{}"),
};

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Plutu::build(configuration, credentials, parts)?)),
    address: notice::address,
    identity: no_identity,
    settings: &["base_url", "gateways"],
    credentials: &["api_key", "access_token", "secret_key"],
};

/// A merchant's account.
pub struct Plutu {
    parts: Parts,
    settings: Settings,
    keys: Keys,
    lane: String,
}

impl Plutu {
    /// Builds the account of a merchant.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let keys = Keys::read(credentials, parts.mode)?;
        // Nothing is ever asked, so nothing is put together.
        let lane = format!("{NAME}/{}", parts.account.id);
        Ok(Self { parts, settings, keys, lane })
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            account: self.parts.account,
            destination: self.parts.destination,
            settings: &self.settings,
            keys: &self.keys,
        }
    }

    /// The gateway of an order, if the account has it and it takes the order's currency.
    fn gateway(&self, order: &Order) -> Result<Gateway, Error> {
        let gateway = gateway(order)?;
        let refuse = |message: String| Err(Error::refused(Kind::Unsupported, NAME, gateway.opening(), message));
        if !self.settings.gateways.contains(&gateway) {
            return refuse(format!("the merchant has not subscribed to {}", gateway.name()));
        }
        if order.amount.currency != gateway.currency() {
            return refuse(format!("{} takes {} only", gateway.name(), gateway.currency()));
        }
        Ok(gateway)
    }
}

fn gateway(order: &Order) -> Result<Gateway, Error> {
    Gateway::of(&order.gateway)
        .ok_or_else(|| Error::refused(Kind::Unsupported, NAME, "open", "there is no such gateway"))
}

fn no_code(gateway: Gateway) -> Error {
    let message = format!("{} has a page and no code", gateway.name());
    Error::refused(Kind::Unsupported, NAME, gateway.opening(), message)
}

#[async_trait]
impl PaymentProvider for Plutu {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn lane(&self) -> &str {
        &self.lane
    }

    async fn open(&self, order: &Order) -> Result<Opening, Error> {
        order.route(&CARD)?;
        let call = self.sender().opening(self.gateway(order)?, order)?;
        Ok(Opening::Call(Box::new(call)))
    }

    fn read_opening(&self, order: &Order, reply: &Reply) -> Result<Session, Error> {
        answer::session(gateway(order)?, order, &self.settings.base_url, reply)
    }

    fn codes(&self) -> Option<&dyn Codes> {
        Some(self)
    }

    /// Nothing can be asked (SOURCE.md, "The probe").
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        let base = &self.settings.base_url;
        let call = presence::call(self.parts.account, NAME, base, self.parts.destination);
        Ok(Some(Probe::new(call)))
    }

    fn read_callback(&self, raw: &RawCallback) -> Result<Hint, CallbackError> {
        notice::read(raw, &self.keys.secret)
    }
}

impl Codes for Plutu {
    fn describe_confirm(&self, order: &Order, session: &str, code: &Code) -> Result<Call, Error> {
        let gateway = gateway(order)?;
        let operation = gateway.confirmation().ok_or_else(|| no_code(gateway))?;
        if gateway.code().map(usize::from) != Some(code.digits().len()) {
            let message = format!("the code of {} has another length", gateway.name());
            return Err(Error::refused(Kind::Invalid, NAME, operation, message));
        }
        self.sender().confirmation(operation, order, session, code)
    }

    fn read_confirm(&self, order: &Order, reply: &Reply) -> Confirmed {
        answer::confirmation(order, reply)
    }

    fn describe_resend(&self, order: &Order, _: &str) -> Result<Call, Error> {
        let gateway = gateway(order)?;
        if gateway.code().is_none() {
            return Err(no_code(gateway));
        }
        // There is no call for it: another code belongs to another process.
        self.sender().opening(gateway, order)
    }

    fn read_resend(&self, order: &Order, _: &str, reply: &Reply) -> Result<Session, Error> {
        self.read_opening(order, reply)
    }
}

#[cfg(test)]
mod tests;
