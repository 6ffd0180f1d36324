//! Finding what was booked under a reference: there is no question for it, so the list of packages is walked.

use jiff::{SignedDuration, Timestamp};
use kit::written::Written;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::moment;
use crate::port::{Booking, Found, Wanted};

/// How many packages are asked for at once, and how many pages are walked at most.
pub(super) const PAGE: u32 = 100;
pub(super) const MOST_PAGES: u32 = 50;
/// Bare times may be of another zone than we take them for: an early end would hide a parcel that is there.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// A page, as Laravel writes it.
#[derive(Deserialize)]
pub(super) struct Page {
    data: Vec<Box<RawValue>>,
    #[serde(default)]
    current_page: Written,
    #[serde(default)]
    last_page: Written,
    #[serde(default)]
    total: Written,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Listed {
    id: Written,
    #[serde(rename = "package-code")]
    dashed: Written,
    package_code: Written,
    /// `None` where the field is missing: then nothing can be said. Null is a package without a reference.
    #[serde(deserialize_with = "present")]
    store_reference_id: Option<Written>,
    created_at: Written,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Written>, D::Error> {
    Written::deserialize(deserializer).map(Some)
}

/// A walk through the pages.
pub(super) struct Walk<'a> {
    wanted: &'a Wanted,
    found: Vec<Booking>,
    total: Option<u64>,
    /// The last id: as long as they fall, the newest come first.
    last: Option<u64>,
    falls: bool,
}

/// What is to be done after a page.
pub(super) enum Step {
    /// Read the next one.
    Next,
    /// This is what there is.
    End(Found),
}

impl<'a> Walk<'a> {
    pub(super) fn new(wanted: &'a Wanted) -> Self {
        Self { wanted, found: Vec::new(), total: None, last: None, falls: true }
    }

    /// Takes in a page.
    pub(super) fn take(&mut self, number: u32, page: &Page) -> Step {
        self.try_take(number, page).unwrap_or_else(|message| Step::End(cannot_say(message)))
    }

    fn try_take(&mut self, number: u32, page: &Page) -> Result<Step, &'static str> {
        let parse = |written: &Written| written.given().and_then(|text| text.parse::<u64>().ok());
        let (current, last_page) = (parse(&page.current_page), parse(&page.last_page));
        if current != Some(u64::from(number)) {
            return Err("the list does not say which page it shows");
        }
        let total = parse(&page.total);
        // Where a package went away, one that was not seen yet may have moved to a page that was.
        if self.total.is_some() && total < self.total {
            return Err("the list became shorter while it was read");
        }
        self.total = total;
        let mut is_old = !page.data.is_empty();
        for raw in &page.data {
            let listed: Listed = serde_json::from_str(raw.get()).map_err(|_| "an entry of the list cannot be read")?;
            is_old &= self.look_at(&listed)?;
        }
        let is_last = last_page.ok_or("the list does not say how long it is")? <= u64::from(number);
        if is_last || (is_old && self.falls) {
            return Ok(Step::End(self.end()));
        }
        Ok(if number >= MOST_PAGES { Step::End(cannot_say("the list is too long")) } else { Step::Next })
    }

    /// Keeps it if it is the one; says whether it is older than what is looked for.
    fn look_at(&mut self, listed: &Listed) -> Result<bool, &'static str> {
        let reference = listed.store_reference_id.as_ref().ok_or("the list shows no references")?;
        let id: u64 = listed.id.text().parse().map_err(|_| "an entry of the list has no id")?;
        self.falls &= self.last.is_none_or(|last| id <= last);
        self.last = Some(id);
        if reference.text() == self.wanted.reference {
            let number = listed.dashed.given().or(listed.package_code.given());
            let number = number.ok_or("the entry with this reference has no number")?.to_owned();
            // A package that came meanwhile moves the others: one of them may be seen twice.
            if !self.found.iter().any(|booking| booking.number == number) {
                self.found.push(Booking { number, id: Some(id.to_string()), cost: None });
            }
        }
        let is_before = |moment: Timestamp| moment < self.wanted.since.saturating_sub(SLACK).unwrap_or(Timestamp::MIN);
        Ok(moment::read(listed.created_at.text()).is_some_and(is_before))
    }

    fn end(&mut self) -> Found {
        let found = std::mem::take(&mut self.found);
        if found.is_empty() { Found::Nothing } else { Found::Bookings(found) }
    }
}

fn cannot_say(message: &str) -> Found {
    Found::CannotSay { message: message.to_owned() }
}

#[cfg(test)]
mod tests;
