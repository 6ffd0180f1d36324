//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};
use serde_json::json;

use crate::client::{Answer, FILTER, REFUND, SALE, filter, get, next_time, post, sale, send, signed, start};

/// Refunds a new sale of 5 LYD under a fault; says whether the money moved.
async fn refund_under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    let sold = sale(&mocks, SALE, "5").await;
    mocks.fault(fault);
    let fields = json!({ "SystemReference": sold.transaction_id, "AmountTrxn": 5000 });
    let answer = post(&mocks, REFUND, &signed(&next_time(), &fields)).await;
    let moved = mocks.transactions().len() == 2;
    let entry = mocks.journal(Some("moamalat")).into_iter().rfind(|entry| entry.operation == "RefundTransaction");
    assert_eq!(entry.unwrap().acted, moved);
    assert!(mocks.violations().is_empty());
    // The fault happened once: the next call is answered as usual.
    assert_eq!(filter(&mocks, json!({})).await.json()["Success"], true);
    (mocks, answer, moved)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("moamalat", kind).on("RefundTransaction")
}

#[tokio::test]
async fn cut_before() {
    let (_mocks, answer, moved) = refund_under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), moved), (0, false));
}

#[tokio::test]
async fn act_then_cut() {
    let (_mocks, answer, moved) = refund_under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), moved), (0, true));
}

#[tokio::test]
async fn truncate() {
    let (_mocks, answer, moved) = refund_under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, moved), (200, true));
    assert!(!answer.body.is_empty() && answer.body.len() < answer.promised());
}

#[tokio::test]
async fn wrong_body() {
    let (_mocks, answer, moved) = refund_under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, moved), (200, true));
    assert!(answer.head.contains("text/html") && answer.body.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn error_in_200() {
    let (_mocks, answer, moved) = refund_under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, moved), (200, false));
    assert_eq!(answer.json()["Success"], false);
}

#[tokio::test]
async fn status() {
    let (_mocks, answer, moved) = refund_under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, moved), (503, false));
    let (_mocks, answer, _) = refund_under(Fault { status: Some(429), ..fault(FaultKind::Status) }).await;
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn delay() {
    let began = Instant::now();
    let (_mocks, answer, moved) = refund_under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, moved), (200, true));
    refund_under(fault(FaultKind::Delay)).await;
}

#[tokio::test]
async fn delay_outlives_an_impatient_client() {
    let mocks = start().await;
    let sold = sale(&mocks, SALE, "5").await;
    mocks.fault(Fault { delay_ms: Some(150), ..fault(FaultKind::Delay) });
    let body = signed(&next_time(), &json!({ "SystemReference": sold.transaction_id, "AmountTrxn": 5000 }));
    let call = post(&mocks, REFUND, &body);
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mocks.transactions().len(), 2);
}

#[tokio::test]
async fn connect_takes_the_provider_down_until_cleared() {
    let mocks = start().await;
    let down = json!({ "provider": "moamalat", "operation": "connect", "kind": "cut_before" });
    assert_eq!(post(&mocks, "/_faults", &down).await.status, 200);
    for path in [FILTER, "/moamalat/js/lightbox.js"] {
        assert!(send(&mocks, "GET", path, "text/plain", "").await.raw.is_empty());
    }
    assert!(filter(&mocks, json!({})).await.raw.is_empty());
    assert_eq!(send(&mocks, "DELETE", "/_faults", "text/plain", "").await.status, 204);
    assert_eq!(filter(&mocks, json!({})).await.status, 200);
}

#[tokio::test]
async fn faults_match_operation_and_terminal_and_count() {
    let mocks = start().await;
    let list = json!([
        { "provider": "moamalat", "operation": "refund_transaction", "kind": "status" },
        { "provider": "moamalat", "kind": "status", "terminal": "11111111" },
        { "provider": "moamalat", "kind": "status", "status": 500, "times": 2 },
    ]);
    assert_eq!(post(&mocks, "/_faults", &list).await.json()["queued"], 3);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(filter(&mocks, json!({})).await.status);
    }
    assert_eq!(statuses, [500, 500, 200]);
    assert_eq!(get(&mocks, "/_faults").await.as_array().unwrap().len(), 2);
    for wrong in [
        json!({ "provider": "moamalat", "kind": "explode" }),
        json!({ "provider": "nobody", "kind": "status" }),
        json!({ "provider": "moamalat", "kind": "status", "operation": "PayByCard" }),
        json!({ "provider": "moamalat", "kind": "status", "operation": "connect" }),
        json!({ "provider": "moamalat", "kind": "status", "colour": "red" }),
    ] {
        assert_eq!(post(&mocks, "/_faults", &wrong).await.status, 422, "{wrong}");
    }
    // A repeat is noticed even where a fault hides it.
    mocks.clear_faults();
    mocks.fault(Fault { times: Some(2), ..Fault::new("moamalat", FaultKind::CutBefore) });
    let body = signed(&next_time(), &json!({}));
    post(&mocks, FILTER, &body).await;
    post(&mocks, FILTER, &body).await;
    assert_eq!(mocks.violations().len(), 1);
}
