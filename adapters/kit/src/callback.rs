//! What every family shares of callbacks: the message as it came, whom it names, and why it is not believed.

use bytes::Bytes;
use http::HeaderMap;

/// A callback as it came.
#[derive(Debug, Clone)]
pub struct RawCallback {
    /// Headers.
    pub headers: HeaderMap,
    /// The query string, undecoded.
    pub query: String,
    /// The body.
    pub body: Bytes,
}

/// Whom a callback is for, before anything in it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackAddress {
    /// The identity of the account.
    pub identity: Option<String>,
    /// The wire reference it names.
    pub wire_reference: Option<String>,
}

/// A message that is not from the provider, or not a message at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The proof does not fit.
    #[error("the proof of the callback does not fit")]
    Forged,
    /// It cannot be read.
    #[error("the callback cannot be read")]
    Malformed,
    /// The provider sends none.
    #[error("the provider sends no such message")]
    Unsupported,
}
