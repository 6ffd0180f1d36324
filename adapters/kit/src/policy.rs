//! A provider's figures: timeouts, retries, breaker and limits, all configuration.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The figures of one provider. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// One attempt, from sending to the last byte.
    pub timeout_ms: u64,
    /// The whole call, waiting and repeating included.
    pub deadline_ms: u64,
    /// Attempts beyond the first, where repeating is safe.
    pub retries: u32,
    /// The first pause before a repeat; it doubles, with full jitter.
    pub backoff_ms: u64,
    /// The longest pause before a repeat.
    pub backoff_max_ms: u64,
    /// The share of calls that may be repeats.
    pub retry_budget: f64,
    /// Repeats allowed before the share counts.
    pub retry_floor: u32,
    /// Failures in a row that open the breaker.
    pub breaker_failures: u32,
    /// How long it stays open at first; it doubles.
    pub breaker_open_ms: u64,
    /// The longest it stays open before it tries again.
    pub breaker_open_max_ms: u64,
    /// Calls under way at once for one account.
    pub concurrency: usize,
    /// Calls a second for one account; 0 is without limit.
    pub rate: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeout_ms: 10_000,
            deadline_ms: 25_000,
            retries: 2,
            backoff_ms: 100,
            backoff_max_ms: 2_000,
            retry_budget: 0.1,
            retry_floor: 10,
            breaker_failures: 5,
            breaker_open_ms: 15_000,
            breaker_open_max_ms: 300_000,
            concurrency: 64,
            rate: 0,
        }
    }
}

impl Policy {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// The figures of every provider; one that is not named has the default's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Policies {
    /// Of whoever is not named.
    #[serde(default)]
    pub default: Policy,
    /// By provider.
    #[serde(flatten)]
    pub providers: HashMap<String, Policy>,
}

impl Policies {
    /// The figures of a provider.
    pub fn of(&self, provider: &str) -> &Policy {
        self.providers.get(provider).unwrap_or(&self.default)
    }
}
