//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};

use crate::client::{Answer, post, process, raw, start};

/// Confirms a payment under a fault; says whether it was paid.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    let process = process(&mocks, "edfali", "12.50").await;
    mocks.fault(fault);
    let answer = post(&mocks, "edfali/confirm", &form(&process)).await;
    let paid = !mocks.charges(None).is_empty();
    assert_eq!(mocks.journal(Some("plutu")).pop().unwrap().acted, paid);
    assert!(mocks.violations().is_empty());
    (mocks, answer, paid)
}

fn form(process: &str) -> String {
    format!("process_id={process}&code=1111&amount=12.50&invoice_no=i")
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("plutu", kind).on("edfali_confirm")
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
    let (_, answer, paid) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, paid, answer.head.contains("text/html")), (200, true, true));
}

#[tokio::test]
async fn errors() {
    let (_, answer, paid) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, answer.code().as_str(), paid), (200, "BACKEND_ERROR", false));
    let (_, answer, paid) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, &answer.json()["error"]["status"], paid), (503, &503.into(), false));
    let (_, answer, paid) = under(Fault { status: Some(429), ..fault(FaultKind::Status) }).await;
    assert_eq!((answer.status, paid), (429, false));
}

#[tokio::test]
async fn delays() {
    let began = Instant::now();
    let (_, answer, paid) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, paid), (200, true));
}

#[tokio::test]
async fn a_repeat_is_seen_even_where_it_is_cut() {
    let mocks = start().await;
    let process = process(&mocks, "edfali", "12.50").await;
    assert_eq!(post(&mocks, "edfali/confirm", &form(&process)).await.status, 200);
    mocks.fault(fault(FaultKind::CutBefore));
    assert!(post(&mocks, "edfali/confirm", &form(&process)).await.raw.is_empty());
    assert_eq!(mocks.violations().len(), 1);
}

#[tokio::test]
async fn down_until_cleared() {
    let mocks = start().await;
    mocks.fault(Fault::new("plutu", FaultKind::CutBefore).on("connect"));
    for _ in 0..2 {
        assert!(post(&mocks, "edfali/verify", "").await.raw.is_empty());
        assert!(raw(&mocks, "GET", "/plutu/checkout/x", "", "").await.raw.is_empty());
    }
    mocks.clear_faults();
    assert_eq!(process(&mocks, "edfali", "5").await.len(), 13);
}

#[tokio::test]
async fn faults_must_fit() {
    let mocks = start().await;
    let queue = |body: &'static str| raw(&mocks, "POST", "/_faults", "Content-Type: application/json", body);
    for right in [
        r#"{"provider":"plutu","operation":"tlync_confirm","kind":"status","terminal":"jisr-mocks-plutu"}"#,
        r#"{"provider":"plutu","operation":"callback","kind":"forged_callback"}"#,
    ] {
        assert_eq!(queue(right).await.status, 200, "{right}");
    }
    for wrong in
        [r#"{"provider":"plutu","operation":"tlync_verify","kind":"status"}"#, r#"{"provider":"plutu","kind":"pace"}"#]
    {
        assert_eq!(queue(wrong).await.status, 422, "{wrong}");
    }
}
