//! Classify: the only place where a status becomes a kind of error.

use std::time::Duration;

use async_trait::async_trait;

use super::{Next, Pass, Stage};
use crate::wire::{Opened, WireError};
use crate::{Call, Delivery, Error, Explanation, Fault, Kind, Reply, mask};

/// Nobody may keep us away for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

pub(crate) struct Classify;

#[async_trait]
impl Stage for Classify {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let reply = if pass.opens {
            match next.wire().open(pass.call).await.map_err(|error| broken(pass.call, error))? {
                Opened::Stream(reply, stream) => {
                    pass.opened = Some(stream);
                    return Ok(reply);
                }
                Opened::Refused(reply) => reply,
            }
        } else {
            next.wire().carry(pass.call).await.map_err(|error| broken(pass.call, error))?
        };
        let wanted = |()| if pass.opens { Err(unopened(pass.call, &reply)) } else { Ok(()) };
        match judge(pass.call, &reply).and_then(wanted) {
            Ok(()) => Ok(reply),
            Err(error) => {
                pass.reply = Some(reply);
                Err(error)
            }
        }
    }
}

fn broken(call: &Call, error: WireError) -> Error {
    let origin = if matches!(error.kind, Kind::Invalid | Kind::Internal) { Fault::Us } else { Fault::Provider };
    Error {
        origin,
        delivery: error.delivery,
        source: error.source,
        ..Error::refused(error.kind, call.provider, call.operation, error.message)
    }
}

/// A good answer to a handshake is not the stream that was wanted.
fn unopened(call: &Call, reply: &Reply) -> Error {
    let message = format!("the provider answered with status {} and opened no stream", reply.status);
    Error::provider(Kind::Protocol, Delivery::Maybe, call.provider, call.operation, message).with_status(reply.status)
}

fn judge(call: &Call, reply: &Reply) -> Result<(), Error> {
    let fail = |kind, delivery, message: String, explanation: Option<Explanation>| {
        let mut error =
            Error::provider(kind, delivery, call.provider, call.operation, message).with_status(reply.status);
        let told = || explanation?.retry_after.map(|wanted| wanted.min(LONGEST_WAIT));
        error.retry_after = retry_after(reply).or_else(told);
        Err(error)
    };
    // An answer that refuses the request before looking at it has not acted; a server's own failure may have.
    let (kind, delivery) = match reply.status {
        status if (200..=299).contains(&status) || call.answers.contains(&status) => {
            return (call.outcome)(reply).or_else(|refusal| {
                let message = quoted(call, &refusal.message);
                fail(refusal.kind, refusal.delivery, message, (call.explain)(reply))
            });
        }
        401 | 403 | 407 => (Kind::Unauthorized, Delivery::Never),
        404 | 410 => (Kind::NotFound, Delivery::Never),
        408 => (Kind::Timeout, Delivery::Maybe),
        409 => (Kind::Conflict, Delivery::Maybe),
        429 => (Kind::RateLimited, Delivery::Never),
        400..=499 => (Kind::Invalid, Delivery::Never),
        503 if reply.headers.contains_key(http::header::RETRY_AFTER) => (Kind::Unavailable, Delivery::Never),
        500..=599 => (Kind::Unavailable, Delivery::Maybe),
        _ => (Kind::Protocol, Delivery::Maybe),
    };
    let explanation = (call.explain)(reply);
    let said = explanation.as_ref().and_then(|explanation| explanation.message.as_deref());
    let words = said.map(|words| format!(": {}", quoted(call, words))).unwrap_or_default();
    fail(kind, delivery, format!("the provider answered with status {}{words}", reply.status), explanation)
}

/// The provider's words may quote the request or the answer, and people read them.
fn quoted(call: &Call, words: &str) -> String {
    let shown = mask::without_path(words.as_bytes(), &call.request.url, call.secrets);
    mask::text(shown.as_deref().unwrap_or(words), call.secrets.body)
}

/// Only the form in seconds; a date would need the provider's clock.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let seconds: u64 = reply.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}
