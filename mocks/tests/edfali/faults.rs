//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};

use crate::client::{Answer, confirm, raw, session, start};

/// Confirms a payment under a fault; says whether it was paid.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    let session = session(&mocks).await;
    mocks.fault(fault);
    let answer = confirm(&mocks, "1111", &session).await;
    let paid = !mocks.charges(None).is_empty();
    assert_eq!(mocks.journal(Some("edfali")).pop().unwrap().acted, paid);
    assert!(mocks.violations().is_empty());
    (mocks, answer, paid)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("edfali", kind).on("OnlineConfTrans")
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
    assert_eq!((answer.status, paid, answer.body.ends_with("Envelope>")), (200, true, false));
    let (_, answer, paid) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, paid, answer.head.contains("text/html")), (200, true, true));
}

#[tokio::test]
async fn errors() {
    let (_, answer, paid) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, answer.result(), paid), (200, Some("SYS"), false));
    let (_, answer, paid) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, paid), (503, false));
    let (_, answer, paid) = under(Fault { status: Some(500), ..fault(FaultKind::Status) }).await;
    assert_eq!((answer.status, paid, answer.body.contains("soap:Server")), (500, false, true));
}

#[tokio::test]
async fn delays() {
    let began = Instant::now();
    let (_, answer, paid) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.result(), paid), (Some("OK"), true));
}

#[tokio::test]
async fn a_repeat_is_seen_even_where_it_is_cut() {
    let mocks = start().await;
    let session = session(&mocks).await;
    assert_eq!(confirm(&mocks, "1111", &session).await.result(), Some("OK"));
    mocks.fault(fault(FaultKind::CutBefore));
    assert!(confirm(&mocks, "1111", &session).await.raw.is_empty());
    assert_eq!(mocks.violations().len(), 1);
}

#[tokio::test]
async fn down_until_cleared() {
    let mocks = start().await;
    mocks.fault(Fault::new("edfali", FaultKind::CutBefore).on("connect"));
    for _ in 0..2 {
        assert!(confirm(&mocks, "1111", "1").await.raw.is_empty());
    }
    mocks.clear_faults();
    assert_eq!(session(&mocks).await.len(), 10);
}

#[tokio::test]
async fn faults_must_fit() {
    let mocks = start().await;
    let queue = |body: &'static str| raw(&mocks, "POST", "/_faults", "Content-Type: application/json", body);
    let right = r#"{"provider":"edfali","operation":"do_p_trans","kind":"status","terminal":"913000001"}"#;
    assert_eq!(queue(right).await.status, 200);
    for wrong in [
        r#"{"provider":"edfali","operation":"Refund","kind":"status"}"#,
        r#"{"provider":"edfali","kind":"duplicate_callback"}"#,
        r#"{"provider":"edfali","kind":"pace"}"#,
    ] {
        assert_eq!(queue(wrong).await.status, 422, "{wrong}");
    }
}
