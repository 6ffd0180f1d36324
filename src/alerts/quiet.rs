//! Quiet hours: what is not critical waits until they are over. Pure.

use jiff::civil;
use jiff::tz::TimeZone;

use crate::db::Time;

/// When the quiet hours end that a moment lies in; none outside of them.
pub(super) fn until(now: Time, zone: &TimeZone, from: civil::Time, to: civil::Time) -> Option<Time> {
    let local = now.timestamp().to_zoned(zone.clone());
    let clock = local.time();
    let (quiet, tomorrow) = match from.cmp(&to) {
        std::cmp::Ordering::Equal => (false, false),
        std::cmp::Ordering::Less => (from <= clock && clock < to, false),
        std::cmp::Ordering::Greater => (clock >= from || clock < to, clock >= from),
    };
    let day = if tomorrow { local.date().tomorrow().ok()? } else { local.date() };
    quiet.then(|| day.to_datetime(to).to_zoned(zone.clone()).ok().map(|end| end.timestamp().into())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_ends_in_the_morning() {
        let zone = TimeZone::get("Africa/Tripoli").expect("the zone");
        let (from, to) = (civil::time(22, 0, 0, 0), civil::time(7, 30, 0, 0));
        let at = |text: &str| Time::from(text.parse::<jiff::Timestamp>().expect("a time"));
        let until = |text: &str, from, to| super::until(at(text), &zone, from, to).map(|end| end.to_string());
        // Tripoli is two hours ahead.
        assert_eq!(until("2026-11-30T19:59:59Z", from, to), None);
        assert_eq!(until("2026-11-30T20:00:00Z", from, to).as_deref(), Some("2026-12-01T05:30:00Z"));
        assert_eq!(until("2026-12-01T03:00:00Z", from, to).as_deref(), Some("2026-12-01T05:30:00Z"));
        assert_eq!(until("2026-12-01T05:30:00Z", from, to), None);
        let noon = (civil::time(13, 0, 0, 0), civil::time(14, 0, 0, 0));
        assert_eq!(until("2026-11-30T11:10:00Z", noon.0, noon.1).as_deref(), Some("2026-11-30T12:00:00Z"));
        assert_eq!(until("2026-11-30T11:10:00Z", from, from), None, "equal times are no quiet hours");
    }
}
