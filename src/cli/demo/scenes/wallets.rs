//! What can happen to a payment by a wallet. Each scene has a provider of its own, so that its faults hit no other.

use mocks::{Fault, FaultKind, Outcome, Pay};
use serde_json::{Value, json};

use super::Played;
use crate::cli::CommandError;
use crate::cli::demo::stage::{Answer, Store};

/// The code that the mocks send.
const CODE: &str = "111111";

async fn open(store: &Store<'_>, brand: &str, phone: &str, more: Value) -> Result<Answer, CommandError> {
    let mut request = json!({
        "reference": format!("ORD-{brand}"), "amount": "12.500", "currency": "LYD", "method": "wallet", "brand": brand,
        "customer": {"phone": phone, "birth_year": 1987},
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        request[name] = value.clone();
    }
    store.post("/v1/payments", request).await
}

async fn enter(store: &Store<'_>, id: &str, code: &str) -> Result<Answer, CommandError> {
    store.post(&format!("/v1/payments/{id}/confirm"), json!({"otp": code})).await
}

/// A customer mistypes the code once.
pub(super) async fn by_code(store: &Store<'_>) -> Played {
    let opened = open(store, "libyana_pay", "0921234567", json!({})).await?;
    let id = opened.text("/id");
    let wrong = enter(store, &id, "246802").await?;
    let left = wrong.body["codes_left"].as_i64().unwrap_or_default();
    let paid = enter(store, &id, CODE).await?;
    Ok(format!("wrong code: {left} more; right code: {}", paid.text("/status")))
}

/// A customer pays on the provider's own page.
pub(super) async fn by_page(store: &Store<'_>) -> Played {
    let opened = open(store, "tadawul", "0911234567", json!({"provider": "tlync"})).await?;
    let (kind, id) = (opened.text("/next_action/type"), opened.text("/id"));
    let reference = wire_reference(store, "tlync").await?;
    let paid = store.stage.mocks.pay(Pay::new("tlync", &reference, Outcome::Approved, "12.500")).await;
    paid.map_err(CommandError::Refused)?;
    Ok(format!("{kind}, {} by asking", store.until(&id, "paid").await?))
}

/// The wallet's own service is down; an aggregator reaches the same wallet.
pub(super) async fn route_switch(store: &Store<'_>) -> Played {
    store.stage.mocks.fault(Fault::new("sadad", FaultKind::Status).on("Validate"));
    let opened = open(store, "sadad", "0913334445", json!({})).await?;
    let attempts = opened.body["attempt"].as_i64().unwrap_or_default();
    Ok(format!("sadad down: {} opens attempt {attempts}, {}", opened.text("/provider"), opened.text("/status")))
}

/// The wallet takes the money, and its answer is lost.
pub(super) async fn unclear_confirm(store: &Store<'_>) -> Played {
    let opened = open(store, "mobicash", "0945556667", json!({"provider": "mobicash"})).await?;
    let id = opened.text("/id");
    store.stage.mocks.fault(Fault::new("mobicash", FaultKind::ActThenCut).on("confirm_payment"));
    let unclear = enter(store, &id, CODE).await?;
    let ended = store.until(&id, "paid").await?;
    let charged = store.stage.mocks.charges(Some("mobicash")).len();
    Ok(format!("{}, then {ended} by asking, charged {}", unclear.text("/status"), times(charged)))
}

/// The same where nobody can be asked.
pub(super) async fn unclear_for_good(store: &Store<'_>) -> Played {
    let opened = open(store, "edfali", "0957778889", json!({"provider": "edfali"})).await?;
    let id = opened.text("/id");
    store.stage.mocks.fault(Fault::new("edfali", FaultKind::ActThenCut).on("OnlineConfTrans"));
    let unclear = enter(store, &id, "1111").await?;
    let evidence = json!({"evidence": {"by": "Salma", "document": "bank statement 77"}});
    let settled = store.post(&format!("/v1/payments/{id}/settle"), evidence).await?;
    let charged = store.stage.mocks.charges(Some("edfali")).len();
    Ok(format!("{}, {} with evidence, charged {}", unclear.text("/status"), settled.text("/status"), times(charged)))
}

/// What the provider was told to call the payment: the log of the store's calls has it.
async fn wire_reference(store: &Store<'_>, provider: &str) -> Result<String, CommandError> {
    Ok(store.get(&format!("/v1/logs?integration={provider}")).await?.text("/data/0/reference"))
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
