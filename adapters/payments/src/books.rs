//! The port of a provider's own books: what it says of one whole day, as numbered promises that `conformance.rs` tests.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use kit::Error;
use schemas::Money;

use crate::port::{Transaction, TransactionKind};

/// What a provider's own books say of an account.
#[async_trait]
pub trait Books: Send + Sync {
    /// 1. A `Read`: it changes nothing over there. 2. Every line of the day (of Africa/Tripoli), whatever became of it, or an
    ///    error: never a part. 3. Each line once. 4. Nothing of another day. 5. A day that is over is told the same again, in
    ///    whatever order; one that is not may grow. 6. What cannot be read is a line all the same, with its text.
    /// 7. A sale has the id that `ask` tells of it.
    async fn day(&self, day: Date) -> Result<Vec<BookLine>, Error>;
}

/// One line of a provider's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLine {
    /// The provider's own id; empty where it tells none.
    pub transaction: String,
    /// Ours on the wire: of a sale its own, of what goes back its sale's.
    pub wire_reference: Option<String>,
    /// What kind it is.
    pub kind: BookKind,
    /// Whether the provider says that money moved.
    pub approved: bool,
    /// Its amount; the text as it came where that cannot be taken for one of this account's.
    pub amount: Result<Money, String>,
    /// What the provider keeps of it, where it says so.
    pub fee: Option<Money>,
    /// When, as exactly as it says.
    pub at: Option<Timestamp>,
    /// The provider's raw words for status and reason.
    pub raw: String,
}

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BookKind {
    /// Money in.
    Sale,
    /// Money back.
    Refund,
    /// A sale that was taken back before it was settled.
    Void,
    /// Anything else.
    Other,
}

impl BookKind {
    /// Whether money goes back by it.
    pub const fn goes_back(self) -> bool {
        matches!(self, Self::Refund | Self::Void)
    }
}

impl BookLine {
    /// The same as a record that an attempt is judged by.
    pub fn record(&self) -> Transaction {
        Transaction {
            id: self.transaction.clone(),
            kind: match self.kind {
                BookKind::Sale => TransactionKind::Sale,
                BookKind::Refund | BookKind::Void => TransactionKind::Refund,
                BookKind::Other => TransactionKind::Other,
            },
            approved: self.approved,
            declined: false,
            amount: self.amount.clone(),
            ours: true,
            remaining: None,
            only_whole: false,
            raw_status: self.raw.clone(),
        }
    }
}
