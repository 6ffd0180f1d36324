//! The wires: what really carries a call. The only code that touches a network library.

mod http;

use async_trait::async_trait;

pub use http::{HttpWire, Line, WireSetupError, tls};

use crate::{Call, Delivery, Kind, Reply};

/// Why nothing, or nothing whole, came back.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// `Unavailable`, `Protocol` or `Invalid`.
    pub kind: Kind,
    /// Whether bytes can have reached the provider.
    pub delivery: Delivery,
    /// What happened, without secrets.
    pub message: String,
    /// What lay below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Carries one attempt.
#[async_trait]
pub trait Wire: Send + Sync {
    /// 1. One attempt and no more: no redirect, no retry, no proxy.
    /// 2. `Never` only if no byte of the request can have arrived.
    async fn carry(&self, call: &Call) -> Result<Reply, WireError>;
}
