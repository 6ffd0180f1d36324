//! What the road sees of an account, attempt by attempt, for whoever judges its health.

use std::time::Duration;

use jiff::Timestamp;
use schemas::AccountId;

use crate::{Error, Fault, Kind};

/// One thing that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Of which account.
    pub account: AccountId,
    /// The provider's name.
    pub provider: &'static str,
    /// The provider's own word for the operation.
    pub operation: &'static str,
    /// Whether nobody wanted anything of it but to know how it does.
    pub probe: bool,
    /// What it was.
    pub sign: Sign,
    /// What kind of error it ended with, and the status that came back.
    pub error: Option<(Kind, Option<u16>)>,
    /// How long the attempt took, or has taken so far.
    pub took: Duration,
    /// When.
    pub at: Timestamp,
}

/// What an attempt says of the provider's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// It did what was asked.
    Good,
    /// It answered, and said no.
    Declined,
    /// It did not answer, or not in a way that can be understood.
    Failed,
    /// It has not answered yet, and should have.
    Pending,
}

impl Sign {
    /// What the end of an attempt says; `None` where it says nothing of the provider.
    pub fn of<T>(result: &Result<T, Error>) -> Option<Self> {
        match result {
            Ok(_) => Some(Self::Good),
            Err(error) if error.origin == Fault::Us || error.kind == Kind::RateLimited => None,
            Err(error) if error.kind.is_failure() => Some(Self::Failed),
            Err(error) if matches!(error.kind, Kind::Unauthorized | Kind::Rejected) => Some(Self::Declined),
            // It has looked at the request: what it says of it is the request's own matter.
            Err(_) => Some(Self::Good),
        }
    }
}

/// Whoever judges.
pub trait Witness: Send + Sync {
    /// 1. Is told of every attempt as it ends, and of one that should have ended. 2. Returns at once.
    fn saw(&self, signal: Signal);
}
