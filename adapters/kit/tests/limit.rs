//! Limit: how many calls of an account are under way at once, and what becomes of those that wait too long.

use std::sync::Arc;

use futures_util::future::join_all;
use kit::testing::Script::{Answer, Cut, Late};
use kit::{Call, Delivery, EntryStatus, Fault, Kind, Policy};
use tokio::time::{Instant, timeout};

use crate::support::{Road, account, calm, once, read, scripted, secs};
use crate::wires::Slow;

fn narrow(concurrency: usize, deadline_ms: u64) -> Policy {
    Policy { concurrency, deadline_ms, timeout_ms: 60_000, ..calm() }
}

fn crowd(road: &Road, size: usize) -> impl Future<Output = Vec<Result<kit::Reply, kit::Error>>> + '_ {
    join_all((0..size).map(|_| async { road.transport.send(&read()).await }))
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_under_way_than_allowed() {
    for places in [1, 3, 8] {
        let wire = Slow::new(secs(1));
        let road = Road::over(narrow(places, 60_000), Arc::clone(&wire) as _);
        let started = Instant::now();
        let results = crowd(&road, 24).await;
        assert!(results.iter().all(Result::is_ok));
        assert_eq!((wire.most(), wire.carried()), (places, 24));
        assert_eq!(started.elapsed(), secs(24 / places as u64));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_past_the_deadline_is_refused_with_a_row() {
    let wire = Slow::new(secs(8));
    let road = Road::over(narrow(1, 5_000), Arc::clone(&wire) as _);
    let started = Instant::now();
    let results = crowd(&road, 2).await;
    assert_eq!((wire.carried(), started.elapsed()), (1, secs(5)));
    let error = results[1].as_ref().expect_err("no place came free");
    assert_eq!((error.kind, error.delivery, error.origin), (Kind::RateLimited, Delivery::Never, Fault::Us));
    let refused: Vec<_> = road.entries().into_iter().filter(|row| row.status == EntryStatus::Refused).collect();
    assert_eq!((refused.len(), road.entries().len()), (1, 2));
    assert_eq!((refused[0].attempt, refused[0].delivery), (0, Delivery::Never));
    assert_eq!(refused[0].error_code, Some("rate_limited"));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_comes_free_at_the_deadline_comes_too_late() {
    let wire = Slow::new(secs(5));
    let road = Road::over(Policy { timeout_ms: 4_000, ..narrow(1, 4_000) }, Arc::clone(&wire) as _);
    let results = crowd(&road, 2).await;
    assert_eq!(wire.carried(), 1, "what has no time left must not be sent");
    let error = results[1].as_ref().expect_err("no time is left");
    assert_eq!((error.kind, error.delivery), (Kind::RateLimited, Delivery::Never));
}

#[tokio::test(start_paused = true)]
async fn an_acting_call_that_never_had_its_turn_completes_its_row_as_refused() {
    let wire = Slow::new(secs(8));
    let road = Road::over(narrow(1, 5_000), Arc::clone(&wire) as _);
    let (first, second) = (read(), once());
    let (_, refused) = tokio::join!(road.transport.send(&first), road.act(&second));
    assert_eq!(refused.expect_err("no place came free").delivery, Delivery::Never);
    let rows = road.recorder.rows();
    let completed: Vec<_> = rows.iter().filter(|(verb, _)| *verb == "complete").collect();
    assert_eq!(completed.len(), 1);
    assert_eq!((completed[0].1.id, completed[0].1.status), (crate::support::INTENT, EntryStatus::Refused));
}

#[tokio::test(start_paused = true)]
async fn a_place_is_given_back_however_the_call_ends() {
    let script = [Cut, Answer(404, ""), Late(secs(90), 200, "{}"), Late(secs(90), 200, "{}")];
    let (road, wire) = scripted(narrow(1, 60_000), script);
    for _ in 0..3 {
        road.transport.send(&read()).await.expect_err("a cut, a no, a timeout");
    }
    timeout(secs(1), road.transport.send(&read())).await.expect_err("the caller goes away");
    let started = Instant::now();
    road.transport.send(&read()).await.expect("the place is free");
    assert_eq!((started.elapsed(), wire.carried().len()), (secs(0), 5));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_stops_waiting_takes_no_place() {
    let wire = Slow::new(secs(4));
    let road = Road::over(narrow(1, 60_000), Arc::clone(&wire) as _);
    let (first, second, third) = (read(), read(), read());
    let started = Instant::now();
    let (_, gone, last) = tokio::join!(
        road.transport.send(&first),
        timeout(secs(1), road.transport.send(&second)),
        road.transport.send(&third),
    );
    gone.expect_err("the caller goes away");
    last.expect("the place is free after the first");
    assert_eq!((wire.carried(), started.elapsed()), (2, secs(8)));
}

#[tokio::test(start_paused = true)]
async fn accounts_have_places_of_their_own() {
    let wire = Slow::new(secs(1));
    let road = Road::over(narrow(1, 60_000), Arc::clone(&wire) as _);
    let calls = [1, 2, 3].map(|number| Call { account: account(number), ..read() });
    let started = Instant::now();
    join_all(calls.iter().map(|call| road.transport.send(call))).await;
    assert_eq!((wire.most(), started.elapsed()), (3, secs(1)));
}

#[tokio::test(start_paused = true)]
async fn what_exceeds_the_pace_waits_and_is_refused_at_the_deadline() {
    // The pace runs on a clock of its own that stands still here: no second call is ever due.
    let wire = Slow::new(secs(0));
    let road = Road::over(Policy { rate: 1, ..narrow(64, 5_000) }, Arc::clone(&wire) as _);
    let started = Instant::now();
    let results = crowd(&road, 3).await;
    assert_eq!((wire.carried(), started.elapsed()), (1, secs(5)));
    let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(refused.iter().all(|error| error.kind == Kind::RateLimited && error.delivery == Delivery::Never));
    assert_eq!(refused.len(), 2);
}
