//! The port of payment providers: what the gateway asks of each, as numbered promises that `conformance.rs` quotes and tests.

use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use kit::{Account, Call, CallbackError, Error, Kind, Probe, RawCallback, Reply};
use schemas::Money;
use schemas::payment::{Customer, Method, NextAction};
use url::Url;

use crate::books::Books;
use crate::card::{Card, Route};
use crate::codes::Codes;
use crate::services::Services;

/// One account with a payment provider. What a provider has not got, it need not write: the defaults say so.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// What this provider is: static data.
    fn card(&self) -> &'static Card;

    /// Whose account this is.
    fn account(&self) -> &Account;

    /// What questions of several attempts may be put together by, across accounts and processes: a terminal, a token.
    fn lane(&self) -> &str;

    /// What its callbacks name it by (merchant and terminal); `None` where callbacks name nothing, or there are none.
    fn identity(&self) -> Option<&str> {
        None
    }

    /// 1. Opens an attempt: the same order gives the same opening, and nothing is sent by it. 2. Charges nothing, and nor
    ///    does the call it may describe: that is `Once`, carries the order's reference, and at most sends a code or makes a
    ///    page. 3. An order that the provider cannot carry (currency, amount, missing field) is `Invalid` or `Unsupported`
    ///    with delivery `Never`.
    async fn open(&self, order: &Order) -> Result<Opening, Error>;

    /// 13. Reads the answer to the call of an opening. A refusal is an error that says whose it is: `Rejected` and
    ///     `NotFound` are the customer's, all others may go better by another route.
    fn read_opening(&self, order: &Order, reply: &Reply) -> Result<Session, Error> {
        let _ = (order, reply);
        Err(Error::refused(Kind::Unsupported, self.card().name, "open", "opening an attempt makes no call"))
    }

    /// Confirming by a one-time code, where the provider has that.
    fn codes(&self) -> Option<&dyn Codes> {
        None
    }

    /// Paying bills, top-ups and transfers from the merchant's own account, where the provider has that.
    fn services(&self) -> Option<&dyn Services> {
        None
    }

    /// Its own books, day by day, where it shows them.
    fn books(&self) -> Option<&dyn Books> {
        None
    }

    /// 4. Answers every question once, in any order, from the provider's own records and nothing else. 5. A `Read`: it
    ///    changes nothing over there. 6. No transactions means that the provider knows none *now*.
    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error> {
        // There is nobody to ask.
        Ok(questions.iter().map(Finding::nothing).collect())
    }

    /// How many questions one call can carry. Where it is one, each is put and answered by itself, so that a provider that
    /// counts calls is asked as far as it lets itself be asked.
    fn questions_at_once(&self) -> usize {
        usize::MAX
    }

    /// 7. Describes the refund, sending nothing. 8. The call is `Once` or `Keyed` and carries the order's reference.
    async fn describe_refund(&self, _: &RefundOrder) -> Result<Call, Error> {
        Err(Error::refused(Kind::Unsupported, self.card().name, "refund", BY_HAND))
    }

    /// 9. Reads the answer to that call; what moved is proved by `ask` alone.
    fn read_refund(&self, _: &Reply) -> RefundAnswer {
        RefundAnswer::Refused { message: BY_HAND.to_owned() }
    }

    /// 14. Describes a probe: cheap, free, a `Read` that changes and uses up nothing that a customer would miss, so that it can
    ///    be asked every few seconds. It may fetch an access token, and sends nothing else. `None` where there is nobody to ask.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(None)
    }

    /// 10. Verifies a callback, or a signed return, in constant time over its bytes as they came. 11. Says what it hints
    ///     at, and what it proves only where the card says that its callbacks do.
    fn read_callback(&self, _: &RawCallback) -> Result<Hint, CallbackError> {
        Err(CallbackError::Unsupported)
    }

    /// 12. The same for what the customer's browser reports.
    fn read_client_result(&self, _: &serde_json::Value) -> Result<Hint, CallbackError> {
        Err(CallbackError::Unsupported)
    }
}

/// Said of refunds where the provider has no call for them.
const BY_HAND: &str = "the provider has no call for refunds: the money goes back by hand, with evidence";

/// What a customer is to pay in one attempt.
#[derive(Debug, Clone)]
pub struct Order {
    /// Ours, 10 to 36 characters of `[A-Za-z0-9._-]`, never reused.
    pub wire_reference: String,
    /// How much.
    pub amount: Money,
    /// By what.
    pub method: Method,
    /// The provider's own word for the way: a route of its card.
    pub gateway: String,
    /// The buyer.
    pub customer: Customer,
    /// When the attempt was made: what the wire wants as its time.
    pub opened_at: Timestamp,
    /// Where the provider sends the browser back to.
    pub return_url: String,
    /// Where the provider's server reports to: this account's own address.
    pub callback_url: String,
    /// The address of the buyer, where the store has told it.
    pub customer_address: Option<IpAddr>,
}

impl Order {
    /// The route of a card that the order goes by, if it can carry it; otherwise why not, with delivery `Never`.
    pub fn route(&self, card: &'static Card) -> Result<&'static Route, Error> {
        let refuse = |kind, message: String| Err(Error::refused(kind, card.name, "open", message));
        let route = card.route(&self.gateway).filter(|route| route.method == self.method);
        let Some(route) = route else {
            return refuse(Kind::Unsupported, format!("{} has no such way to pay", card.name));
        };
        if self.amount.currency != route.currency {
            return refuse(Kind::Unsupported, format!("{} takes {} only", card.name, route.currency));
        }
        if self.amount.minor <= 0 || !route.carries(self.amount) {
            return refuse(Kind::Invalid, format!("the amount must be above zero, in steps of {}", route.step));
        }
        if !is_reference(&self.wire_reference) {
            let shape = "the reference must be 10 to 36 characters of A-Z, a-z, 0-9, '.', '_', '-'";
            return refuse(Kind::Invalid, shape.to_owned());
        }
        match &self.customer.phone {
            Some(phone) if route.needs.phone && !route.needs.serves(phone) => {
                refuse(Kind::Invalid, "the customer's number is of another operator".to_owned())
            }
            None if route.needs.phone => refuse(Kind::Invalid, "the customer's number is needed".to_owned()),
            _ if route.needs.birth_year && self.customer.birth_year.is_none() => {
                refuse(Kind::Invalid, "the customer's year of birth is needed".to_owned())
            }
            _ => Ok(route),
        }
    }
}

/// What every provider takes as a reference, and no client encodes in another way.
pub(crate) fn is_reference(text: &str) -> bool {
    (10..=36).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// How an attempt is opened.
#[derive(Debug, Clone)]
pub enum Opening {
    /// At once: the provider need not be called.
    Ready(NextAction),
    /// By a call, whose answer `read_opening` reads.
    Call(Box<Call>),
}

/// An attempt that the provider knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the provider names it by: a process, a session, a transaction to be confirmed.
    pub id: String,
    /// What the customer does next.
    pub next: SessionStep,
}

/// What the customer does next in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionStep {
    /// Enter the code that was sent.
    Code {
        /// How many digits.
        length: u8,
        /// Until when, where the provider says so.
        expires_at: Option<Timestamp>,
    },
    /// Go to a page of the provider.
    Page {
        /// The page.
        url: Url,
    },
}

/// What became of this attempt?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The attempt's wire reference.
    pub wire_reference: String,
    /// What the provider names the attempt by, where it has been told.
    pub session: Option<String>,
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

impl Finding {
    /// The provider knows nothing.
    pub fn nothing(question: &Question) -> Self {
        Self { wire_reference: question.wire_reference.clone(), transactions: Vec::new() }
    }
}

/// One transaction in the provider's records.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What a verified message says. A hint changes no state: it says whom to ask about, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The wire reference it names. Moamalat's hash does not even cover this.
    pub wire_reference: String,
    /// What it speaks of.
    pub kind: TransactionKind,
    /// Whether it says in so many words that the customer has paid.
    pub approved: bool,
    /// What it proves, where its proof covers all of it and the provider cannot be asked. One reference is settled once.
    pub proof: Option<Transaction>,
}

impl Hint {
    /// One that proves nothing.
    pub fn at(wire_reference: impl Into<String>, kind: TransactionKind) -> Self {
        Self { wire_reference: wire_reference.into(), kind, approved: false, proof: None }
    }
}
