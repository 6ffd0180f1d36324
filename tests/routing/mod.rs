//! Routing as operators see and shape it: rules, explanations, switches, and what would be under other rules.

mod explain;
mod rules;
mod switch;

use serde_json::{Value, json};

use crate::facade::party::patched;
use crate::harness::{Answer, Client};

/// A payment by the wallet that three providers reach.
fn wallet(reference: &str, patch: Value) -> Value {
    let customer = json!({"phone": "0912345678", "birth_year": 1987});
    let wallet = json!({"reference": reference, "amount": "12.500", "currency": "LYD", "method": "wallet",
        "brand": "sadad", "customer": customer});
    patched(wallet, patch)
}

/// Replaces a list that must be taken, whatever its version is.
async fn put(client: &Client, port: &str, rules: Value) -> Answer {
    let version = client.get(&format!("/v1/routing/rules?port={port}")).await.body["version"].clone();
    let answer = try_put(client, port, json!({"version": version, "rules": rules})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

async fn try_put(client: &Client, port: &str, body: Value) -> Answer {
    client.put(&format!("/v1/routing/rules?port={port}"), body).await
}
