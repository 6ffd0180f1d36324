//! What an adapter of any family is built from, and what is said of how well its protocol is known.

use std::sync::Arc;

use schemas::store::Mode;
use serde::Serialize;

use crate::{Account, Allowances, Ambient, Destination, Sequences, Tokens, Transport};

/// What every adapter is built from.
#[derive(Clone)]
pub struct Parts {
    /// Carries calls out.
    pub transport: Arc<Transport>,
    /// Hands out seconds.
    pub sequences: Arc<dyn Sequences>,
    /// Counts what may be had only so often.
    pub allowances: Arc<dyn Allowances>,
    /// Keeps access tokens for every process.
    pub tokens: Arc<dyn Tokens>,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Whose account it is.
    pub account: Account,
    /// Test or live.
    pub mode: Mode,
    /// Who chose its hosts.
    pub destination: Destination,
}

/// How well a protocol is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceGrade {
    /// Official documentation or several independent clients.
    Documented,
    /// One client, or a third party's page.
    Reported,
    /// A contract of ours: refused in live mode without an explicit base URL.
    Assumed,
    /// No network.
    Local,
}
