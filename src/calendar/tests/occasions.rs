//! What depends on the moon.

use super::*;
use crate::calendar::occasion::{OCCASIONS, plus};

/// The first days as Libya had them, 2012 to 2025: Islamic New Year, birthday of the Prophet, Eid al-Fitr, Eid al-Adha.
/// Collected by the project python-holidays (`vacanza/holidays`, `countries/libya.py`) from timeanddate.com and from the
/// government's decisions at lawsociety.ly.
const ANNOUNCED: &[(DayKind, &[&str])] = &[
    (
        DayKind::IslamicNewYear,
        &[
            "2012-11-15",
            "2013-11-05",
            "2014-10-25",
            "2015-10-15",
            "2016-10-03",
            "2017-09-22",
            "2018-09-12",
            "2019-08-31",
            "2020-08-20",
            "2021-08-10",
            "2022-07-30",
            "2023-07-19",
            "2024-07-07",
            "2025-06-26",
        ],
    ),
    (
        DayKind::Mawlid,
        &[
            "2012-02-05",
            "2013-01-24",
            "2014-01-14",
            "2015-01-03",
            "2015-12-23",
            "2016-12-12",
            "2017-12-01",
            "2018-11-21",
            "2019-11-09",
            "2020-10-29",
            "2021-10-19",
            "2022-10-08",
            "2023-09-27",
            "2024-09-15",
        ],
    ),
    (
        DayKind::EidAlFitr,
        &[
            "2012-08-19",
            "2013-08-08",
            "2014-07-29",
            "2015-07-18",
            "2016-07-07",
            "2017-06-26",
            "2018-06-15",
            "2019-06-04",
            "2020-05-24",
            "2021-05-13",
            "2022-05-02",
            "2023-04-21",
            "2024-04-10",
            "2025-03-31",
        ],
    ),
    (
        DayKind::EidAlAdha,
        &[
            "2012-10-26",
            "2013-10-15",
            "2014-10-05",
            "2015-09-23",
            "2016-09-11",
            "2017-09-01",
            "2018-08-22",
            "2019-08-11",
            "2020-07-31",
            "2021-07-20",
            "2022-07-09",
            "2023-06-28",
            "2024-06-16",
            "2025-06-06",
        ],
    ),
];

fn expected(kind: DayKind, year: i32) -> Date {
    OCCASIONS.iter().find(|occasion| occasion.kind == kind).and_then(|occasion| occasion.expected(year)).expect("a day")
}

#[test]
fn the_dates_of_umm_al_qura() {
    let of = |kind| expected(kind, 1447);
    assert_eq!(of(DayKind::IslamicNewYear), date(2025, 6, 26));
    assert_eq!(of(DayKind::Mawlid), date(2025, 9, 4));
    assert_eq!(of(DayKind::Ramadan), date(2026, 2, 18));
    assert_eq!(of(DayKind::EidAlFitr), date(2026, 3, 20));
    assert_eq!(of(DayKind::EidAlAdha), date(2026, 5, 27));
}

#[test]
fn what_libya_announced_was_never_open() {
    let calendar = Calendar::default();
    for (kind, days) in ANNOUNCED {
        for day in *days {
            let day: Date = day.parse().expect("a day");
            let occasion = OCCASIONS.iter().find(|occasion| occasion.kind == *kind).expect("it is one");
            let (_, expected) = occasion.nearest(day).expect("a year");
            assert!((expected - day).get_days().abs() <= 1, "{kind} {day}: {expected} was expected");
            for (first, number, name, _) in occasion.off {
                for off in (*first..first + number).map(|days| plus(day, days)) {
                    let reasons = calendar.day(off).reasons;
                    let told = |name: &str| reasons.iter().any(|reason| reason.name.en == name);
                    // Where it came a day late, Arafah was expected to be the feast.
                    assert!(told(name) || told("Day of Arafah") || told("Eid al-Adha"), "{kind} {off}: {reasons:?}");
                    assert!(!calendar.is_open(off), "{kind} {off}");
                }
            }
        }
    }
}

#[test]
fn what_is_expected_has_a_day_of_doubt_on_either_side_until_it_is_announced() {
    // Eid al-Fitr of 2027 is expected on Tuesday 9 March.
    let eid = expected(DayKind::EidAlFitr, 1448);
    assert_eq!(eid, date(2027, 3, 9));
    let bases = |calendar: &Calendar| -> Vec<Option<Basis>> {
        (-2..6).map(|days| reasons(calendar, plus(eid, days)).last().map(|(basis, _)| *basis)).collect()
    };
    let (sure, doubt) = (Some(Basis::Expected), Some(Basis::Possible));
    // Sunday, Monday, the three days, Friday (which is the day of doubt, too), Saturday, Sunday.
    let expected = [None, doubt, sure, sure, sure, doubt, Some(Basis::Weekend), None];
    assert_eq!(bases(&Calendar::default()), expected);
    assert!(!Calendar::default().is_open(plus(eid, -1)));
    // Announced a day earlier, there is no doubt any more.
    let calendar = Calendar::new([word(plus(eid, -1), DayKind::EidAlFitr)]);
    let (announced, weekend) = (Some(Basis::Announced), Some(Basis::Weekend));
    assert_eq!(bases(&calendar), [None, announced, announced, announced, None, weekend, weekend, None]);
    assert!(calendar.is_open(plus(eid, 2)));
    // A word that was taken back by another one.
    let calendar = Calendar::new([word(plus(eid, -1), DayKind::EidAlFitr), word(eid, DayKind::EidAlFitr)]);
    assert_eq!(bases(&calendar), [None, None, announced, announced, announced, weekend, weekend, None]);
    // The other years are as they were.
    let next = self::expected(DayKind::EidAlFitr, 1449);
    assert_eq!(calendar.day(next).reasons.last().map(|reason| reason.basis), Some(Basis::Expected));
}

#[test]
fn arafah_goes_with_its_feast() {
    let feast = expected(DayKind::EidAlAdha, 1448);
    let calendar = Calendar::new([word(plus(feast, 1), DayKind::EidAlAdha)]);
    let names: Vec<String> =
        (0..4).flat_map(|days| reasons(&calendar, plus(feast, days)).last().map(|(_, name)| name.clone())).collect();
    assert_eq!(names, ["Day of Arafah", "Eid al-Adha", "Eid al-Adha", "Eid al-Adha"]);
    let before = reasons(&calendar, plus(feast, -1));
    assert!(before.iter().all(|(basis, _)| *basis == Basis::Weekend), "{before:?}");
}

#[test]
fn ramadan_is_sure_between_its_days_of_doubt() {
    let (first, eid) = (expected(DayKind::Ramadan, 1448), expected(DayKind::EidAlFitr, 1448));
    let calendar = Calendar::default();
    let at = |day, days| calendar.ramadan(plus(day, days));
    let (sure, doubt) = (Some(Basis::Expected), Some(Basis::Possible));
    assert_eq!([-2, -1, 0, 1].map(|days| at(first, days)), [None, doubt, doubt, sure]);
    assert_eq!([-2, -1, 0, 1].map(|days| at(eid, days)), [sure, doubt, doubt, None]);
    // Its beginning is announced: it has 29 or 30 days, whatever was expected of its end.
    let late = plus(first, 1);
    let calendar = Calendar::new([word(late, DayKind::Ramadan)]);
    assert_eq!((calendar.ramadan(first), calendar.ramadan(late)), (None, Some(Basis::Announced)));
    assert_eq!(calendar.ramadan(plus(late, 28)), Some(Basis::Announced));
    assert_eq!(calendar.ramadan(plus(late, 29)), Some(Basis::Possible));
    assert_eq!(calendar.ramadan(plus(late, 30)), None);
    // 29 days or 30, so that the feast ends on the 32nd or the 33rd day.
    let feast = |days| calendar.day(plus(late, days)).reasons.iter().any(|reason| reason.name.en == "Eid al-Fitr");
    assert_eq!([28, 29, 30, 31, 32, 33].map(feast), [false, true, true, true, true, false]);
    // And its end.
    let calendar = Calendar::new([word(first, DayKind::Ramadan), word(plus(first, 29), DayKind::EidAlFitr)]);
    assert_eq!(calendar.ramadan(plus(first, 28)), Some(Basis::Announced));
    assert_eq!(calendar.ramadan(plus(first, 29)), None);
}

proptest! {
    #[test]
    fn an_announced_occasion_closes_its_days_and_no_others(day in days(), index in 0..OCCASIONS.len(), moved in -3..=3_i64) {
        let occasion = OCCASIONS[index];
        let (_, expected) = occasion.nearest(day).expect("a year");
        let first = plus(expected, moved);
        let calendar = Calendar::new([word(first, occasion.kind)]);
        for day in (-40..40).map(|days| plus(first, days)) {
            let off = occasion.off.iter().any(|(from, days, ..)| plus(first, *from) <= day && day < plus(first, from + days));
            let named = |name: &str| occasion.off.iter().any(|(_, _, own, _)| *own == name);
            let told: Vec<Basis> =
                reasons(&calendar, day).into_iter().filter(|(_, name)| named(name)).map(|(basis, _)| basis).collect();
            prop_assert_eq!(told, if off { vec![Basis::Announced] } else { vec![] }, "{}", day);
        }
    }
}
