//! Channels: the ways a notification reaches a merchant, behind one small trait. The scheme of an endpoint's URL says which.

mod http;
mod kept;
mod nats;
mod rabbitmq;

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use kit::guard::{self, AllowList, Unresolved};
use url::Url;

pub use http::HttpChannel;
pub use nats::Nats;
pub use rabbitmq::RabbitMq;

/// What a broker may take to say that it has a message.
const ANSWER: Duration = Duration::from_secs(10);
/// The broker has it, and nobody to give it to.
const UNROUTABLE: Verdict = Verdict::Failed("unroutable");

/// One notification on its way to one endpoint.
#[derive(Clone)]
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

    /// Whether a URL of such a scheme says all that it has to.
    fn takes(&self, url: &Url) -> bool {
        url.has_host()
    }

    /// 1. One try. 2. `Arrived` only once the other side has said that it has it. 3. No connection to an address that
    ///    the guard refuses. 4. Ends by itself; the caller's time-out is a net.
    async fn deliver(&self, parcel: &Parcel) -> Receipt;
}

impl Parcel {
    /// What a merchant knows it by, as headers.
    fn headers(&self) -> [(&'static str, String); 4] {
        [
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", self.timestamp.to_string()),
            ("webhook-signature", self.signature.clone()),
            ("webhook-event", self.event.clone()),
        ]
    }
}

impl std::fmt::Debug for Parcel {
    /// The URL may hold a password, and the body is about people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").field("id", &self.id).field("event", &self.event).finish_non_exhaustive()
    }
}

impl Receipt {
    /// The other side has it.
    pub fn arrived() -> Self {
        Self { verdict: Verdict::Arrived, status: None, body: None, error: None }
    }

    /// A try that brought no answer.
    pub fn failed(reason: &'static str, error: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed(reason), status: None, body: None, error: Some(error.into()) }
    }
}

/// A URL as people may see it: who it authenticates as, and with what, is left out.
pub fn shown(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return if url.contains('@') { "***".to_owned() } else { url.to_owned() };
    };
    if parsed.username().is_empty() && parsed.password().is_none() {
        return url.to_owned();
    }
    let is_hidden = parsed.set_password(None).and_then(|()| parsed.set_username("***")).is_ok();
    if is_hidden { parsed.into() } else { format!("{}:***", parsed.scheme()) }
}

/// The addresses of a host that the guard permits; there are hosts that have none.
async fn addresses(allow: &AllowList, host: &str, port: u16) -> Result<Vec<SocketAddr>, Receipt> {
    guard::resolve(allow, host, port).await.map_err(|error| {
        let reason = if matches!(error, Unresolved::Refused) { "refused_address" } else { "no_connection" };
        Receipt::failed(reason, error.to_string())
    })
}

/// A try that has an end.
async fn in_time(most: Duration, trying: impl Future<Output = Result<Receipt, Receipt>>) -> Result<Receipt, Receipt> {
    let slow = || Err(Receipt::failed("timeout", format!("no answer within {} seconds", most.as_secs())));
    tokio::time::timeout(most, trying).await.unwrap_or_else(|_| slow())
}

/// A part of a URL without its percent signs; `None` where it is no text.
fn clear(part: &str) -> Option<String> {
    percent_encoding::percent_decode_str(part).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn nobody_is_shown_a_credential() {
        for (url, safe) in [
            ("amqp://shop:s3cret@mq.example:5672/v?exchange=e", "amqp://***@mq.example:5672/v?exchange=e"),
            ("nats://t0ken@nats.example/orders", "nats://***@nats.example/orders"),
            ("https://:s3cret@shop.example/hook", "https://***@shop.example/hook"),
            ("https://shop.example/hook?a=b@c", "https://shop.example/hook?a=b@c"),
            ("no url", "no url"),
            ("amqp://s3cret@[", "***"),
        ] {
            assert_eq!(shown(url), safe);
        }
    }
}
