//! Moamalat (NPG PayForm Plus): card payments through the Lightbox, proved by FilterTransactions.
#![doc = include_str!("README.md")]

mod answer;
mod books;
mod config;
mod notice;
mod sign;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kit::{
    Account, Call, CallbackError, ConfigError, Delivery, Error, EvidenceGrade, Kind, Parts, Probe, RawCallback,
    Refusal, Reply, Request, Safety, Secrets, SequenceError, Urgency,
};
use schemas::payment::{Method, NextAction};
use schemas::{Currency, Money};
use serde_json::Value;

use self::config::{Keys, Settings};
use self::wire::{Operation, Span, Terminal};
use crate::books::Books;
use crate::card::{Callbacks, Card, Route};
use crate::port::{Finding, Hint, Opening, Order, PaymentProvider, Question, RefundAnswer, RefundOrder};
use crate::registry::Provider;

const NAME: &str = "moamalat";

/// The script of the Lightbox is for everybody.
static NO_SECRETS: Secrets = Secrets { headers: &[], query: &[], path: &[], body: &[] };

/// What the script of the Lightbox defines, and no page in its place does.
const DEFINES: &[u8] = b"Lightbox";

/// More pages than this are no answer any more: at one second a page it would be minutes old.
const PAGES: usize = 100;

/// What Moamalat is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Moamalat", "معاملات"),
    routes: &[Route::plain(NAME, Method::Card)],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Documented,
    refunds: true,
    settled_by_hand: false,
    asks: true,
    callbacks: Callbacks::Signed,
    callback_answer: ("application/json", r#"{"Message":"Success","Success":true}"#),
};

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Moamalat::build(configuration, credentials, parts)?)),
    address: |raw| notice::address(&raw.body),
    identity: config::identity,
    settings: &["merchant_id", "terminal_id", "base_url", "script_url", "amount_unit"],
    credentials: &["secret_key", "notification_key"],
};

/// One terminal of a merchant.
pub struct Moamalat {
    parts: Parts,
    settings: Settings,
    keys: Keys,
    lane: String,
    identity: String,
}

impl Moamalat {
    /// Builds the account of a terminal.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let keys = Keys::read(credentials, parts.mode)?;
        let lane = settings.lane();
        let identity = format!("{}/{}", settings.merchant_id, settings.terminal_id);
        Ok(Self { parts, settings, keys, lane, identity })
    }

    fn terminal(&self) -> Terminal<'_> {
        Terminal { settings: &self.settings, key: &self.keys.secret }
    }

    fn call(&self, operation: Operation, reference: Option<&str>, body: Vec<u8>) -> Call {
        let call = operation.call(self.parts.account, &self.settings.base_url, self.parts.destination, body);
        Call { reference: reference.map(str::to_owned), ..call }
    }

    /// A second that no request of this terminal has had.
    async fn second(&self, operation: Operation, urgency: Urgency) -> Result<Timestamp, Error> {
        let drawn = self.parts.sequences.next_second(&self.lane, urgency).await;
        drawn.map_err(|error| {
            let kind = match error {
                SequenceError::Busy => Kind::RateLimited,
                SequenceError::Unreachable(_) => Kind::Internal,
            };
            Error::refused(kind, NAME, operation.name(), error.to_string()).with_source(error)
        })
    }

    /// The question for one page.
    async fn question(&self, span: &Span, reference: Option<&str>, start: usize) -> Result<Call, Error> {
        let operation = Operation::FilterTransactions;
        // Refunds draw theirs first, so that no question holds one up.
        let second = self.second(operation, Urgency::Ordinary).await?;
        let body = self.terminal().filter(span, reference, start, second);
        Ok(self.call(operation, reference, body))
    }

    /// Asks for one page.
    async fn page(&self, span: &Span, reference: Option<&str>, start: usize) -> Result<answer::Page, Error> {
        let reply = self.parts.transport.send(&self.question(span, reference, start).await?).await?;
        answer::Page::read(&reply.body).map_err(wrong)
    }

    /// What no terminal can carry, whatever its settings.
    fn check(&self, amount: Money, operation: &'static str) -> Result<(), Error> {
        let refuse = |kind, message: String| Err(Error::refused(kind, NAME, operation, message));
        if amount.currency != self.settings.currency {
            return refuse(Kind::Unsupported, format!("the terminal takes {} only", self.settings.currency));
        }
        if amount.minor <= 0 {
            return refuse(Kind::Invalid, "the amount must be above zero".to_owned());
        }
        Ok(())
    }
}

/// An answer that contradicts itself.
fn wrong(message: String) -> Error {
    let operation = Operation::FilterTransactions.name();
    Error::provider(Kind::Protocol, kit::Delivery::Maybe, NAME, operation, message)
}

#[async_trait]
impl PaymentProvider for Moamalat {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn lane(&self) -> &str {
        &self.lane
    }

    fn identity(&self) -> Option<&str> {
        Some(&self.identity)
    }

    async fn open(&self, order: &Order) -> Result<Opening, Error> {
        order.route(&CARD)?;
        self.check(order.amount, "Lightbox")?;
        // There is no session at the provider's end: the browser opens the Lightbox with what is signed here.
        Ok(Opening::Ready(NextAction::Lightbox {
            script_url: self.settings.script_url.to_string(),
            parameters: self.terminal().lightbox(&order.wire_reference, order.amount, order.opened_at),
        }))
    }

    fn books(&self) -> Option<&dyn Books> {
        Some(self)
    }

    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error> {
        let Some(span) = Span::of(questions, self.parts.ambient.now()) else { return Ok(Vec::new()) };
        let reference = match questions {
            [only] => Some(only.wire_reference.as_str()),
            _ => None,
        };
        let oldest = wire::civil(span.oldest);
        let mut rows = Vec::new();
        for _ in 0..PAGES {
            let page = self.page(&span, reference, rows.len()).await?;
            let (got, total) = (page.rows.len(), page.total);
            rows.extend(page.rows);
            if rows.len() >= total || answer::is_past(&rows, oldest) {
                return Ok(answer::findings(questions, &rows, &self.settings));
            }
            if got == 0 {
                return Err(wrong(format!("{} of {total} transactions came, and then none", rows.len())));
            }
        }
        Err(wrong(format!("there are more than {PAGES} pages")))
    }

    async fn describe_refund(&self, order: &RefundOrder) -> Result<Call, Error> {
        let operation = Operation::RefundTransaction;
        self.check(order.amount, operation.name())?;
        if order.transaction.is_empty() {
            let message = "the sale has no number to refund it by";
            return Err(Error::refused(Kind::Invalid, NAME, operation.name(), message));
        }
        let second = self.second(operation, Urgency::First).await?;
        let body = self.terminal().refund(&order.transaction, order.amount, second);
        Ok(self.call(operation, Some(&order.reference), body))
    }

    fn read_refund(&self, reply: &Reply) -> RefundAnswer {
        answer::refund(reply)
    }

    /// The script of the Lightbox, which every customer's browser has to load. A question would draw one of the terminal's
    /// seconds, and several probes at once would wait for each other.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        if !self.settings.script_is_known {
            return Ok(None);
        }
        Ok(Some(Probe::new(Call {
            account: self.parts.account,
            provider: NAME,
            operation: "lightbox.js",
            reference: None,
            safety: Safety::Read,
            secrets: &NO_SECRETS,
            answers: &[],
            outcome: is_script,
            explain: kit::no_explanation,
            timeout: None,
            request: Request::get(self.settings.script_url.clone(), self.parts.destination),
        })))
    }

    fn read_callback(&self, raw: &RawCallback) -> Result<Hint, CallbackError> {
        notice::notification(&raw.body, &self.settings, &self.keys)
    }

    fn read_client_result(&self, result: &Value) -> Result<Hint, CallbackError> {
        notice::client_result(result, &self.settings, &self.keys)
    }
}

/// Whether an answer is the script that customers' browsers load.
fn is_script(reply: &Reply) -> Result<(), Refusal> {
    let page = reply.body.trim_ascii_start().starts_with(b"<");
    if !page && reply.body.windows(DEFINES.len()).any(|part| part == DEFINES) {
        return Ok(());
    }
    let message = "the answer is not the script of the Lightbox".to_owned();
    Err(Refusal { kind: Kind::Protocol, delivery: Delivery::Done, message })
}

#[cfg(test)]
mod tests;
