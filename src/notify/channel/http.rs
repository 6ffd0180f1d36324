//! Webhooks over HTTP, as Standard Webhooks has them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kit::wire::{HttpWire, Line, WireError};
use kit::{Delivery, Destination, Kind, Reply, Request};

use super::{Channel, Parcel, Receipt, Verdict};

/// How much of an answer is kept.
const KEPT: usize = 16 * 1024;
const AGENT: HeaderValue = HeaderValue::from_static(concat!("Jisr/", env!("CARGO_PKG_VERSION")));

/// POST, over the guarded wire.
pub struct HttpChannel {
    wire: Arc<HttpWire>,
}

impl HttpChannel {
    /// Over the wire that guards addresses.
    pub fn new(wire: Arc<HttpWire>) -> Self {
        Self { wire }
    }
}

#[async_trait]
impl Channel for HttpChannel {
    fn schemes(&self) -> &'static [&'static str] {
        &["https", "http"]
    }

    async fn deliver(&self, parcel: &Parcel) -> Receipt {
        let request = request(parcel);
        match self.wire.notify(&request, Line::Kept, KEPT).await {
            // A connection that was kept may have been closed by the other side just then: once more on a fresh one.
            // Whoever gets it twice knows it by its id.
            Err(error) if error.kind == Kind::Unavailable && error.delivery == Delivery::Maybe => {
                read(self.wire.notify(&request, Line::Fresh, KEPT).await)
            }
            answer => read(answer),
        }
    }
}

fn request(parcel: &Parcel) -> Request {
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, AGENT);
    for (name, value) in parcel.headers() {
        // What is no header value is left out: an event's name may be any text.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Request {
        method: http::Method::POST,
        url: parcel.url.clone(),
        headers,
        body: parcel.body.clone(),
        destination: Destination::Guarded,
    }
}

fn read(answer: Result<Reply, WireError>) -> Receipt {
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => {
            let reason = match (error.kind, error.delivery) {
                (Kind::Invalid, _) => "refused_address",
                (_, Delivery::Never) => "no_connection",
                _ => "cut",
            };
            return Receipt::failed(reason, error.message);
        }
    };
    let status = reply.status;
    let verdict = verdict(status, &reply.headers);
    let error = (verdict != Verdict::Arrived).then(|| format!("the endpoint answered {status}"));
    let body = (!reply.body.is_empty()).then(|| String::from_utf8_lossy(&reply.body).replace('\0', "\u{fffd}"));
    Receipt { verdict, status: Some(status), body, error }
}

fn verdict(status: u16, headers: &HeaderMap) -> Verdict {
    match StatusCode::from_u16(status) {
        Ok(status) if status.is_success() => Verdict::Arrived,
        Ok(StatusCode::GONE) => Verdict::Gone,
        Ok(StatusCode::TOO_MANY_REQUESTS) => Verdict::Busy("rate_limited", retry_after(headers)),
        Ok(StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT) => Verdict::Busy("gateway", retry_after(headers)),
        Ok(StatusCode::SERVICE_UNAVAILABLE) if headers.contains_key(header::RETRY_AFTER) => {
            Verdict::Busy("unavailable", retry_after(headers))
        }
        Ok(status) if status.is_redirection() => Verdict::Failed("redirect"),
        Ok(status) if status.is_client_error() => Verdict::Failed("client_error"),
        Ok(status) if status.is_server_error() => Verdict::Failed("server_error"),
        _ => Verdict::Failed("strange_status"),
    }
}

/// Seconds; a date is not worth a calendar here, the schedule takes its place.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, retry_after: Option<&str>) -> Verdict {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_str(value).expect("a value"));
        }
        verdict(status, &headers)
    }

    #[test]
    fn what_a_status_means() {
        assert_eq!([of(200, None), of(204, None), of(299, None)], [Verdict::Arrived; 3]);
        assert_eq!(of(410, None), Verdict::Gone);
        assert_eq!(of(429, Some("7")), Verdict::Busy("rate_limited", Some(Duration::from_secs(7))));
        assert_eq!(of(429, Some("soon")), Verdict::Busy("rate_limited", None));
        assert_eq!(of(502, None), Verdict::Busy("gateway", None));
        assert_eq!(of(503, Some("1")), Verdict::Busy("unavailable", Some(Duration::from_secs(1))));
        assert_eq!(of(503, None), Verdict::Failed("server_error"));
        assert_eq!(of(302, None), Verdict::Failed("redirect"));
        assert_eq!(of(404, None), Verdict::Failed("client_error"));
        assert_eq!(of(999, None), Verdict::Failed("strange_status"));
    }
}
