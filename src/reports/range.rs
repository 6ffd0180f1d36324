//! The time that a report is about, as people write it. Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::Text;

use crate::calendar;
use crate::db::Time;
use crate::refusal::Refusal;

const DAY: Duration = Duration::from_secs(86_400);
const MOST_DAYS: u32 = 31;

/// From a moment on, until another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first moment.
    pub from: Time,
    /// The first one after it.
    pub to: Time,
}

impl Range {
    /// Reads it: a moment (RFC 3339), or a day in Africa/Tripoli, which is meant whole at either end. Without an end it ends now,
    /// without a beginning it began so many days before its end.
    pub fn read(from: Option<&str>, to: Option<&str>, now: Time, days: u32) -> Result<Self, Refusal> {
        let read = |field: &str, text: Option<&str>, last: bool| match text {
            Some(text) => moment(text, last).map(Some).ok_or_else(|| unreadable(field)),
            None => Ok(None),
        };
        let first = read("from", from, false)?;
        let end = read("to", to, true)?.unwrap_or(now);
        let range = Self { from: first.unwrap_or_else(|| end.before(DAY * days)), to: end };
        let at_fault = if to.is_some() || from.is_none() { "to" } else { "from" };
        if range.from >= range.to {
            return Err(refused(
                at_fault,
                Text::new("the time must end after it begins", "يجب أن تنتهي المدة بعد بدايتها"),
            ));
        }
        if range.to.since(range.from) > DAY * MOST_DAYS {
            let text = Text::new(format!("at most {MOST_DAYS} days"), format!("{MOST_DAYS} يوماً على الأكثر"));
            return Err(refused(at_fault, text));
        }
        Ok(range)
    }
}

/// A moment, or the beginning or the end of a day.
fn moment(text: &str, last: bool) -> Option<Time> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.into());
    }
    // What is longer than a day has a time, and one without an offset means no moment.
    let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let (start, end) = calendar::bounds(day)?;
    Some(if last { end } else { start })
}

fn unreadable(field: &str) -> Refusal {
    let en = "expected a day like 2026-11-01 or a moment like 2026-11-01T00:00:00Z";
    refused(field, Text::new(en, "المتوقع يوم مثل 2026-11-01 أو وقت مثل 2026-11-01T00:00:00Z"))
}

fn refused(field: &str, text: Text) -> Refusal {
    Refusal::field(field, text.en, text.ar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(from: Option<&str>, to: Option<&str>) -> Result<(String, String), String> {
        let now = Time::from("2026-11-30T12:00:00Z".parse::<Timestamp>().expect("a time"));
        match Range::read(from, to, now, 7) {
            Ok(range) => Ok((range.from.to_string(), range.to.to_string())),
            Err(Refusal::Invalid(fields)) => Err(fields[0].field.clone()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn days_are_whole_and_of_tripoli_and_moments_are_moments() {
        let told = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        let days = read(Some("2026-11-01"), Some("2026-11-30"));
        assert_eq!(days, told("2026-10-31T22:00:00Z", "2026-11-30T22:00:00Z"));
        let one = read(Some("2026-11-01"), Some("2026-11-01"));
        assert_eq!(one, told("2026-10-31T22:00:00Z", "2026-11-01T22:00:00Z"));
        let moments = read(Some("2026-11-01T00:00:00+02:00"), Some("2026-11-01T01:00:00Z"));
        assert_eq!(moments, told("2026-10-31T22:00:00Z", "2026-11-01T01:00:00Z"));
        assert_eq!(read(None, None), told("2026-11-23T12:00:00Z", "2026-11-30T12:00:00Z"));
        assert_eq!(read(Some("2026-10-01"), Some("2026-10-31")).map(|_| ()), Ok(()), "31 days");
    }

    #[test]
    fn a_wrong_time_names_its_field() {
        let field = |name: &str| Err(name.to_owned());
        assert_eq!(read(Some("yesterday"), None), field("from"));
        assert_eq!(read(None, Some("2026-13-01")), field("to"));
        assert_eq!(read(Some("2026-11-01T00:00:00"), None), field("from"), "no offset means no moment");
        assert_eq!(read(Some("2026-11-02"), Some("2026-11-01T00:00:00Z")), field("to"));
        assert_eq!(read(Some("2026-12-02"), None), field("from"), "it has not begun");
        assert_eq!(read(Some("2026-10-01"), Some("2026-11-01")), field("to"), "32 days");
        assert_eq!(read(Some("2026-10-01"), None), field("from"));
    }
}
