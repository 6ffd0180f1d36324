//! Breaker: what opens it, what it does with calls while it is open, and what its one trial decides.

use kit::breaker::BreakerState;
use kit::testing::Script::{Answer, Cut, Late, Refused};
use kit::{Call, Delivery, EntryStatus, Fault, Kind, Policy, Refusal};
use tokio::time::{Instant, advance, timeout};

use crate::support::{KINDS, Road, account, calm, once, read, scripted, secs};
use crate::wires::{Computed, Slow, reply, wire_error};

/// Opens after three failures, for ten seconds at first.
fn fragile() -> Policy {
    Policy { breaker_failures: 3, breaker_open_ms: 10_000, breaker_open_max_ms: 30_000, ..calm() }
}

fn state(road: &Road) -> BreakerState {
    road.transport.breaker(&account(1), "provider").state(Instant::now())
}

async fn fail(road: &Road, times: usize) {
    for _ in 0..times {
        road.transport.send(&read()).await.expect_err("the provider fails");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_open_it_and_nothing_is_carried_any_more() {
    let (road, wire) = scripted(fragile(), [const { Cut }; 3]);
    fail(&road, 2).await;
    assert!(!road.transport.is_shut(&account(1), "provider"));
    fail(&road, 1).await;
    assert!(road.transport.is_shut(&account(1), "provider"));
    advance(secs(4)).await;
    let error = road.transport.send(&read()).await.expect_err("the breaker is open");
    assert_eq!((error.kind, error.origin, error.delivery), (Kind::Unavailable, Fault::Us, Delivery::Never));
    assert_eq!(error.retry_after, Some(secs(6)));
    assert_eq!(wire.carried().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_it_refuses_has_a_row_that_says_so() {
    let (road, _) = scripted(Policy { breaker_failures: 1, retries: 5, ..fragile() }, [Cut]);
    fail(&road, 2).await;
    assert_eq!(road.verbs(), ["note", "note"]);
    let row = &road.entries()[1];
    assert_eq!((row.status, row.delivery, row.attempt), (EntryStatus::Refused, Delivery::Never, 0));
    assert_eq!(row.error_code, Some("unavailable"));
    assert_eq!(row.duration, Some(secs(0)));
}

#[tokio::test(start_paused = true)]
async fn every_failure_of_the_provider_counts() {
    for failure in [Refused, Cut, Answer(500, ""), Answer(302, ""), Answer(408, ""), Late(secs(60), 200, "{}")] {
        let (road, _) = scripted(fragile(), [failure.clone(), failure.clone(), failure.clone()]);
        fail(&road, 3).await;
        assert_eq!(state(&road), BreakerState::Open, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_speaks_against_the_provider_counts() {
    for kind in KINDS {
        let wire = Computed::new(move |_| Err(wire_error(kind, Delivery::Never)));
        let road = Road::over(fragile(), wire);
        fail(&road, 3).await;
        let counts = matches!(kind, Kind::Unavailable | Kind::Timeout | Kind::Protocol);
        let expected = if counts { BreakerState::Open } else { BreakerState::Closed };
        assert_eq!(state(&road), expected, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_no_inside_a_good_status_is_an_answer() {
    let call = Call {
        outcome: |_| Err(Refusal { kind: Kind::Rejected, delivery: Delivery::Never, message: "no".to_owned() }),
        ..read()
    };
    let (road, wire) = scripted(fragile(), []);
    for _ in 0..5 {
        road.transport.send(&call).await.expect_err("the provider says no");
    }
    assert_eq!((state(&road), wire.carried().len()), (BreakerState::Closed, 5));
}

#[tokio::test(start_paused = true)]
async fn an_answer_forgives_earlier_failures_and_being_asked_to_slow_down_does_not() {
    for (between, expected) in [(404, BreakerState::Closed), (200, BreakerState::Closed), (429, BreakerState::Open)] {
        let (road, _) = scripted(fragile(), [Cut, Cut, Answer(between, "{}"), Cut]);
        for _ in 0..4 {
            let _ = road.transport.send(&read()).await;
        }
        assert_eq!(state(&road), expected, "{between}");
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_refusals_do_not_count() {
    let (road, _) = scripted(fragile(), []);
    road.stop_database(true);
    for _ in 0..5 {
        let error = road.act(&once()).await.expect_err("the row cannot be completed");
        assert_eq!(error.kind, Kind::Internal);
    }
    assert_eq!(state(&road), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn one_trial_decides_while_the_others_are_still_refused() {
    let (road, wire) = scripted(fragile(), [Cut, Cut, Cut, Late(secs(5), 200, "{}")]);
    fail(&road, 3).await;
    advance(secs(10)).await;
    assert_eq!(state(&road), BreakerState::HalfOpen);
    let call = read();
    let (trial, other) = tokio::join!(road.transport.send(&call), road.transport.send(&call));
    assert_eq!(trial.expect("the trial succeeds").status, 200);
    assert_eq!(other.expect_err("one trial at a time").origin, Fault::Us);
    assert_eq!((state(&road), wire.carried().len()), (BreakerState::HalfOpen, 4));
    let (first, second) = tokio::join!(road.transport.send(&call), road.transport.send(&call));
    first.expect("after a good trial two go at once");
    second.expect("after a good trial two go at once");
}

#[tokio::test(start_paused = true)]
async fn good_trials_close_it_in_the_end() {
    let (road, _) = scripted(fragile(), [const { Cut }; 3]);
    fail(&road, 3).await;
    advance(secs(10)).await;
    for expected in [BreakerState::HalfOpen; 5].into_iter().chain([BreakerState::Closed; 2]) {
        road.transport.send(&read()).await.expect("the trial succeeds");
        assert_eq!(state(&road), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_trial_keeps_it_shut_for_twice_as_long() {
    let (road, wire) = scripted(fragile(), [const { Cut }; 4]);
    fail(&road, 3).await;
    advance(secs(10)).await;
    fail(&road, 1).await;
    advance(secs(19)).await;
    assert_eq!((state(&road), wire.carried().len()), (BreakerState::Open, 4));
    advance(secs(1)).await;
    road.transport.send(&read()).await.expect("the second trial succeeds");
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_is_dropped_half_way_lets_the_next_call_try() {
    let (road, _) = scripted(fragile(), [Cut, Cut, Cut, Late(secs(5), 200, "{}")]);
    fail(&road, 3).await;
    advance(secs(10)).await;
    timeout(secs(1), road.transport.send(&read())).await.expect_err("the caller goes away");
    road.transport.send(&read()).await.expect("the next call is the trial");
    assert_eq!(state(&road), BreakerState::HalfOpen);
    road.transport.send(&read()).await.expect("the dropped trial holds no place");
}

#[tokio::test(start_paused = true)]
async fn a_trial_without_a_verdict_lets_the_next_call_try() {
    let undecided = [(Kind::Invalid, None), (Kind::Internal, None), (Kind::RateLimited, Some(429))];
    for (kind, status) in undecided {
        let wire = Computed::new(move |number| match (number, status) {
            (0..3, _) => Err(wire_error(Kind::Unavailable, Delivery::Maybe)),
            (3, Some(status)) => Ok(reply(status, None, "")),
            (3, None) => Err(wire_error(kind, Delivery::Never)),
            _ => Ok(reply(200, None, "{}")),
        });
        let road = Road::over(fragile(), wire);
        fail(&road, 3).await;
        advance(secs(10)).await;
        let error = road.transport.send(&read()).await.expect_err("the trial brings no verdict");
        assert_eq!((error.kind, state(&road)), (kind, BreakerState::HalfOpen));
        road.transport.send(&read()).await.expect("the next call is the trial");
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_fail_apart() {
    let (road, _) = scripted(fragile(), [const { Cut }; 3]);
    fail(&road, 3).await;
    let other = Call { account: account(2), ..read() };
    road.transport.send(&other).await.expect("the other account is well");
    assert!(road.transport.is_shut(&account(1), "provider"));
    assert!(!road.transport.is_shut(&account(2), "provider"));
}

#[tokio::test(start_paused = true)]
async fn what_a_person_shuts_is_refused_until_a_person_opens_it() {
    let wire = Slow::new(secs(1));
    let road = Road::over(fragile(), wire.clone());
    let breaker = road.transport.breaker(&account(1), "provider");
    breaker.set_forced(true);
    advance(secs(3_600)).await;
    fail(&road, 1).await;
    assert_eq!((wire.carried(), road.statuses()), (0, vec![EntryStatus::Refused]));
    breaker.reset();
    road.transport.send(&read()).await.expect("calls flow again");
}
