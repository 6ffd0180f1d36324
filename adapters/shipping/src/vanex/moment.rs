//! Vanex's times: with a zone, or bare as a wall clock in Tripoli shows them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// Libya has stood at UTC+2 without daylight saving since 2013.
const LIBYA: Offset = Offset::constant(2);

/// Reads a moment, in whole seconds.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let moment = text.parse::<Timestamp>().ok().or_else(|| bare(text))?;
    Timestamp::from_second(moment.as_second()).ok()
}

fn bare(text: &str) -> Option<Timestamp> {
    let clock = if text.len() <= 10 {
        text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())
    } else {
        text.parse::<DateTime>().ok()?
    };
    TimeZone::fixed(LIBYA).to_timestamp(clock).ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn zones_are_heeded_and_bare_clocks_are_tripolis() {
        let second = |text: &str| read(text).map(|moment| moment.to_string());
        let same = Some("2025-01-31T13:30:45Z".to_owned());
        for text in
            ["2025-01-31T13:30:45Z", "2025-01-31T13:30:45.678Z", "2025-01-31T15:30:45+02:00", "2025-01-31 15:30:45"]
        {
            assert_eq!(second(text), same, "{text}");
        }
        assert_eq!(second("2025-01-31").as_deref(), Some("2025-01-30T22:00:00Z"));
        for wrong in ["", "yesterday", "2025-13-01", "31-01-2025 10:00"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
