//! What has happened to a parcel, the same by whatever way it is told: asked for, in a webhook, in a frame.

use jiff::Timestamp;
use kit::object;
use kit::written::Written;
use schemas::{Currency, Money};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::port::ToldEntry;
use crate::tracking::Entry;

/// The longest word of a status that is kept.
const LONGEST_WORD: usize = 64;

/// An event as it comes; whose it is stands beside it where it comes alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    pub(super) id: Written,
    number: Written,
    reference: Written,
    status: Written,
    occurred_at: Written,
    note: Written,
    collected: Written,
}

impl Event {
    /// One out of a list; what has another shape is kept by whoever asks.
    pub(super) fn of(raw: &RawValue) -> Option<Self> {
        object::read(raw.get().as_bytes()).ok()
    }

    /// What it says, if all of it can be read: half of an event is none.
    pub(super) fn entry(&self) -> Option<Entry> {
        let plain = |word: &&str| word.len() <= LONGEST_WORD && !word.chars().any(char::is_control);
        let collected = match self.collected.given() {
            Some(text) => Some(amount(text)?),
            None => None,
        };
        Some(Entry {
            raw: self.status.given().filter(plain)?.to_owned(),
            at: second(self.occurred_at.text())?,
            note: self.note.given().map(str::to_owned),
            collected,
        })
    }

    /// The same, with whose it is.
    pub(super) fn told(&self) -> Option<ToldEntry> {
        let text = |written: &Written| written.given().map(str::to_owned);
        let (number, reference) = (text(&self.number), text(&self.reference));
        let entry = self.entry().filter(|_| number.is_some() || reference.is_some())?;
        Some(ToldEntry { number, reference, entry: Some(entry) })
    }

    /// The reference of whose it is.
    pub(super) fn reference(&self) -> Option<&str> {
        self.reference.given()
    }
}

/// Whole seconds: a carrier's fractions would make two events of one.
fn second(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse::<Timestamp>().ok()?.as_second()).ok()
}

/// LYD with exactly three decimals; another shape is another unit for all that we know.
pub(super) fn amount(text: &str) -> Option<Money> {
    Money::parse(text, Currency::Lyd).ok().filter(|money| money.to_string() == text)
}
