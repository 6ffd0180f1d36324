//! The plan of questions: it always goes on to a later time, or ends.

use proptest::prelude::*;
use schemas::payment::AttemptStatus;

use super::super::samples::{START, attempt, minutes, settings};
use super::*;

fn statuses() -> impl Strategy<Value = AttemptStatus> {
    use AttemptStatus::{Cancelled, Declined, Expired, NeedsReview, Open, Paid, Unknown};
    prop::sample::select(vec![Open, Unknown, Paid, Declined, Cancelled, Expired, NeedsReview])
}

/// A moment of an attempt's life, in seconds from its beginning; none for never.
fn moment() -> impl Strategy<Value = Option<u64>> {
    prop::option::of(0..200_000_u64)
}

fn at(seconds: u64) -> Time {
    START.after(Duration::from_secs(seconds))
}

prop_compose! {
    fn attempts()(
        status in statuses(),
        (hinted, asked, unknown) in (moment(), moment(), moment()),
        asks in 0..100_i32,
        expires in any::<bool>(),
    ) -> Attempt {
        let mut attempt = attempt(1, START);
        attempt.status = status;
        attempt.hinted_at = hinted.map(at);
        attempt.asked_at = asked.map(at);
        attempt.unknown_since = unknown.map(at).or((status == AttemptStatus::Unknown).then_some(START));
        attempt.asks = asks;
        attempt.expires_at = attempt.expires_at.filter(|_| expires);
        attempt
    }
}

fn due(step: Step) -> Option<Time> {
    match step {
        Step::Wait(due) | Step::Expire(due) | Step::Unknown(due) | Step::Known(due) => Some(due),
        Step::NotOpened | Step::Review | Step::Done => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_step_goes_on_to_a_later_time_or_ends(attempt in attempts(), now in 0..400_000_u64) {
        let (now, settings) = (at(now), settings());
        for step in [silence(&attempt, now, &settings), no_answer(&attempt, now, &settings)] {
            prop_assert!(due(step).is_none_or(|due| due > now), "{:?} at {}", step, now);
        }
        prop_assert!(after_decline(&attempt, now, &settings).is_none_or(|due| due > now));
    }

    #[test]
    fn without_an_answer_nothing_is_over(attempt in attempts(), now in 0..400_000_u64) {
        let step = no_answer(&attempt, at(now), &settings());
        prop_assert!(!matches!(step, Step::Expire(_) | Step::Known(_)), "{:?}", step);
        let over = matches!(attempt.status, AttemptStatus::Paid | AttemptStatus::NeedsReview);
        prop_assert!(step != Step::Done || over, "{:?} of {}", step, attempt.status);
    }

    #[test]
    fn an_answer_ends_a_doubt_and_never_makes_one(attempt in attempts(), now in 0..400_000_u64) {
        let step = silence(&attempt, at(now), &settings());
        prop_assert!(!matches!(step, Step::Unknown(_) | Step::Review), "{:?}", step);
        if attempt.status == AttemptStatus::Unknown {
            prop_assert!(matches!(step, Step::Known(_) | Step::Expire(_) | Step::Done), "{:?}", step);
        }
    }
}

#[test]
fn attempts_of_one_terminal_share_their_questions() {
    let settings = settings();
    let dues: Vec<Time> = (0..60).map(|second| first(None, at(second), &settings)).collect();
    assert!(dues.iter().all(|due| due.second() % 60 == 0));
    assert!(dues.windows(2).filter(|pair| pair[0] != pair[1]).count() == 1);
}

#[test]
fn an_attempt_is_asked_about_at_its_very_end() {
    let attempt = attempt(1, START);
    let end = attempt.expires_at.expect("it ends");
    let step = silence(&attempt, end.before(Duration::from_secs(3)), &settings());
    assert_eq!(step, Step::Wait(end));
    assert_eq!(silence(&attempt, end, &settings()), Step::Expire(end.after(minutes(10))));
}

#[test]
fn gaps_double_up_to_the_longest() {
    let mut attempt = attempt(1, START);
    attempt.status = AttemptStatus::Unknown;
    attempt.unknown_since = Some(START);
    let gaps: Vec<u64> = (0..12)
        .map(|asks| {
            attempt.asks = asks;
            due(no_answer(&attempt, START, &settings())).expect("asked again").since(START).as_secs()
        })
        .collect();
    assert_eq!(gaps, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
}

#[test]
fn a_day_without_a_word_is_for_a_person_to_the_second() {
    let mut attempt = attempt(1, START);
    attempt.status = AttemptStatus::Unknown;
    attempt.unknown_since = Some(START);
    attempt.asks = 40;
    let day = START.after(minutes(24 * 60));
    assert_eq!(no_answer(&attempt, day.before(minutes(3)), &settings()), Step::Wait(day));
    assert_eq!(no_answer(&attempt, day, &settings()), Step::Review);
}

#[test]
fn an_answer_and_a_doubt_of_the_same_instant_leave_the_doubt() {
    let mut attempt = attempt(1, START);
    attempt.status = AttemptStatus::Unknown;
    (attempt.unknown_since, attempt.asked_at) = (Some(START), Some(START));
    assert_eq!(no_answer(&attempt, START.after(minutes(24 * 60)), &settings()), Step::Review);
}

#[test]
fn a_hint_is_believed_for_a_day() {
    let mut attempt = attempt(1, START);
    attempt.status = AttemptStatus::Expired;
    let end = attempt.expires_at.expect("it ends");
    let last = end.after(minutes(24 * 60));
    assert_eq!(silence(&attempt, last, &settings()), Step::Done);
    attempt.hinted_at = Some(last.before(minutes(1)));
    assert!(matches!(silence(&attempt, last, &settings()), Step::Wait(due) if due > last));
    attempt.hinted_at = Some(last.before(minutes(24 * 60)));
    assert_eq!(silence(&attempt, last, &settings()), Step::Done);
}
