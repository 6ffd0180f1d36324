//! The order of the stages, seen from outside: what each one would get wrong in another place.

use std::sync::Arc;

use kit::testing::Script::{Cut, Late, Refused};
use kit::testing::{ScriptedWire, ambient};
use kit::{Delivery, EntryStatus, Fault, Kind, Policy};
use tokio::time::{Instant, advance, sleep};

use crate::support::{Road, calm, longest, once, read, scripted, secs};
use crate::wires::{Computed, Slow, wire_error};

#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_is_not_in_the_time_of_the_row() {
    let wire = Slow::new(secs(2));
    let road = Road::over(Policy { concurrency: 1, ..calm() }, wire);
    let (first, second) = (read(), once());
    let started = Instant::now();
    let (_, waited) = tokio::join!(road.transport.send(&first), road.act(&second));
    waited.expect("a place comes free");
    assert_eq!(started.elapsed(), secs(4));
    assert_eq!(road.entries().iter().map(|row| row.duration).collect::<Vec<_>>(), [Some(secs(2)), Some(secs(2))]);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_does_not_eat_the_time_of_the_attempt() {
    let wire = Slow::new(secs(8));
    let road = Road::over(Policy { concurrency: 1, timeout_ms: 10_000, deadline_ms: 25_000, ..calm() }, wire);
    let (first, second) = (read(), read());
    let (_, waited) = tokio::join!(road.transport.send(&first), road.transport.send(&second));
    waited.expect("eight seconds of waiting leave ten for the attempt");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_refuses_takes_no_place_in_the_queue() {
    let wire = ScriptedWire::new([Late(secs(20), 200, "{}")]);
    let policy = Policy { concurrency: 1, timeout_ms: 20_500, ..calm() };
    let road = Road::over(policy, wire.clone());
    let (holding, refused) = (read(), read());
    let (held, elapsed) = tokio::join!(road.transport.send(&holding), async {
        sleep(secs(1)).await;
        road.transport.breaker(&holding.account, "provider").set_forced(true);
        let started = Instant::now();
        let error = road.transport.send(&refused).await.expect_err("the breaker is open");
        assert_eq!(error.kind, Kind::Unavailable);
        started.elapsed()
    });
    held.expect("the call under way goes on");
    assert_eq!(elapsed, secs(0), "it is refused at once though the only place is taken");
}

#[tokio::test(start_paused = true)]
async fn every_repeat_asks_the_breaker_again() {
    let (road, wire) = scripted(Policy { retries: 9, breaker_failures: 3, ..calm() }, [const { Refused }; 20]);
    let error = road.transport.send(&read()).await.expect_err("every attempt fails");
    assert_eq!(wire.carried().len(), 3);
    assert_eq!((error.kind, error.delivery, error.origin), (Kind::Unavailable, Delivery::Never, Fault::Provider));
    assert_eq!(road.statuses(), [EntryStatus::Error; 3], "a call with attempts needs no row of refusal");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_opened_by_others_during_the_pause_stops_the_repeats() {
    let wire = ScriptedWire::new([Cut]);
    let policy = Policy { retries: 3, backoff_ms: 2_000, ..calm() };
    let road = Road::new(longest(), policy, Arc::default(), wire.clone());
    let call = read();
    let (result, ()) = tokio::join!(road.transport.send(&call), async {
        sleep(secs(1)).await;
        road.transport.breaker(&call.account, "provider").set_forced(true);
    });
    result.expect_err("the repeat is refused");
    assert_eq!(wire.carried().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_between_attempts_takes_no_place_in_the_queue() {
    let wire = ScriptedWire::new([Cut]);
    let policy = Policy { concurrency: 1, retries: 1, backoff_ms: 2_000, ..calm() };
    let road = Road::new(longest(), policy, Arc::default(), wire);
    let (pausing, other) = (read(), read());
    let (repeated, elapsed) = tokio::join!(road.transport.send(&pausing), async {
        sleep(secs(1)).await;
        let started = Instant::now();
        road.transport.send(&other).await.expect("the place is free");
        started.elapsed()
    });
    repeated.expect("the repeat succeeds");
    assert_eq!(elapsed, secs(0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_place_does_not_count_against_the_breaker() {
    let wire = Slow::new(secs(8));
    let policy = Policy { concurrency: 1, deadline_ms: 5_000, breaker_failures: 2, timeout_ms: 60_000, ..calm() };
    let road = Road::over(policy, wire);
    let calls: Vec<_> = (0..6).map(|_| read()).collect();
    futures_util::future::join_all(calls.iter().map(|call| road.transport.send(call))).await;
    assert!(!road.transport.is_shut(&read().account, "provider"), "one timeout, five of our own refusals");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_includes_the_queue_and_the_pauses() {
    let wire = ScriptedWire::new([Late(secs(6), 200, "{}"), Cut, Late(secs(60), 200, "{}")]);
    let policy =
        Policy { concurrency: 1, retries: 1, backoff_ms: 3_000, backoff_max_ms: 3_000, deadline_ms: 12_000, ..calm() };
    let road = Road::new(longest(), policy, Arc::default(), wire);
    let (first, second) = (read(), read());
    let started = Instant::now();
    let (_, result) = tokio::join!(road.transport.send(&first), road.transport.send(&second));
    assert_eq!(result.expect_err("the deadline comes first").kind, Kind::Timeout);
    assert_eq!(started.elapsed(), secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_no_wire_carried_has_one_row_and_so_has_one_that_a_wire_refused() {
    let wire = Computed::new(|_| Err(wire_error(Kind::Invalid, Delivery::Never)));
    let road = Road::new(ambient(), Policy { retries: 5, ..calm() }, Arc::default(), wire.clone());
    road.transport.send(&read()).await.expect_err("the wire refuses the address");
    assert_eq!((wire.count(), road.statuses()), (1, vec![EntryStatus::Error]));
    assert_eq!(road.entries()[0].attempt, 1);
    road.transport.breaker(&read().account, "provider").set_forced(true);
    advance(secs(1)).await;
    road.transport.send(&read()).await.expect_err("the breaker is open");
    assert_eq!(road.statuses(), [EntryStatus::Error, EntryStatus::Refused]);
}
