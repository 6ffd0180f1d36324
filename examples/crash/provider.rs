//! What really happened, by the provider's own books: the truth that the gateway must have found out.

use std::collections::{BTreeMap, HashMap, HashSet};

use mocks::moamalat::{NAME, TransactionKind};
use mocks::{Direction, JournalEntry, Mocks};
use serde_json::Value;

use crate::ledger::Sale;
use crate::view::Shown;

/// What stands under one reference.
#[derive(Debug, Default)]
pub struct Stands {
    approved: usize,
    declined: bool,
    /// What has gone back, in dirham.
    pub refunded: i64,
}

/// The books, by reference.
pub struct Books(HashMap<String, Stands>);

/// How a payment compares with the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Paid,
    Declined,
    Untouched,
    /// A person was asked, which is right where the provider could not be.
    ForAPerson,
}

impl Books {
    pub fn open(mocks: &Mocks) -> Self {
        let mut books: HashMap<String, Stands> = HashMap::new();
        for transaction in mocks.transactions() {
            let stands = books.entry(transaction.reference).or_default();
            match (transaction.kind, transaction.approved) {
                (TransactionKind::Sale, true) => stands.approved += 1,
                (TransactionKind::Sale, false) => stands.declined = true,
                (TransactionKind::Refund, _) => stands.refunded += transaction.amount,
            }
        }
        Self(books)
    }

    /// Whether the gateway has found out what stands here; the error says what it believes instead.
    pub fn compare(&self, sale: &Sale, shown: &Shown) -> Result<Verdict, String> {
        let nothing = Stands::default();
        let stands = self.0.get(&sale.wire).unwrap_or(&nothing);
        let verdict = match stands {
            Stands { approved: 1.., .. } => Verdict::Paid,
            Stands { declined: true, .. } => Verdict::Declined,
            _ => Verdict::Untouched,
        };
        let right = match verdict {
            Verdict::Paid if stands.refunded == 0 => shown.status == "paid",
            Verdict::Paid if stands.refunded == sale.amount => shown.status == "refunded",
            Verdict::Paid => shown.status == "partially_refunded",
            Verdict::Declined => shown.status == "declined",
            _ => shown.status == "requires_action",
        };
        if right && shown.refunded == stands.refunded && stands.approved <= 1 {
            return Ok(verdict);
        }
        if shown.status == "needs_review" && shown.reason == "unresolved" {
            return Ok(Verdict::ForAPerson);
        }
        Err(format!(
            "{} is {} ({} dirham back), but the provider has {stands:?}",
            sale.id, shown.status, shown.refunded
        ))
    }

    /// How often a sale was paid, and what has gone back of it in dirham: what its events must tell.
    pub fn told(&self, wire: &str) -> (usize, i64) {
        self.0.get(wire).map_or((0, 0), |stands| (stands.approved, stands.refunded))
    }

    /// What has gone back of a sale, in dirham.
    pub fn refunded(&self, wire: &str) -> i64 {
        self.0.get(wire).map_or(0, |stands| stands.refunded)
    }

    /// All that has gone back, in dirham.
    pub fn all_refunded(&self) -> i64 {
        self.0.values().map(|stands| stands.refunded).sum()
    }
}

/// A call as it reached the provider.
pub struct Received {
    pub terminal: String,
    /// Its DateTimeLocalTrxn, which no other call of the terminal may have.
    pub time: String,
    /// In dirham.
    pub amount: i64,
    pub acted: bool,
}

/// Every RefundTransaction whose body arrived whole. Of one whose sender died while it wrote, only the head did.
pub fn refund_calls(journal: &[JournalEntry]) -> Vec<Received> {
    let calls = journal.iter().filter(|entry| entry.operation == "RefundTransaction");
    calls.filter_map(|entry| received(entry, &serde_json::from_slice(&entry.body).ok()?)).collect()
}

fn received(entry: &JournalEntry, body: &Value) -> Option<Received> {
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    let (terminal, time) = (text("TerminalId")?, text("DateTimeLocalTrxn")?);
    Some(Received { terminal, time, amount: text("AmountTrxn")?.parse().ok()?, acted: entry.acted })
}

/// What a correct gateway leaves empty. A request that was cut short by a kill is not its fault.
pub fn violations(mocks: &Mocks) -> Vec<String> {
    let whole = mocks.violations().into_iter().filter(|entry| !entry.body.is_empty());
    whole.map(|entry| format!("{}: {}", entry.operation, entry.violation.unwrap_or_default())).collect()
}

/// How the provider's notifications fared.
pub struct Callbacks {
    pub sent: usize,
    /// Tries that found nobody at home.
    pub unanswered: usize,
    /// Notifications of which no try was taken.
    pub lost: usize,
    /// The references that at least one notification was taken of.
    pub heard_of: HashSet<String>,
}

impl Callbacks {
    pub fn of(journal: &[JournalEntry]) -> Self {
        let sent = |entry: &&JournalEntry| entry.provider == NAME && entry.direction == Direction::Sent;
        let mut unanswered = 0;
        let mut taken: BTreeMap<&[u8], bool> = BTreeMap::new();
        for entry in journal.iter().filter(sent) {
            unanswered += usize::from(entry.error.is_some());
            *taken.entry(&entry.body).or_default() |= entry.acted;
        }
        let lost = taken.values().filter(|taken| !**taken).count();
        let heard = taken.iter().filter(|(_, taken)| **taken).filter_map(|(body, _)| reference(body)).collect();
        Self { sent: taken.len(), unanswered, lost, heard_of: heard }
    }
}

fn reference(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["MerchantReference"].as_str().map(str::to_owned)
}
