//! One log-in for all: five tokens live at once, and five wrong passwords lock the account.

use std::sync::Arc;

use kit::{Delivery, Kind};
use serde_json::json;
use tokio::task::JoinSet;

use crate::stage::{Stage, order};

#[tokio::test]
async fn many_processes_share_one_token() {
    let stage = Stage::set().await;
    let mut processes = JoinSet::new();
    for _ in 0..24 {
        let process = stage.process();
        processes.spawn(async move { process.coverage().await.map(|places| places.len()) });
    }
    for places in processes.join_all().await {
        assert!(places.expect("places") > 5);
    }
    assert_eq!(stage.asked("authenticate").len(), 1);
    stage.assert_spotless();
}

#[tokio::test]
async fn many_that_are_refused_at_once_log_in_once() {
    let stage = Stage::set().await;
    let all: Vec<_> = (0..24).map(|_| stage.process()).collect();
    for process in &all {
        process.coverage().await.expect("places");
    }
    // Every token ends, in the middle of a day's work.
    stage.mocks.add_account("vanex", json!({})).expect("a known account");
    let mut processes = JoinSet::new();
    for process in &all {
        let process = Arc::clone(process);
        processes.spawn(async move { process.coverage().await.map(|places| places.len()) });
    }
    for places in processes.join_all().await {
        assert!(places.expect("places") > 5);
    }
    assert_eq!(stage.asked("authenticate").len(), 2, "one at the beginning, one for all that were refused");
    let refused = stage.asked("city/all").iter().filter(|entry| entry.status == Some(401)).count();
    assert!(refused > 1, "several were refused together: {refused}");
    stage.assert_spotless();
}

#[tokio::test]
async fn a_booking_that_was_refused_for_its_token_is_described_anew() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let order = order("jisr-0020-s1");
    let call = carrier.describe_booking(&order, None).await.expect("a call");
    stage.mocks.add_account("vanex", json!({})).expect("a known account");
    let error = stage.act(&call).await.expect_err("its token has ended");
    assert_eq!((error.kind, error.delivery), (Kind::Unauthorized, Delivery::Never));
    // Another one was refused with the same token, and is told later.
    assert!(carrier.renew_access(&call).await.expect("a new token"));
    assert!(stage.process().renew_access(&call).await.expect("the new one is there"));
    stage.book(carrier.as_ref(), &order).await.expect("a booking");
    assert_eq!(stage.asked("authenticate").len(), 2);
    stage.assert_spotless();
}

#[tokio::test]
async fn a_wrong_password_does_not_lock_the_account() {
    let mut stage = Stage::set().await;
    stage.give("VANEX_PASSWORD", "mistyped");
    for _ in 0..10 {
        let process = stage.process();
        for _ in 0..3 {
            let error = process.coverage().await.expect_err("a refusal");
            assert!(matches!(error.kind, Kind::Unauthorized | Kind::RateLimited), "{error}");
            assert_eq!(error.delivery, Delivery::Never);
        }
    }
    assert_eq!(stage.asked("authenticate").len(), 4, "the fifth failure would lock it");
    stage.assert_spotless();
}

#[tokio::test]
async fn a_log_in_that_breaks_gives_its_turn_back() {
    let stage = Stage::set().await;
    stage.mocks.fault(mocks::Fault::new("vanex", mocks::FaultKind::CutBefore).on("authenticate"));
    let process = stage.process();
    assert_eq!(process.coverage().await.expect_err("it broke").kind, Kind::Unavailable);
    process.coverage().await.expect("the next one logs in at once");
    assert_eq!(stage.asked("authenticate").len(), 2);
}
