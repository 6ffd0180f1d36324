//! What is expected against what Libya has announced; what is announced over what is expected; and that no promise, whatever
//! is announced and booked, falls on a closed day.

mod occasions;
mod promises;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use schemas::Text;
use schemas::calendar::{Basis, DayKind};

use super::*;

/// A word of an operator.
fn word(day: Date, kind: DayKind) -> Announced {
    Announced { day, kind, name: None }
}

/// The reasons of a day, by their bases and English names.
fn reasons(calendar: &Calendar, day: Date) -> Vec<(Basis, String)> {
    calendar.day(day).reasons.into_iter().map(|reason| (reason.basis, reason.name.en)).collect()
}

/// A day of the years 2026 to 2032.
fn days() -> impl Strategy<Value = Date> {
    (0..2500_i64).prop_map(|days| occasion::plus(date(2026, 1, 1), days))
}

/// Whatever operators may have announced, in any order.
fn calendars() -> impl Strategy<Value = Calendar> {
    let word = (days(), prop::sample::select(DayKind::ALL.to_vec()));
    prop::collection::vec(word, 0..60).prop_map(|words| {
        Calendar::new(words.into_iter().map(|(day, kind)| {
            // Occasions are announced about when they are expected.
            let near = occasion::of_kind(kind).and_then(|occasion| occasion.nearest(day));
            let moved = i64::from(day.day() % 7) - 3;
            Announced { day: near.map_or(day, |(_, expected)| occasion::plus(expected, moved)), kind, name: None }
        }))
    })
}

#[test]
fn weekends_and_the_dates_of_the_law_are_closed() {
    let calendar = Calendar::default();
    // A Thursday to a Sunday.
    let open: Vec<bool> = (5..9).map(|day| calendar.is_open(date(2026, 11, day))).collect();
    assert_eq!(open, [true, false, false, true]);
    for (month, day) in [(2, 17), (5, 1), (9, 16), (10, 23), (12, 24)] {
        assert!((2026..2040).all(|year| !calendar.is_open(date(year, month, day))), "{day}.{month}.");
    }
    assert_eq!(reasons(&calendar, date(2026, 12, 24)), [(Basis::Law, "Independence Day".to_owned())]);
    // A Friday.
    let both = [(Basis::Weekend, "Friday".to_owned()), (Basis::Law, "Liberation Day".to_owned())];
    assert_eq!(reasons(&calendar, date(2026, 10, 23)), both);
}

#[test]
fn an_operators_word_stands_over_everything() {
    let (friday, thursday, sunday) = (date(2026, 10, 23), date(2026, 11, 5), date(2026, 11, 8));
    let storm = Text::new("Storm", "عاصفة");
    let holiday = Announced { day: sunday, kind: DayKind::Holiday, name: Some(storm.clone()) };
    let calendar = Calendar::new([word(friday, DayKind::Open), holiday, word(thursday, DayKind::Holiday)]);
    assert!(calendar.is_open(friday) && !calendar.is_open(sunday) && !calendar.is_open(thursday));
    assert_eq!(reasons(&calendar, friday), [(Basis::Announced, "Open".to_owned())]);
    assert_eq!(calendar.day(sunday).reasons, [Reason { basis: Basis::Announced, name: storm }]);
    assert_eq!(reasons(&calendar, thursday), [(Basis::Announced, "Holiday".to_owned())]);
    assert_eq!(calendar.next_open(thursday), Some(date(2026, 11, 9)));
    // The last word on a day is the one that counts.
    let calendar = Calendar::new([word(thursday, DayKind::Holiday), word(thursday, DayKind::Open)]);
    assert!(calendar.is_open(thursday));
}

#[test]
fn open_days_are_counted_over_closed_ones() {
    let calendar = Calendar::default();
    let thursday = date(2026, 11, 5);
    let after = |days| calendar.add_open_days(thursday, days).expect("a day");
    assert_eq!([0, 1, 2, 5, 6].map(after), [5, 8, 9, 12, 15].map(|day| date(2026, 11, day)));
    assert_eq!(calendar.add_open_days(date(2026, 11, 6), 0), Some(date(2026, 11, 8)));
    // Thursday the 24th is Independence Day.
    assert_eq!(calendar.add_open_days(date(2026, 12, 23), 1), Some(date(2026, 12, 27)));
    assert_eq!(calendar.add_open_days(Date::MAX, 1), None);
    assert!(!calendar.is_open(Date::MAX) || calendar.next_open(Date::MAX) == Some(Date::MAX));
}

proptest! {
    #[test]
    fn the_next_open_day_is_open_and_the_first(calendar in calendars(), from in days()) {
        let open = calendar.next_open(from).expect("there is one");
        prop_assert!(from <= open && calendar.is_open(open));
        let between = std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(|day| *day < open);
        prop_assert!(between.into_iter().all(|day| !calendar.is_open(day)));
    }

    #[test]
    fn open_days_are_added_one_by_one(calendar in calendars(), from in days(), days in 0..30_u16) {
        let to = calendar.add_open_days(from, days).expect("a day");
        prop_assert!(calendar.is_open(to));
        let more = calendar.add_open_days(from, days + 1).expect("a day");
        prop_assert!(to < more);
        let between = std::iter::successors(to.tomorrow().ok(), |day| day.tomorrow().ok());
        prop_assert!(between.take_while(|day| *day < more).all(|day| !calendar.is_open(day)));
        let later = calendar.add_open_days(from.tomorrow().expect("a day"), days).expect("a day");
        prop_assert!(to <= later);
    }

    #[test]
    fn a_day_is_told_as_it_is(calendar in calendars(), day in days()) {
        let told = calendar.day(day);
        prop_assert_eq!(told.open, calendar.is_open(day));
        prop_assert!(told.open || !told.reasons.is_empty());
        prop_assert_eq!(told.ramadan, calendar.ramadan(day));
        prop_assert!(!matches!(told.ramadan, Some(Basis::Weekend | Basis::Law)));
    }
}
