//! Looking through records: found, not there, and not to be said.

use std::sync::Arc;

use kit::Kind;
use kit::testing::{Script, ScriptedWire};
use schemas::Phone;
use serde_json::{Value, json};

use super::super::tests::account;
use super::*;
use crate::port::Carrier;

const REFERENCE: &str = "jisr-0190a3f2-s1";

fn wanted() -> Wanted {
    let since = "2026-11-30T08:00:00Z".parse().expect("a time");
    Wanted { reference: REFERENCE.to_owned(), since, phone: Phone::parse("0912345678").expect("a number") }
}

/// A record that was made so many minutes after the booking left.
fn record(id: usize, minutes: i64, reference: Option<&str>) -> Value {
    let created = wanted().since + SignedDuration::from_mins(minutes);
    json!({"_id": format!("id-{id}"), "reference": format!("SH{id}"), "createdAt": created.to_string(),
        "metadata": reference.map(|reference| json!({ "reference": reference }))})
}

/// A full page of others' records from one number on, each a minute older than the one before.
fn others(from: usize) -> Vec<Value> {
    (from..from + PAGE).map(|id| record(id, 10_000 - i64::try_from(id).expect("small"), None)).collect()
}

fn page(records: &[Value]) -> Script {
    let body = json!({"status": true, "data": {"results": records}}).to_string();
    Script::Answer(200, String::leak(body))
}

async fn find(script: Vec<Script>) -> (Result<Found, Error>, Arc<ScriptedWire>) {
    let (account, wire) = account(script);
    (account.find(&wanted()).await, wire)
}

fn numbers(found: Found) -> Vec<String> {
    let Found::Bookings(bookings) = found else { panic!("{found:?}") };
    bookings.into_iter().map(|booking| booking.number).collect()
}

#[tokio::test(start_paused = true)]
async fn all_that_were_booked_under_the_reference_are_found() {
    let mut second: Vec<Value> = others(PAGE - 1);
    second[0] = others(0).pop().expect("the last record of the first page");
    second[7] = record(107, 10_000 - 106, Some(REFERENCE));
    let third = [second[PAGE - 1].clone(), record(300, 3, Some(REFERENCE)), record(301, -11, None)];
    let (found, wire) = find(vec![page(&others(0)), page(&second), page(&third)]).await;
    assert_eq!(numbers(found.expect("an answer")), ["SH107", "SH300"]);
    let offsets: Vec<String> =
        wire.carried().iter().map(|call| call.request.url.query().expect("a query").to_owned()).collect();
    assert!(offsets[1].starts_with("offset=99&") && offsets[2].starts_with("offset=198&"), "{offsets:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_means_that_all_was_seen() {
    for records in [vec![], vec![record(1, 5, Some("jisr-0190a3f2-s10")), record(2, 1, None)]] {
        assert_eq!(find(vec![page(&records)]).await.0.expect("an answer"), Found::Nothing);
    }
    let mut full = others(0);
    full.truncate(PAGE - 1);
    full.push(record(900, -11, None));
    let (found, wire) = find(vec![page(&full)]).await;
    assert_eq!((found.expect("an answer"), wire.carried().len()), (Found::Nothing, 1), "older ones need not be seen");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_hides_nothing() {
    let mut first = others(0);
    first[PAGE - 1] = record(900, -8, None);
    let second = [record(900, -8, None), record(901, -9, Some(REFERENCE)), record(902, -20, None)];
    assert_eq!(numbers(find(vec![page(&first), page(&second)]).await.0.expect("an answer")), ["SH901"]);
}

#[tokio::test(start_paused = true)]
async fn where_not_all_can_be_seen_nothing_is_said() {
    let unreadable = json!(["not", "a", "record"]);
    let timeless = json!({"_id": "id-1", "reference": "SH1"});
    let wrong_order = [record(1, 5, None), record(2, 6, None)];
    for script in [
        vec![page(&[unreadable])],
        vec![page(&[timeless])],
        vec![page(&wrong_order)],
        // Something was deleted meanwhile: the second page does not begin where the first one ended.
        vec![page(&others(0)), page(&others(PAGE))],
        // Nothing old ever comes.
        vec![page(&others(0)); MOST_PAGES],
    ] {
        let (found, _) = find(script.clone()).await;
        assert!(matches!(found.expect("an answer"), Found::CannotSay { .. }), "{:?}", script.first());
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_asked_is_an_error() {
    for (script, kind) in [
        (Script::Answer(200, "<html>"), Kind::Protocol),
        (Script::Answer(200, r#"{"status":true}"#), Kind::Protocol),
        (Script::Answer(200, r#"{"status":true,"data":{"results":{}}}"#), Kind::Protocol),
        (Script::Answer(401, r#"{"status":false}"#), Kind::Unauthorized),
        (Script::Answer(500, r#"{"status":false}"#), Kind::Unavailable),
        (Script::Cut, Kind::Unavailable),
    ] {
        let error = find(vec![page(&others(0)), script.clone()]).await.0.expect_err("an error");
        assert_eq!(error.kind, kind, "{script:?}");
    }
}
