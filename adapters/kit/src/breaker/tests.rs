//! What a breaker answers, step by step.

use super::*;

fn breaker() -> Breaker {
    let policy =
        Policy { breaker_failures: 3, breaker_open_ms: 1_000, breaker_open_max_ms: 3_000, ..Policy::default() };
    Breaker::new(&policy)
}

fn fail(breaker: &Breaker) {
    breaker.failed(Admission::Admitted, Instant::now());
}

#[tokio::test(start_paused = true)]
async fn it_opens_and_comes_back_little_by_little() {
    let breaker = breaker();
    for _ in 0..3 {
        assert_eq!(breaker.admit(Instant::now()), Admission::Admitted);
        fail(&breaker);
    }
    assert!(matches!(breaker.admit(Instant::now()), Admission::Refused(_)));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(breaker.state(Instant::now()), BreakerState::HalfOpen);
    for at_once in [1, 2, 4, 8, 16, 32] {
        for _ in 0..at_once {
            assert!(!breaker.is_shut(Instant::now()));
            assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
        }
        assert!(matches!(breaker.admit(Instant::now()), Admission::Refused(_)), "no more than {at_once}");
        assert!(breaker.is_shut(Instant::now()));
        breaker.succeeded(Admission::Trial);
        (1..at_once).for_each(|_| breaker.abandoned(Admission::Trial));
    }
    assert_eq!(breaker.admit(Instant::now()), Admission::Admitted);
    assert_eq!(breaker.state(Instant::now()), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_failed_trial_keeps_it_open_for_longer() {
    let breaker = breaker();
    (0..3).for_each(|_| fail(&breaker));
    for expected in [2, 3, 3] {
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
        breaker.failed(Admission::Trial, Instant::now());
        assert_eq!(breaker.admit(Instant::now()), Admission::Refused(Duration::from_secs(expected)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_person_shut_stays_shut_until_a_person_opens_it() {
    let breaker = breaker();
    breaker.set_forced(true);
    tokio::time::advance(Duration::from_secs(3_600)).await;
    breaker.succeeded(Admission::Admitted);
    assert_eq!(breaker.state(Instant::now()), BreakerState::Open);
    breaker.reset();
    assert_eq!(breaker.state(Instant::now()), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_is_judged_unwell_stays_shut_and_lets_the_first_call_through_when_it_is_well() {
    let breaker = breaker();
    breaker.set_unwell(true);
    tokio::time::advance(Duration::from_secs(3_600)).await;
    assert!(breaker.is_shut(Instant::now()));
    assert!(matches!(breaker.admit(Instant::now()), Admission::Refused(_)));
    breaker.set_unwell(false);
    assert!(!breaker.is_shut(Instant::now()));
    (0..8).for_each(|_| assert_eq!(breaker.admit(Instant::now()), Admission::Trial));
    assert!(breaker.is_shut(Instant::now()), "few at a time at first");
}

#[tokio::test(start_paused = true)]
async fn who_declines_everybody_is_avoided_for_longer_each_time_and_still_called() {
    let breaker = breaker();
    for seconds in [1, 2, 3, 3] {
        breaker.avoid(Instant::now());
        assert!(breaker.is_shut(Instant::now()));
        assert_eq!(breaker.admit(Instant::now()), Admission::Admitted, "what was begun goes on");
        tokio::time::advance(Duration::from_millis(seconds * 1_000 - 1)).await;
        assert!(breaker.is_shut(Instant::now()), "{seconds}");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!breaker.is_shut(Instant::now()), "{seconds}");
    }
    breaker.avoid(Instant::now());
    breaker.set_unwell(false);
    assert!(!breaker.is_shut(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_answers_is_not_waited_for() {
    let breaker = breaker();
    breaker.open(Instant::now());
    assert!(breaker.is_shut(Instant::now()));
    breaker.answers();
    assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
    breaker.failed(Admission::Trial, Instant::now());
    assert!(breaker.is_shut(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_trial_lets_the_next_call_try() {
    let breaker = breaker();
    (0..3).for_each(|_| fail(&breaker));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
    breaker.abandoned(Admission::Trial);
    assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
}
