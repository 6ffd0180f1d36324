//! Webhooks: signed over time and body, and each of their faults.

use mocks::{Fault, FaultKind, Mocks};
use serde_json::json;

use crate::client::{Received, act, booking, post, receiver, start, wait_for};

/// A shipment of Amyal whose webhooks come here; the one of its booking has come.
async fn booked() -> (Mocks, Received) {
    let mocks = start().await;
    let (url, received) = receiver().await;
    let mut body = booking("amyal", "ref-1");
    body["callback_url"] = url.into();
    assert_eq!(post(&mocks, "amyal", "shipments", &body).await.status, 201);
    wait_for(&received, 1).await;
    (mocks, received)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new("amyal", kind)
}

#[tokio::test]
async fn each_event_is_told_and_signed() {
    let (mocks, received) = booked().await;
    act(&mocks, "amyal", "ref-1", "picked_up");
    let webhooks = wait_for(&received, 2).await;
    assert!(webhooks.iter().all(|webhook| webhook.is_genuine()));
    let mut told = webhooks[1].json();
    told["occurred_at"] = json!("now");
    let expected = json!({ "id": 2, "number": "AMY-284510", "reference": "ref-1", "status": "picked_up",
                           "occurred_at": "now" });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn forgeries_bear_a_signature_that_does_not_fit() {
    let (mocks, received) = booked().await;
    mocks.fault(fault(FaultKind::ForgedCallback));
    act(&mocks, "amyal", "ref-1", "picked_up");
    let webhooks = wait_for(&received, 4).await;
    assert!(webhooks[1..].iter().all(|webhook| !webhook.is_genuine() && webhook.signature.len() == 64));
}

#[tokio::test]
async fn they_come_twice_late_and_out_of_order() {
    let (mocks, received) = booked().await;
    mocks.fault(fault(FaultKind::DuplicateCallback));
    act(&mocks, "amyal", "ref-1", "picked_up");
    let webhooks = wait_for(&received, 3).await;
    assert_eq!(webhooks[1].body, webhooks[2].body);
    mocks.fault(fault(FaultKind::ReorderedCallback));
    act(&mocks, "amyal", "ref-1", "in_transit");
    act(&mocks, "amyal", "ref-1", "out_for_delivery");
    let webhooks = wait_for(&received, 5).await;
    assert_eq!((&webhooks[3].json()["id"], &webhooks[4].json()["id"]), (&json!(4), &json!(3)));
    mocks.fault(Fault { delay_ms: Some(200), ..fault(FaultKind::LateCallback) });
    act(&mocks, "amyal", "ref-1", "delivered");
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(received.lock().unwrap().len(), 5);
    wait_for(&received, 6).await;
}
