//! Probes: they pass what holds back others, are asked once, and leave a row where they fail.

use std::sync::Arc;

use kit::breaker::BreakerState;
use kit::testing::Script::{Answer, Cut, Late};
use kit::{Call, EntryStatus, Fault, Kind, Policy, Sign};
use tokio::time::{Instant, advance, timeout};

use crate::support::{Road, account, calm, keyed, once, read, scripted, secs};
use crate::watch::Notes;
use crate::wires::Slow;

fn state(road: &Road) -> BreakerState {
    road.transport.breaker(&account(1), "provider").state(Instant::now())
}

#[tokio::test(start_paused = true)]
async fn it_passes_a_shut_breaker_and_opens_none() {
    let (road, wire) = scripted(Policy { breaker_failures: 1, ..calm() }, [Cut, Answer(200, "{}"), Cut]);
    road.transport.send(&read()).await.expect_err("the provider fails");
    assert_eq!(state(&road), BreakerState::Open);
    road.transport.probe(&read()).await.expect("the provider is back");
    assert_eq!((state(&road), wire.carried().len()), (BreakerState::Open, 2), "whoever judges decides what follows");
    road.transport.breaker(&account(1), "provider").reset();
    road.transport.probe(&read()).await.expect_err("the provider fails");
    assert_eq!(state(&road), BreakerState::Closed);
    road.transport.breaker(&account(1), "provider").set_forced(true);
    road.transport.probe(&read()).await.expect("what a person shut can be looked at");
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_no_place() {
    let wire = Slow::new(secs(5));
    let road = Road::over(Policy { concurrency: 1, rate: 1, ..calm() }, Arc::clone(&wire) as _);
    let (call, started) = (read(), Instant::now());
    let hanging = road.transport.send(&call);
    let probing = async {
        advance(secs(1)).await;
        road.transport.probe(&call).await.expect("it is answered");
        started.elapsed()
    };
    let (sent, probed) = tokio::join!(hanging, probing);
    sent.expect("it is answered");
    assert_eq!((probed, wire.most()), (secs(6), 2));
}

#[tokio::test(start_paused = true)]
async fn it_is_not_repeated() {
    for failure in [Cut, Answer(503, ""), Answer(429, ""), Late(secs(60), 200, "{}")] {
        let (road, wire) = scripted(Policy { retries: 5, ..calm() }, [failure.clone()]);
        let notes = Notes::of(&road);
        road.transport.probe(&read()).await.expect_err("it fails");
        assert_eq!(wire.carried().len(), 1, "{failure:?}");
        assert!(notes.signs().iter().filter(|sign| **sign == Sign::Failed).count() <= 1, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_leaves_a_row_where_it_fails_and_none_where_it_does_not() {
    let (road, _) =
        scripted(calm(), [Answer(200, "{}"), Answer(200, "{}"), Answer(500, ""), Late(secs(60), 200, "{}")]);
    for _ in 0..2 {
        road.transport.probe(&read()).await.expect("it is answered");
    }
    assert!(road.entries().is_empty());
    for status in [EntryStatus::Error, EntryStatus::Timeout] {
        road.transport.probe(&read()).await.expect_err("it fails");
        assert_eq!(road.statuses().last(), Some(&status));
    }
    assert_eq!(road.verbs(), ["note", "note"], "one row each, and none that is waited for");
}

#[tokio::test(start_paused = true)]
async fn it_is_told_as_what_it_is() {
    let (road, _) = scripted(calm(), [Late(secs(2), 200, "{}"), Answer(500, "")]);
    let notes = Notes::of(&road);
    road.transport.probe(&read()).await.expect("it is answered");
    road.transport.probe(&read()).await.expect_err("it fails");
    assert_eq!(notes.signs(), [Sign::Pending, Sign::Good, Sign::Failed]);
    assert!(notes.are_of_probes());
}

#[tokio::test(start_paused = true)]
async fn it_has_the_time_of_its_call() {
    let (road, _) = scripted(calm(), [Late(secs(9), 200, "{}")]);
    let started = Instant::now();
    let call = Call { timeout: Some(secs(3)), ..read() };
    let error = road.transport.probe(&call).await.expect_err("no answer in time");
    assert_eq!((error.kind, started.elapsed()), (Kind::Timeout, secs(3)));
}

#[tokio::test(start_paused = true)]
async fn only_a_read_probes() {
    let (road, wire) = scripted(calm(), []);
    for call in [once(), keyed(), Call { safety: kit::Safety::Counted, ..read() }] {
        let error = road.transport.probe(&call).await.expect_err("it would act");
        assert_eq!((error.kind, error.origin), (Kind::Internal, Fault::Us));
    }
    assert!(wire.carried().is_empty() && road.entries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_given_up_is_recorded_as_unknown() {
    let (road, _) = scripted(calm(), [Late(secs(5), 200, "{}")]);
    timeout(secs(1), road.transport.probe(&read())).await.expect_err("nobody waits any longer");
    assert_eq!(road.statuses(), [EntryStatus::Unknown]);
}
