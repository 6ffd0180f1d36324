//! What the storefronts were told: the other half of every comparison.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

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
