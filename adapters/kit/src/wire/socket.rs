//! WebSockets over tokio-tungstenite: one handshake and no more, guarded addresses, the headers of the call in the handshake.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::subscription::{Connection, FRAME_LIMIT, Subscription};
use super::{Opened, Trust, Wire, WireError, WireSetupError};
use crate::guard::{self, AllowList, Unresolved};
use crate::{Call, Delivery, Destination, Kind, Reply, Request};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The real wire of WebSockets.
pub struct SocketWire {
    allow: AllowList,
    tls: TlsConnector,
}

impl SocketWire {
    /// A wire whose guarded calls may also reach the networks of the list.
    pub fn new(allow: AllowList) -> Result<Self, WireSetupError> {
        Self::trusting(allow, &Trust::default())
    }

    /// The same with other authorities.
    pub fn trusting(allow: AllowList, trust: &Trust) -> Result<Self, WireSetupError> {
        Ok(Self { allow, tls: TlsConnector::from(Arc::new(trust.tls()?)) })
    }

    async fn connect(&self, request: &Request) -> Result<Connection, WireError> {
        let host = match request.url.host() {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(address).to_string(),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(address).to_string(),
            Some(url::Host::Domain(name)) => name.to_owned(),
            None => return Err(never(Kind::Invalid, "the URL has no host")),
        };
        let stream = self.reach(request, &host).await?;
        // Without it a pong may wait for an acknowledgement.
        stream.set_nodelay(true).map_err(unreached)?;
        if request.url.scheme() == "ws" {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host).map_err(|_| never(Kind::Invalid, "the URL's host has no certificate"))?;
        Ok(Box::new(self.tls.connect(name, stream).await.map_err(unreached)?))
    }

    /// Connects to the very addresses that were checked.
    async fn reach(&self, request: &Request, host: &str) -> Result<TcpStream, WireError> {
        let port = request.url.port_or_known_default().unwrap_or_default();
        match request.destination {
            Destination::Trusted => TcpStream::connect((host, port)).await.map_err(unreached),
            Destination::Guarded => {
                let permitted = guard::resolve(&self.allow, host, port).await.map_err(|error| match error {
                    Unresolved::Refused => never(Kind::Invalid, &error.to_string()),
                    Unresolved::Unknown(source) => unreached(source),
                })?;
                TcpStream::connect(permitted.as_slice()).await.map_err(unreached)
            }
        }
    }
}

#[async_trait]
impl Wire for SocketWire {
    async fn carry(&self, _: &Call) -> Result<Reply, WireError> {
        Err(never(Kind::Internal, "a stream is opened, and not sent"))
    }

    async fn open(&self, call: &Call) -> Result<Opened, WireError> {
        let mut opening = call.request.url.as_str().into_client_request().map_err(unopened)?;
        opening.headers_mut().extend(call.request.headers.clone());
        let connected = timeout(CONNECT_TIMEOUT, self.connect(&call.request)).await;
        let connection = connected.unwrap_or_else(|elapsed| Err(unreached(elapsed)))?;
        let limits = WebSocketConfig::default().max_message_size(Some(FRAME_LIMIT)).max_frame_size(Some(FRAME_LIMIT));
        match client_async_with_config(opening, connection, Some(limits)).await {
            Ok((stream, answer)) => {
                let reply = reply(answer.status().as_u16(), answer.headers(), None);
                Ok(Opened::Stream(reply, Box::new(Subscription::new(call, stream))))
            }
            // Whoever is not let in is told so as on any other call.
            Err(SocketError::Http(answer)) => {
                Ok(Opened::Refused(reply(answer.status().as_u16(), answer.headers(), answer.body().clone())))
            }
            Err(error) => Err(unopened(error)),
        }
    }
}

fn reply(status: u16, headers: &HeaderMap, body: Option<Vec<u8>>) -> Reply {
    Reply { status, headers: headers.clone(), body: body.unwrap_or_default().into() }
}

fn never(kind: Kind, message: &str) -> WireError {
    WireError { kind, delivery: Delivery::Never, message: message.to_owned(), source: None }
}

fn unreached(source: impl std::error::Error + Send + Sync + 'static) -> WireError {
    let error = never(Kind::Unavailable, "no connection could be made");
    WireError { source: Some(Box::new(source)), ..error }
}

fn unopened(error: SocketError) -> WireError {
    let (kind, delivery, message) = match &error {
        SocketError::Url(_) | SocketError::HttpFormat(_) => {
            (Kind::Internal, Delivery::Never, "the request cannot be built")
        }
        SocketError::Io(_) | SocketError::ConnectionClosed => {
            (Kind::Unavailable, Delivery::Maybe, "the connection ended before an answer")
        }
        _ => (Kind::Protocol, Delivery::Maybe, "the answer to the handshake is none"),
    };
    WireError { kind, delivery, message: message.to_owned(), source: Some(Box::new(error)) }
}
