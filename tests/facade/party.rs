//! Who takes part: clients of other stores, modes and scopes; and what every problem looks like.

use schemas::StoreId;
use schemas::store::Mode;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Gateway, key, key_in};

/// Somebody without a key.
pub fn nobody(gateway: &Gateway) -> Client {
    Client::new(gateway.client.base().trim_start_matches("http://").parse().expect("an address"))
}

/// A test key with these scopes: of a store, or of the platform.
pub async fn scoped(gateway: &Gateway, store: Option<StoreId>, scopes: &[&str]) -> Client {
    nobody(gateway).with_key(&key(&gateway.facade, store, scopes).await)
}

/// A live key of the default store.
pub async fn live(gateway: &Gateway) -> Client {
    nobody(gateway).with_key(&key_in(&gateway.facade, Some(gateway.store), &["all"], Mode::Live).await)
}

/// Another store, made over the API, with an `all` key of its own. Its pages are below `https://{name}.example/`.
pub async fn shop(gateway: &Gateway, name: &str) -> Client {
    let platform = scoped(gateway, None, &["all"]).await;
    let pages = [format!("https://{name}.example/return"), format!("https://{name}.example/orders/*")];
    let made = platform.post("/v1/stores", json!({"key": name, "name": name, "return_urls": pages})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let keys = platform.with_header("jisr-store", name);
    let key = keys.post("/v1/keys", json!({"name": "shop", "scopes": ["all"]})).await;
    assert_eq!(key.status, 201, "{key:?}");
    nobody(gateway).with_key(&key.text("key"))
}

/// A card payment of 12.500 LYD.
pub fn card(reference: &str) -> Value {
    json!({"reference": reference, "amount": "12.500", "currency": "LYD", "method": "card"})
}

/// The same paid to the courier.
pub fn cash(reference: &str) -> Value {
    patched(card(reference), json!({"method": "cash_on_delivery"}))
}

/// An object with the fields of another one over its own.
pub fn patched(mut base: Value, patch: Value) -> Value {
    for (name, value) in patch.as_object().cloned().unwrap_or_default() {
        base[name] = value;
    }
    base
}

/// What a person says who has the money in hand.
pub fn evidence() -> Value {
    json!({"evidence": {"by": "cashier", "document": "receipt 7"}})
}

/// A cash payment that a person has settled.
pub async fn settled(client: &Client, reference: &str) -> String {
    let made = client.post("/v1/payments", cash(reference)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let paid = client.post(&format!("/v1/payments/{}/settle", made.text("id")), evidence()).await;
    assert_eq!((paid.status, paid.text("status").as_str()), (200, "paid"), "{paid:?}");
    made.text("id")
}

/// A whole problem of this status and code.
#[track_caller]
pub fn problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.text("code").as_str()), (status, code), "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{answer:?}");
    assert_eq!(answer.body["status"], status, "{answer:?}");
    assert_eq!(answer.text("type"), format!("/docs/problems/{code}"), "{answer:?}");
    assert!(!answer.text("title").is_empty() && !answer.text("detail").is_empty(), "{answer:?}");
    assert!(is_arabic(&answer.text("detail_ar")), "{answer:?}");
    assert!(!answer.text("request_id").is_empty(), "{answer:?}");
    assert_eq!(answer.headers["x-request-id"], answer.text("request_id"), "{answer:?}");
    for error in answer.body["errors"].as_array().into_iter().flatten() {
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        assert!(!text("field").is_empty() && !text("message").is_empty(), "{answer:?}");
        assert!(is_arabic(text("message_ar")), "{answer:?}");
    }
}

/// A problem that names one field.
#[track_caller]
pub fn fault(answer: &Answer, field: &str) {
    problem(answer, 400, "invalid_request");
    assert_eq!(answer.fields(), [field], "{answer:?}");
}

/// Whether a text has Arabic letters.
pub fn is_arabic(text: &str) -> bool {
    text.chars().any(|letter| ('\u{600}'..='\u{6ff}').contains(&letter))
}
