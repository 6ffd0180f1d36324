//! FTP over suppaftp: one log-in and one list or one file a call, in passive mode, whole or an error.
//!
//! A request has the method `LIST` (its answer is read by `listing::read`) or `RETR` (its answer is the file), a URL of the
//! scheme `ftp` or `ftps` (TLS is asked for by `AUTH TLS` before the log-in), and its credentials in `Authorization: Basic`.
//! The server's replies become statuses: 226 is 200, 530 is 401, 550 is 404, any other 4xx is 503, any other 5xx is 400.

mod request;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use suppaftp::tokio::AsyncRustlsConnector;
use suppaftp::tokio_rustls::TlsConnector;
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::request::Wanted;
use super::{Trust, Wire, WireError, WireSetupError};
use crate::guard::{self, AllowList, Unresolved};
use crate::{Call, Delivery, Destination, Kind, Reply};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The wire of `ftp` and `ftps`.
pub struct FtpWire {
    allow: AllowList,
    tls: TlsConnector,
}

impl FtpWire {
    /// A wire whose guarded calls may also reach the networks of the list.
    pub fn new(allow: AllowList) -> Result<Self, WireSetupError> {
        Self::trusting(allow, &Trust::default())
    }

    /// The same with other authorities.
    pub fn trusting(allow: AllowList, trust: &Trust) -> Result<Self, WireSetupError> {
        Ok(Self { allow, tls: TlsConnector::from(Arc::new(trust.tls()?)) })
    }

    /// Everything that the host may be connected to by. Names and addresses go through the resolver alike.
    async fn addresses(&self, wanted: &Wanted, destination: Destination) -> Result<Vec<SocketAddr>, WireError> {
        let refuse = |kind, message: &str, source| WireError {
            kind,
            delivery: Delivery::Never,
            message: message.to_owned(),
            source,
        };
        if destination == Destination::Guarded {
            return guard::resolve(&self.allow, &wanted.host, wanted.port).await.map_err(|error| match error {
                Unresolved::Refused => refuse(Kind::Invalid, &error.to_string(), None),
                Unresolved::Unknown(_) => refuse(Kind::Unavailable, "the host has no address", Some(Box::new(error))),
            });
        }
        let found = tokio::net::lookup_host((wanted.host.as_str(), wanted.port)).await;
        let found = found
            .map_err(|error| refuse(Kind::Unavailable, "the host has no address", Some(Box::new(error))))?
            .collect::<Vec<_>>();
        if found.is_empty() { Err(refuse(Kind::Unavailable, "the host has no address", None)) } else { Ok(found) }
    }
}

#[async_trait]
impl Wire for FtpWire {
    async fn carry(&self, call: &Call) -> Result<Reply, WireError> {
        let wanted = Wanted::of(&call.request)?;
        let addresses = self.addresses(&wanted, call.request.destination).await?;
        let stream = connect(&addresses).await?;
        let secured = wanted.is_secured.then(|| AsyncRustlsConnector::from(self.tls.clone()));
        session::run(stream, secured, &wanted).await
    }
}

/// Connects to one of these very addresses.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, WireError> {
    let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses)).await;
    let source: Option<Box<dyn std::error::Error + Send + Sync>> = match connected {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => Some(Box::new(error)),
        Err(_) => None,
    };
    let message = "no connection could be made".to_owned();
    Err(WireError { kind: Kind::Unavailable, delivery: Delivery::Never, message, source })
}
