//! The conformance suite: the numbered promises of `port.rs`, one function each, over any provider.
//!
//! They panic with the promise that was broken. A provider with a network is built over `parts`, whose wire is scripted.

mod books;
mod codes;
mod probes;
mod services;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use kit::testing::ScriptedWire;
use kit::{Call, CallbackError, Delivery, Error, Kind, Parts, RawCallback, Reply, Safety};
use schemas::payment::{Customer, Method, NextAction};
use schemas::{Currency, Money, Phone};
use serde_json::{Value, json};

use crate::card::{Callbacks, Card, Route};
use crate::port::{Finding, Opening, Order, PaymentProvider, Question, RefundOrder};

pub use books::{says_when_a_day_cannot_be_told, tells_a_day};
pub use codes::confirms_by_codes;
pub use probes::{describes_a_probe, probe};
pub use services::{asks_what_became_of_a_service, inquiry, serves, service_order};

/// When the suite's orders were opened: 15:30:45 in Tripoli.
const OPENED: i64 = 1_738_330_245;

/// Everything an adapter is built from, over a scripted wire, an hour after the suite's orders were opened.
pub fn parts(wire: Arc<ScriptedWire>) -> Parts {
    kit::testing::parts(wire, opened_at() + jiff::SignedDuration::from_hours(1))
}

/// 12.500 LYD by a provider's first route.
pub fn order(card: &'static Card) -> Order {
    order_by(card, &card.routes[0])
}

/// 12.500 LYD by one of its routes.
pub fn order_by(card: &'static Card, route: &Route) -> Order {
    Order {
        wire_reference: "jisr-0190a3f2-1".to_owned(),
        amount: Money::new(12_500, route.currency),
        method: route.method,
        gateway: route.gateway.to_owned(),
        customer: Customer {
            phone: route.needs.phone.then(|| phone_of(route)),
            birth_year: route.needs.birth_year.then_some(1987),
            ..Customer::default()
        },
        opened_at: opened_at(),
        return_url: "https://jisr.example.ly/v1/returns/att_1.proof".to_owned(),
        callback_url: format!("https://jisr.example.ly/v1/callbacks/{}/acc_1", card.name),
        customer_address: None,
    }
}

/// A number of an operator that the route serves.
fn phone_of(route: &Route) -> Phone {
    let prefix = route.needs.prefixes.first().unwrap_or(&"91");
    Phone::parse(&format!("0{prefix}1234567")).expect("a Libyan number")
}

/// What the customer does next, of an opening that needs no call.
pub fn ready(opening: Opening) -> NextAction {
    match opening {
        Opening::Ready(next_action) => next_action,
        Opening::Call(call) => panic!("{} is called first", call.operation),
    }
}

/// All that two openings must share to be the same.
fn fingerprint(opening: &Opening) -> String {
    match opening {
        Opening::Ready(next_action) => format!("{next_action:?}"),
        Opening::Call(call) => {
            format!("{} {:?} {:?} {:?}", call.operation, call.reference, call.request.url, call.request.body)
        }
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

/// What became of the attempt with this reference?
pub fn question(wire_reference: &str) -> Question {
    Question { wire_reference: wire_reference.to_owned(), session: None, opened_at: opened_at() }
}

fn opened_at() -> Timestamp {
    Timestamp::from_second(OPENED).expect("a time of this century")
}

/// Every promise that needs no particular answer.
pub async fn all(provider: &dyn PaymentProvider, wire: &ScriptedWire) {
    for route in provider.card().routes {
        let order = order_by(provider.card(), route);
        opens_the_same(provider, wire, &order).await;
        refuses_what_it_cannot_carry(provider, wire, &order).await;
        reads_any_opening(provider, &order);
        confirms_by_codes(provider, wire, route, &order);
    }
    describes_refunds(provider, wire, &refund_order()).await;
    reads_any_refund_answer(provider);
    believes_no_forgery(provider);
    serves(provider, wire);
    describes_a_probe(provider, wire).await;
}

/// "1. Opens an attempt: the same order gives the same opening, and nothing is sent by it. 2. Charges nothing: the call is
/// `Once` and carries the order's reference."
pub async fn opens_the_same(provider: &dyn PaymentProvider, wire: &ScriptedWire, order: &Order) {
    let before = wire.carried().len();
    let first = provider.open(order).await.expect("promise 1: an order of the card's route and currency opens");
    let second = provider.open(order).await.expect("promise 1: it opens again");
    assert_eq!(fingerprint(&first), fingerprint(&second), "promise 1: the same order gives the same opening");
    let other = Order { wire_reference: "jisr-0190a3f2-2".to_owned(), ..order.clone() };
    let other = provider.open(&other).await.expect("promise 1: another order opens");
    assert_ne!(fingerprint(&other), fingerprint(&first), "promise 1: another order gives another opening");
    assert_eq!(wire.carried().len(), before, "promise 1: nothing is sent by it");
    if let Opening::Call(call) = first {
        acts_for(provider, &call, order);
    }
}

/// A call that acts: `Once`, for this account, by this reference.
fn acts_for(provider: &dyn PaymentProvider, call: &Call, order: &Order) {
    assert_eq!(call.safety, Safety::Once, "{}: it is never repeated on its own", call.operation);
    assert_eq!(call.reference.as_deref(), Some(order.wire_reference.as_str()), "{}: its reference", call.operation);
    assert_eq!(call.account, *provider.account(), "{}: it is made for this account", call.operation);
    assert_eq!(call.provider, provider.card().name, "{}: it is made for this provider", call.operation);
}

/// "3. An order that the provider cannot carry is `Invalid` or `Unsupported` with delivery `Never`."
pub async fn refuses_what_it_cannot_carry(provider: &dyn PaymentProvider, wire: &ScriptedWire, order: &Order) {
    let before = wire.carried().len();
    let card = provider.card();
    let route = card.route(&order.gateway).expect("an order by a route of the card");
    let foreign = [Currency::Lyd, Currency::Usd, Currency::Eur].into_iter().find(|other| *other != route.currency);
    let method = Method::ALL.iter().copied().find(|other| *other != route.method);
    let mut wrong = vec![
        Order { amount: Money::new(0, order.amount.currency), ..order.clone() },
        Order { amount: Money::new(-1, order.amount.currency), ..order.clone() },
        Order { wire_reference: String::new(), ..order.clone() },
        Order { gateway: "nowhere".to_owned(), ..order.clone() },
    ];
    wrong.extend(foreign.map(|currency| Order { amount: Money::new(12_500, currency), ..order.clone() }));
    wrong.extend(method.map(|method| Order { method, ..order.clone() }));
    if route.step > 1 {
        wrong.push(Order { amount: Money::new(12_505, order.amount.currency), ..order.clone() });
    }
    if route.needs.phone {
        wrong.push(Order { customer: Customer { phone: None, ..order.customer.clone() }, ..order.clone() });
        let landline = Phone::parse("0213334444").expect("a Libyan number");
        if !route.needs.prefixes.is_empty() {
            wrong.push(Order {
                customer: Customer { phone: Some(landline), ..order.customer.clone() },
                ..order.clone()
            });
        }
    }
    if route.needs.birth_year {
        wrong.push(Order { customer: Customer { birth_year: None, ..order.customer.clone() }, ..order.clone() });
    }
    for order in wrong {
        let error = provider.open(&order).await.expect_err("promise 3: it cannot be carried");
        assert!(matches!(error.kind, Kind::Invalid | Kind::Unsupported), "promise 3: {error}");
        assert_eq!(error.delivery, Delivery::Never, "promise 3: {error}");
    }
    assert_eq!(wire.carried().len(), before, "promise 3: nothing is sent for it");
}

/// Bodies that nobody means.
const NONSENSE: [&str; 9] = [
    "",
    "{}",
    "null",
    "[]",
    "<html>",
    "<?xml version=\"1.0\"?><a/>",
    "{\"result\":",
    "\u{0}",
    "{\"result\":{\"code\":1}}",
];

fn nonsense() -> impl Iterator<Item = Reply> {
    NONSENSE.iter().flat_map(|body| {
        [200, 400, 422].map(|status| Reply {
            status,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        })
    })
}

/// "13. Reads the answer to the call of an opening": nonsense opens nothing.
pub fn reads_any_opening(provider: &dyn PaymentProvider, order: &Order) {
    for reply in nonsense() {
        let read = provider.read_opening(order, &reply);
        assert!(read.is_err(), "promise 13: {reply:?} opens nothing, and not {read:?}");
    }
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
    let question = |reference: &&str| question(reference);
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
    provider
        .ask(&[question("jisr-0190a3f2-1")])
        .await
        .expect_err("promise 6: what could not be asked is not unknown to the provider")
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
        let read = provider.read_callback(&raw);
        let harmless =
            provider.card().callbacks == Callbacks::Unsigned && read.as_ref().is_ok_and(|hint| hint.proof.is_none());
        assert!(read.is_err() || harmless, "promise 10: {raw:?}");
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
pub(crate) mod tests;
