//! The fake T-Lync over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod callbacks;
mod client;
mod faults;
mod page;
mod samples;
mod strictness;

use mocks::{Outcome, Pay, tlync::Store};
use serde_json::json;

use crate::client::{REFERENCE, act, call, control, gateway, open, receipt, start};

#[tokio::test]
async fn a_payment_from_page_to_receipt() {
    let (url, _) = gateway().await;
    let mocks = start().await;
    assert_eq!(receipt(&mocks, REFERENCE).await.status, 404);
    let page = open(&mocks, &url, REFERENCE).await;
    assert!(page.starts_with(&format!("{}/pay/", mocks.base_url("tlync"))), "{page}");
    assert_eq!(receipt(&mocks, REFERENCE).await.json(), json!({ "result": "incomplete" }));
    let mut choice = act(REFERENCE, Outcome::Approved);
    choice.parameters = Some(json!({ "payment_method": "mobicash" }));
    let result = mocks.pay(choice).await.unwrap();
    assert_eq!(result.return_url, Some(format!("{url}/front")));
    let body = receipt(&mocks, REFERENCE).await.json();
    let data = &body["data"];
    assert_eq!(
        (&body["result"], &data["amount"], &data["payment_method"]),
        (&json!("success"), &json!("12.50"), &json!("mobicash"))
    );
    assert_eq!((&data["custom_ref"], &data["transaction_ref"]), (&json!(REFERENCE), &json!(result.transaction_id)));
    let form = format!("store_id={}&transaction_ref={}", Store::default().store_id, result.transaction_id.unwrap());
    assert_eq!(call(&mocks, "receipt/transaction", &form).await.json(), body);
    let charges = mocks.charges(Some("tlync"));
    assert_eq!((charges.len(), charges[0].dirham, charges[0].reference.as_str()), (1, 12_500, REFERENCE));
    assert!(mocks.pay(act(REFERENCE, Outcome::Approved)).await.is_err(), "it is paid already");
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn customers_who_decline_turn_back_or_pay_another_amount() {
    let (url, _) = gateway().await;
    let mocks = start().await;
    open(&mocks, &url, REFERENCE).await;
    for outcome in [Outcome::Declined, Outcome::Cancelled] {
        let result = mocks.pay(act(REFERENCE, outcome)).await.unwrap();
        assert_eq!(result.return_url, Some(format!("{url}/failed")));
        assert_eq!(receipt(&mocks, REFERENCE).await.json()["result"], "incomplete");
    }
    let other = json!({ "provider": "tlync", "reference": REFERENCE, "outcome": "approved", "amount": "1.005" });
    assert_eq!(control(&mocks, "POST", "/_pay", &other).await.status, 200);
    assert_eq!(receipt(&mocks, REFERENCE).await.json()["data"]["amount"], "1.005");
    assert_eq!(mocks.charges(None)[0].dirham, 1_005);
    for wrong in [
        Pay::new("tlync", "unknown", Outcome::Approved, "1"),
        Pay { parameters: Some(json!({ "payment_method": "cash" })), ..act(REFERENCE, Outcome::Approved) },
        Pay { parameters: Some(json!({ "colour": "red" })), ..act(REFERENCE, Outcome::Approved) },
    ] {
        assert!(mocks.pay(wrong).await.is_err());
    }
}

#[tokio::test]
async fn stores_are_apart() {
    let mocks = start().await;
    open(&mocks, "http://127.0.0.1:9", REFERENCE).await;
    let store = json!({ "provider": "tlync", "store_id": "second", "token": "second-token", "receipt": "flat" });
    assert_eq!(control(&mocks, "POST", "/_accounts", &store).await.status, 200);
    let head = ["Authorization: Bearer second-token", client::FORM, client::ACCEPT];
    let send = async |operation: &str, form: &str| {
        client::raw(&mocks, "POST", &format!("/tlync/{operation}"), &head, form).await
    };
    let form = format!("store_id=second&custom_ref={REFERENCE}");
    assert_eq!(send("receipt/transaction", &form).await.status, 404);
    let form = client::initiation("http://127.0.0.1:9", REFERENCE).replace(&Store::default().store_id, "second");
    assert_eq!(send("payment/initiate", &form).await.status, 200);
    let choice = Pay { terminal: Some("second".to_owned()), notify: Some(false), ..act(REFERENCE, Outcome::Approved) };
    mocks.pay(choice).await.unwrap();
    let paid = send("receipt/transaction", &format!("store_id=second&custom_ref={REFERENCE}")).await.json();
    assert_eq!((&paid["custom_ref"], &paid["amount"]), (&json!(REFERENCE), &json!("12.50")));
    assert_eq!(receipt(&mocks, REFERENCE).await.json()["result"], "incomplete");
    for wrong in [json!({ "provider": "tlync", "receipt": "round" }), json!({ "provider": "tlync", "token": "" })] {
        assert_eq!(control(&mocks, "POST", "/_accounts", &wrong).await.status, 422, "{wrong}");
    }
}
