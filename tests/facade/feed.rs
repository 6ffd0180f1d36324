//! The feed: every event of the store's own, by its schema, once, in an order that nothing is ever added before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mocks::{FaultKind, Outcome};
use schemas::event::{EventData, EventName};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::party::{cash, evidence, fault, live, problem, settled, shop};
use crate::harness::{Answer, Client, Gateway, on_both};

/// One page.
pub async fn page(client: &Client, query: &str) -> Answer {
    let answer = client.get(&format!("/v1/feed{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The events of a page.
pub fn events(page: &Answer) -> Vec<Value> {
    page.body["data"].as_array().cloned().expect("events")
}

/// The texts of a field.
pub fn texts(events: &[Value], field: &str) -> Vec<String> {
    events.iter().map(|event| event[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// In short pages, until there are so many.
pub async fn read_on(client: &Client, cursor: String, count: usize) -> (Vec<Value>, String) {
    read_on_by(3, client, cursor, count).await
}

/// Page by page, until there are so many; transactions of other tests can hold the feed back for a moment.
pub async fn read_on_by(limit: u32, client: &Client, mut cursor: String, count: usize) -> (Vec<Value>, String) {
    let (mut read, until) = (Vec::new(), Instant::now() + Duration::from_secs(30));
    while read.len() < count && Instant::now() < until {
        let after = if cursor.is_empty() { String::new() } else { format!("&after={cursor}") };
        let page = page(client, &format!("?limit={limit}&wait_ms=500{after}")).await;
        read.extend(events(&page));
        cursor = page.text("next_cursor");
    }
    assert_eq!(read.len(), count, "{:?}", texts(&read, "event"));
    (read, cursor)
}

/// Everything that the store's key is shown, when all that the database has is there.
async fn everything(gateway: &Gateway) -> Vec<Value> {
    let count = gateway.count("SELECT COUNT(*) FROM events").await;
    let (read, cursor) = read_on(&gateway.client, String::new(), usize::try_from(count).expect("a count")).await;
    let rest = page(&gateway.client, &format!("?after={cursor}")).await;
    assert_eq!((events(&rest), rest.text("next_cursor")), (Vec::new(), cursor));
    read
}

/// Each event is by its schema, about its resource, and the resource's next one.
fn check(events: &[Value]) -> BTreeSet<EventName> {
    let (mut names, mut last) = (BTreeSet::new(), BTreeMap::new());
    for event in events {
        let name: EventName = texts(std::slice::from_ref(event), "event")[0].parse().expect("a name of the catalogue");
        let data = EventData::read(name, event["data"].clone()).unwrap_or_else(|error| panic!("{event}: {error}"));
        assert_eq!(serde_json::to_value(&data).ok().as_ref(), Some(&event["data"]), "{event}");
        assert_eq!(event["resource"], name.resource().id(data.resource()), "{event}");
        assert_eq!((&event["version"], &event["store"]), (&json!(name.version()), &json!("default")), "{event}");
        assert!(event["livemode"] == json!(false) && event["created_at"].as_str().is_some_and(|at| at.ends_with('Z')));
        let sequence = last.entry(event["resource"].to_string()).or_insert(0);
        *sequence += 1;
        assert_eq!(event["sequence"], *sequence, "{event}");
        names.insert(name);
    }
    assert_eq!(texts(events, "id").into_iter().collect::<BTreeSet<_>>().len(), events.len(), "one came twice");
    names
}

/// Payments that are declined, given up, switched, paid twice, given back; refunds that fail or wait for a person.
async fn lives(gateway: &Gateway) {
    let client = &gateway.client;
    let declined = gateway.card("DECLINED").await;
    gateway.pay(&declined, Outcome::Declined).await;
    gateway.until(&declined.id, "declined").await;
    let cancelled = gateway.create(cash("CANCELLED")).await;
    client.post(&format!("/v1/payments/{}/cancel", cancelled.id), json!({})).await;
    let twice = gateway.card("TWICE").await;
    client.post(&format!("/v1/payments/{}/attempts", twice.id), json!({"method": "cash_on_delivery"})).await;
    client.post(&format!("/v1/payments/{}/settle", twice.id), evidence()).await;
    gateway.pay(&twice, Outcome::Approved).await;
    gateway.until(&twice.id, "needs_review").await;
    let back = gateway.refunding(&twice.id, Some("12.500")).await;
    gateway.refund_until(&back, "succeeded").await;
    let refused = gateway.paid_card("REFUSED").await;
    gateway.fault("RefundTransaction", FaultKind::ErrorIn200);
    let refund = gateway.refunding(&refused.id, Some("12.500")).await;
    gateway.refund_until(&refund, "failed").await;
    let lost = gateway.paid_card("LOST").await;
    gateway.fault("RefundTransaction", FaultKind::CutBefore);
    let refund = gateway.refunding(&lost.id, Some("12.500")).await;
    gateway.refund_until(&refund, "needs_review").await;
    let mut unmoved = evidence();
    unmoved["moved"] = json!(false);
    let failed = client.post(&format!("/v1/refunds/{refund}/settle"), unmoved).await;
    assert_eq!(failed.text("status"), "failed", "{failed:?}");
}

/// A payment that nobody uses, and one of which nobody can say whether it was.
async fn lives_in_doubt(gateway: &Gateway) {
    let unused = gateway.card("UNUSED").await;
    gateway.until(&unused.id, "expired").await;
    gateway.faults("FilterTransactions", FaultKind::CutBefore, 1_000);
    let unknown = gateway.card("UNKNOWN").await;
    gateway.until(&unknown.id, "processing").await;
    gateway.until(&unknown.id, "needs_review").await;
}

on_both! {
    async fn every_event_of_a_life_is_by_its_schema_and_numbered(backend) {
        let settings = [
            ("JISR_PAYMENTS__REVIEW_AFTER_MS", "2000"),
            ("JISR_POLICY__MOAMALAT__BREAKER_FAILURES", "1000"),
            ("JISR_DATABASE__CONNECTIONS", "3"),
        ];
        let soon_over = [&settings[..], &[("JISR_PAYMENTS__CARD_EXPIRES_MS", "300")]].concat();
        let decided = async {
            let gateway = Gateway::start_with(backend, &settings).await;
            lives(&gateway).await;
            let told = check(&everything(&gateway).await);
            gateway.stop().await;
            told
        };
        let doubted = async {
            let gateway = Gateway::start_with(backend, &soon_over).await;
            lives_in_doubt(&gateway).await;
            let told = check(&everything(&gateway).await);
            gateway.stop().await;
            told
        };
        let (mut told, doubted) = tokio::join!(decided, doubted);
        told.extend(doubted);
        let areas = ["payment.", "refund."];
        let untold = EventName::ALL.iter().filter(|name| areas.iter().any(|area| name.as_str().starts_with(area)));
        assert_eq!(untold.filter(|name| !told.contains(name)).collect::<Vec<_>>(), Vec::<&EventName>::new());
    }
}

on_both! {
    async fn a_refund_that_ends_without_success_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = settled(&gateway.client, "ORD").await;
        let refund = gateway.refunding(&payment, Some("5.000")).await;
        let mut unmoved = evidence();
        unmoved["moved"] = json!(false);
        gateway.client.post(&format!("/v1/refunds/{refund}/settle"), unmoved).await;
        let told = everything(&gateway).await;
        assert_eq!(texts(&told, "event"), ["payment.created", "payment.paid", "refund.failed"]);
        assert_eq!((told[2]["resource"].clone(), told[2]["sequence"].clone()), (json!(refund), json!(1)));
        let expected = json!({
            "refund": {"id": refund, "status": "failed", "way": "manual", "amount": "5.000", "currency": "LYD"},
            "payment": {"id": payment, "reference": "ORD", "status": "paid", "amount": "12.500", "currency": "LYD"},
        });
        assert_eq!(told[2]["data"], expected);
        gateway.stop().await;
    }
}

on_both! {
    async fn pages_follow_one_another_and_any_event_can_be_read_on_from(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let nothing = page(client, "").await;
        assert!(events(&nothing).is_empty() && nothing.body["next_cursor"].is_null(), "{nothing:?}");
        for index in 0..3 {
            settled(client, &format!("ORD-{index}")).await;
        }
        let all = everything(&gateway).await;
        let ids = texts(&all, "id");
        for (index, id) in ids.iter().enumerate() {
            let rest = page(client, &format!("?after={id}&limit=500")).await;
            assert_eq!(events(&rest), all[index + 1..]);
            assert_eq!(rest.text("next_cursor"), ids[5]);
        }
        assert_eq!(events(&page(client, "?limit=0").await).len(), 1);
        assert_eq!(events(&page(client, "?limit=100000").await).len(), 6);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_filter_passes_over_the_others_for_good(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        for index in 0..3 {
            settled(client, &format!("ORD-{index}")).await;
        }
        let all = everything(&gateway).await;
        let ids = texts(&all, "id");
        let first = page(client, "?event=payment.paid&limit=2").await;
        assert_eq!(events(&first), [all[1].clone(), all[3].clone()]);
        // A full page ends at its last event, a page that is not full at the end of the feed.
        assert_eq!(first.text("next_cursor"), ids[3]);
        let rest = page(client, &format!("?event=payment.paid&limit=2&after={}", ids[3])).await;
        assert_eq!((events(&rest), rest.text("next_cursor")), (vec![all[5].clone()], ids[5].clone()));
        let none = page(client, "?event=payment.refunded").await;
        assert_eq!((events(&none).len(), none.text("next_cursor")), (0, ids[5].clone()));
        settled(client, "ORD-3").await;
        let (next, _) = read_on(client, ids[5].clone(), 2).await;
        let paid = page(client, &format!("?event=payment.paid&after={}", none.text("next_cursor"))).await;
        assert_eq!(events(&paid), next[1..]);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_cannot_be_read_on_from_is_named(backend) {
        let gateway = Gateway::start(backend).await;
        let (client, other, live) = (&gateway.client, shop(&gateway, "other").await, live(&gateway).await);
        settled(client, "ORD").await;
        settled(&other, "ORD").await;
        settled(&live, "ORD").await;
        let mut seen = BTreeSet::new();
        for own in [client, &other, &live] {
            let (read, cursor) = read_on(own, String::new(), 2).await;
            assert!(texts(&read, "id").into_iter().all(|id| seen.insert(id)), "{read:?}");
            assert!(events(&page(own, &format!("?after={cursor}")).await).is_empty());
            for stranger in [client, &other, &live].into_iter().filter(|one| !std::ptr::eq(*one, own)) {
                let answer = stranger.get(&format!("/v1/feed?after={cursor}")).await;
                problem(&answer, 404, "not_found");
                assert_eq!(answer.fields(), ["after"], "{answer:?}");
            }
        }
        problem(&client.get("/v1/feed?after=evt_01J9Z3N8M4Q0X7V5K2T6B1C8DE").await, 404, "not_found");
        for (query, field) in [
            ("after=x", "after"),
            ("after=pay_01J9Z3N8M4Q0X7V5K2T6B1C8DE", "after"),
            ("limit=many", "limit"),
            ("event=payment.lost", "event"),
            ("wait_ms=20001", "wait_ms"),
            ("wait_ms=-1", "wait_ms"),
        ] {
            fault(&client.get(&format!("/v1/feed?{query}")).await, field);
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn an_answer_waits_until_something_happens(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        settled(client, "ORD-1").await;
        let (_, cursor) = read_on(client, String::new(), 2).await;
        let started = Instant::now();
        let nothing = page(client, &format!("?after={cursor}&wait_ms=400")).await;
        assert!(started.elapsed() >= Duration::from_millis(400) && events(&nothing).is_empty(), "{nothing:?}");
        assert_eq!(nothing.text("next_cursor"), cursor);
        let query = format!("?after={cursor}&event=payment.paid&wait_ms=20000");
        let made = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            settled(client, "ORD-2").await
        };
        let (answer, made) = tokio::join!(page(client, &query), made);
        let told = events(&answer);
        assert_eq!((texts(&told, "event"), texts(&told, "resource")), (vec!["payment.paid".to_owned()], vec![made]));
        // A gateway that is leaving keeps nobody waiting.
        let started = Instant::now();
        let leaving = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            gateway.facade.ready.set(false);
        };
        let query = format!("?after={}&wait_ms=20000", answer.text("next_cursor"));
        let (answer, ()) = tokio::join!(page(client, &query), leaving);
        assert!(events(&answer).is_empty() && started.elapsed() < Duration::from_secs(10), "{answer:?}");
        gateway.stop().await;
    }
}
