//! Webhooks: the contract's vector, everything forged, late or early, and what is half readable.

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use kit::contract::{SIGNATURE, TIME};
use proptest::prelude::*;

use super::super::tests::{KEY, NUMBER, REFERENCE, built, changed, sample};
use super::super::{AMYAL, CarrierContract, WINGSLY};
use super::*;
use crate::conformance;
use crate::port::Carrier;

const AT: i64 = 1_795_600_000;
const VECTOR: &str = "37fc42ecde53de38ae48f6d932dbcdf235120b5aa505f47a9d1be84f4e31a9c4";

/// The account, at a moment that stands.
fn account_at(second: i64) -> CarrierContract {
    let now = Timestamp::from_second(second).expect("a time");
    built(&AMYAL, kit::testing::parts(kit::testing::ScriptedWire::new([]), now))
}

fn message(time: &str, signature: &str, body: &[u8]) -> RawCallback {
    let mut headers = HeaderMap::new();
    headers.insert(TIME, HeaderValue::from_str(time).expect("a header"));
    headers.insert(SIGNATURE, HeaderValue::from_str(signature).expect("a header"));
    RawCallback { headers, query: String::new(), body: body.to_vec().into() }
}

/// Signed here, as anybody who has the key would.
fn signed(time: &str, body: &str) -> RawCallback {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
    mac.update(format!("{time}\n{body}").as_bytes());
    message(time, &hex::encode(mac.finalize().into_bytes()), body.as_bytes())
}

fn read(raw: &RawCallback) -> Result<Told, CallbackError> {
    account_at(AT).read_callback(raw)
}

fn now(body: &str) -> RawCallback {
    signed("1795600000", body)
}

#[tokio::test]
async fn the_webhook_of_the_contract_proves_what_it_says() {
    let raw = message("1795600000", VECTOR, sample!("webhook.json").as_bytes());
    let told = read(&raw).expect("it is genuine");
    let [entry] = told.entries.as_slice() else { panic!("one event: {told:?}") };
    assert_eq!((entry.number.as_deref(), entry.reference.as_deref()), (Some(NUMBER), Some(REFERENCE)));
    let entry = entry.entry.as_ref().expect("what happened");
    assert_eq!((entry.raw.as_str(), entry.collected.map(|money| money.minor)), ("delivered", Some(85_000)));
    assert_eq!(address(&raw), Some(CallbackAddress { identity: None, wire_reference: Some(REFERENCE.to_owned()) }));
    // The same event is the same by whatever way it is told.
    let reply = super::super::tests::reply(200, sample!("events.json"));
    let trail = super::super::answer::trail(NUMBER, &reply).expect("a trail");
    assert_eq!(trail.entries.last(), Some(entry));
}

#[tokio::test]
async fn several_are_read_one_by_one_and_the_malformed_are_kept() {
    let told = read(&now(sample!("webhook_batch.json"))).expect("it is genuine");
    assert_eq!((told.entries.len(), told.malformed.len()), (2, 0));
    for (from, to) in [("\"picked_up\"", "{}"), ("\"2026-11-30T12:15:30Z\"", "12"), ("{\"id\":44", "[],{\"id\":44")] {
        let told = read(&now(&changed(sample!("webhook_batch.json"), from, to))).expect("it is genuine");
        assert_eq!(told.malformed.len(), 1, "{to}");
        assert!(told.entries.iter().any(|told| told.entry.as_ref().is_some_and(|entry| entry.raw == "delivered")));
    }
    let body = format!("{{\"id\":52,\"events\":[{},7]}}", sample!("webhook.json"));
    assert_eq!(read(&now(&body)).expect("it is genuine").malformed, ["7"]);
}

#[tokio::test]
async fn a_forged_webhook_is_refused() {
    let body = sample!("webhook.json");
    for (time, signature, body) in [
        ("1795600001", VECTOR, body),
        ("", VECTOR, body),
        ("1795600000", "", body),
        ("1795600000", &VECTOR[..62], body),
        ("1795600000", VECTOR, &changed(body, "85.000", "85.001")),
        ("1795600000", VECTOR, &changed(body, NUMBER, "AMY-284511")),
        ("1795600000", VECTOR, sample!("webhook_batch.json")),
        ("1795600000", VECTOR, ""),
    ] {
        assert_eq!(read(&message(time, signature, body.as_bytes())), Err(CallbackError::Forged), "{time} {body}");
    }
    for name in [TIME, SIGNATURE] {
        let mut raw = now(body);
        raw.headers.remove(name);
        assert_eq!(read(&raw), Err(CallbackError::Forged));
    }
}

#[tokio::test]
async fn an_old_or_early_one_is_refused() {
    let raw = now(sample!("webhook.json"));
    for (offset, believed) in [(300, true), (-300, true), (301, false), (-301, false), (86_400, false)] {
        assert_eq!(account_at(AT + offset).read_callback(&raw).is_ok(), believed, "{offset}");
    }
}

#[tokio::test]
async fn what_is_signed_and_no_event_is_kept_or_malformed() {
    for body in ["", "[]", "null", "<html>", "{", "7"] {
        assert_eq!(read(&now(body)), Err(CallbackError::Malformed), "{body}");
    }
    assert_eq!(read(&signed("now", sample!("webhook.json"))), Err(CallbackError::Malformed));
    let nobody = r#"{"id":52,"status":"delivered","occurred_at":"2026-12-01T10:05:00Z"}"#;
    for body in ["{}", r#"{"hello":1}"#, r#"{"events":{}}"#, nobody] {
        let told = read(&now(body)).expect("it is genuine");
        assert_eq!((told.entries.len(), told.malformed.as_slice()), (0, &[body.to_owned()][..]));
    }
    for body in ["", "{}", "[]", r#"{"events":[7]}"#, r#"{"reference":null}"#] {
        assert_eq!(address(&message("1", "x", body.as_bytes())), None, "{body}");
    }
}

#[tokio::test]
async fn whoever_has_a_stream_sends_none() {
    let parts = kit::testing::parts(kit::testing::ScriptedWire::new([]), conformance::now());
    let raw = now(sample!("webhook.json"));
    assert_eq!(built(&WINGSLY, parts).read_callback(&raw), Err(CallbackError::Unsupported));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let body = Bytes::from(body);
        let _ = told(&body);
        let _ = address(&RawCallback { headers: HeaderMap::new(), query: String::new(), body });
    }
}
