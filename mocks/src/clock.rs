//! The time, and what it is in Libya.

use std::sync::OnceLock;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the mocks stand for another company, whose clock is not ours to set")]
pub(crate) fn clock() -> Timestamp {
    Timestamp::now()
}

/// The same in whole seconds, as providers write it.
pub(crate) fn second() -> Timestamp {
    let now = clock();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The wall clock in Tripoli, by which the providers date everything.
pub(crate) fn tripoli(at: Timestamp) -> DateTime {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let zone = ZONE.get_or_init(|| {
        // Libya has stood at UTC+2 without daylight saving since 2013, so the fallback is the same.
        TimeZone::get("Africa/Tripoli").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(2)))
    });
    zone.to_datetime(at)
}
