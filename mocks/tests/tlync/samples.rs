//! The samples of `schemas/providers/tlync/`: what they ask is taken, and what they answer is what the mock answers.

use mocks::{Mocks, Outcome, Pay, tlync::Store};
use serde_json::{Value, json};

use crate::client::{ACCEPT, Answer, FORM, REFERENCE, act, bodies, gateway, raw, start, wait_for};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../schemas/providers/tlync/", $name))
    };
}

/// The store of the samples.
const STORE: &str = "w9ZqjR4bM2";

async fn stage(receipt: &str) -> Mocks {
    let mocks = start().await;
    mocks.add_account("tlync", json!({ "store_id": STORE, "token": "token", "receipt": receipt })).unwrap();
    mocks
}

async fn call(mocks: &Mocks, operation: &str, form: &str) -> Answer {
    let head = ["Authorization: Bearer token", FORM, ACCEPT];
    raw(mocks, "POST", &format!("/tlync/{operation}"), &head, form).await
}

/// The same but for what is ours to choose: numbers, times and addresses.
fn assert_like(given: Value, sample: &str) {
    assert_eq!(masked(given), masked(serde_json::from_str(sample).unwrap()));
}

fn masked(mut value: Value) -> Value {
    for name in ["transaction_ref", "our_ref", "gateway_ref", "reference", "date_time", "gateway", "url", "errors"] {
        for object in ["", "/data"] {
            if let Some(found) = value.pointer_mut(object).and_then(|object| object.get_mut(name)) {
                *found = json!(name);
            }
        }
    }
    value
}

#[tokio::test]
async fn from_the_page_to_the_receipt() {
    for (shape, paid) in [
        ("flat", sample!("receipt_success_flat.json")),
        ("data", sample!("receipt_success_data.json")),
        ("full", sample!("receipt_success_full.json")),
    ] {
        let mocks = stage(shape).await;
        let ask = async || call(&mocks, "receipt/transaction", sample!("receipt_request.form")).await;
        let unknown = ask().await;
        assert_eq!(unknown.status, 404);
        assert_like(unknown.json(), sample!("receipt_not_found.json"));
        let opened = call(&mocks, "payment/initiate", sample!("initiate_request.form")).await;
        assert_like(opened.json(), sample!("initiate_accepted.json"));
        assert_like(ask().await.json(), sample!("receipt_incomplete.json"));
        mocks.pay(Pay { notify: Some(false), ..act(REFERENCE, Outcome::Approved) }).await.unwrap();
        assert_like(ask().await.json(), paid);
        assert!(mocks.violations().is_empty());
        let again = call(&mocks, "payment/initiate", sample!("initiate_request.form")).await;
        assert_like(again.json(), sample!("initiate_duplicate.json"));
    }
}

#[tokio::test]
async fn callbacks() {
    let (url, received) = gateway().await;
    let mocks = stage("data").await;
    let form = sample!("initiate_request.form").replace("https%3A%2F%2Fjisr.example", &url);
    assert_eq!(call(&mocks, "payment/initiate", &form).await.status, 200);
    mocks.pay(act(REFERENCE, Outcome::Declined)).await.unwrap();
    let failed = bodies(&wait_for(&received, 1).await).remove(0);
    assert_like(failed, sample!("callback_failed.json"));
    mocks.pay(act(REFERENCE, Outcome::Approved)).await.unwrap();
    assert_like(bodies(&wait_for(&received, 2).await).remove(1), sample!("callback.json"));
    mocks.add_account("tlync", json!({ "store_id": STORE, "token": "token", "form_callbacks": true })).unwrap();
    let other = form.replace(REFERENCE, "second");
    assert_eq!(call(&mocks, "payment/initiate", &other).await.status, 200);
    mocks.pay(act("second", Outcome::Approved)).await.unwrap();
    let names = |form: &str| form.split('&').map(|pair| pair.split_once('=').unwrap().0.to_owned()).collect::<Vec<_>>();
    let (_, given) = wait_for(&received, 3).await.remove(2);
    assert_eq!(names(&given), names(sample!("callback.form")));
}

#[tokio::test]
async fn refusals() {
    let mocks = stage("data").await;
    let wrong = sample!("initiate_request.form").replace("0913456789", "1");
    assert_like(call(&mocks, "payment/initiate", &wrong).await.json(), sample!("initiate_invalid.json"));
    let head = ["Authorization: Bearer wrong", FORM, ACCEPT];
    let unauthorized = raw(&mocks, "POST", "/tlync/receipt/transaction", &head, "").await;
    assert_like(unauthorized.json(), sample!("unauthorized.json"));
    let mut store = serde_json::to_value(Store::default()).unwrap();
    store["store_id"] = json!(STORE);
    store["token"] = json!("token");
    store["per_minute"] = json!(0);
    mocks.add_account("tlync", store).unwrap();
    let fast = call(&mocks, "receipt/transaction", sample!("receipt_request.form")).await;
    assert_like(fast.json(), sample!("too_many_requests.json"));
}
