//! Notifications from outside: a store's endpoints, what reaches them, and what operators see.

mod admin;
mod admin_errors;
mod again;
mod delivery;
mod endpoints;
mod failing;
mod publishing;
mod tasks;
mod weights;

use serde_json::{Value, json};

use crate::harness::{Answer, Backend, Client, Gateway, Sink, eventually};

/// Quick retries: three tries, a moment apart.
const QUICK: [(&str, &str); 2] = [("JISR_NOTIFY__SHORT_MS", "[50,100]"), ("JISR_NOTIFY__TIMEOUT_MS", "2000")];

/// A gateway with quick retries and a merchant's server.
async fn start(backend: Backend) -> (Gateway, Sink) {
    start_with(backend, &[]).await
}

/// The same with settings of the test's own.
async fn start_with(backend: Backend, own: &[(&str, &str)]) -> (Gateway, Sink) {
    let settings = [&QUICK[..], own].concat();
    (Gateway::start_with(backend, &settings).await, Sink::start().await)
}

/// An endpoint for every event, with more fields of the test's own.
async fn endpoint(client: &Client, url: &str, own: Value) -> Answer {
    let body = super::party::patched(json!({"url": url, "events": ["*"]}), own);
    let made = client.post("/v1/stores/default/endpoints", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made
}

/// An endpoint as it is now.
async fn read_endpoint(client: &Client, id: &str) -> Answer {
    let read = client.get(&format!("/v1/stores/default/endpoints/{id}")).await;
    assert_eq!(read.status, 200, "{read:?}");
    read
}

/// Publishes for whoever wants it; answers the id.
async fn tell(client: &Client, order_no: &str) -> String {
    publish(client, json!({"event": "order.made", "order_no": order_no, "payload": {"order": order_no}}))
        .await
        .text("id")
}

/// Publishes what must be accepted.
async fn publish(client: &Client, body: Value) -> Answer {
    let answer = client.post("/v1/notifications", body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer
}

/// Waits until a notification has a status.
async fn told(client: &Client, id: &str, status: &str) -> Answer {
    client.until(&format!("/v1/notifications/{id}"), status).await
}

/// A list in an answer.
fn list(answer: &Answer, pointer: &str) -> Vec<Value> {
    answer.body.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_else(|| panic!("{pointer}: {answer:?}"))
}

/// The texts or numbers of a field of each.
fn column(rows: &[Value], field: &str) -> Vec<Value> {
    rows.iter().map(|row| row[field].clone()).collect()
}

/// Waits until the field of an endpoint's health is so.
async fn health_is(client: &Client, id: &str, field: &str, wanted: Value) {
    let what = format!("{field} {wanted} of {id}");
    eventually(&what, || async { read_endpoint(client, id).await.body["health"][field] == wanted }).await;
}
