//! Each fault of a call, as the bytes on the wire show it.

use std::time::{Duration, Instant};

use mocks::{Fault, FaultKind, Mocks};

use crate::client::{Answer, booking, get, post, raw, start};

fn fault(kind: FaultKind) -> Fault {
    Fault::new("amyal", kind).on("create_shipment")
}

/// Books under a fault; says whether it was booked.
async fn under(fault: Fault) -> (Mocks, Answer, bool) {
    let mocks = start().await;
    mocks.fault(fault);
    let answer = post(&mocks, "amyal", "shipments", &booking("amyal", "ref-1")).await;
    let found = get(&mocks, "amyal", "shipments?reference=ref-1").await.json();
    let booked = found["shipments"].as_array().unwrap().len() == 1;
    assert!(mocks.violations().is_empty());
    (mocks, answer, booked)
}

#[tokio::test]
async fn cuts_and_broken_answers() {
    let (_, answer, booked) = under(fault(FaultKind::CutBefore)).await;
    assert_eq!((answer.raw.len(), booked), (0, false));
    let (_, answer, booked) = under(fault(FaultKind::ActThenCut)).await;
    assert_eq!((answer.raw.len(), booked), (0, true));
    let (_, answer, booked) = under(fault(FaultKind::Truncate)).await;
    assert_eq!((answer.status, booked, answer.body.ends_with('}')), (201, true, false));
    let (_, answer, booked) = under(fault(FaultKind::WrongBody)).await;
    assert_eq!((answer.status, booked, answer.head.contains("text/html")), (200, true, true));
}

#[tokio::test]
async fn errors_and_delays() {
    let (_, answer, booked) = under(fault(FaultKind::ErrorIn200)).await;
    assert_eq!((answer.status, answer.code().as_str(), booked), (200, "unavailable", false));
    let (_, answer, booked) = under(Fault { status: Some(500), ..fault(FaultKind::Status) }).await;
    assert_eq!((answer.status, answer.code().as_str(), booked), (500, "unavailable", false));
    let began = Instant::now();
    let (_, answer, booked) = under(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) }).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, booked), (201, true));
}

#[tokio::test]
async fn a_repeat_is_seen_even_where_it_is_cut() {
    let (mocks, _, _) = under(fault(FaultKind::ActThenCut)).await;
    mocks.fault(fault(FaultKind::CutBefore));
    assert!(post(&mocks, "amyal", "shipments", &booking("amyal", "ref-1")).await.raw.is_empty());
    assert_eq!(mocks.violations().len(), 1);
}

#[tokio::test]
async fn faults_must_fit() {
    let mocks = start().await;
    let queue = |body: &'static str| raw(&mocks, "POST", "/_faults", "Content-Type: application/json", body);
    for right in [
        r#"{"provider":"amyal","operation":"find_shipments","kind":"status","terminal":"jisr-mocks-amyal"}"#,
        r#"{"provider":"amyal","operation":"callback","kind":"forged_callback"}"#,
        r#"{"provider":"wingsly","kind":"disconnect","times":3}"#,
        r#"{"provider":"wingsly","operation":"frame","kind":"reordered_callback"}"#,
        r#"{"provider":"wingsly","operation":"frame","kind":"truncate"}"#,
        r#"{"provider":"wingsly","operation":"open_stream","kind":"status"}"#,
    ] {
        assert_eq!(queue(right).await.status, 200, "{right}");
    }
    for wrong in [
        r#"{"provider":"amyal","operation":"refund","kind":"status"}"#,
        r#"{"provider":"amyal","kind":"disconnect"}"#,
        r#"{"provider":"amyal","operation":"frame","kind":"truncate"}"#,
        r#"{"provider":"wingsly","operation":"callback","kind":"late_callback"}"#,
        r#"{"provider":"wingsly","operation":"frame","kind":"forged_callback"}"#,
        r#"{"provider":"wingsly","operation":"frame","kind":"status"}"#,
        r#"{"provider":"wingsly","operation":"find_shipments","kind":"disconnect"}"#,
    ] {
        assert_eq!(queue(wrong).await.status, 422, "{wrong}");
    }
}
