//! Looking through all records for one reference: newest first, page by page, until they are older than what is sought.

use jiff::{SignedDuration, Timestamp};
use kit::{Error, Reply, object};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::DarbAssabil;
use super::answer;
use super::record::Record;
use super::wire::{Operation, PAGE};
use crate::port::{Booking, Found, Wanted};

/// Nobody's clock is further off.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);
/// Beyond so many pages an account is too busy to be looked through.
const MOST_PAGES: usize = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Page {
    results: Vec<Box<RawValue>>,
}

impl Page {
    /// The records of an answer.
    pub(super) fn read(reply: &Reply) -> Result<Self, Error> {
        answer::data(reply).map_err(|refusal| super::unread(Operation::Get, reply, refusal))
    }

    /// Each record, or `None` for one that cannot be read.
    pub(super) fn records(&self) -> impl Iterator<Item = Option<Record>> {
        let read = |raw: &RawValue| object::read(raw.get().as_bytes()).ok();
        self.results.iter().map(move |raw| read(raw).filter(|record: &Record| record.id().is_some()))
    }
}

/// What has been seen so far.
#[derive(Default)]
struct Seen {
    bookings: Vec<Booking>,
    /// The last record of the page before, with which the next one must overlap.
    last: Option<String>,
    /// Whether what follows is older than what is sought.
    is_over: bool,
}

impl DarbAssabil {
    /// Says what was booked under a reference.
    pub(super) async fn look_through(&self, wanted: &Wanted) -> Result<Found, Error> {
        let (mut seen, mut offset) = (Seen::default(), 0);
        for _ in 0..MOST_PAGES {
            let call = self.sender().page(offset, &wanted.reference);
            let page = Page::read(&self.parts.transport.send(&call).await?)?;
            if let Err(message) = seen.take(&page, wanted) {
                return Ok(Found::CannotSay { message: message.to_owned() });
            }
            if seen.is_over || page.results.len() < PAGE {
                return Ok(if seen.bookings.is_empty() { Found::Nothing } else { Found::Bookings(seen.bookings) });
            }
            // One record comes twice, so that a page that has moved on meanwhile is noticed.
            offset += page.results.len() - 1;
        }
        Ok(Found::CannotSay { message: format!("there are more than {MOST_PAGES} pages since then") })
    }
}

impl Seen {
    /// Takes a page in, or says why it cannot be relied on.
    fn take(&mut self, page: &Page, wanted: &Wanted) -> Result<(), &'static str> {
        let records: Option<Vec<Record>> = page.records().collect();
        let records = records.ok_or("a record cannot be read")?;
        let has = |id: &str| records.iter().any(|record| record.id() == Some(id));
        if self.last.as_deref().is_some_and(|last| !has(last)) {
            return Err("records were deleted while they were looked through");
        }
        let mut before = Timestamp::MAX;
        for record in &records {
            let created = record.created_at().ok_or("a record does not say when it was made")?;
            if created > before {
                return Err("the records do not come in the order that was asked for");
            }
            before = created;
            self.is_over |= created < wanted.since - CLOCKS;
            if record.is_of(&wanted.reference) {
                let booking = record.booking().ok_or("a record has no reference")?;
                if !self.bookings.iter().any(|known| known.id == booking.id) {
                    self.bookings.push(booking);
                }
            }
        }
        self.last = records.last().and_then(Record::id).map(str::to_owned);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
