//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};
use serde_json::json;

use crate::client::{Answer, CODE, PHONE, control, enquiry, open, pay, start};

/// Pays under a fault; says whether the customer was charged.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    mocks.fault(fault);
    let answer = pay(&mocks, id, CODE).await;
    let paid = !mocks.charges(None).is_empty();
    assert_eq!(mocks.journal(Some("sadad")).pop().unwrap().acted, paid);
    let expected = if paid { "Paid" } else { "Pending" };
    assert_eq!(enquiry(&mocks, "INV-1").await["result"]["status"], expected, "the fault happens once");
    assert!(mocks.violations().is_empty());
    (mocks, answer, paid)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("sadad", kind).on("Pay")
}

#[tokio::test]
async fn cuts() {
    let (_, answer, paid) = under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), paid), (0, false));
    let (_, answer, paid) = under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), paid), (0, true));
}

#[tokio::test]
async fn broken_answers() {
    let (_, answer, paid) = under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, paid, answer.body.ends_with('}')), (200, true, false));
    assert!(!answer.body.is_empty());
    let (_, answer, paid) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, paid, answer.body.contains("<html>")), (200, true, true));
}

#[tokio::test]
async fn errors() {
    let (_, answer, paid) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.codes(), paid), ((200, 999), false));
    let (_, answer, paid) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, paid), (503, false));
    let (_, answer, _) = under(Fault { status: Some(429), ..fault(FaultKind::Status) }).await;
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn delays() {
    let began = Instant::now();
    let (_, answer, paid) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, paid), (200, true));
    let mocks = start().await;
    let id = open(&mocks, PHONE, "INV-1").await;
    mocks.fault(Fault { delay_ms: Some(150), ..fault(FaultKind::Delay) });
    assert!(tokio::time::timeout(Duration::from_millis(50), pay(&mocks, id, CODE)).await.is_err());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mocks.charges(None).len(), 1, "a client that stops waiting does not stop the provider");
}

#[tokio::test]
async fn a_repeat_is_noticed_behind_a_cut() {
    let (mocks, _, _) = under(fault(FaultKind::ActThenCut)).await;
    let id = mocks.codes("sadad", "INV-1")[0].transaction_id.parse().unwrap();
    mocks.fault(fault(FaultKind::CutBefore));
    assert!(pay(&mocks, id, CODE).await.raw.is_empty());
    assert_eq!((mocks.violations().len(), mocks.charges(None).len()), (1, 1));
}

#[tokio::test]
async fn down_until_cleared_and_matching() {
    let mocks = start().await;
    let down = json!({ "provider": "sadad", "operation": "connect", "kind": "cut_before" });
    assert_eq!(control(&mocks, "POST", "/_faults", &down).await.status, 200);
    assert!(pay(&mocks, 1, CODE).await.raw.is_empty());
    mocks.clear_faults();
    let list = json!([
        { "provider": "sadad", "kind": "status", "operation": "otp-resend" },
        { "provider": "sadad", "kind": "status", "terminal": "M-002" },
        { "provider": "sadad", "kind": "status", "status": 500, "operation": "pay", "terminal": "M-001" },
    ]);
    assert_eq!(control(&mocks, "POST", "/_faults", &list).await.json()["queued"], 3);
    let id = open(&mocks, PHONE, "INV-1").await;
    assert_eq!(pay(&mocks, id, CODE).await.status, 500);
    for wrong in [
        json!({ "provider": "sadad", "kind": "forged_callback" }),
        json!({ "provider": "sadad", "kind": "pace" }),
        json!({ "provider": "sadad", "kind": "status", "operation": "Refund" }),
    ] {
        assert_eq!(control(&mocks, "POST", "/_faults", &wrong).await.status, 422, "{wrong}");
    }
}
