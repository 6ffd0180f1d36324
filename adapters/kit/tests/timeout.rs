//! Timeout: the time of one attempt, by policy, by call and by deadline.

use std::time::Duration;

use kit::testing::Script::Late;
use kit::{Call, Delivery, EntryStatus, Fault, Kind, Policy};
use tokio::time::Instant;

use crate::support::{calm, keyed, once, read, scripted, secs};

/// How long a call without an answer takes under these figures.
async fn time_of(timeout_ms: u64, deadline_ms: u64, own: Option<Duration>) -> Duration {
    let (road, _) = scripted(Policy { timeout_ms, deadline_ms, ..calm() }, [Late(secs(600), 200, "{}")]);
    let started = Instant::now();
    let error = road.transport.send(&Call { timeout: own, ..read() }).await.expect_err("no answer in time");
    assert_eq!((error.kind, error.delivery, error.origin), (Kind::Timeout, Delivery::Maybe, Fault::Provider));
    assert_eq!(road.statuses(), [EntryStatus::Timeout]);
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_the_time_of_its_policy() {
    assert_eq!(time_of(3_000, 25_000, None).await, secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_comes_first_ends_the_attempt() {
    assert_eq!(time_of(10_000, 4_000, None).await, secs(4));
}

#[tokio::test(start_paused = true)]
async fn a_call_may_have_a_time_of_its_own() {
    assert_eq!(time_of(10_000, 25_000, Some(secs(2))).await, secs(2));
    assert_eq!(time_of(10_000, 25_000, Some(secs(20))).await, secs(20));
}

#[tokio::test(start_paused = true)]
async fn no_call_has_more_time_than_its_deadline() {
    assert_eq!(time_of(10_000, 25_000, Some(secs(90))).await, secs(25));
}

#[tokio::test(start_paused = true)]
async fn an_answer_just_in_time_is_an_answer() {
    for call in [read(), once(), keyed()] {
        let (road, _) = scripted(calm(), [Late(Duration::from_millis(9_999), 200, "{}")]);
        road.go(&call).await.expect("an answer in time");
    }
}

#[tokio::test(start_paused = true)]
async fn an_acting_call_without_an_answer_may_have_arrived() {
    for call in [once(), keyed()] {
        let (road, _) = scripted(calm(), [Late(secs(60), 200, "{}")]);
        let error = road.act(&call).await.expect_err("no answer in time");
        assert_eq!((error.kind, error.delivery), (Kind::Timeout, Delivery::Maybe));
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_own_time() {
    let policy = Policy { retries: 1, timeout_ms: 3_000, ..calm() };
    let (road, wire) = scripted(policy, [Late(secs(60), 200, "{}"), Late(secs(2), 200, "{}")]);
    road.transport.send(&read()).await.expect("the second attempt is in time");
    assert_eq!(wire.carried().len(), 2);
    assert_eq!(road.entries()[1].duration, Some(secs(2)));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_any_time_is_not_sent() {
    let (road, wire) = scripted(Policy { deadline_ms: 0, ..calm() }, []);
    let error = road.act(&once()).await.expect_err("no time is left");
    assert_eq!((error.delivery, wire.carried().len()), (Delivery::Never, 0));
    assert_eq!(road.statuses(), [EntryStatus::Refused]);
}
