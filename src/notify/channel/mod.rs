//! Channels: the ways a notification reaches a merchant, behind one small trait. The scheme of an endpoint's URL says which.

mod http;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

pub use http::HttpChannel;

/// One notification on its way to one endpoint.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Where it goes.
    pub url: Url,
    /// The same in every try: by it the merchant knows a repeat.
    pub id: String,
    /// What has happened.
    pub event: String,
    /// Seconds since 1970: when this try was signed.
    pub timestamp: i64,
    /// Standard Webhooks signatures, separated by blanks.
    pub signature: String,
    /// The body, as it was signed.
    pub body: Bytes,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whether the other side has it durably, as far as it can say so.
    pub verdict: Verdict,
    /// The status it answered, where there are statuses.
    pub status: Option<u16>,
    /// The first of what it answered.
    pub body: Option<String>,
    /// Why not, for people.
    pub error: Option<String>,
}

/// What a try means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Arrived.
    Arrived,
    /// Not, or nobody knows: again by the schedule. The word is counted.
    Failed(&'static str),
    /// Not now: again after what the endpoint asks for, and the endpoint rests meanwhile.
    Busy(&'static str, Option<Duration>),
    /// Never again.
    Gone,
}

/// One way to reach merchants.
#[async_trait]
pub trait Channel: Send + Sync {
    /// The URL schemes it serves.
    fn schemes(&self) -> &'static [&'static str];

    /// 1. One try. 2. `Arrived` only once the other side has said that it has it. 3. No connection to an address that
    ///    the guard refuses. 4. Ends by itself; the caller's time-out is a net.
    async fn deliver(&self, parcel: &Parcel) -> Receipt;
}

impl Receipt {
    /// A try that brought no answer.
    pub fn failed(reason: &'static str, error: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed(reason), status: None, body: None, error: Some(error.into()) }
    }
}
