//! Notifications: their hash, their tries and their faults.

use std::{collections::HashSet, time::Duration};

use mocks::{Direction, Fault, FaultKind, Outcome, Pay, moamalat::Merchant};
use serde_json::Value;

use crate::client::{SALE, receiver, sale, sign, start, wait_for};

const OTHER: &str = "SALE-0000002";

fn verifies(body: &Value) -> bool {
    let fields = ["Amount", "Currency", "DateTimeLocalTrxn", "MerchantId", "TerminalId"];
    let message = fields.map(|name| format!("{name}={}", body[name].as_str().unwrap())).join("&");
    body["SecureHash"] == sign(&Merchant::default().notification_key, &message).to_uppercase()
}

fn references(received: &[Value]) -> Vec<&str> {
    received.iter().map(|body| body["MerchantReference"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn is_signed_and_delivered() {
    let (url, received) = receiver(&[]).await;
    let mocks = start().await;
    mocks.set_gateway_url(&url);
    let sold = sale(&mocks, SALE, "12.500").await;
    let body = wait_for(&received, 1).await.remove(0);
    assert!(verifies(&body));
    assert_eq!((&body["Amount"], &body["ActionCode"]), (&"12500".into(), &"00".into()));
    assert_eq!((&body["TxnType"], &body["MerchantReference"]), (&1.into(), &SALE.into()));
    assert_eq!(body["SystemReference"], sold.transaction_id.unwrap());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let journal = mocks.journal(Some("moamalat"));
    assert_eq!((journal[0].direction, journal[0].status, journal[0].acted), (Direction::Sent, Some(200), true));
    assert_eq!(journal[0].violation, None);

    let act = Pay { notify: Some(false), ..Pay::new("moamalat", SALE, Outcome::Approved, "1") };
    mocks.pay(act).await.unwrap();
    let cancelled = mocks.pay(Pay::new("moamalat", SALE, Outcome::Cancelled, "1")).await.unwrap();
    assert_eq!(cancelled.transaction_id, None);
    mocks.pay(Pay::new("moamalat", OTHER, Outcome::Declined, "1")).await.unwrap();
    let received = wait_for(&received, 2).await;
    assert_ne!(received[1]["ActionCode"], "00");
    assert!(verifies(&received[1]));
}

#[tokio::test]
async fn is_tried_again() {
    let (url, received) = receiver(&[500]).await;
    let mocks = start().await;
    mocks.set_gateway_url(&url);
    sale(&mocks, SALE, "1").await;
    let received = wait_for(&received, 2).await;
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn duplicate() {
    let (url, received) = receiver(&[]).await;
    let mocks = start().await;
    mocks.set_gateway_url(&url);
    mocks.fault(Fault { times: Some(2), ..Fault::new("moamalat", FaultKind::DuplicateCallback) });
    sale(&mocks, SALE, "1").await;
    wait_for(&received, 3).await;
    sale(&mocks, OTHER, "1").await;
    let received = wait_for(&received, 4).await;
    assert_eq!(references(&received), [SALE, SALE, SALE, OTHER]);
}

#[tokio::test]
async fn late_and_reordered() {
    let (url, received) = receiver(&[]).await;
    let mocks = start().await;
    mocks.set_gateway_url(&url);
    mocks.fault(Fault { delay_ms: Some(200), ..Fault::new("moamalat", FaultKind::LateCallback) });
    sale(&mocks, SALE, "1").await;
    sale(&mocks, OTHER, "1").await;
    assert_eq!(references(&wait_for(&received, 2).await), [OTHER, SALE]);

    mocks.fault(Fault::new("moamalat", FaultKind::ReorderedCallback).on("callback"));
    sale(&mocks, "SALE-0000003", "1").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    sale(&mocks, "SALE-0000004", "1").await;
    assert_eq!(references(&wait_for(&received, 4).await)[2..], ["SALE-0000004", "SALE-0000003"]);
    mocks.fault(Fault::new("moamalat", FaultKind::ReorderedCallback));
    sale(&mocks, "SALE-0000005", "1").await;
    mocks.clear_faults();
    wait_for(&received, 5).await;
}

#[tokio::test]
async fn forged() {
    let (url, received) = receiver(&[]).await;
    let mocks = start().await;
    mocks.set_gateway_url(&url);
    mocks.fault(Fault::new("moamalat", FaultKind::ForgedCallback));
    sale(&mocks, SALE, "1").await;
    let received = wait_for(&received, 3).await;
    assert_eq!(received.iter().map(verifies).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(received[1]["TxnType"], 2);
    assert_ne!(received[2]["MerchantReference"], SALE);
    let distinct: HashSet<String> = received.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), 3);
}

#[tokio::test]
async fn stops() {
    let mocks = start().await;
    let address = mocks.address();
    mocks.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
