//! Every listed provider under the suite, each over a scripted wire.

use kit::testing::Script;

use super::*;
use crate::registry::{PROVIDERS, provider as listed};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/", $name))
    };
}

const KEY: &str = "3a488a89b3f7993476c252f017c488bb";
const PLUTU_KEY: &str = "sk_40a07a6c0e63818dc2b292c8e302894e08acedfb";

pub(crate) fn account(
    name: &str,
    script: impl IntoIterator<Item = Script>,
) -> (Arc<dyn PaymentProvider>, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    let credentials = match name {
        "moamalat" => json!({"secret_key": KEY, "notification_key": KEY}),
        "sadad" => json!({"token": "header.claims.signature"}),
        "edfali" => json!({"pin": "1234", "password": "service"}),
        "tlync" => json!({"token": "token-1"}),
        "plutu" => json!({"api_key": "key-1", "access_token": "token-1", "secret_key": PLUTU_KEY}),
        "mobicash" | "almadar_pay" | "libyana_pay" | "onepay" => json!({"api_key": "key-1", "secret_key": KEY}),
        _ => json!({}),
    };
    let configuration = match name {
        "moamalat" => json!({"merchant_id": "10081014649", "terminal_id": "99179395"}),
        "edfali" => json!({"base_url": "https://edfali.example.ly", "mobile": "913000001"}),
        "tlync" => json!({"store_id": "w9ZqjR4bM2"}),
        "plutu" => json!({"gateways": ["sadadapi", "edfali", "tlync", "localbankcards", "mpgs"]}),
        "mobicash" | "almadar_pay" | "libyana_pay" | "onepay" => json!({"base_url": "https://w.example.ly"}),
        "bank_transfer" => serde_json::from_str(sample!("bank_transfer/configuration.json")).expect("JSON"),
        _ => json!({}),
    };
    let listed = listed(name).expect("a listed provider");
    let provider = (listed.build)(configuration, credentials, parts(Arc::clone(&wire))).expect("an account");
    (provider, wire)
}

#[tokio::test(start_paused = true)]
async fn every_provider_keeps_the_promises() {
    for known in PROVIDERS {
        let (provider, wire) = account(known.card.name, []);
        assert_eq!(provider.card().name, known.card.name);
        assert!(!provider.lane().is_empty());
        all(provider.as_ref(), &wire).await;
    }
}

#[tokio::test(start_paused = true)]
async fn moamalat_answers() {
    let found = Script::Answer(200, sample!("moamalat/filter_approved.json"));
    let none = Script::Answer(200, sample!("moamalat/filter_not_found.json"));
    let (provider, wire) = account("moamalat", [found.clone(), found, none, Script::Answer(200, "<html>")]);
    let findings = answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1"]).await;
    assert_eq!(findings[0].transactions.len(), 1);
    answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2", "jisr-0190a3f2-1"]).await;
    knows_nothing_of_a_stranger(provider.as_ref(), &wire).await;
    assert_eq!(says_when_it_could_not_ask(provider.as_ref()).await.kind, Kind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn moamalat_believes_its_own() {
    let (provider, _) = account("moamalat", []);
    let body = Bytes::from_static(sample!("moamalat/notification_d4.json").as_bytes());
    let raw = RawCallback { headers: HeaderMap::new(), query: String::new(), body };
    let hash = "628E00E757E86394D30D03D3E60E2A9F2F18FA67C61568EADAC84DDA0F185C98";
    believes_its_own(provider.as_ref(), &raw, "jisr-0190a3f2-1", hash);
    let listed = listed("moamalat").expect("a listed provider");
    let named = (listed.address)(&raw).expect("an address");
    assert_eq!(named.identity.as_deref(), provider.identity());
}

#[tokio::test(start_paused = true)]
async fn those_of_the_wallet_contract_answer() {
    for name in ["mobicash", "almadar_pay", "libyana_pay", "onepay"] {
        let none = Script::Answer(200, sample!("wallet_contract/payments_none.json"));
        let unread = Script::Answer(200, "<html>");
        let (provider, wire) = account(name, [none.clone(), none.clone(), none.clone(), unread.clone()]);
        answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2"]).await;
        knows_nothing_of_a_stranger(provider.as_ref(), &wire).await;
        assert_eq!(says_when_it_could_not_ask(provider.as_ref()).await.kind, Kind::Protocol);
        let (provider, wire) = account(name, [none, unread]);
        if provider.services().is_some() {
            asks_what_became_of_a_service(provider.as_ref(), &wire).await;
        }
        assert_eq!(provider.services().is_some(), name != "onepay");
    }
}

#[tokio::test(start_paused = true)]
async fn tlync_answers() {
    let found = Script::Answer(200, sample!("tlync/receipt_success_flat.json"));
    let none = Script::Answer(200, sample!("tlync/receipt_incomplete.json"));
    let unknown = Script::Answer(404, sample!("tlync/receipt_not_found.json"));
    let script = [found.clone(), found, none.clone(), none, unknown, Script::Answer(200, "<html>")];
    let (provider, wire) = account("tlync", script);
    let findings = answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1"]).await;
    assert!(findings[0].transactions[0].approved && findings[0].transactions[0].ours);
    answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2", "jisr-0190a3f2-1"]).await;
    knows_nothing_of_a_stranger(provider.as_ref(), &wire).await;
    assert_eq!(says_when_it_could_not_ask(provider.as_ref()).await.kind, Kind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn plutu_believes_its_own() {
    let (provider, wire) = account("plutu", []);
    let body = Bytes::from_static(sample!("plutu/tlync_callback_p2.json").as_bytes());
    let raw = RawCallback { headers: HeaderMap::new(), query: String::new(), body };
    let hash = "1DDC1EE6D589555B58D70CAAB5118D1BECC5DF1BED1E0EFA5B51AED7E6C69FD6";
    believes_its_own(provider.as_ref(), &raw, "43321", hash);
    let listed = listed("plutu").expect("a listed provider");
    let named = (listed.address)(&raw).expect("an address");
    assert_eq!((named.identity.as_deref(), named.wire_reference.as_deref()), (provider.identity(), Some("43321")));
    answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2"]).await;
}

#[tokio::test(start_paused = true)]
async fn those_without_a_network_send_nothing() {
    for name in ["cash_on_delivery", "bank_transfer"] {
        let (provider, wire) = account(name, []);
        answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2"]).await;
        knows_nothing_of_a_stranger(provider.as_ref(), &wire).await;
        assert!(provider.card().settled_by_hand && !provider.card().asks && provider.identity().is_none());
        assert!(wire.carried().is_empty());
    }
}
