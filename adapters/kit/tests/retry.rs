//! Retry of reads: what is repeated, how often, how long it waits in between, and what it may spend.

use kit::testing::Script::{self, Answer, Cut, Late, Refused};
use kit::{Delivery, EntryStatus, Kind, Policy};
use tokio::time::Instant;

use crate::support::{Road, account, calm, longest, read, scripted, secs};
use crate::wires::{Computed, reply};

fn retrying(retries: u32) -> Policy {
    Policy { retries, ..calm() }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_after_every_transient_failure() {
    let late = Late(secs(60), 200, "{}");
    for failure in [Refused, Cut, Answer(500, ""), Answer(503, ""), Answer(408, ""), Answer(429, ""), late] {
        let (road, wire) = scripted(retrying(2), [failure.clone(), failure.clone()]);
        let result = road.transport.send(&read()).await;
        assert_eq!(result.expect("the third attempt succeeds").status, 200, "{failure:?}");
        assert_eq!(wire.carried().len(), 3, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_of_a_read_leaves_one_numbered_row() {
    let (road, _) = scripted(retrying(2), [Refused, Late(secs(60), 200, "{}")]);
    road.transport.send(&read()).await.expect("the third attempt succeeds");
    assert_eq!(road.verbs(), ["note", "note", "note"]);
    assert_eq!(road.entries().iter().map(|entry| entry.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(road.statuses(), [EntryStatus::Error, EntryStatus::Timeout, EntryStatus::Success]);
    let ids: std::collections::HashSet<_> = road.entries().iter().map(|entry| entry.id).collect();
    assert_eq!(ids.len(), 3);
    assert!(road.entries().iter().all(|entry| entry.intent.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_read_is_given_up_after_the_retries_of_its_policy() {
    for retries in [0, 1, 3] {
        let (road, wire) = scripted(retrying(retries), [const { Cut }; 9]);
        let error = road.transport.send(&read()).await.expect_err("every attempt fails");
        assert_eq!(error.kind, Kind::Unavailable);
        assert_eq!(wire.carried().len(), retries as usize + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_definite_answer_is_not_asked_for_twice() {
    for status in [302, 400, 401, 403, 404, 409, 410, 422] {
        let (road, wire) = scripted(retrying(2), [Answer(status, "")]);
        let error = road.transport.send(&read()).await.expect_err("no good status");
        assert_eq!((error.status, wire.carried().len()), (Some(status), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn the_pause_doubles_up_to_its_longest() {
    let wire = Computed::new(|_| Ok(reply(500, None, "")));
    let policy = Policy { backoff_ms: 100, backoff_max_ms: 300, ..retrying(4) };
    let road = Road::new(longest(), policy, Default::default(), wire.clone());
    road.transport.send(&read()).await.expect_err("every attempt fails");
    let pauses: Vec<u128> = wire.pauses().iter().map(|pause| pause.as_millis()).collect();
    for (pause, ceiling) in pauses.iter().zip([100, 200, 300, 300]) {
        assert!((ceiling - 2..=ceiling + 1).contains(pause), "{pauses:?}");
    }
    assert_eq!(pauses.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn jitter_can_make_the_pause_nothing() {
    let wire = Computed::new(|_| Ok(reply(500, None, "")));
    let road = Road::over(Policy { backoff_ms: 1_000, ..retrying(2) }, wire.clone());
    road.transport.send(&read()).await.expect_err("every attempt fails");
    assert_eq!(wire.count(), 3);
    assert!(wire.pauses().iter().all(|pause| pause.as_millis() <= 1), "{:?}", wire.pauses());
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_would_outlast_the_deadline_is_not_begun() {
    let wire = Computed::new(|_| Ok(reply(500, None, "")));
    let policy = Policy { backoff_ms: 10_000, backoff_max_ms: 10_000, deadline_ms: 5_000, ..retrying(2) };
    let road = Road::new(longest(), policy, Default::default(), wire.clone());
    let started = Instant::now();
    road.transport.send(&read()).await.expect_err("the only attempt fails");
    assert_eq!((wire.count(), started.elapsed()), (1, secs(0)));
}

#[tokio::test(start_paused = true)]
async fn repeats_and_all_end_at_the_deadline() {
    let policy = Policy { timeout_ms: 10_000, deadline_ms: 25_000, ..retrying(9) };
    let (road, wire) = scripted(policy, [const { Late(secs(60), 200, "{}") }; 10]);
    let started = Instant::now();
    let error = road.transport.send(&read()).await.expect_err("every attempt is late");
    assert_eq!((error.kind, started.elapsed()), (Kind::Timeout, secs(25)));
    assert_eq!(wire.carried().len(), 3);
    let durations: Vec<_> = road.entries().iter().map(|entry| entry.duration).collect();
    assert_eq!(durations, [Some(secs(10)), Some(secs(10)), Some(secs(5))]);
}

#[tokio::test(start_paused = true)]
async fn the_provider_is_left_alone_for_as_long_as_it_wants() {
    let wire = Computed::new(|number| Ok(reply(if number == 0 { 429 } else { 200 }, Some(("retry-after", "7")), "{}")));
    let road = Road::over(retrying(2), wire.clone());
    road.transport.send(&read()).await.expect("the second attempt succeeds");
    assert_eq!(wire.pauses(), [secs(7)]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_wants_longer_than_the_deadline_is_not_asked_again() {
    let wire = Computed::new(|_| Ok(reply(503, Some(("retry-after", "600")), "")));
    let road = Road::over(retrying(2), wire.clone());
    let started = Instant::now();
    let error = road.transport.send(&read()).await.expect_err("the only attempt fails");
    assert_eq!((wire.count(), started.elapsed(), error.retry_after), (1, secs(0), Some(secs(600))));
}

#[tokio::test(start_paused = true)]
async fn a_budget_without_a_share_allows_its_floor_and_no_more() {
    for floor in [0, 3, 7] {
        let policy = Policy { retry_budget: 0.0, retry_floor: floor, ..retrying(2) };
        let (road, wire) = scripted(policy, [const { Cut }; 100]);
        for _ in 0..20 {
            road.transport.send(&read()).await.expect_err("every attempt fails");
        }
        assert_eq!(wire.carried().len(), 20 + floor as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn the_budget_earns_its_share_of_the_calls() {
    let policy = Policy { retry_budget: 0.25, retry_floor: 0, ..retrying(2) };
    let (road, wire) = scripted(policy, [const { Cut }; 100]);
    for _ in 0..20 {
        road.transport.send(&read()).await.expect_err("every attempt fails");
    }
    assert_eq!(wire.carried().len(), 25);
}

#[tokio::test(start_paused = true)]
async fn one_account_cannot_spend_the_budget_of_another() {
    let policy = Policy { retry_budget: 0.0, retry_floor: 1, ..retrying(1) };
    let (road, wire) = scripted(policy, std::iter::repeat_n::<Script>(Cut, 10));
    for number in [1, 1, 2] {
        let call = kit::Call { account: account(number), ..read() };
        let error = road.transport.send(&call).await.expect_err("every attempt fails");
        assert_eq!(error.delivery, Delivery::Maybe);
    }
    assert_eq!(wire.carried().len(), 2 + 1 + 2);
}
