//! Probes: a cheap, free question whose answer says that a provider is there and, where it can, that it knows us.

use schemas::Money;

use crate::{Call, Reply};

/// The question of one account.
#[derive(Debug, Clone)]
pub struct Probe {
    /// A `Read`: it changes nothing, costs nothing, and may be asked every few seconds. `answers` and `outcome` say which
    /// answers are expected.
    pub call: Call,
    /// Reads what a good answer tells beside that it came.
    pub read: fn(&Reply) -> Reading,
}

/// What the answer to a probe tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// What the account holds with the provider.
    pub balance: Option<Money>,
}

impl Probe {
    /// A reference that nothing of ours has, for providers that can be asked what became of one.
    pub const NOBODY: &'static str = "jisr-probe-0";

    /// A question whose answer tells nothing more.
    pub fn new(call: Call) -> Self {
        Self { call, read: |_| Reading::default() }
    }
}
