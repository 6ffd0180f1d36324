//! The transactions of one terminal and the arithmetic of their refunds.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::clock::tripoli;

/// What a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// A customer's payment.
    Sale,
    /// Money given back, before the day's close (a void) or after.
    Refund,
}

/// One transaction; amounts are in dirham.
#[derive(Debug, Clone, Serialize)]
pub struct Transaction {
    /// `TransactionId` in lists, `SystemReference` in notifications.
    pub transaction_id: String,
    /// `RRN` in lists, `NetworkReference` in notifications.
    pub network_reference: String,
    /// MID.
    pub merchant_id: String,
    /// TID.
    pub terminal_id: String,
    /// The merchant's own reference on the wire.
    pub reference: String,
    /// Sale or refund.
    pub kind: TransactionKind,
    /// Whether the bank agreed.
    pub approved: bool,
    /// How much, in dirham.
    pub amount: i64,
    /// How much of a sale can still go back, in dirham.
    pub remaining: i64,
    /// Whether its day was closed.
    pub settled: bool,
    /// When.
    pub at: Timestamp,
    /// The sale that a refund belongs to.
    pub original: Option<String>,
    /// The masked card.
    pub card: &'static str,
    /// What the bank keeps of it, in dirham.
    pub fee: i64,
    /// Its amount as lists write it, where that is no number of dirham.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    #[serde(skip)]
    pub(crate) date: Date,
}

/// A transaction of any time, as a test writes it into the books.
#[derive(Debug, Clone)]
pub struct Planted {
    /// The merchant's own reference on the wire.
    pub reference: String,
    /// Sale or refund.
    pub kind: TransactionKind,
    /// Whether the bank agreed.
    pub approved: bool,
    /// How much, in dirham.
    pub amount: i64,
    /// What the bank keeps of it, in dirham.
    pub fee: i64,
    /// Its amount as lists write it, where that is no number of dirham.
    pub written: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The sale that a refund belongs to.
    pub original: Option<String>,
}

impl Planted {
    /// A sale that the bank agreed to.
    pub fn sale(reference: impl Into<String>, amount: i64, at: Timestamp) -> Self {
        let (reference, kind) = (reference.into(), TransactionKind::Sale);
        Self { reference, kind, approved: true, amount, fee: 0, written: None, at, original: None }
    }
}

/// What is new in a transaction; the book knows the rest.
pub(crate) struct Entry<'a> {
    pub(crate) merchant_id: &'a str,
    pub(crate) terminal_id: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) kind: TransactionKind,
    pub(crate) approved: bool,
    pub(crate) amount: i64,
    pub(crate) original: Option<String>,
    pub(crate) card: &'static str,
    pub(crate) at: Timestamp,
    /// The running number of all transactions.
    pub(crate) number: u64,
}

impl Transaction {
    /// An entry with its numbers.
    pub(crate) fn new(entry: Entry<'_>) -> Self {
        let sale = entry.kind == TransactionKind::Sale && entry.approved;
        Self {
            transaction_id: (1_000_000 + entry.number).to_string(),
            network_reference: (200_000_000_000 + entry.number).to_string(),
            merchant_id: entry.merchant_id.to_owned(),
            terminal_id: entry.terminal_id.to_owned(),
            reference: entry.reference.to_owned(),
            kind: entry.kind,
            approved: entry.approved,
            amount: entry.amount,
            remaining: if sale { entry.amount } else { 0 },
            settled: false,
            at: entry.at,
            original: entry.original,
            card: entry.card,
            fee: 0,
            written: None,
            date: tripoli(entry.at).date(),
        }
    }
}

/// All transactions of one terminal, in the order of time.
#[derive(Default)]
pub(crate) struct Book {
    transactions: Vec<Transaction>,
    by_reference: HashMap<String, Vec<usize>>,
    by_transaction_id: HashMap<String, usize>,
    by_network_reference: HashMap<String, usize>,
}

impl Book {
    /// Writes a transaction.
    pub(crate) fn write(&mut self, entry: Entry<'_>) -> &Transaction {
        // The list is searched by date, so it must not go back in time when the clock does.
        let at = self.transactions.last().map_or(entry.at, |last| last.at.max(entry.at));
        let index = self.transactions.len();
        self.push(Transaction::new(Entry { at, ..entry }));
        &self.transactions[index]
    }

    fn push(&mut self, transaction: Transaction) {
        let index = self.transactions.len();
        self.by_reference.entry(transaction.reference.clone()).or_default().push(index);
        self.by_transaction_id.insert(transaction.transaction_id.clone(), index);
        self.by_network_reference.insert(transaction.network_reference.clone(), index);
        self.transactions.push(transaction);
    }

    /// Writes transactions of any time among those that are there.
    pub(crate) fn plant(&mut self, planted: Vec<Transaction>) {
        let mut all = std::mem::take(&mut self.transactions);
        all.extend(planted);
        all.sort_by_key(|transaction| transaction.at);
        *self = Self::default();
        all.into_iter().for_each(|transaction| self.push(transaction));
    }

    /// Those of one reference, oldest first.
    pub(crate) fn of_reference(&self, reference: &str) -> Vec<&Transaction> {
        let indices = self.by_reference.get(reference).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|index| &self.transactions[*index]).collect()
    }

    /// The one with this network reference.
    pub(crate) fn of_network(&self, reference: &str) -> Option<&Transaction> {
        self.by_network_reference.get(reference).map(|index| &self.transactions[*index])
    }

    /// The sale that a refund request means.
    pub(crate) fn sale_mut(&mut self, system: Option<&str>, network: Option<&str>) -> Option<&mut Transaction> {
        let index = match (system, network) {
            (Some(id), _) => self.by_transaction_id.get(id),
            (None, Some(reference)) => self.by_network_reference.get(reference),
            (None, None) => None,
        }?;
        self.transactions.get_mut(*index).filter(|found| found.kind == TransactionKind::Sale && found.approved)
    }

    /// Those between two days, both included, oldest first.
    pub(crate) fn between(&self, from: Option<Date>, to: Option<Date>) -> &[Transaction] {
        let start = from.map_or(0, |day| self.transactions.partition_point(|entry| entry.date < day));
        let end =
            to.map_or(self.transactions.len(), |day| self.transactions.partition_point(|entry| entry.date <= day));
        self.transactions.get(start..end).unwrap_or_default()
    }

    /// Closes the day: from now on its sales can go back in parts.
    pub(crate) fn settle(&mut self) {
        self.transactions.iter_mut().for_each(|entry| entry.settled = true);
    }
}
