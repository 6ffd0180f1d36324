//! The wires: what really carries a call. The only code that touches a network library.

mod certificates;
mod ftp;
mod http;
pub mod listing;
mod socket;
mod subscription;

use std::sync::Arc;

use async_trait::async_trait;

pub use certificates::{Certificates, Trust};
pub use ftp::FtpWire;
pub use http::{HttpWire, Line, WireSetupError, tls};
pub use socket::SocketWire;
pub use subscription::Subscription;

use crate::guard::AllowList;
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

/// What came of opening a stream.
pub enum Opened {
    /// It is open, and this is what the other side said.
    Stream(Reply, Box<Subscription>),
    /// The other side has said no.
    Refused(Reply),
}

/// Carries one attempt.
#[async_trait]
pub trait Wire: Send + Sync {
    /// 1. One attempt and no more: no redirect, no retry, no proxy.
    /// 2. `Never` only if no byte of the request can have arrived.
    async fn carry(&self, call: &Call) -> Result<Reply, WireError>;

    /// 3. Opens a stream, with one handshake and no more; whoever is not let in hears the other side's answer.
    async fn open(&self, _: &Call) -> Result<Opened, WireError> {
        let message = "this wire opens no streams".to_owned();
        Err(WireError { kind: Kind::Internal, delivery: Delivery::Never, message, source: None })
    }
}

/// Every wire; the scheme of a call's URL chooses.
pub struct Wires {
    /// `http` and `https`.
    pub http: Arc<HttpWire>,
    /// `ftp` and `ftps`.
    pub ftp: FtpWire,
    /// `ws` and `wss`, which are opened.
    pub socket: SocketWire,
    /// Until when the certificates are valid that any of them has seen.
    pub certificates: Certificates,
}

impl Wires {
    /// Wires whose guarded calls may also reach the networks of the list.
    pub fn new(allow: AllowList) -> Result<Self, WireSetupError> {
        Self::trusting(allow, &Trust::default())
    }

    /// The same with other authorities.
    pub fn trusting(allow: AllowList, trust: &Trust) -> Result<Self, WireSetupError> {
        Ok(Self {
            http: Arc::new(HttpWire::trusting(allow.clone(), trust)?),
            ftp: FtpWire::trusting(allow.clone(), trust)?,
            socket: SocketWire::trusting(allow, trust)?,
            certificates: trust.certificates.clone(),
        })
    }
}

#[async_trait]
impl Wire for Wires {
    async fn carry(&self, call: &Call) -> Result<Reply, WireError> {
        match call.request.url.scheme() {
            "ftp" | "ftps" => self.ftp.carry(call).await,
            "ws" | "wss" => self.socket.carry(call).await,
            _ => self.http.carry(call).await,
        }
    }

    async fn open(&self, call: &Call) -> Result<Opened, WireError> {
        self.socket.open(call).await
    }
}
