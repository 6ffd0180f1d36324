//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};
use serde_json::json;

use crate::client::{Answer, REFERENCE, call, control, initiation, receipt, start};

/// Opens a payment under a fault; says whether it was opened.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    mocks.fault(fault);
    let answer = call(&mocks, "payment/initiate", &initiation("http://127.0.0.1:9", REFERENCE)).await;
    let opened = mocks.journal(Some("tlync")).pop().unwrap().acted;
    assert_eq!(receipt(&mocks, REFERENCE).await.status == 200, opened);
    assert!(mocks.violations().is_empty());
    (mocks, answer, opened)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("tlync", kind).on("payment/initiate")
}

#[tokio::test]
async fn cuts() {
    let (_, answer, opened) = under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), opened), (0, false));
    let (_, answer, opened) = under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), opened), (0, true));
}

#[tokio::test]
async fn broken_answers() {
    let (_, answer, opened) = under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, opened, answer.body.ends_with('}')), (200, true, false));
    let (_, answer, opened) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, opened, answer.body.contains("<html>")), (200, true, true));
}

#[tokio::test]
async fn errors() {
    let (_, answer, opened) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, opened, &answer.json()["result"]), (200, false, &json!("error")));
    let (_, answer, opened) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, opened, &answer.json()["message"]), (503, false, &json!("Service Unavailable")));
}

#[tokio::test]
async fn delays() {
    let began = Instant::now();
    let (_, answer, opened) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, opened), (200, true));
}

#[tokio::test]
async fn a_pace_of_the_whole_store() {
    let mocks = start().await;
    mocks.fault(Fault { delay_ms: Some(600), ..Fault::new("tlync", FaultKind::Pace) });
    for _ in 0..2 {
        let answer = receipt(&mocks, REFERENCE).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(receipt(&mocks, REFERENCE).await.status, 404);
    assert!(mocks.violations().is_empty(), "this one is no mistake of the gateway");
}

#[tokio::test]
async fn down_until_cleared_and_matching() {
    let mocks = start().await;
    let down = json!({ "provider": "tlync", "operation": "connect", "kind": "cut_before" });
    assert_eq!(control(&mocks, "POST", "/_faults", &down).await.status, 200);
    assert!(receipt(&mocks, REFERENCE).await.raw.is_empty());
    mocks.clear_faults();
    let list = json!([
        { "provider": "tlync", "kind": "status", "terminal": "other" },
        { "provider": "tlync", "kind": "status", "operation": "payment/initiate" },
        { "provider": "tlync", "kind": "status", "status": 500, "operation": "receipt/transaction", "terminal": "jisrMocksStore1" },
    ]);
    assert_eq!(control(&mocks, "POST", "/_faults", &list).await.json()["queued"], 3);
    assert_eq!(receipt(&mocks, REFERENCE).await.status, 500);
    let wrong = json!({ "provider": "tlync", "kind": "status", "operation": "refund" });
    assert_eq!(control(&mocks, "POST", "/_faults", &wrong).await.status, 422);
}
