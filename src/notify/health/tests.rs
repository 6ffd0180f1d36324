//! The health of an endpoint, try by try.

use proptest::prelude::*;
use schemas::EndpointId;
use uuid::Uuid;

use super::*;
use crate::config::{Config, Variables};

const START: Time = Time::from_second(1_800_000_000);
const QUICK: Duration = Duration::from_millis(5);
const MINUTE: Duration = Duration::from_secs(60);

fn settings() -> Settings {
    Config::load(None, &Variables::from_pairs(std::iter::empty())).expect("the defaults").notify
}

fn fresh() -> Health {
    Health {
        endpoint_id: EndpointId::from(Uuid::nil()),
        failures: 0,
        open_until: None,
        paused_until: None,
        failing_since: None,
        warned: 0,
        slow_told_at: None,
        recent: Vec::new(),
        succeeded: 0,
        failed: 0,
        last_success_at: None,
        last_failure_at: None,
    }
}

#[test]
fn five_failures_in_a_row_open_the_breaker_for_five_minutes_and_one_success_closes_it() {
    let (mut health, settings) = (fresh(), settings());
    for _ in 0..4 {
        assert_eq!(learn(&mut health, Sign::Ill, QUICK, START, &settings), []);
    }
    learn(&mut health, Sign::Well, QUICK, START, &settings);
    for _ in 0..4 {
        assert_eq!(learn(&mut health, Sign::Ill, QUICK, START, &settings), [], "a success ends the row");
    }
    assert_eq!(learn(&mut health, Sign::Ill, QUICK, START, &settings), [Notice::Opened { failures: 5 }]);
    assert!(is_open(&health, START.after(MINUTE * 5 - QUICK)) && !is_open(&health, START.after(MINUTE * 5)));
    // What was under way changes nothing; the first try after it opens it again, or closes it.
    assert_eq!(learn(&mut health, Sign::Ill, QUICK, START.after(MINUTE), &settings), []);
    let after = START.after(MINUTE * 6);
    assert_eq!(learn(&mut health, Sign::Ill, QUICK, after, &settings), [Notice::Opened { failures: 7 }]);
    assert_eq!(learn(&mut health, Sign::Well, QUICK, after.after(MINUTE * 6), &settings), [Notice::Recovered]);
    assert_eq!((health.failures, rests_until(&health, after)), (0, None));
}

#[test]
fn a_mean_of_more_than_three_seconds_is_slow_and_told_once_an_hour() {
    let (mut health, settings) = (fresh(), settings());
    for _ in 0..100 {
        learn(&mut health, Sign::Well, Duration::from_secs(1), START, &settings);
    }
    let mut told = 0;
    for minute in 0..180 {
        let now = START.after(MINUTE * minute);
        told += usize::from(learn(&mut health, Sign::Well, Duration::from_secs(4), now, &settings).len() == 1);
    }
    // 67 tries of four seconds bring the mean of the last hundred above three.
    assert!(is_slow(&health, &settings));
    assert_eq!(told, 2, "after 67 minutes, and an hour later");
    for _ in 0..34 {
        learn(&mut health, Sign::Well, QUICK, START, &settings);
    }
    assert!(!is_slow(&health, &settings));
}

#[test]
fn on_the_way_to_being_disabled_each_mark_is_told_once() {
    let (mut health, settings) = (fresh(), settings());
    let mut told = Vec::new();
    for hour in 0..=120 {
        let now = START.after(MINUTE * 60 * hour);
        for notice in learn(&mut health, Sign::Ill, QUICK, now, &settings) {
            match notice {
                Notice::Failing { percent, since } if since == START => told.push((hour, percent)),
                Notice::Disable { reason } => told.push((hour, if reason == "failing" { 1_000 } else { 0 })),
                _ => {}
            }
        }
    }
    assert_eq!(told, [(60, 50), (84, 70), (108, 90), (120, 100), (120, 1_000)]);
    assert_eq!(learn(&mut health, Sign::Well, QUICK, START, &settings), [Notice::Recovered]);
    assert_eq!((health.warned, health.failing_since), (0, None));
}

#[test]
fn an_endpoint_that_wants_time_gets_it_and_is_not_ill() {
    let (mut health, settings) = (fresh(), settings());
    for _ in 0..20 {
        assert_eq!(learn(&mut health, Sign::Busy(MINUTE), QUICK, START, &settings), []);
    }
    assert_eq!(rests_until(&health, START), Some(START.after(MINUTE)));
    assert_eq!(rests_until(&health, START.after(MINUTE)), None);
    assert_eq!(learn(&mut health, Sign::Gone, QUICK, START, &settings), [Notice::Disable { reason: "gone" }]);
}

proptest! {
    #[test]
    fn whatever_happens_the_window_holds_and_an_open_breaker_ends(
        tries in proptest::collection::vec((0..3u8, 0..20_000u64, 0..400u64), 0..300)
    ) {
        let (mut health, settings) = (fresh(), settings());
        let mut now = START;
        for (kind, took, pause) in tries {
            now = now.after(Duration::from_secs(pause));
            let sign = [Sign::Well, Sign::Ill, Sign::Busy(Duration::from_secs(5))][usize::from(kind)];
            learn(&mut health, sign, Duration::from_millis(took), now, &settings);
            prop_assert!(health.recent.len() <= 400 && health.recent.len() % 4 == 0);
            prop_assert!(!is_open(&health, now) || health.failures >= settings.breaker_failures);
            prop_assert!(rests_until(&health, now).is_none_or(|until| until <= now.after(MINUTE * 5)));
            prop_assert!(mean(&health) < Duration::from_secs(20));
        }
    }
}
