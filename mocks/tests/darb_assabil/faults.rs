//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};
use serde_json::json;

use crate::client::{Answer, REFERENCE, book, call, consignment, contact, control, start};

/// Books a parcel under a fault; says how many there are then.
async fn under(fault: Fault) -> (Mocks, Answer, usize) {
    let mocks = start().await;
    let asked = consignment(&contact(&mocks).await, REFERENCE);
    mocks.fault(fault);
    let answer = call(&mocks, "POST", "local/shipments", &asked).await;
    let parcels = mocks.parcels(Some("darb_assabil")).len();
    assert_eq!(mocks.journal(Some("darb_assabil")).pop().unwrap().acted, parcels == 1);
    assert!(mocks.violations().is_empty());
    (mocks, answer, parcels)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("darb_assabil", kind).on("localShipments.create")
}

#[tokio::test]
async fn cuts() {
    let (_, answer, parcels) = under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), parcels), (0, 0));
    let (_, answer, parcels) = under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), parcels), (0, 1));
}

#[tokio::test]
async fn broken_answers() {
    let (_, answer, parcels) = under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, parcels, answer.body.ends_with('}')), (200, 1, false));
    let (_, answer, parcels) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, parcels, answer.body.contains("<html>")), (200, 1, true));
}

#[tokio::test]
async fn errors() {
    let (_, answer, parcels) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.no().0, answer.no().2.as_str(), parcels), (200, "localShipments.body.service", 0));
    let (_, answer, parcels) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.no().0, answer.no().1.as_str(), parcels), (503, "Service Unavailable", 0));
}

#[tokio::test]
async fn delays() {
    let began = Instant::now();
    let (_, answer, parcels) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, parcels), (200, 1));
}

#[tokio::test]
async fn down_until_cleared_and_matching() {
    let mocks = start().await;
    let down = json!({ "provider": "darb_assabil", "operation": "connect", "kind": "cut_before" });
    assert_eq!(control(&mocks, "POST", "/_faults", &down).await.status, 200);
    let branches = async || call(&mocks, "GET", "local/branches/public?offset=0&limit=5", &json!(null)).await;
    assert!(branches().await.raw.is_empty());
    mocks.clear_faults();
    let list = json!([
        { "provider": "darb_assabil", "kind": "status", "terminal": "other" },
        { "provider": "darb_assabil", "kind": "status", "operation": "localShipments.get" },
        { "provider": "darb_assabil", "kind": "status", "status": 500, "operation": "localbranches.getpublic" },
    ]);
    assert_eq!(control(&mocks, "POST", "/_faults", &list).await.json()["queued"], 3);
    assert_eq!(branches().await.no().0, 500);
    book(&mocks, REFERENCE).await;
    for wrong in [
        json!({ "provider": "darb_assabil", "kind": "status", "operation": "refund" }),
        json!({ "provider": "darb_assabil", "kind": "late_callback" }),
        json!({ "provider": "darb_assabil", "kind": "pace" }),
    ] {
        assert_eq!(control(&mocks, "POST", "/_faults", &wrong).await.status, 422, "{wrong}");
    }
}
