//! A call as an adapter describes it: what to send, how safe it is to repeat, what is secret in it, how to read its answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use url::Url;

use crate::{Account, Delivery, Kind, Reply};

/// Whether a call may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Safety {
    /// Repeat freely: nothing changes over there.
    Read,
    /// The provider deduplicates on this key of ours; SOURCE.md has the evidence.
    Keyed(String),
    /// Changes nothing, but is counted over there: a log-in that locks the account out after a few. Never repeated on its own.
    Counted,
    /// Must never be sent twice.
    Once,
}

impl Safety {
    /// Whether the provider changes something, so that an intent is needed.
    pub const fn acts(&self) -> bool {
        matches!(self, Self::Keyed(_) | Self::Once)
    }
}

/// Names whose values never reach a log, compared without case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Secrets {
    /// Headers beside the usual ones (`authorization`, `cookie`, …), which are always masked.
    pub headers: &'static [&'static str],
    /// Query parameters.
    pub query: &'static [&'static str],
    /// How a segment of the path begins whose rest is secret, case included: `bot` for `/bot<token>/`.
    pub path: &'static [&'static str],
    /// Names in bodies, in requests and answers: keys of JSON at any depth, local names of XML elements and attributes, and
    /// fields of forms.
    pub body: &'static [&'static str],
}

/// What an answer with a good status turned out to say.
pub type Outcome = fn(&Reply) -> Result<(), Refusal>;

/// An error inside a good status.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What kind of no it is.
    pub kind: Kind,
    /// Can the provider have acted all the same?
    pub delivery: Delivery,
    /// The provider's word.
    pub message: String,
}

/// What an answer with a bad status says of itself. The status alone decides what kind of error it is.
pub type Explain = fn(&Reply) -> Option<Explanation>;

/// The provider's own words beside a bad status, or beside an error inside a good one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The provider's word.
    pub message: Option<String>,
    /// How long it wants to be left alone, where the body says so and no header does.
    pub retry_after: Option<Duration>,
}

/// Whether the host may be on a private network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// From file or environment: an operator chose it.
    Trusted,
    /// From the API or the database: the address connected to is checked.
    Guarded,
}

/// A request with its body in memory. The scheme of its URL chooses the wire: HTTP, FTP (with the methods of `wire::ftp`), or
/// a WebSocket that is opened by a GET. Whatever the wire, credentials stand in a header, never in the URL.
#[derive(Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Absolute URL.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Who chose the host.
    pub destination: Destination,
}

impl Request {
    /// A GET.
    pub fn get(url: Url, destination: Destination) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new(), destination }
    }

    /// A POST of JSON text.
    pub fn post_json(url: Url, destination: Destination, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        Self { method: Method::POST, url, headers, body: body.into(), destination }
    }
}

impl Request {
    /// Whether it opens a stream.
    pub fn is_socket(&self) -> bool {
        matches!(self.url.scheme(), "ws" | "wss")
    }
}

/// Nothing that may be secret is printed: neither path, query, headers nor body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &self.url.origin().ascii_serialization())
            .field("bytes", &self.body.len())
            .field("destination", &self.destination)
            .finish_non_exhaustive()
    }
}

/// One call of a provider.
#[derive(Debug, Clone)]
pub struct Call {
    /// For whom.
    pub account: Account,
    /// The provider's name.
    pub provider: &'static str,
    /// The operation's name: the provider's own word.
    pub operation: &'static str,
    /// Our wire reference, by which the log is searched.
    pub reference: Option<String>,
    /// May it be repeated?
    pub safety: Safety,
    /// What must be masked.
    pub secrets: &'static Secrets,
    /// Statuses beside 2xx with which the provider answers in words of its own: they are answers too.
    pub answers: &'static [u16],
    /// Reads an answer with a good status.
    pub outcome: Outcome,
    /// Reads what an answer says of its own failure; `no_explanation` where it says nothing that can be read.
    pub explain: Explain,
    /// Overrides the provider's timeout of one attempt.
    pub timeout: Option<Duration>,
    /// What goes over the wire.
    pub request: Request,
}

/// For providers whose failures say nothing that can be read.
pub fn no_explanation(_: &Reply) -> Option<Explanation> {
    None
}
