//! A stream that was opened: its frames one by one, until it is closed, cut, or silent for too long.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{Error as SocketError, error::ProtocolError};

use crate::{Call, Delivery, Error, Kind};

/// The largest frame that is read, and the largest message of several.
pub(super) const FRAME_LIMIT: usize = 256 * 1024;
/// How long nothing may come, neither frame nor pong, where nobody has set another time.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a farewell, or a ping, may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// What bytes go over, with or without TLS.
pub(super) trait Bytestream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Bytestream for T {}

pub(super) type Connection = Box<dyn Bytestream>;

/// Frames of a provider, in the order in which they come. Dropping it ends the connection.
pub struct Subscription {
    provider: &'static str,
    operation: &'static str,
    stream: WebSocketStream<Connection>,
    silence: Duration,
    /// When anything came last.
    heard: Instant,
    /// Whether a ping has left since then.
    asked: bool,
    ended: bool,
}

impl Subscription {
    pub(super) fn new(call: &Call, stream: WebSocketStream<Connection>) -> Self {
        let (provider, operation) = (call.provider, call.operation);
        Self { provider, operation, stream, silence: SILENCE, heard: Instant::now(), asked: false, ended: false }
    }

    /// The same with another limit of silence: after half of it a ping is sent, which a peer that is there answers.
    #[must_use]
    pub fn with_silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// The next frame, text or binary. `None` after a farewell of the other side; an error is the last thing that comes.
    /// Pings are answered while it waits. Whoever drops it half-way loses nothing.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        while !self.ended {
            let patience = if self.asked { self.silence } else { self.silence / 2 };
            let failed = match timeout_at(self.heard + patience, self.stream.next()).await {
                Ok(Some(Ok(message))) => {
                    (self.heard, self.asked) = (Instant::now(), false);
                    match message {
                        Message::Text(text) => return Some(Ok(text.into())),
                        Message::Binary(bytes) => return Some(Ok(bytes)),
                        // After a farewell the stream ends by itself.
                        Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => continue,
                    }
                }
                Ok(None | Some(Err(SocketError::ConnectionClosed))) => break,
                Ok(Some(Err(error))) => self.broken(error),
                Err(_) if self.asked => {
                    self.error(Kind::Timeout, "nothing has come for too long, not even an answer to a ping")
                }
                Err(_) => match self.ask().await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
            };
            self.ended = true;
            return Some(Err(failed));
        }
        self.ended = true;
        None
    }

    /// Says farewell; whether it is heard does not matter.
    pub async fn close(mut self) {
        let _ = timeout(FAREWELL, self.stream.close(None)).await;
    }

    /// Whether anybody is still there.
    async fn ask(&mut self) -> Result<(), Error> {
        self.asked = true;
        match timeout(FAREWELL, self.stream.send(Message::Ping(Bytes::new()))).await {
            Ok(sent) => sent.map_err(|error| self.broken(error)),
            // The other side takes nothing any more; the limit of silence ends it.
            Err(_) => Ok(()),
        }
    }

    fn broken(&self, error: SocketError) -> Error {
        let (kind, message) = match &error {
            SocketError::Capacity(_) => (Kind::Protocol, "a frame is larger than 256 KiB"),
            SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) | SocketError::Io(_) => {
                (Kind::Unavailable, "the stream was cut")
            }
            _ => (Kind::Protocol, "what came is no frame of a WebSocket"),
        };
        self.error(kind, message).with_source(error)
    }

    fn error(&self, kind: Kind, message: &str) -> Error {
        Error::provider(kind, Delivery::Maybe, self.provider, self.operation, message)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("provider", &self.provider)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
