//! What clients were told, and when gateways died: the other half of every comparison.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::client::Answer;
use crate::sink;

/// A notification whose 202 a client got.
#[derive(Debug)]
pub struct Accepted {
    /// Its webhook-id.
    pub id: String,
    /// The idempotency key.
    pub key: String,
    pub merchant: usize,
    pub at: Timestamp,
    /// When the request that was answered so was sent, and how long that took.
    pub asked: Instant,
    pub took: Duration,
}

/// A gateway that was killed.
#[derive(Debug, Clone, Copy)]
pub struct Killed {
    pub gateway: usize,
    /// It lived before this…
    pub from: Timestamp,
    /// …and no more after this.
    pub to: Timestamp,
}

/// What clients and the one who kills know. It only grows.
#[derive(Default)]
pub struct Ledger {
    accepted: Mutex<Vec<Arc<Accepted>>>,
    kills: Mutex<Vec<Killed>>,
    refusals: Mutex<Refusals>,
    /// Answers that nobody expected.
    surprises: Mutex<Vec<String>>,
}

/// What had to be sent again, and why.
#[derive(Debug, Clone, Default)]
pub struct Refusals {
    /// There was no answer.
    pub unanswered: usize,
    /// There was this one.
    pub by_status: BTreeMap<u16, usize>,
    /// The longest that a refusal took.
    pub longest: Duration,
    /// Refusals that did not say all they should, the first of them in words.
    pub broken: usize,
    pub first_broken: Option<String>,
}

impl Ledger {
    pub fn accepted(&self, accepted: Accepted) {
        lock(&self.accepted).push(Arc::new(accepted));
    }

    pub fn unanswered(&self) {
        lock(&self.refusals).unanswered += 1;
    }

    pub fn refused(&self, answer: &Answer) {
        let mut refusals = lock(&self.refusals);
        *refusals.by_status.entry(answer.status).or_default() += 1;
        refusals.longest = refusals.longest.max(answer.took);
        if answer.status != 503 || !answer.is_whole_problem() {
            let Answer { status, retry_after, content_type, body, .. } = answer;
            refusals.broken += 1;
            refusals
                .first_broken
                .get_or_insert_with(|| format!("{status}, {content_type}, Retry-After {retry_after:?}: {body}"));
        }
    }

    pub fn surprise(&self, what: impl Into<String>) {
        lock(&self.surprises).push(what.into());
    }

    /// A gateway is dead as of now; it lived at `from`.
    pub fn killed(&self, gateway: usize, from: Timestamp) {
        lock(&self.kills).push(Killed { gateway, from, to: sink::now() });
    }

    pub fn all_accepted(&self) -> Vec<Arc<Accepted>> {
        lock(&self.accepted).clone()
    }

    pub fn kills(&self) -> Vec<Killed> {
        lock(&self.kills).clone()
    }

    pub fn refusals(&self) -> Refusals {
        lock(&self.refusals).clone()
    }

    pub fn surprises(&self) -> Vec<String> {
        lock(&self.surprises).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
