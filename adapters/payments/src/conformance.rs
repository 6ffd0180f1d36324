//! The conformance suite: the numbered promises of `port.rs`, one function each, over any provider.
//!
//! They panic with the promise that was broken. A provider with a network is built over `parts`, whose wire is scripted.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use kit::testing::{Counting, CountingSequences, ListRecorder, ManualClock, ScriptedWire};
use kit::{Account, Ambient, Delivery, Destination, Error, Kind, Policies, Policy, Reply, Safety, Transport};
use schemas::payment::{Customer, Method};
use schemas::store::Mode;
use schemas::{AccountId, Currency, Money, StoreId};
use serde_json::{Value, json};

use crate::port::{CallbackError, Finding, Order, PaymentProvider, Question, RawCallback, RefundOrder};
use crate::registry::Parts;

/// When the suite's orders were opened: 15:30:45 in Tripoli.
const OPENED: i64 = 1_738_330_245;

/// Everything an adapter is built from: the real transport over a scripted wire, without repeats, an hour later.
pub fn parts(wire: Arc<ScriptedWire>) -> Parts {
    let ambient =
        Ambient::new(ManualClock::at(opened_at() + jiff::SignedDuration::from_hours(1)), Arc::new(Counting::default()));
    let policies = Policies { default: Policy { retries: 0, ..Policy::default() }, ..Policies::default() };
    let id = ambient.uuid();
    Parts {
        transport: Arc::new(Transport::new(ambient.clone(), policies, Arc::new(ListRecorder::default()), wire)),
        sequences: Arc::new(CountingSequences::default()),
        account: Account { id: AccountId::from(id), store: StoreId::from(id), integration: id, livemode: false },
        ambient,
        mode: Mode::Test,
        destination: Destination::Trusted,
    }
}

/// 12.500 LYD by a method.
pub fn order(method: Method) -> Order {
    Order {
        wire_reference: "jisr-0190a3f2-1".to_owned(),
        amount: Money::new(12_500, Currency::Lyd),
        method,
        customer: Customer::default(),
        opened_at: opened_at(),
        return_url: "https://shop.example.ly/thanks".to_owned(),
    }
}

/// Part of that, back.
pub fn refund_order() -> RefundOrder {
    RefundOrder {
        reference: "jisr-0190a3f2-r1".to_owned(),
        transaction: "1240001".to_owned(),
        amount: Money::new(5_000, Currency::Lyd),
    }
}

fn opened_at() -> Timestamp {
    Timestamp::from_second(OPENED).expect("a time of this century")
}

/// Every promise that needs no particular answer.
pub async fn all(provider: &dyn PaymentProvider, wire: &ScriptedWire) {
    let method = *provider.card().methods.first().expect("a provider serves a method");
    opens_the_same(provider, wire, &order(method)).await;
    refuses_what_it_cannot_carry(provider, wire, &order(method)).await;
    describes_refunds(provider, wire, &refund_order()).await;
    reads_any_refund_answer(provider);
    believes_no_forgery(provider);
}

/// "1. Opens an attempt: the same order gives the same opening. 2. Charges nothing."
pub async fn opens_the_same(provider: &dyn PaymentProvider, wire: &ScriptedWire, order: &Order) {
    let before = wire.carried().len();
    let first = provider.open(order).await.expect("promise 1: an order of the card's method and currency opens");
    let second = provider.open(order).await.expect("promise 1: it opens again");
    assert_eq!(first, second, "promise 1: the same order gives the same opening");
    let other = Order { wire_reference: "jisr-0190a3f2-2".to_owned(), ..order.clone() };
    assert_ne!(provider.open(&other).await.ok(), Some(first), "promise 1: another order gives another opening");
    let acted = wire.carried()[before..].iter().any(|call| call.safety.acts());
    assert!(!acted, "promise 2: opening charges nothing");
}

/// "3. An order that the provider cannot carry is `Invalid` or `Unsupported` with delivery `Never`."
pub async fn refuses_what_it_cannot_carry(provider: &dyn PaymentProvider, wire: &ScriptedWire, order: &Order) {
    let before = wire.carried().len();
    let card = provider.card();
    let foreign =
        [Currency::Lyd, Currency::Usd, Currency::Eur].into_iter().find(|other| !card.currencies.contains(other));
    let method = Method::ALL.iter().copied().find(|other| !card.methods.contains(other));
    let mut wrong = vec![
        Order { amount: Money::new(0, order.amount.currency), ..order.clone() },
        Order { amount: Money::new(-1, order.amount.currency), ..order.clone() },
        Order { wire_reference: String::new(), ..order.clone() },
    ];
    wrong.extend(foreign.map(|currency| Order { amount: Money::new(12_500, currency), ..order.clone() }));
    wrong.extend(method.map(|method| Order { method, ..order.clone() }));
    for order in wrong {
        let error = provider.open(&order).await.expect_err("promise 3: it cannot be carried");
        assert!(matches!(error.kind, Kind::Invalid | Kind::Unsupported), "promise 3: {error}");
        assert_eq!(error.delivery, Delivery::Never, "promise 3: {error}");
    }
    assert_eq!(wire.carried().len(), before, "promise 3: nothing is sent for it");
}

/// "4. Answers every question once, in any order. 5. A `Read`: it changes nothing over there."
///
/// The wire's script must hold an answer for each call that the provider makes.
pub async fn answers_every_question(
    provider: &dyn PaymentProvider,
    wire: &ScriptedWire,
    references: &[&str],
) -> Vec<Finding> {
    let before = wire.carried().len();
    let question = |reference: &&str| Question { wire_reference: (*reference).to_owned(), opened_at: opened_at() };
    let questions: Vec<Question> = references.iter().map(question).collect();
    let findings = provider.ask(&questions).await.expect("promise 4: the questions are answered");
    let count = |names: Vec<&str>| {
        names.into_iter().fold(BTreeMap::new(), |mut counts, name| {
            *counts.entry(name.to_owned()).or_insert(0) += 1;
            counts
        })
    };
    let answered = count(findings.iter().map(|finding| finding.wire_reference.as_str()).collect());
    assert_eq!(answered, count(references.to_vec()), "promise 4: every question is answered once");
    let read = wire.carried()[before..].iter().all(|call| call.safety == Safety::Read);
    assert!(read, "promise 5: asking is a Read");
    if !provider.card().asks {
        assert_eq!(wire.carried().len(), before, "a provider that has nothing to ask sends nothing");
    }
    findings
}

/// "6. No transactions means that the provider knows none *now*." The script must hold an answer that knows none.
pub async fn knows_nothing_of_a_stranger(provider: &dyn PaymentProvider, wire: &ScriptedWire) {
    let findings = answers_every_question(provider, wire, &["jisr-ffffffff-9"]).await;
    assert!(findings.iter().all(|finding| finding.transactions.is_empty()), "promise 6: it knows none");
}

/// A failure to ask is an error and never an empty finding. The script must hold an answer that cannot be read.
pub async fn says_when_it_could_not_ask(provider: &dyn PaymentProvider) -> Error {
    let question = Question { wire_reference: "jisr-0190a3f2-1".to_owned(), opened_at: opened_at() };
    provider.ask(&[question]).await.expect_err("promise 6: what could not be asked is not unknown to the provider")
}

/// "7. Describes the refund, sending nothing. 8. The call is `Once` or `Keyed` and carries the order's reference."
pub async fn describes_refunds(provider: &dyn PaymentProvider, wire: &ScriptedWire, order: &RefundOrder) {
    let before = wire.carried().len();
    let described = provider.describe_refund(order).await;
    assert_eq!(wire.carried().len(), before, "promise 7: describing sends nothing");
    if !provider.card().refunds {
        let error = described.expect_err("a provider without refunds describes none");
        assert_eq!((error.kind, error.delivery), (Kind::Unsupported, Delivery::Never), "promise 7: {error}");
        return;
    }
    let call = described.expect("promise 7: a refund is described");
    assert!(call.safety.acts(), "promise 8: a refund is never a Read");
    assert_eq!(
        call.reference.as_deref(),
        Some(order.reference.as_str()),
        "promise 8: it carries the order's reference"
    );
    assert_eq!(call.account, *provider.account(), "promise 8: it is made for this account");
    assert_eq!(call.provider, provider.card().name, "promise 8: it is made for this provider");
}

/// "9. Reads the answer to that call": whatever came, without a panic.
pub fn reads_any_refund_answer(provider: &dyn PaymentProvider) {
    for body in ["", "{}", "null", "<html>", "{\"Success\":", "\u{0}"] {
        let _ = provider.read_refund(&Reply {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        });
    }
}

/// "10. Verifies a callback in constant time over its bytes as they came. 12. The same for what the browser reports."
pub fn believes_no_forgery(provider: &dyn PaymentProvider) {
    let hash = "00".repeat(32);
    let forged = json!({
        "MerchantId": "1", "TerminalId": "1", "DateTimeLocalTrxn": "1", "Amount": "1", "Currency": "434", "TxnDate": "1",
        "PaidThrough": "Card", "MerchantReference": "jisr-0190a3f2-1", "SecureHash": hash, "TxnType": 1,
    });
    for body in [forged.to_string(), String::new(), "{}".to_owned(), "\u{0}".to_owned()] {
        let raw = RawCallback { headers: HeaderMap::new(), query: String::new(), body: body.into() };
        assert!(provider.read_callback(&raw).is_err(), "promise 10: {raw:?}");
    }
    for result in [Value::Null, json!({}), json!([]), json!({"result": "complete", "data": forged})] {
        assert!(provider.read_client_result(&result).is_err(), "promise 12: {result}");
    }
}

/// "10. Verifies a callback … 11. Says what it hints at": a true one verifies, and not with any bit of the hash changed.
pub fn believes_its_own(provider: &dyn PaymentProvider, raw: &RawCallback, wire_reference: &str, hash: &str) {
    let hint = provider.read_callback(raw).expect("promise 10: a true callback verifies");
    assert_eq!(hint.wire_reference, wire_reference, "promise 11: it hints at its reference");
    let text = String::from_utf8(raw.body.to_vec()).expect("the sample is text");
    let first = if hash.starts_with('0') { "1" } else { "0" };
    let flipped = format!("{first}{}", &hash[1..]);
    let forged = RawCallback { body: text.replace(hash, &flipped).into(), ..raw.clone() };
    assert_eq!(provider.read_callback(&forged).expect_err("promise 10"), CallbackError::Forged);
}

#[cfg(test)]
mod tests {
    use kit::testing::Script;

    use super::*;
    use crate::registry::{PROVIDERS, provider as listed};

    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../schemas/providers/", $name))
        };
    }

    const KEY: &str = "3a488a89b3f7993476c252f017c488bb";

    fn account(name: &str, script: impl IntoIterator<Item = Script>) -> (Arc<dyn PaymentProvider>, Arc<ScriptedWire>) {
        let wire = ScriptedWire::new(script);
        let credentials =
            if name == "moamalat" { json!({"secret_key": KEY, "notification_key": KEY}) } else { json!({}) };
        let configuration = match name {
            "moamalat" => json!({"merchant_id": "10081014649", "terminal_id": "99179395"}),
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
        answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2", "jisr-0190a3f2-1"])
            .await;
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
    async fn those_without_a_network_send_nothing() {
        for name in ["cash_on_delivery", "bank_transfer"] {
            let (provider, wire) = account(name, []);
            answers_every_question(provider.as_ref(), &wire, &["jisr-0190a3f2-1", "jisr-0190a3f2-2"]).await;
            knows_nothing_of_a_stranger(provider.as_ref(), &wire).await;
            assert!(provider.card().settled_by_hand && !provider.card().asks && provider.identity().is_none());
            assert!(wire.carried().is_empty());
        }
    }
}
