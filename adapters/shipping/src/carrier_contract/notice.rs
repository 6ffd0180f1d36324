//! What reaches us unasked: an event or several, each read by itself.

use bytes::Bytes;
use kit::{CallbackAddress, CallbackError, RawCallback, object};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::Event;
use crate::port::Told;

/// Several at once.
#[derive(Deserialize)]
struct Batch {
    events: Vec<Box<RawValue>>,
}

/// Whom a callback is for; nothing in it is believed yet. The account stands in its path.
pub(super) fn address(raw: &RawCallback) -> Option<CallbackAddress> {
    let reference = match object::read::<Batch>(&raw.body) {
        Ok(batch) => batch.events.iter().find_map(|raw| Event::of(raw)?.reference().map(str::to_owned)),
        Err(_) => object::read::<Event>(&raw.body).ok()?.reference().map(str::to_owned),
    };
    Some(CallbackAddress { identity: None, wire_reference: Some(reference?) })
}

/// Reads a callback that was proved.
pub(super) fn told(body: &Bytes) -> Result<Told, CallbackError> {
    let whole: Box<RawValue> = serde_json::from_slice(body).map_err(|_| CallbackError::Malformed)?;
    if !whole.get().starts_with('{') {
        return Err(CallbackError::Malformed);
    }
    let events = object::read::<Batch>(body).map_or_else(|_| vec![whole], |batch| batch.events);
    let mut told = Told::default();
    for raw in events {
        match Event::of(&raw).and_then(|event| event.told()) {
            Some(entry) => told.entries.push(entry),
            None => told.malformed.push(raw.get().to_owned()),
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests;
