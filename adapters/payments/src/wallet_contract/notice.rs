//! What reaches us unasked: signed, no older than five minutes, and a hint only, since the provider can be asked.

use http::HeaderName;
use jiff::Timestamp;
use kit::{CallbackAddress, CallbackError, RawCallback};
use serde::Deserialize;

use super::sign::Key;
use super::{answer, wire};
use crate::port::{Hint, TransactionKind};
use kit::written::Written;

/// How far a message's time may stand from ours, in seconds.
const SLACK: u64 = 300;

/// A callback, as far as it is read.
#[derive(Deserialize)]
struct Notice {
    event: Written,
    reference: Written,
}

/// Whom a callback is for; nothing in it is believed yet. The account stands in its path.
pub(super) fn address(raw: &RawCallback) -> Option<CallbackAddress> {
    let notice: Notice = answer::read(&raw.body).ok()?;
    let wire_reference = notice.reference.given().map(str::to_owned);
    wire_reference.is_some().then_some(CallbackAddress { identity: None, wire_reference })
}

/// Proves a callback over its bytes as they came, and reads it.
pub(super) fn hint(raw: &RawCallback, key: &Key, now: Timestamp) -> Result<Hint, CallbackError> {
    let (time, signature) = (header(raw, wire::TIME)?, header(raw, wire::SIGNATURE)?);
    if !key.verifies_callback(time, &raw.body, signature) {
        return Err(CallbackError::Forged);
    }
    let sent: i64 = time.parse().map_err(|_| CallbackError::Malformed)?;
    if now.as_second().abs_diff(sent) > SLACK {
        return Err(CallbackError::Forged);
    }
    let notice: Notice = answer::read(&raw.body).map_err(|_| CallbackError::Malformed)?;
    let kind = match notice.event.text() {
        "payment.paid" | "payment.declined" => TransactionKind::Sale,
        _ => TransactionKind::Other,
    };
    let reference = notice.reference.given().filter(|text| text.len() <= 256 && !text.chars().any(char::is_control));
    Ok(Hint::at(reference.ok_or(CallbackError::Malformed)?, kind))
}

/// Without a proof it is nobody's message.
fn header(raw: &RawCallback, name: HeaderName) -> Result<&str, CallbackError> {
    raw.headers.get(name).and_then(|value| value.to_str().ok()).ok_or(CallbackError::Forged)
}

#[cfg(test)]
mod tests;
