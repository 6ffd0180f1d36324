//! Cash on delivery: a planted month is reported exactly, however often; what is decided stays; and whose it is.

mod paths;
mod planted;
mod rows;
mod stories;

use std::collections::BTreeMap;
use std::time::Instant;

use schemas::remittance::RemittanceOutcome;
use schemas::{Currency, Money};
use serde_json::{Value, json};

use crate::facade::party::shop;
use crate::harness::{Answer, Client, Gateway, on_both};
use planted::{Expected, plan};

pub use paths::{has, made, rule};

const REMITTANCES: &str = "/v1/cod/remittances";

/// Hands a statement of Amyal in.
async fn hand_in(client: &Client, text: impl Into<Vec<u8>>) -> Answer {
    let path = format!("{REMITTANCES}?carrier=amyal");
    client.send_bytes("POST", &path, Some(text.into()), &[("content-type", "text/csv; charset=utf-8")]).await
}

/// Every line of a remittance, in order.
async fn lines(client: &Client, id: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let page = client.get(&format!("{REMITTANCES}/{id}/lines?limit=500&cursor={cursor}")).await;
        found.extend(page.body["data"].as_array().cloned().unwrap_or_else(|| panic!("{page:?}")));
        match page.body["next_cursor"].as_i64() {
            Some(next) => cursor = next.to_string(),
            None => return found,
        }
    }
}

fn outcomes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["outcome"].as_str().unwrap_or_default()).collect()
}

fn minor(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let minor = Money::parse(digits, Currency::Lyd).expect("an amount").minor;
    Some(if text.starts_with('-') { -minor } else { minor })
}

fn told(line: &Value) -> Expected {
    let outcome: RemittanceOutcome = line["outcome"].as_str().and_then(|word| word.parse().ok()).expect("an outcome");
    let amounts = ["expected", "amount", "fee", "net"].map(|field| minor(&line[field]));
    (outcome, line["shipment"].as_str().map(str::to_owned), amounts[0], amounts[1], amounts[2], amounts[3])
}

/// By outcome: count, expected, amount, fee, net.
fn totals(expected: &[Expected]) -> BTreeMap<String, [i64; 5]> {
    let mut totals: BTreeMap<String, [i64; 5]> = BTreeMap::new();
    for line in expected {
        let sums = totals.entry(line.0.to_string()).or_default();
        for (sum, more) in sums.iter_mut().zip([Some(1), line.2, line.3, line.4, line.5]) {
            *sum += more.unwrap_or(0);
        }
    }
    totals
}

/// The report says what was planted, and nothing else.
async fn assert_exact(client: &Client, shown: &Answer, expected: &[Expected]) {
    let found: Vec<Expected> = lines(client, &shown.text("id")).await.iter().map(told).collect();
    for (line, wanted) in found.iter().zip(expected) {
        assert_eq!(line, wanted);
    }
    assert_eq!((found.len(), shown.body["lines"].as_u64()), (expected.len(), Some(expected.len() as u64)));
    let differ = expected.iter().filter(|line| line.0 != RemittanceOutcome::Matched).count();
    assert_eq!((shown.text("status").as_str(), &shown.body["undecided"]), ("differences", &json!(differ)));
    let wanted = totals(expected);
    for (outcome, sums) in &wanted {
        let total = &shown.body["totals"][outcome];
        let amounts = ["expected", "amount", "fee", "net"].map(|field| minor(&total[field]).expect("an amount"));
        assert_eq!([&[total["count"].as_i64().expect("a count")], &amounts[..]].concat(), sums, "{outcome}: {total}");
    }
    assert_eq!(shown.body["totals"].as_object().map(serde_json::Map::len), Some(wanted.len()));
}

async fn owed(client: &Client) -> Vec<Value> {
    client.get("/v1/cod/owed").await.body["data"].as_array().cloned().expect("what is owed")
}

/// The counts of the last remittance that the feed tells of.
async fn counted(gateway: &Gateway, id: &str) -> Value {
    let feed = gateway.client.get("/v1/feed?limit=100&wait_ms=2000").await;
    let events = feed.body["data"].as_array().cloned().unwrap_or_default();
    let of = |event: &&Value| event["data"]["remittance"]["id"] == json!(id);
    let found: Vec<&Value> = events.iter().filter(of).collect();
    assert_eq!(found.len(), 1, "{feed:?}");
    assert_eq!(found[0]["event"], json!("remittance.received"));
    found[0]["data"]["counts"].clone()
}

on_both! {
    async fn a_planted_month_of_ten_thousand_parcels_is_reported_exactly_and_twice_the_same(backend) {
        let gateway = Gateway::start(backend).await;
        shop(&gateway, "other").await;
        let other = gateway.facade.auth.store("other").await.ok().flatten().expect("the store is there").id;
        let month = plan(&gateway, 10_000, other);
        let expected = totals(&month.expected);
        for outcome in RemittanceOutcome::ALL {
            assert!(expected.contains_key(outcome.as_str()), "{outcome} is not planted");
        }
        rows::insert(&gateway, &month.early).await;
        let earlier = hand_in(&gateway.client, month.earlier.clone()).await;
        assert_eq!((earlier.status, earlier.text("status").as_str()), (201, "matched"), "{earlier:?}");
        rows::insert(&gateway, &month.parcels).await;

        let began = Instant::now();
        let first = hand_in(&gateway.client, month.statement.clone()).await;
        let whole = began.elapsed();
        assert_eq!(first.status, 201, "{first:?}");
        assert_exact(&gateway.client, &first, &month.expected).await;
        let known = lines(&gateway.client, &first.text("id")).await;
        let malformed = known.iter().find(|line| line["outcome"] == json!("malformed")).expect("a malformed line");
        assert!(malformed["raw"].as_str().is_some_and(|raw| raw.starts_with("AMY-") && raw.ends_with(",2026-11-20")));
        let counts = counted(&gateway, &first.text("id")).await;
        for outcome in RemittanceOutcome::ALL {
            let planted = expected.get(outcome.as_str()).map_or(0, |sums| sums[0]);
            assert_eq!(counts[outcome.as_str()], json!(planted), "{outcome}: {counts}");
        }
        let began = Instant::now();
        let owes = owed(&gateway.client).await;
        let asking = began.elapsed();
        let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
        let planted = month.owed.iter().map(|((carrier, code), (count, amount))| {
            let amount = Money::new(*amount, Currency::from_code(code).expect("a currency"));
            (carrier.to_string(), code.to_string(), Some(*count), amount.to_string(), Some(10))
        });
        let told = owes.iter().map(|line| {
            let count = line["shipments"].as_i64();
            (text(line, "carrier"), text(line, "currency"), count, text(line, "amount"), line["oldest_days"].as_i64())
        });
        assert_eq!(told.collect::<Vec<_>>(), planted.collect::<Vec<_>>());

        let began = Instant::now();
        let again = hand_in(&gateway.client, month.statement.clone()).await;
        eprintln!("{backend:?}: ten thousand parcels in {whole:.1?}, again {:.1?}, owed {asking:.1?}", began.elapsed());
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(lines(&gateway.client, &first.text("id")).await, known, "nothing was written again");
        assert_eq!(owed(&gateway.client).await, owes);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM events WHERE name = 'remittance.received'").await, 2);
        let original = gateway.client.get(&format!("{REMITTANCES}/{}/original", first.text("id"))).await;
        assert_eq!((original.status, original.raw), (200, month.statement.clone()));
        gateway.stop().await;
    }
}
