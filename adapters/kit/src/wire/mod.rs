//! The wires: what really carries a call. The only code that touches a network library.

mod ftp;
mod http;
pub mod listing;

use std::sync::Arc;

use async_trait::async_trait;

pub use ftp::FtpWire;
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

/// Every wire; the scheme of a call's URL chooses.
pub struct Wires {
    /// `http` and `https`.
    pub http: Arc<HttpWire>,
    /// `ftp` and `ftps`.
    pub ftp: FtpWire,
}

#[async_trait]
impl Wire for Wires {
    async fn carry(&self, call: &Call) -> Result<Reply, WireError> {
        match call.request.url.scheme() {
            "ftp" | "ftps" => self.ftp.carry(call).await,
            _ => self.http.carry(call).await,
        }
    }
}
