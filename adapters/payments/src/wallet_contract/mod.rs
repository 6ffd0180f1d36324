//! MobiCash, Almadar Pay, Libyana Pay and 1Pay: one small contract of ours, since nothing of theirs is public.
#![doc = include_str!("README.md")]

mod answer;
mod cards;
mod config;
mod notice;
mod outgoing;
mod wire;

use async_trait::async_trait;
use kit::contract::{self, Failure, Keys};
use kit::{Account, Call, CallbackError, ConfigError, Delivery, Error, Kind, Parts, Probe, RawCallback, Reply};
use schemas::payment::Code;
use serde_json::Value;

pub use self::cards::{ALMADAR_PAY, LIBYANA_PAY, MOBICASH, ONEPAY};

use self::answer::Created;
use self::config::Settings;
use self::wire::{Operation, Sender};
use crate::card::Card;
use crate::codes::{Codes, Confirmed};
use crate::port::{Finding, Hint, Opening, Order, PaymentProvider, Question, Session};
use crate::services::Services;

/// A merchant's account with one of the four.
pub struct WalletContract {
    card: &'static Card,
    parts: Parts,
    settings: Settings,
    keys: Keys,
    lane: String,
}

impl WalletContract {
    /// Builds the account of a merchant.
    pub fn build(
        card: &'static Card,
        configuration: Value,
        credentials: Value,
        parts: Parts,
    ) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let keys = config::keys(credentials, parts.mode)?;
        // Nothing but the account names the merchant; and at another host its payments are not known.
        let lane = format!("{}/{}/{}", card.name, contract::host(&settings.base_url), parts.account.id);
        Ok(Self { card, parts, settings, keys, lane })
    }

    /// Three send codes and pay for their merchant; the fourth has a page.
    fn by_code(&self) -> bool {
        self.card.routes[0].code.is_some()
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            card: self.card,
            account: self.parts.account,
            destination: self.parts.destination,
            settings: &self.settings,
            keys: &self.keys,
            now: self.parts.ambient.now(),
        }
    }

    /// A call for one session of an order.
    fn in_session(
        &self,
        operation: Operation,
        order: &Order,
        session: &str,
        verb: &str,
        body: Vec<u8>,
    ) -> Result<Call, Error> {
        if !contract::is_segment(session) {
            let message = "there is no session of such a name";
            return Err(Error::refused(Kind::Invalid, self.card.name, operation.name(), message));
        }
        let call = self.sender().post(operation, &["payments", session, verb], body);
        Ok(Call { reference: Some(order.wire_reference.clone()), ..call })
    }

    /// An answer that cannot be what it says.
    fn wrong(&self, operation: Operation, reply: &Reply, message: String) -> Error {
        let (kind, delivery) = (Kind::Protocol, Delivery::Maybe);
        Error::provider(kind, delivery, self.card.name, operation.name(), message).with_status(reply.status)
    }

    /// A refusal in words of the contract: the provider has understood, and said no.
    fn refusal(&self, operation: Operation, reply: &Reply, kind: fn(&Failure) -> Kind) -> Error {
        match Failure::read(reply) {
            Ok(failure) if reply.status == 422 => {
                let (kind, words) = (kind(&failure), failure.words());
                let error = Error::provider(kind, Delivery::Done, self.card.name, operation.name(), words);
                error.with_status(reply.status)
            }
            Ok(failure) => self.wrong(operation, reply, failure.words()),
            Err(message) => self.wrong(operation, reply, message),
        }
    }

    fn created(
        &self,
        operation: Operation,
        reply: &Reply,
        is_meant: impl Fn(&Created) -> bool,
    ) -> Result<Session, Error> {
        if !contract::is_good(reply) {
            return Err(self.refusal(operation, reply, answer::kind));
        }
        let read = kit::object::read::<Created>(&reply.body).and_then(|created| {
            let session = created.session(self.by_code(), self.parts.mode.is_live())?;
            if is_meant(&created) { Ok(session) } else { Err("the answer speaks of another payment".to_owned()) }
        });
        read.map_err(|message| self.wrong(operation, reply, message))
    }
}

#[async_trait]
impl PaymentProvider for WalletContract {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn lane(&self) -> &str {
        &self.lane
    }

    async fn open(&self, order: &Order) -> Result<Opening, Error> {
        order.route(self.card)?;
        let body = wire::payment(order, self.by_code());
        let call = self.sender().post(Operation::CreatePayment, &["payments"], body);
        Ok(Opening::Call(Box::new(Call { reference: Some(order.wire_reference.clone()), ..call })))
    }

    fn read_opening(&self, order: &Order, reply: &Reply) -> Result<Session, Error> {
        self.created(Operation::CreatePayment, reply, |created| created.is_of(&order.wire_reference))
    }

    fn codes(&self) -> Option<&dyn Codes> {
        self.by_code().then_some(self)
    }

    fn services(&self) -> Option<&dyn Services> {
        self.by_code().then_some(self)
    }

    fn questions_at_once(&self) -> usize {
        1
    }

    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error> {
        let operation = Operation::FindPayments;
        let mut findings = Vec::with_capacity(questions.len());
        // The contract asks about one reference at a time.
        for question in questions {
            let call = self.sender().find(operation, &["payments"], &question.wire_reference);
            let reply = self.parts.transport.send(&call).await?;
            let finding = answer::finding(question, &reply);
            findings.push(finding.map_err(|message| self.wrong(operation, &reply, message))?);
        }
        Ok(findings)
    }

    /// The payments of a reference that nobody has.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        let call = self.sender().find(Operation::FindPayments, &["payments"], Probe::NOBODY);
        Ok(Some(Probe::new(call)))
    }

    fn read_callback(&self, raw: &RawCallback) -> Result<Hint, CallbackError> {
        notice::hint(raw, &self.keys.secret, self.parts.ambient.now())
    }
}

impl Codes for WalletContract {
    fn describe_confirm(&self, order: &Order, session: &str, code: &Code) -> Result<Call, Error> {
        self.in_session(Operation::ConfirmPayment, order, session, "confirm", wire::confirmation(code))
    }

    fn read_confirm(&self, order: &Order, reply: &Reply) -> Confirmed {
        answer::confirmed(order, reply)
    }

    fn describe_resend(&self, order: &Order, session: &str) -> Result<Call, Error> {
        self.in_session(Operation::ResendCode, order, session, "resend", b"{}".to_vec())
    }

    fn read_resend(&self, _: &Order, session: &str, reply: &Reply) -> Result<Session, Error> {
        let read = self.created(Operation::ResendCode, reply, |_| true)?;
        if read.id == session {
            return Ok(read);
        }
        Err(self.wrong(Operation::ResendCode, reply, "the answer speaks of another payment".to_owned()))
    }
}

#[cfg(test)]
mod tests;
