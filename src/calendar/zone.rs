//! The days of Africa/Tripoli: those that providers close their books by, and that promises are counted in.

use std::sync::LazyLock;

use jiff::civil::{self, Date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

use crate::db::Time;

static TRIPOLI: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Africa/Tripoli").expect("the bundled time zones have Africa/Tripoli"));

/// A moment on the wall clock.
pub fn clock(time: Time) -> Zoned {
    time.timestamp().to_zoned(TRIPOLI.clone())
}

/// The day of a moment.
pub fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TRIPOLI.clone()).date()
}

/// The first moment of a day and that of the next one; `None` where the calendar ends.
pub fn bounds(day: Date) -> Option<(Time, Time)> {
    let start = |day: Date| at(day, civil::Time::midnight()).map(Time::from);
    Some((start(day)?, start(day.tomorrow().ok()?)?))
}

/// A time of a day.
pub fn at(day: Date, time: civil::Time) -> Option<Timestamp> {
    day.to_datetime(time).to_zoned(TRIPOLI.clone()).ok().map(|zoned| zoned.timestamp())
}

/// So many days earlier.
pub fn before(day: Date, days: i64) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// The last day that is over and, by the hour at which the nightly work begins, closed.
pub fn last_closed(now: Timestamp, hour: i8) -> Date {
    let now = now.to_zoned(TRIPOLI.clone());
    let days = if now.hour() >= hour { 1 } else { 2 };
    now.date().saturating_sub(days.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_day_is_tripolis() {
        assert_eq!(day_of(moment("2026-11-20T21:59:59Z")), date(2026, 11, 20));
        assert_eq!(day_of(moment("2026-11-20T22:00:00Z")), date(2026, 11, 21));
        let (start, end) = bounds(date(2026, 11, 21)).expect("a day");
        assert_eq!(
            (start.to_string().as_str(), end.to_string().as_str()),
            ("2026-11-20T22:00:00Z", "2026-11-21T22:00:00Z")
        );
    }

    #[test]
    fn a_day_is_closed_once_the_hour_has_come() {
        assert_eq!(last_closed(moment("2026-11-21T00:59:00Z"), 3), date(2026, 11, 19));
        assert_eq!(last_closed(moment("2026-11-21T01:00:00Z"), 3), date(2026, 11, 20));
        assert_eq!(last_closed(moment("2026-11-20T22:00:00Z"), 0), date(2026, 11, 20));
        assert_eq!(before(date(2026, 3, 1), 1), date(2026, 2, 28));
    }
}
