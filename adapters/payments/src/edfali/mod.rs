//! Edfali (Adfali): the wallet of the Bank of Commerce and Development, over SOAP, confirmed by a code.
#![doc = include_str!("README.md")]

mod answer;
mod config;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use kit::soap::BuildError;
use kit::{Account, Call, ConfigError, Error, EvidenceGrade, Kind, Parts, Probe, Refusal, Reply};
use schemas::payment::{Code, Method};
use schemas::{Currency, Phone};
use serde_json::Value;

use self::config::{Keys, Settings};
use self::wire::{Merchant, Operation};
use crate::card::{Callbacks, Card, Needs, Route};
use crate::codes::{Codes, Confirmed};
use crate::port::{Opening, Order, PaymentProvider, Session};
use crate::registry::{Provider, no_address, no_identity};

const NAME: &str = "edfali";

/// How many digits the customer's code has.
const CODE_LENGTH: u8 = 4;

/// Every operator's mobile numbers; a wallet has no other.
const MOBILE: &[&str] = &["91", "92", "93", "94", "95", "96"];

/// What Edfali is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Edfali", "ادفع لي"),
    routes: &[Route {
        brands: &[NAME],
        step: 10,
        needs: Needs { prefixes: MOBILE, ..Needs::PHONE },
        code: Some(CODE_LENGTH),
        ..Route::plain(NAME, Method::Wallet)
    }],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Documented,
    refunds: false,
    settled_by_hand: false,
    asks: false,
    callbacks: Callbacks::None,
    callback_answer: ("application/json", "{}"),
};

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Edfali::build(configuration, credentials, parts)?)),
    address: no_address,
    identity: no_identity,
    settings: &["base_url", "mobile"],
    credentials: &["pin", "password"],
};

/// One merchant's wallet.
pub struct Edfali {
    parts: Parts,
    settings: Settings,
    keys: Keys,
    lane: String,
}

impl Edfali {
    /// Builds the account of a merchant.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let keys = Keys::read(credentials)?;
        let lane = settings.lane();
        Ok(Self { parts, settings, keys, lane })
    }

    fn merchant(&self) -> Merchant<'_> {
        Merchant {
            settings: &self.settings,
            keys: &self.keys,
            account: self.parts.account,
            destination: self.parts.destination,
        }
    }

    /// DoPTrans, which both opens a session and, in another one, sends a code again.
    fn begin(&self, order: &Order) -> Result<Call, Error> {
        order.route(&CARD)?;
        let customer = customer(order)?;
        let call = self.merchant().open(&order.wire_reference, customer, order.amount);
        call.map_err(|error| unwritable(Operation::DoPTrans, error))
    }
}

/// The route has checked that it is there.
fn customer(order: &Order) -> Result<&Phone, Error> {
    let needed = || Error::refused(Kind::Invalid, NAME, Operation::DoPTrans.name(), "the customer's number is needed");
    order.customer.phone.as_ref().ok_or_else(needed)
}

fn unwritable(operation: Operation, error: BuildError) -> Error {
    Error::refused(Kind::Invalid, NAME, operation.name(), error.to_string()).with_source(error)
}

fn failed(operation: Operation, reply: &Reply, refusal: Refusal) -> Error {
    Error::provider(refusal.kind, refusal.delivery, NAME, operation.name(), refusal.message).with_status(reply.status)
}

#[async_trait]
impl PaymentProvider for Edfali {
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
        Ok(Opening::Call(Box::new(self.begin(order)?)))
    }

    fn read_opening(&self, _: &Order, reply: &Reply) -> Result<Session, Error> {
        answer::session(reply).map_err(|refusal| failed(Operation::DoPTrans, reply, refusal))
    }

    fn codes(&self) -> Option<&dyn Codes> {
        Some(self)
    }

    /// What the service says of itself to whoever wants to call it.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(Some(Probe::new(self.merchant().description())))
    }
}

impl Codes for Edfali {
    fn describe_confirm(&self, order: &Order, session: &str, code: &Code) -> Result<Call, Error> {
        let call = self.merchant().confirm(&order.wire_reference, session, code.digits());
        call.map_err(|error| unwritable(Operation::OnlineConfTrans, error))
    }

    fn read_confirm(&self, order: &Order, reply: &Reply) -> Confirmed {
        answer::confirmed(order, reply)
    }

    /// Nothing is known that sends a code again: another session is begun, and the one before is left to end by itself.
    fn describe_resend(&self, order: &Order, _: &str) -> Result<Call, Error> {
        self.begin(order)
    }

    fn read_resend(&self, order: &Order, _: &str, reply: &Reply) -> Result<Session, Error> {
        self.read_opening(order, reply)
    }
}

#[cfg(test)]
mod tests;
