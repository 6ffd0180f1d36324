//! The port of payment providers: what the gateway asks of each, as numbered promises that `conformance.rs` quotes and tests.

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use kit::{Account, Call, Error, Reply};
use schemas::payment::{Customer, Method, NextAction};
use schemas::{Currency, Money, Text};
use serde::Serialize;

/// One account with a payment provider.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// What this provider is: static data.
    fn card(&self) -> &'static Card;

    /// Whose account this is.
    fn account(&self) -> &Account;

    /// What questions of several attempts may be put together by, across accounts and processes: a terminal, a token.
    fn lane(&self) -> &str;

    /// What its callbacks name it by (merchant and terminal); `None` where callbacks name nothing, or there are none.
    fn identity(&self) -> Option<&str>;

    /// 1. Opens an attempt: the same order gives the same opening. 2. Charges nothing. 3. An order that the provider
    ///    cannot carry (currency, amount, missing field) is `Invalid` or `Unsupported` with delivery `Never`.
    async fn open(&self, order: &Order) -> Result<Opening, Error>;

    /// 4. Answers every question once, in any order, from the provider's own records and nothing else. 5. A `Read`: it
    ///    changes nothing over there. 6. No transactions means that the provider knows none *now*.
    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error>;

    /// 7. Describes the refund, sending nothing. 8. The call is `Once` or `Keyed` and carries the order's reference.
    async fn describe_refund(&self, order: &RefundOrder) -> Result<Call, Error>;

    /// 9. Reads the answer to that call; what moved is proved by `ask` alone.
    fn read_refund(&self, reply: &Reply) -> RefundAnswer;

    /// 10. Verifies a callback in constant time over its bytes as they came. 11. Says what it hints at, and no more.
    fn read_callback(&self, raw: &RawCallback) -> Result<Hint, CallbackError>;

    /// 12. The same for what the customer's browser reports.
    fn read_client_result(&self, result: &serde_json::Value) -> Result<Hint, CallbackError>;
}

/// What a provider is.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The name in paths, configuration and logs.
    pub name: &'static str,
    /// For people: English and Arabic.
    pub title: (&'static str, &'static str),
    /// What a customer can choose it for.
    pub methods: &'static [Method],
    /// What it takes.
    pub currencies: &'static [Currency],
    /// How well its protocol is known.
    pub evidence: EvidenceGrade,
    /// Whether `describe_refund` is supported.
    pub refunds: bool,
    /// Whether a person settles its payments with evidence.
    pub settled_by_hand: bool,
    /// Whether it has anything to ask.
    pub asks: bool,
    /// What its callbacks are answered with: content type and body.
    pub callback_answer: (&'static str, &'static str),
}

impl Card {
    /// The title in both languages.
    pub fn text(&self) -> Text {
        Text::new(self.title.0, self.title.1)
    }
}

/// How well a protocol is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceGrade {
    /// Official documentation or several independent clients.
    Documented,
    /// One client, or a third party's page.
    Reported,
    /// A contract of ours: refused in live mode without an explicit base URL.
    Assumed,
    /// No network.
    Local,
}

/// What a customer is to pay in one attempt.
#[derive(Debug, Clone)]
pub struct Order {
    /// Ours, 10 to 36 characters of `[A-Za-z0-9._-]`, never reused.
    pub wire_reference: String,
    /// How much.
    pub amount: Money,
    /// By what.
    pub method: Method,
    /// The buyer.
    pub customer: Customer,
    /// When the attempt was made: what the wire wants as its time.
    pub opened_at: Timestamp,
    /// Where the provider sends the browser back to.
    pub return_url: String,
}

/// An attempt that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// What the customer does next.
    pub next_action: NextAction,
}

/// What became of this attempt?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The attempt's wire reference.
    pub wire_reference: String,
    /// When it was opened: nothing of it is older.
    pub opened_at: Timestamp,
}

/// What the provider knows of one question.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The attempt's wire reference.
    pub wire_reference: String,
    /// Everything under that reference, oldest first.
    pub transactions: Vec<Transaction>,
}

/// One transaction in the provider's records.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// The provider's own id.
    pub id: String,
    /// What kind it is.
    pub kind: TransactionKind,
    /// Whether the provider says that money moved.
    pub approved: bool,
    /// Whether the provider says that it refused.
    pub declined: bool,
    /// Its amount; the text as it came where that has another shape than the account's configuration says.
    pub amount: Result<Money, String>,
    /// Whether merchant and terminal are this account's.
    pub ours: bool,
    /// What may still be refunded of it, where the provider says so.
    pub remaining: Option<Money>,
    /// Whether only the whole of it can go back now (before settlement).
    pub only_whole: bool,
    /// The provider's raw words for status and reason.
    pub raw_status: String,
}

/// The kind of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionKind {
    /// Money in.
    Sale,
    /// Money back.
    Refund,
    /// Anything else.
    Other,
}

/// What is to go back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Ours, never reused: the log is searched by it.
    pub reference: String,
    /// The provider's id of the sale, as `ask` told it.
    pub transaction: String,
    /// How much.
    pub amount: Money,
}

/// The answer to a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAnswer {
    /// The provider says that it acted.
    Accepted {
        /// Its id of the refund.
        id: Option<String>,
    },
    /// The provider says that it did not.
    Refused {
        /// Its own words.
        message: String,
    },
}

/// A callback as it came.
#[derive(Debug, Clone)]
pub struct RawCallback {
    /// Headers.
    pub headers: HeaderMap,
    /// The query string, undecoded.
    pub query: String,
    /// The body.
    pub body: Bytes,
}

/// Whom a callback is for, before anything in it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackAddress {
    /// The identity of the account.
    pub identity: Option<String>,
    /// The wire reference it names.
    pub wire_reference: Option<String>,
}

/// What a verified message hints at. It changes no state: it says whom to ask about, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The wire reference it names. Moamalat's hash does not even cover this.
    pub wire_reference: String,
    /// What it speaks of.
    pub kind: TransactionKind,
}

/// A message that is not from the provider, or not a message at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The proof does not fit.
    #[error("the proof of the callback does not fit")]
    Forged,
    /// It cannot be read.
    #[error("the callback cannot be read")]
    Malformed,
    /// The provider sends none.
    #[error("the provider sends no such message")]
    Unsupported,
}
