//! What the storefronts were told: the other half of every comparison.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The longest that a gateway takes from one commit to the next of the same piece of work, on a busy machine whose
/// database stands still for a while.
const IN_A_MOMENT: SignedDuration = SignedDuration::from_secs(5);

/// A payment whose 201 a client got.
#[derive(Debug)]
pub struct Sale {
    pub shop: usize,
    pub id: String,
    pub reference: String,
    /// The idempotency key.
    pub key: String,
    pub body: Value,
    /// The reference at the provider.
    pub wire: String,
    /// In dirham.
    pub amount: i64,
}

/// A refund whose 201 a client got.
#[derive(Debug)]
pub struct Refund {
    pub shop: usize,
    pub id: String,
    /// Of which payment.
    pub payment: String,
    /// The idempotency key.
    pub key: String,
    pub body: Value,
    /// In dirham.
    pub amount: i64,
}

/// What clients know. It only grows.
#[derive(Default)]
pub struct Ledger {
    sales: Mutex<Vec<Arc<Sale>>>,
    refunds: Mutex<Vec<Arc<Refund>>>,
    /// Answers that nobody expected.
    surprises: Mutex<Vec<String>>,
    kills: Mutex<Vec<Timestamp>>,
}

impl Ledger {
    pub fn sold(&self, sale: Sale) -> Arc<Sale> {
        let sale = Arc::new(sale);
        lock(&self.sales).push(Arc::clone(&sale));
        sale
    }

    pub fn refunded(&self, refund: Refund) -> Arc<Refund> {
        let refund = Arc::new(refund);
        lock(&self.refunds).push(Arc::clone(&refund));
        refund
    }

    pub fn surprise(&self, what: impl Into<String>) {
        lock(&self.surprises).push(what.into());
    }

    /// The gateway is dead as of now.
    #[expect(clippy::disallowed_methods, reason = "compared with the times that another process wrote")]
    pub fn killed(&self) {
        lock(&self.kills).push(Timestamp::now());
    }

    /// Whether a kill came so soon after a moment that what followed from it may have been lost.
    pub fn was_cut_short(&self, moment: Timestamp) -> bool {
        lock(&self.kills).iter().any(|kill| *kill >= moment && kill.duration_since(moment) < IN_A_MOMENT)
    }

    pub fn sales(&self) -> Vec<Arc<Sale>> {
        lock(&self.sales).clone()
    }

    pub fn refunds(&self) -> Vec<Arc<Refund>> {
        lock(&self.refunds).clone()
    }

    pub fn surprises(&self) -> Vec<String> {
        lock(&self.surprises).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `12500` is `12.500`.
pub fn decimal(dirham: i64) -> String {
    format!("{}.{:03}", dirham / 1_000, dirham % 1_000)
}

/// `12.500` is `12500`; what is no such amount is -1, which equals nothing.
pub fn dirham(decimal: &str) -> i64 {
    match decimal.split_once('.') {
        Some((whole, fraction)) if fraction.len() == 3 => format!("{whole}{fraction}").parse().unwrap_or(-1),
        _ => -1,
    }
}
