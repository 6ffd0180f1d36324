//! When things arrive.

use jiff::Timestamp;
use jiff::civil::{Time, time};

use super::*;

fn promise(within: Within) -> Promise {
    let hours = |opens, cutoff| Hours { opens: time(opens, 0, 0, 0), cutoff: time(cutoff, 0, 0, 0) };
    Promise { within, hours: hours(9, 16), ramadan: hours(10, 13) }
}

/// A moment of a day in Africa/Tripoli.
fn at(day: Date, hour: i8, minute: i8) -> Timestamp {
    zone::at(day, time(hour, minute, 0, 0)).expect("a moment")
}

const DAYS: Within = Within::OpenDays(1, 3);

#[test]
fn days_are_counted_from_the_dispatch() {
    let calendar = Calendar::default();
    let arrival = |day, hour, minute| calendar.promise(at(day, hour, minute), &promise(DAYS));
    let days = |from, to| Some(Arrival::Days(date(2026, 11, from), date(2026, 11, to)));
    // A Tuesday.
    let tuesday = date(2026, 11, 3);
    assert_eq!(arrival(tuesday, 0, 0), days(4, 8));
    assert_eq!(arrival(tuesday, 15, 59), days(4, 8));
    // The cut-off itself is too late.
    assert_eq!(arrival(tuesday, 16, 0), days(5, 9));
    // Thursday evening, Friday and Saturday are all dispatched on Sunday.
    for (day, hour) in [(5, 17), (6, 10), (7, 23)] {
        assert_eq!(arrival(date(2026, 11, day), hour, 0), days(9, 11), "{day}");
    }
    // From the first moment of the first day to the last second of the last one, both in UTC.
    let moments =
        arrival(tuesday, 12, 0).and_then(Arrival::moments).map(|(from, to)| [from, to].map(|at| at.to_string()));
    assert_eq!(moments, Some(["2026-11-03T22:00:00Z", "2026-11-08T21:59:59Z"].map(str::to_owned)));
    // Without a cut-off the whole day counts.
    let all_day = Hours { cutoff: Time::MAX, ..promise(DAYS).hours };
    let booked = at(tuesday, 23, 59);
    assert_eq!(calendar.promise(booked, &Promise { hours: all_day, ..promise(DAYS) }), days(4, 8));
    // By Tripoli's clock: 15:30 there.
    let booked: Timestamp = "2026-11-03T13:30:00Z".parse().expect("a time");
    assert_eq!(calendar.promise(booked, &promise(DAYS)), days(4, 8));
}

#[test]
fn the_same_day_is_had_only_while_today_qualifies() {
    let calendar = Calendar::default();
    let same_day = promise(Within::OpenDays(0, 0));
    let tuesday = date(2026, 11, 3);
    assert_eq!(calendar.promise(at(tuesday, 15, 59), &same_day), Some(Arrival::Days(tuesday, tuesday)));
    assert_eq!(calendar.promise(at(tuesday, 16, 0), &same_day), None);
    assert_eq!(calendar.promise(at(date(2026, 11, 6), 10, 0), &same_day), None);
    assert_eq!(calendar.cutoff(tuesday, &same_day), Some(at(tuesday, 16, 0)));
    assert_eq!(calendar.cutoff(date(2026, 11, 6), &same_day), None);
    // Today or tomorrow may be tomorrow.
    let soon = calendar.promise(at(tuesday, 17, 0), &promise(Within::OpenDays(0, 1)));
    assert_eq!(soon, Some(Arrival::Days(date(2026, 11, 4), date(2026, 11, 5))));
}

#[test]
fn ramadan_has_its_own_cutoff_and_doubt_the_earlier_one() {
    let calendar = Calendar::default();
    let cutoff = |calendar: &Calendar, day| calendar.cutoff(day, &promise(DAYS));
    // Ramadan of 1448 is expected from Monday 8 February 2027 on.
    let first = date(2027, 2, 8);
    assert_eq!(cutoff(&calendar, date(2027, 2, 4)), Some(at(date(2027, 2, 4), 16, 0)));
    assert_eq!(cutoff(&calendar, date(2027, 2, 7)), Some(at(date(2027, 2, 7), 13, 0)));
    assert_eq!(cutoff(&calendar, date(2027, 2, 10)), Some(at(date(2027, 2, 10), 13, 0)));
    let calendar = Calendar::new([word(first, DayKind::Ramadan)]);
    assert_eq!(cutoff(&calendar, date(2027, 2, 7)), Some(at(date(2027, 2, 7), 16, 0)));
    // A carrier that works later in Ramadan does so only when it surely is.
    let ramadan = Hours { opens: time(11, 0, 0, 0), cutoff: time(21, 0, 0, 0) };
    let late = Promise { ramadan, ..promise(DAYS) };
    assert_eq!(late.hours_of(Some(Basis::Possible)), Hours { cutoff: late.hours.cutoff, ..ramadan });
    assert_eq!(late.hours_of(Some(Basis::Announced)), ramadan);
}

#[test]
fn the_hours_of_closed_days_are_not_counted() {
    let calendar = Calendar::default();
    let arrival = |day, hour, within| calendar.promise(at(date(2026, 11, day), hour, 0), &promise(within));
    let hours = |from: (i8, i8), to: (i8, i8)| {
        let of = |(day, hour)| at(date(2026, 11, day), hour, 0);
        Some(Arrival::Hours(of(from), of(to)))
    };
    let express = Within::Hours(4, 6);
    assert_eq!(arrival(3, 12, express), hours((3, 16), (3, 18)));
    // Before it opens, from its opening on; after the cut-off, from the next one on.
    assert_eq!(arrival(3, 6, express), hours((3, 13), (3, 15)));
    assert_eq!(arrival(3, 16, express), hours((4, 13), (4, 15)));
    assert_eq!(arrival(6, 12, express), hours((8, 13), (8, 15)));
    // Thursday 15:00 has nine hours left; midnight is Sunday's.
    assert_eq!(arrival(5, 15, Within::Hours(8, 12)), hours((5, 23), (8, 3)));
    assert_eq!(arrival(5, 15, Within::Hours(9, 24)), hours((8, 0), (8, 15)));
}

fn withins() -> impl Strategy<Value = Within> {
    prop_oneof![
        (0..200_u16, 0..200_u16).prop_map(|(from, to)| Within::Hours(from, to)),
        (0..15_u16, 0..15_u16).prop_map(|(from, to)| Within::OpenDays(from, to)),
    ]
}

fn times() -> impl Strategy<Value = Time> {
    (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn promises() -> impl Strategy<Value = Promise> {
    let hours = || (times(), times()).prop_map(|(opens, cutoff)| Hours { opens, cutoff });
    (withins(), hours(), hours()).prop_map(|(within, hours, ramadan)| Promise { within, hours, ramadan })
}

proptest! {
    #[test]
    fn nothing_is_promised_for_a_closed_day(calendar in calendars(), day in days(), clock in times(), promise in promises()) {
        let booked = zone::at(day, clock).expect("a moment");
        let arrival = calendar.promise(booked, &promise);
        let Some(arrival) = arrival else {
            prop_assert!(matches!(promise.within, Within::OpenDays(_, 0)), "{:?}", promise);
            return Ok(());
        };
        let (from, to) = arrival.days();
        prop_assert!(day <= from && from <= to, "{:?}", arrival);
        prop_assert!(calendar.is_open(from) && calendar.is_open(to), "{:?}", arrival);
        let (first, last) = arrival.moments().expect("moments");
        prop_assert_eq!((day_of(first), day_of(last)), (from, to));
        if let Arrival::Hours(from, to) = arrival {
            prop_assert!(booked <= from && from <= to, "{:?}", arrival);
        }
    }

    #[test]
    fn what_is_booked_later_arrives_no_earlier(
        calendar in calendars(), day in days(), clock in times(), later in 0..10_000_i64, mut promise in promises()
    ) {
        // A day that ends before it begins is no carrier's.
        for hours in [&mut promise.hours, &mut promise.ramadan] {
            (hours.opens, hours.cutoff) = (hours.opens.min(hours.cutoff), hours.opens.max(hours.cutoff));
        }
        let booked = zone::at(day, clock).expect("a moment");
        let first = calendar.promise(booked, &promise);
        let second = calendar.promise(booked + jiff::SignedDuration::from_mins(later), &promise);
        match (first, second) {
            (Some(Arrival::Days(from, to)), Some(Arrival::Days(then_from, then_to))) => {
                prop_assert!(from <= then_from && to <= then_to);
            }
            (Some(Arrival::Hours(from, to)), Some(Arrival::Hours(then_from, then_to))) => {
                prop_assert!(from <= then_from && to <= then_to);
            }
            _ => prop_assert!(matches!(promise.within, Within::OpenDays(_, 0))),
        }
    }
}
