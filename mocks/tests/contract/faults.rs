//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};

use crate::client::{Answer, confirm, payment, raw, start};

/// Confirms a payment under a fault; says whether it was paid.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    let id = payment(&mocks, "a").await;
    mocks.fault(fault);
    let answer = confirm(&mocks, &id, "111111").await;
    let paid = !mocks.charges(None).is_empty();
    assert_eq!(mocks.journal(Some("mobicash")).pop().unwrap().acted, paid);
    assert!(mocks.violations().is_empty());
    (mocks, answer, paid)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("mobicash", kind).on("confirm_payment")
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
    assert_eq!((answer.status, answer.code().as_str(), paid), (200, "unavailable", false));
    let (_, answer, paid) = under(fault(FaultKind::Status)).await;
    assert_eq!((answer.status, answer.code().as_str(), paid), (503, "unavailable", false));
    let (_, answer, paid) = under(Fault { status: Some(500), ..fault(FaultKind::Status) }).await;
    assert_eq!((answer.status, paid), (500, false));
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
    let id = payment(&mocks, "a").await;
    assert_eq!(confirm(&mocks, &id, "111111").await.status, 200);
    mocks.fault(fault(FaultKind::CutBefore));
    assert!(confirm(&mocks, &id, "111111").await.raw.is_empty());
    assert_eq!(mocks.violations().len(), 1);
}

#[tokio::test]
async fn down_until_cleared() {
    let mocks = start().await;
    mocks.fault(Fault::new("mobicash", FaultKind::CutBefore).on("connect"));
    for _ in 0..2 {
        assert!(confirm(&mocks, "x", "111111").await.raw.is_empty());
    }
    mocks.clear_faults();
    assert!(payment(&mocks, "a").await.starts_with("wp_"));
}

#[tokio::test]
async fn faults_must_fit() {
    let mocks = start().await;
    let queue = |body: &'static str| raw(&mocks, "POST", "/_faults", "Content-Type: application/json", body);
    for right in [
        r#"{"provider":"onepay","operation":"find_payments","kind":"status","terminal":"jisr-mocks-onepay"}"#,
        r#"{"provider":"libyana_pay","operation":"callback","kind":"late_callback"}"#,
    ] {
        assert_eq!(queue(right).await.status, 200, "{right}");
    }
    for wrong in
        [r#"{"provider":"onepay","operation":"refund","kind":"status"}"#, r#"{"provider":"almadar_pay","kind":"pace"}"#]
    {
        assert_eq!(queue(wrong).await.status, 422, "{wrong}");
    }
}
