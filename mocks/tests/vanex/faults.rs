//! Each fault of a call, as the bytes on the wire show it.

use mocks::{Fault, FaultKind, Mocks};
use serde_json::json;

use crate::client::{Answer, booking, call, log_in, start};

/// Books under a fault; says whether it was booked.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    mocks.fault(fault.on("customer/package"));
    let answer = call(&mocks, &token, "POST", "customer/package", &booking("jisr-1").to_string()).await;
    let acted = mocks.journal(Some("vanex")).pop().unwrap().acted;
    let total = call(&mocks, &token, "GET", "customer/package", "").await.json()["data"]["total"].clone();
    assert_eq!(total == json!(1), acted);
    assert!(mocks.violations().is_empty());
    (mocks, answer, acted)
}

#[tokio::test]
async fn cuts_and_broken_answers() {
    let fault = |kind| Fault::new("vanex", kind);
    let (_, answer, acted) = under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), acted), (0, false));
    let (_, answer, acted) = under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), acted), (0, true));
    let (_, answer, acted) = under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, acted, answer.body.ends_with('}')), (201, true, false));
    let (_, answer, acted) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, acted, answer.body.contains("<html>")), (200, true, true));
    let (_, answer, acted) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, acted, &answer.json()["status_code"]), (200, false, &json!(500)));
    let (_, answer, acted) = under(Fault { status: Some(502), ..fault(FaultKind::Status) }).await;
    assert_eq!((answer.status, acted, &answer.json()["status_code"]), (502, false, &json!(502)));
}

#[tokio::test]
async fn a_fault_names_an_account() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    mocks.fault(Fault { terminal: Some("other".to_owned()), ..Fault::new("vanex", FaultKind::CutBefore) });
    assert_eq!(call(&mocks, &token, "GET", "city/all", "").await.status, 200);
    let down = Fault::new("vanex", FaultKind::CutBefore).on("connect");
    mocks.fault(down);
    assert!(call(&mocks, &token, "GET", "city/all", "").await.raw.is_empty());
}
