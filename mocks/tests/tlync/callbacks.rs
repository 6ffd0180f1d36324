//! Callbacks: where they go, what they say, and their faults. None of them is signed.

use std::time::Duration;

use mocks::{Direction, Fault, FaultKind, Mocks, Outcome, Pay};
use serde_json::{Value, json};

use crate::client::{REFERENCE, act, bodies, gateway, open, start, wait_for};

/// A payment that the customer approves.
async fn approved(mocks: &Mocks, gateway: &str, reference: &str) {
    open(mocks, gateway, reference).await;
    mocks.pay(act(reference, Outcome::Approved)).await.unwrap();
}

fn references(received: &[(String, String)]) -> Vec<String> {
    bodies(received).iter().map(|body| body["custom_ref"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn they_go_where_the_request_said() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    mocks.set_gateway_url("http://127.0.0.1:9");
    approved(&mocks, &url, REFERENCE).await;
    let (head, _) = &wait_for(&received, 1).await[0];
    assert!(head.starts_with("post /back ") && head.contains("content-type: application/json"), "{head}");
    let body = &bodies(&wait_for(&received, 1).await)[0];
    assert_eq!(
        (&body["result"], &body["amount"], &body["store_id"]),
        (&json!("success"), &json!("12.50"), &json!("jisrMocksStore1"))
    );
    assert!(body["our_ref"].as_str().unwrap().starts_with("TL"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let sent = mocks.journal(Some("tlync")).pop().unwrap();
    assert_eq!((sent.direction, sent.status, sent.violation), (Direction::Sent, Some(200), None));
}

#[tokio::test]
async fn a_decline_is_told_and_turning_back_is_not() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    open(&mocks, &url, REFERENCE).await;
    mocks.pay(act(REFERENCE, Outcome::Cancelled)).await.unwrap();
    mocks.pay(Pay { notify: Some(false), ..act(REFERENCE, Outcome::Declined) }).await.unwrap();
    mocks.pay(act(REFERENCE, Outcome::Declined)).await.unwrap();
    let body = bodies(&wait_for(&received, 1).await).remove(0);
    assert_eq!((&body["result"], &body["custom_ref"]), (&json!("failed"), &json!(REFERENCE)));
}

#[tokio::test]
async fn they_can_be_forms() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    mocks.add_account("tlync", json!({ "form_callbacks": true })).unwrap();
    approved(&mocks, &url, REFERENCE).await;
    let (head, body) = wait_for(&received, 1).await.remove(0);
    assert!(head.contains("content-type: application/x-www-form-urlencoded"));
    assert!(body.starts_with("result=success&amount=12.50&store_id=") && body.ends_with(REFERENCE), "{body}");
}

#[tokio::test]
async fn duplicate_and_late() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    mocks.fault(Fault { times: Some(2), ..Fault::new("tlync", FaultKind::DuplicateCallback) });
    approved(&mocks, &url, "A").await;
    assert_eq!(references(&wait_for(&received, 3).await), ["A", "A", "A"]);
    mocks.fault(Fault { delay_ms: Some(200), ..Fault::new("tlync", FaultKind::LateCallback).on("callback") });
    approved(&mocks, &url, "B").await;
    approved(&mocks, &url, "C").await;
    assert_eq!(references(&wait_for(&received, 5).await)[3..], ["C", "B"]);
}

#[tokio::test]
async fn reordered() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    mocks.fault(Fault::new("tlync", FaultKind::ReorderedCallback));
    approved(&mocks, &url, "A").await;
    approved(&mocks, &url, "B").await;
    assert_eq!(references(&wait_for(&received, 2).await), ["B", "A"]);
}

#[tokio::test]
async fn forged() {
    let (url, received) = gateway().await;
    let mocks = start().await;
    mocks.fault(Fault::new("tlync", FaultKind::ForgedCallback));
    open(&mocks, &url, REFERENCE).await;
    mocks.pay(act(REFERENCE, Outcome::Declined)).await.unwrap();
    let forged = bodies(&wait_for(&received, 3).await);
    assert!(forged.iter().all(|body| body["result"] == "success"), "nothing was paid, and each says that it was");
    let amounts: Vec<&Value> = forged.iter().map(|body| &body["amount"]).collect();
    assert_eq!(amounts, ["12.50", "125.00", "12.50"]);
    assert_eq!(
        (&forged[0]["custom_ref"], &forged[2]["custom_ref"]),
        (&json!(REFERENCE), &json!("jisr-0190a3f2-1-forged"))
    );
    assert!(mocks.charges(None).is_empty());
}
