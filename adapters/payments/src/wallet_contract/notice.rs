//! What reaches us unasked: signed, no older than five minutes, and a hint only, since the provider can be asked.

use jiff::Timestamp;
use kit::contract::Key;
use kit::{CallbackAddress, CallbackError, RawCallback, object};
use serde::Deserialize;

use crate::port::{Hint, TransactionKind};
use kit::written::Written;

/// A callback, as far as it is read.
#[derive(Deserialize)]
struct Notice {
    event: Written,
    reference: Written,
}

/// Whom a callback is for; nothing in it is believed yet. The account stands in its path.
pub(super) fn address(raw: &RawCallback) -> Option<CallbackAddress> {
    let notice: Notice = object::read(&raw.body).ok()?;
    let wire_reference = notice.reference.given().map(str::to_owned);
    wire_reference.is_some().then_some(CallbackAddress { identity: None, wire_reference })
}

/// Proves a callback over its bytes as they came, and reads it.
pub(super) fn hint(raw: &RawCallback, key: &Key, now: Timestamp) -> Result<Hint, CallbackError> {
    key.prove(raw, now)?;
    let notice: Notice = object::read(&raw.body).map_err(|_| CallbackError::Malformed)?;
    let kind = match notice.event.text() {
        "payment.paid" | "payment.declined" => TransactionKind::Sale,
        _ => TransactionKind::Other,
    };
    let reference = notice.reference.given().filter(|text| text.len() <= 256 && !text.chars().any(char::is_control));
    Ok(Hint::at(reference.ok_or(CallbackError::Malformed)?, kind))
}

#[cfg(test)]
mod tests;
