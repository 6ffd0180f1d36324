//! The samples of `schemas/providers/sadad/`: what they ask is taken, and what they answer is what the mock answers.

use mocks::{Fault, FaultKind, sadad::Merchant};
use serde_json::{Value, json};

use crate::client::{Answer, open, pay, start, text};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../schemas/providers/sadad/", $name))
    };
}

/// The same but for ids, which are ours to choose.
fn assert_like(answer: &Answer, sample: &str) {
    let plain = |mut value: Value| {
        let result = value["result"].clone();
        if result.is_object() {
            value["result"] = masked(result);
        } else if result.as_str().is_some_and(|text| text.starts_with("SD-")) {
            value["result"] = json!("SD-");
        }
        masked(value)
    };
    assert_eq!(plain(answer.json()), plain(serde_json::from_str(sample).unwrap()));
}

fn masked(mut value: Value) -> Value {
    for name in ["transactionId", "reference"] {
        if value.get(name).is_some_and(|found| !found.is_null()) {
            value[name] = json!(name);
        }
    }
    value
}

/// A request for the transaction of the sample, with the id that it has here.
fn about(sample: &str, id: u64) -> String {
    sample.replace("4801233", &id.to_string())
}

#[tokio::test]
async fn a_payment() {
    let mocks = start().await;
    let opened = text(&mocks, "Validate", sample!("validate_request.json")).await;
    assert_like(&opened, sample!("validate_accepted.json"));
    let id = opened.json()["result"]["transactionId"].as_u64().unwrap();
    let enquire = async || text(&mocks, "enquiry", sample!("enquiry_request.json")).await;
    assert_like(&enquire().await, sample!("enquiry_pending.json"));
    assert_like(
        &text(&mocks, "otp-resend", &about(sample!("resend_request.json"), id)).await,
        sample!("resend_accepted.json"),
    );
    assert_like(&pay(&mocks, id, "222222").await, sample!("pay_wrong_code.json"));
    let body = about(sample!("pay_request.json"), id);
    assert_like(&text(&mocks, "Pay", &body).await, sample!("pay_accepted.json"));
    assert!(mocks.violations().is_empty());
    assert_like(&enquire().await, sample!("enquiry_paid.json"));
    assert_like(&text(&mocks, "Pay", &body).await, sample!("pay_already_paid.json"));
    let again = text(&mocks, "Validate", sample!("validate_request.json")).await;
    assert_like(&again, sample!("validate_duplicate_invoice.json"));
}

#[tokio::test]
async fn what_does_not_become_a_payment() {
    let mocks = start().await;
    let request = sample!("validate_request.json");
    let enquire = async || text(&mocks, "enquiry", sample!("enquiry_request.json")).await;
    assert_like(&enquire().await, sample!("enquiry_not_found.json"));
    let unknown = text(&mocks, "Validate", &request.replace("0913456789", "0910000002")).await;
    assert_like(&unknown, sample!("validate_unknown_customer.json"));
    let unreachable = text(&mocks, "Validate", &request.replace("0913456789", "0910000003")).await;
    assert_like(&unreachable, sample!("validate_code_not_sent.json"));
    let poor = open(&mocks, "0910000001", "INV-2").await;
    assert_like(&pay(&mocks, poor, "111111").await, sample!("pay_insufficient_balance.json"));
    let opened = text(&mocks, "Validate", request).await.json();
    let id = opened["result"]["transactionId"].as_u64().unwrap();
    pay(&mocks, id, "222222").await;
    pay(&mocks, id, "222222").await;
    assert_like(&pay(&mocks, id, "222222").await, sample!("pay_code_locked.json"));
    assert_like(&enquire().await, sample!("enquiry_failed.json"));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn the_rest() {
    let mocks = start().await;
    let settings = Merchant { nested: true, ..Merchant::default() };
    mocks.add_account("sadad", serde_json::to_value(&settings).unwrap()).unwrap();
    let id = open(&mocks, "0913456789", "INV-1").await;
    let settings = Merchant { code_seconds: 0, ..settings };
    mocks.add_account("sadad", serde_json::to_value(&settings).unwrap()).unwrap();
    assert_like(&pay(&mocks, id, "111111").await, sample!("pay_code_expired.json"));
    mocks.add_account("sadad", json!({ "nested": true, "code_seconds": 60 })).unwrap();
    assert_like(&pay(&mocks, id, "111111").await, sample!("pay_accepted_nested.json"));
    mocks.fault(Fault::new("sadad", FaultKind::ErrorIn200));
    assert_like(&pay(&mocks, 1, "111111").await, sample!("gateway_error.json"));
    let invalid = text(&mocks, "enquiry", "{\"Surprise\":1}").await;
    assert_eq!(invalid.status, 400);
    let expected: Value = serde_json::from_str(sample!("invalid_request.json")).unwrap();
    let given = invalid.json();
    assert_eq!((&given["statusCode"], &given["result"]), (&expected["statusCode"], &expected["result"]));
    assert!(given["message"].as_str().unwrap().starts_with(expected["message"].as_str().unwrap()));
}
