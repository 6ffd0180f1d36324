//! Sadad: Almadar's wallet, through its payment gateway (PGW), confirmed by a code and proved by enquiry.
#![doc = include_str!("README.md")]

mod answer;
mod config;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, Call, ConfigError, Error, EvidenceGrade, Kind, Parts, Probe, Refusal, Reply};
use schemas::Currency;
use schemas::payment::{Code, Method};
use serde_json::Value;

use self::answer::Answer;
use self::config::{Gateway, Settings};
use self::wire::{Operation, Request, Sender};
use crate::card::{Callbacks, Card, Needs, Route};
use crate::codes::{Codes, Confirmed};
use crate::port::{Finding, Opening, Order, PaymentProvider, Question, Session};
use crate::registry::{Provider, no_address, no_identity};

const NAME: &str = "sadad";

/// How many digits the customer's code has.
const CODE_LENGTH: u8 = 6;

/// What Sadad is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Sadad", "سداد"),
    routes: &[Route {
        brands: &[NAME],
        needs: Needs { phone: true, prefixes: &["91", "93"], birth_year: true },
        code: Some(CODE_LENGTH),
        ..Route::plain(NAME, Method::Wallet)
    }],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Documented,
    refunds: false,
    settled_by_hand: false,
    asks: true,
    callbacks: Callbacks::None,
    callback_answer: ("application/json", "{}"),
};

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Sadad::build(configuration, credentials, parts)?)),
    address: no_address,
    identity: no_identity,
    settings: &["protocol", "base_url", "soap_url", "category"],
    credentials: &["token", "username", "password"],
};

/// One merchant of the gateway.
pub struct Sadad {
    parts: Parts,
    settings: Settings,
    lane: String,
}

impl Sadad {
    /// Builds the account of a merchant.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, credentials, parts.mode)?;
        let lane = settings.lane(&parts.account);
        Ok(Self { parts, settings, lane })
    }

    fn call(&self, request: &Request, reference: &str) -> Result<Call, Error> {
        let sender = Sender {
            gateway: &self.settings.gateway,
            account: self.parts.account,
            destination: self.parts.destination,
        };
        sender.call(request, reference).map_err(|error| {
            Error::refused(Kind::Invalid, NAME, request.operation.name(), error.to_string()).with_source(error)
        })
    }

    fn answer(&self, operation: Operation, reply: &Reply) -> Result<Answer, Refusal> {
        match &self.settings.gateway {
            Gateway::Rest { .. } => answer::rest(reply),
            Gateway::Soap { .. } => answer::soap(operation, reply),
        }
    }

    async fn enquire(&self, question: &Question) -> Result<Finding, Error> {
        let operation = Operation::Enquiry;
        let reference = &question.wire_reference;
        let call = self.call(&Request::enquiry(reference), reference)?;
        let reply = self.parts.transport.send(&call).await?;
        let finding = self.answer(operation, &reply).and_then(|answer| answer.finding(question));
        finding.map_err(|refusal| failed(operation, &reply, refusal))
    }
}

fn failed(operation: Operation, reply: &Reply, refusal: Refusal) -> Error {
    Error::provider(refusal.kind, refusal.delivery, NAME, operation.name(), refusal.message).with_status(reply.status)
}

#[async_trait]
impl PaymentProvider for Sadad {
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
        let (Some(phone), Some(year)) = (&order.customer.phone, order.customer.birth_year) else {
            let message = "the customer's number and year of birth are needed";
            return Err(Error::refused(Kind::Invalid, NAME, Operation::Validate.name(), message));
        };
        let invoice = &order.wire_reference;
        let request = Request::validate(invoice, phone, year, order.amount, self.settings.category);
        Ok(Opening::Call(Box::new(self.call(&request, invoice)?)))
    }

    fn read_opening(&self, _: &Order, reply: &Reply) -> Result<Session, Error> {
        let session = self.answer(Operation::Validate, reply).and_then(Answer::session);
        session.map_err(|refusal| failed(Operation::Validate, reply, refusal))
    }

    fn codes(&self) -> Option<&dyn Codes> {
        Some(self)
    }

    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::with_capacity(questions.len());
        // The gateway is asked about one invoice at a time.
        for question in questions {
            findings.push(self.enquire(question).await?);
        }
        Ok(findings)
    }

    fn questions_at_once(&self) -> usize {
        1
    }

    /// What became of an invoice that nobody has.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(Some(Probe::new(self.call(&Request::enquiry(Probe::NOBODY), Probe::NOBODY)?)))
    }
}

impl Codes for Sadad {
    fn describe_confirm(&self, order: &Order, session: &str, code: &Code) -> Result<Call, Error> {
        self.call(&Request::pay(session, code), &order.wire_reference)
    }

    fn read_confirm(&self, order: &Order, reply: &Reply) -> Confirmed {
        match self.answer(Operation::Pay, reply) {
            Ok(answer) => answer.confirmed(order),
            Err(refusal) => Confirmed::Unclear { message: refusal.message },
        }
    }

    fn describe_resend(&self, order: &Order, session: &str) -> Result<Call, Error> {
        self.call(&Request::resend(session), &order.wire_reference)
    }

    fn read_resend(&self, _: &Order, session: &str, reply: &Reply) -> Result<Session, Error> {
        let resent = self.answer(Operation::Resend, reply).and_then(|answer| answer.resent(session));
        resent.map_err(|refusal| failed(Operation::Resend, reply, refusal))
    }
}

#[cfg(test)]
mod tests;
