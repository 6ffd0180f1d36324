//! The adapter over the real transport: pages, seconds and errors.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kit::testing::{Script, ScriptedWire};
use kit::{Delivery, Fault, Sequences};
use serde_json::json;

use super::*;
use crate::conformance;

const APPROVED: &str = include_str!("../../../../schemas/providers/moamalat/filter_approved.json");
const UNAUTHORISED: &str = include_str!("../../../../schemas/providers/moamalat/unauthorised.json");

fn build(parts: Parts, display_length: usize) -> Moamalat {
    let configuration =
        json!({"merchant_id": "10081014649", "terminal_id": "99179395", "display_length": display_length});
    let credentials = json!({"secret_key": "3a488a89b3f7993476c252f017c488bb"});
    Moamalat::build(configuration, credentials, parts).unwrap_or_else(|error| panic!("{error}"))
}

fn account(script: impl IntoIterator<Item = Script>) -> (Moamalat, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (build(conformance::parts(Arc::clone(&wire)), 2), wire)
}

fn questions(count: usize) -> Vec<Question> {
    let opened_at = conformance::order(&CARD).opened_at;
    let question = |number| Question { wire_reference: format!("jisr-0190a3f2-{number}"), session: None, opened_at };
    (1..=count).map(question).collect()
}

/// A page of sales, newest first, as `(number, time)`.
fn page(total: usize, sales: &[(usize, &str)]) -> Script {
    let row = |(number, time): &(usize, &str)| {
        json!({"MerchantReference": format!("jisr-0190a3f2-{number}"), "TransactionId": number.to_string(), "TransType": "Sale",
            "Status": "Approved", "AmountTrxn": "12500", "Currency": "LYD", "TxnDateTime": time})
    };
    let rows: Vec<Value> = sales.iter().map(row).collect();
    let answer =
        json!({"Success": true, "TotalCountAllTransaction": total, "Transactions": [{"DateTransactions": rows}]});
    Script::Answer(200, Box::leak(answer.to_string().into_boxed_str()))
}

fn sent(wire: &ScriptedWire) -> Vec<Value> {
    wire.carried().iter().map(|call| serde_json::from_slice(&call.request.body).expect("JSON")).collect()
}

#[tokio::test(start_paused = true)]
async fn one_question_is_asked_by_its_reference() {
    let (provider, wire) = account([Script::Answer(200, APPROVED)]);
    let found = provider.ask(&questions(1)).await.expect("findings");
    assert_eq!(found[0].transactions[0].id, "1240001");
    let request = &sent(&wire)[0];
    assert_eq!(request["MerchantReference"], "jisr-0190a3f2-1");
    assert!(request.get("SortCol").is_none() && request["DateFrom"] == "20250131" && request["DateTo"] == "20250131");
    assert_eq!(wire.carried()[0].reference.as_deref(), Some("jisr-0190a3f2-1"));
}

#[tokio::test(start_paused = true)]
async fn several_are_asked_together_page_by_page_each_with_its_own_second() {
    let (first, second) =
        ([(5, "31/01/25  16:30"), (4, "31/01/25  16:20")], [(3, "31/01/25  16:10"), (1, "31/01/25  15:31")]);
    let (provider, wire) = account([page(5, &first), page(5, &second), page(5, &[(9, "31/01/25  15:30")])]);
    let found = provider.ask(&questions(3)).await.expect("findings");
    let ids: Vec<usize> = found.iter().map(|finding| finding.transactions.len()).collect();
    assert_eq!(ids, [1, 0, 1]);
    let sent = sent(&wire);
    let starts: Vec<&str> = sent.iter().filter_map(|request| request["DisplayStart"].as_str()).collect();
    assert_eq!(starts, ["0", "2", "4"]);
    let mut seconds: Vec<&str> = sent.iter().filter_map(|request| request["DateTimeLocalTrxn"].as_str()).collect();
    seconds.dedup();
    assert_eq!(seconds, ["250131161046", "250131161047", "250131161048"]);
    assert!(sent.iter().all(|request| request.get("MerchantReference").is_none() && request["SortDir"] == "desc"));
}

#[tokio::test(start_paused = true)]
async fn pages_end_where_everything_is_older_than_the_questions() {
    let (provider, wire) = account([page(900, &[(2, "31/01/25  15:40"), (1, "31/01/25  15:19")])]);
    provider.ask(&questions(2)).await.expect("findings");
    assert_eq!(wire.carried().len(), 1);
    // Inside the slack of ten minutes it goes on, and a page that gives nothing more is a contradiction.
    let (provider, wire) = account([page(900, &[(2, "31/01/25  15:40"), (1, "31/01/25  15:21")]), page(900, &[])]);
    let error = provider.ask(&questions(2)).await.expect_err("an error");
    assert_eq!((error.kind, wire.carried().len()), (Kind::Protocol, 2));
}

#[tokio::test(start_paused = true)]
async fn nothing_asked_is_nothing_sent() {
    let (provider, wire) = account([]);
    assert!(provider.ask(&[]).await.expect("findings").is_empty() && wire.carried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn errors_say_what_to_do() {
    for (script, kind, delivery) in [
        (Script::Answer(401, UNAUTHORISED), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(200, r#"{"Success":false,"Message":"no"}"#), Kind::Rejected, Delivery::Never),
        (Script::Answer(200, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(200, r#"{"Success":true,"TotalCou"#), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(429, ""), Kind::RateLimited, Delivery::Never),
        (Script::Answer(500, ""), Kind::Unavailable, Delivery::Maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
        (Script::Late(std::time::Duration::from_secs(60), 200, APPROVED), Kind::Timeout, Delivery::Maybe),
    ] {
        let (provider, wire) = account([script.clone()]);
        let error = provider.ask(&questions(1)).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery, error.provider), (kind, delivery, NAME), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "the same second is not sent twice");
    }
}

/// Remembers what was asked of it and refuses.
struct Refusing(fn() -> SequenceError, Mutex<Vec<(String, Urgency)>>);

#[async_trait]
impl Sequences for Refusing {
    async fn next_second(&self, scope: &str, urgency: Urgency) -> Result<Timestamp, SequenceError> {
        self.1.lock().expect("no thread has panicked").push((scope.to_owned(), urgency));
        Err((self.0)())
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_second_nothing_is_sent() {
    let busy = || SequenceError::Busy;
    let unreachable = || SequenceError::Unreachable("the database is stopped".into());
    for (error, kind) in [(busy as fn() -> SequenceError, Kind::RateLimited), (unreachable, Kind::Internal)] {
        let wire = ScriptedWire::new([]);
        let sequences = Arc::new(Refusing(error, Mutex::default()));
        let parts =
            Parts { sequences: Arc::clone(&sequences) as Arc<dyn Sequences>, ..conformance::parts(Arc::clone(&wire)) };
        let provider = build(parts, 500);
        let asked = provider.ask(&questions(1)).await.expect_err("no second");
        let described = provider.describe_refund(&conformance::refund_order()).await.expect_err("no second");
        for refused in [asked, described] {
            assert_eq!((refused.kind, refused.origin, refused.delivery), (kind, Fault::Us, Delivery::Never));
        }
        assert!(wire.carried().is_empty());
        let lane = "tnpg.moamalat.net/10081014649/99179395".to_owned();
        let asked = sequences.1.lock().expect("no thread has panicked").clone();
        let probe =
            provider.describe_probe().await.expect("a probe draws no second").expect("there is somebody to ask");
        assert_eq!(probe.call.request.url.path(), "/js/lightbox.js");
        let urgencies = [Urgency::Ordinary, Urgency::First];
        assert_eq!(asked, urgencies.map(|urgency| (lane.clone(), urgency)));
        assert_eq!((provider.lane(), provider.identity()), (lane.as_str(), Some("10081014649/99179395")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_described_and_refused_by_what_it_lacks() {
    let (provider, wire) = account([]);
    let order = conformance::refund_order();
    let call = provider.describe_refund(&order).await.expect("a call");
    let body: Value = serde_json::from_slice(&call.request.body).expect("JSON");
    assert_eq!((&body["AmountTrxn"], &body["SystemReference"]), (&json!("5000"), &json!("1240001")));
    for (wrong, kind) in [
        (RefundOrder { amount: Money::new(5_000, Currency::Usd), ..order.clone() }, Kind::Unsupported),
        (RefundOrder { amount: Money::new(0, Currency::Lyd), ..order.clone() }, Kind::Invalid),
        (RefundOrder { transaction: String::new(), ..order }, Kind::Invalid),
    ] {
        let error = provider.describe_refund(&wrong).await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (kind, Delivery::Never));
    }
    assert!(wire.carried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn references_are_those_of_the_filter_api() {
    let (provider, _) = account([]);
    for (reference, opens) in [
        ("jisr-12345", true),
        ("jisr-1234", false),
        (&"a".repeat(36), true),
        (&"a".repeat(37), false),
        ("jisr 123456", false),
        ("jisr-12345٦", false),
    ] {
        let order = Order { wire_reference: reference.to_owned(), ..conformance::order(&CARD) };
        assert_eq!(provider.open(&order).await.is_ok(), opens, "{reference}");
    }
}

#[tokio::test]
async fn beside_a_host_of_ones_own_the_scripts_address_is_a_guess_and_nothing_is_probed() {
    for (more, probed) in [
        (json!({}), true),
        (json!({"base_url": "https://cards.example"}), false),
        (json!({"base_url": "https://cards.example", "script_url": "https://cards.example/lightbox.js"}), true),
    ] {
        let mut configuration = json!({"merchant_id": "10081014649", "terminal_id": "99179395"});
        configuration.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let keys = json!({"secret_key": "3a488a89b3f7993476c252f017c488bb"});
        let parts = conformance::parts(ScriptedWire::new([]));
        let provider = (super::PROVIDER.build)(configuration, keys, parts).expect("an account");
        assert_eq!(provider.describe_probe().await.expect("described").is_some(), probed, "{more}");
    }
}
