//! T-Lync: a hosted page for Tadawul, MobiCash, Sadad, Edfali and cards, proved by its receipts.
#![doc = include_str!("README.md")]

mod answer;
mod config;
mod notice;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::{
    Account, Allowance, CallbackError, ConfigError, Delivery, Denied, Error, EvidenceGrade, Kind, Parts, Probe,
    RawCallback, Reply,
};
use schemas::Currency;
use schemas::payment::Method;
use secrecy::SecretString;
use serde_json::Value;

use self::config::Settings;
use self::wire::{Operation, Sender};
use crate::card::{Callbacks, Card, Needs, Route};
use crate::port::{Finding, Hint, Opening, Order, PaymentProvider, Question, Session};
use crate::presence;
use crate::registry::{Provider, no_identity};

const NAME: &str = "tlync";

/// Thirty requests a minute for each endpoint and token (SOURCE.md, "Hosts, paths, proof"): in any minute these are ten
/// and twenty more.
const ALLOWANCE: Allowance = Allowance { burst: 10, every: Duration::from_secs(3) };

/// What T-Lync is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("T-Lync", "تداول تي-لينك"),
    routes: &[Route {
        brands: &["tadawul", "mobicash", "sadad", "edfali", "moamalat"],
        // A wire of two decimals.
        step: 10,
        needs: Needs::PHONE,
        ..Route::plain(NAME, Method::Wallet)
    }],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Documented,
    refunds: false,
    settled_by_hand: false,
    asks: true,
    callbacks: Callbacks::Unsigned,
    callback_answer: ("application/json", "{}"),
};

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Tlync::build(configuration, credentials, parts)?)),
    address: notice::address,
    identity: no_identity,
    settings: &["base_url", "store_id", "initiate_path", "receipt_path"],
    credentials: &["token"],
};

/// One store.
pub struct Tlync {
    parts: Parts,
    settings: Settings,
    token: SecretString,
    lane: String,
}

impl Tlync {
    /// Builds the account of a store.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let token = config::token(credentials)?;
        let lane = settings.lane();
        Ok(Self { parts, settings, token, lane })
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            account: self.parts.account,
            destination: self.parts.destination,
            settings: &self.settings,
            token: &self.token,
        }
    }

    /// One request of the endpoint, from what every process together may send.
    async fn take(&self, operation: Operation) -> Result<(), Error> {
        let scope = format!("{NAME}/{}/{}", self.lane, operation.endpoint());
        let Err(denied) = self.parts.allowances.take(&scope, ALLOWANCE).await else { return Ok(()) };
        let (kind, retry_after) = match denied {
            Denied::Later(wait) => (Kind::RateLimited, Some(wait)),
            Denied::Unreachable(_) => (Kind::Internal, None),
        };
        let error = Error::refused(kind, NAME, operation.name(), denied.to_string()).with_source(denied);
        Err(Error { retry_after, ..error })
    }

    async fn receipt(&self, question: &Question) -> Result<Finding, Error> {
        let operation = Operation::Receipt;
        self.take(operation).await?;
        let reference = &question.wire_reference;
        let reply = self.parts.transport.send(&self.sender().receipt(reference)).await?;
        let transaction = answer::receipt(&reply, reference, &self.settings.store_id).map_err(|message| {
            Error::provider(Kind::Protocol, Delivery::Maybe, NAME, operation.name(), message).with_status(reply.status)
        })?;
        Ok(Finding { wire_reference: reference.clone(), transactions: transaction.into_iter().collect() })
    }
}

#[async_trait]
impl PaymentProvider for Tlync {
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
        let call = self.sender().initiate(order)?;
        self.take(Operation::Initiate).await?;
        Ok(Opening::Call(Box::new(call)))
    }

    fn read_opening(&self, order: &Order, reply: &Reply) -> Result<Session, Error> {
        answer::session(order, &self.settings.base_url, reply)
    }

    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error> {
        // What one of them could not be asked, none was: every question has its answer or none has.
        let mut findings = Vec::with_capacity(questions.len());
        for question in questions {
            findings.push(self.receipt(question).await?);
        }
        Ok(findings)
    }

    /// There is no call for several, and each costs one of the allowance: together they might never get to an end.
    fn questions_at_once(&self) -> usize {
        1
    }

    /// Its receipts are counted, and what is left of them is for customers (SOURCE.md, "The probe").
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        let base = &self.settings.base_url;
        let call = presence::call(self.parts.account, NAME, base, self.parts.destination);
        Ok(Some(Probe::new(call)))
    }

    fn read_callback(&self, raw: &RawCallback) -> Result<Hint, CallbackError> {
        notice::read(raw)
    }
}

#[cfg(test)]
mod tests;
