//! Webhooks: the contract's vector, and everything forged, late or early.

use http::{HeaderMap, HeaderValue};
use kit::contract;
use proptest::prelude::*;

use super::super::tests::{KEY, REFERENCE, changed};
use super::*;

const PAID: &str = include_str!("../../../../../schemas/providers/wallet_contract/webhook_paid.json");
const DECLINED: &str = include_str!("../../../../../schemas/providers/wallet_contract/webhook_declined.json");
const TIME: i64 = 1_795_600_000;
const SIGNATURE: &str = "eb7c666b058b93dc28be1217fd2998705ff68d7723f02c23a55c63174bb05c78";

fn key() -> Key {
    Key::new(KEY.into())
}

fn message(time: &str, signature: &str, body: &[u8]) -> RawCallback {
    let mut headers = HeaderMap::new();
    headers.insert(contract::TIME, HeaderValue::from_str(time).expect("a header"));
    headers.insert(contract::SIGNATURE, HeaderValue::from_str(signature).expect("a header"));
    RawCallback { headers, query: String::new(), body: body.to_vec().into() }
}

/// Signed here, as anybody who has the key would.
fn signed(time: &str, body: &str) -> RawCallback {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
    mac.update(format!("{time}\n{body}").as_bytes());
    message(time, &hex::encode(mac.finalize().into_bytes()), body.as_bytes())
}

fn read_at(raw: &RawCallback, second: i64) -> Result<Hint, CallbackError> {
    hint(raw, &key(), Timestamp::from_second(second).expect("a time"))
}

fn read(raw: &RawCallback) -> Result<Hint, CallbackError> {
    read_at(raw, TIME)
}

#[test]
fn the_webhook_of_the_contract_hints_and_proves_nothing() {
    let raw = message("1795600000", SIGNATURE, PAID.trim_end().as_bytes());
    assert_eq!(read(&raw), Ok(Hint::at(REFERENCE, TransactionKind::Sale)));
    assert_eq!(address(&raw), Some(CallbackAddress { identity: None, wire_reference: Some(REFERENCE.to_owned()) }));
    assert_eq!(read(&signed("1795600000", DECLINED.trim_end())), Ok(Hint::at(REFERENCE, TransactionKind::Sale)));
    let other = changed(PAID.trim_end(), "payment.paid", "payment.refunded");
    assert_eq!(read(&signed("1795600000", &other)).expect("a hint").kind, TransactionKind::Other);
}

#[test]
fn a_forged_webhook_is_refused() {
    let body = PAID.trim_end();
    for (time, signature, body) in [
        ("1795600001", SIGNATURE, body),
        ("+1795600000", SIGNATURE, body),
        ("", SIGNATURE, body),
        ("1795600000", "", body),
        ("1795600000", "eb7c666b058b93dc28be1217fd2998705ff68d7723f02c23a55c63174bb05c79", body),
        ("1795600000", &SIGNATURE[..62], body),
        ("1795600000", SIGNATURE, PAID),
        ("1795600000", SIGNATURE, &changed(body, "12.500", "12.501")),
        ("1795600000", SIGNATURE, &changed(body, REFERENCE, "pay_01K9QJ7Z5T.a2")),
        ("1795600000", SIGNATURE, ""),
    ] {
        assert_eq!(read(&message(time, signature, body.as_bytes())), Err(CallbackError::Forged), "{time} {signature}");
    }
    for name in [contract::TIME, contract::SIGNATURE] {
        let mut raw = message("1795600000", SIGNATURE, body.as_bytes());
        raw.headers.remove(name);
        assert_eq!(read(&raw), Err(CallbackError::Forged));
    }
    let raw = message("1795600000", SIGNATURE, body.as_bytes());
    let now = Timestamp::from_second(TIME).expect("a time");
    assert_eq!(hint(&raw, &Key::new("another".into()), now), Err(CallbackError::Forged));
}

#[test]
fn an_old_or_early_one_is_refused() {
    let raw = message("1795600000", SIGNATURE, PAID.trim_end().as_bytes());
    for (offset, believed) in [(300, true), (-300, true), (301, false), (-301, false), (86_400, false)] {
        assert_eq!(read_at(&raw, TIME + offset).is_ok(), believed, "{offset}");
    }
    assert_eq!(read_at(&raw, TIME + 301), Err(CallbackError::Forged));
    for far in ["-9223372036854775808", "9223372036854775807"] {
        assert_eq!(read(&signed(far, PAID.trim_end())), Err(CallbackError::Forged), "{far}");
    }
}

#[test]
fn what_is_signed_and_no_webhook_is_malformed() {
    let control = changed(PAID.trim_end(), REFERENCE, "a\\u0000b");
    let long = changed(PAID.trim_end(), REFERENCE, &"a".repeat(257));
    for body in
        ["", "{}", "[]", "null", "<html>", &PAID[..40], &control, &long, r#"{"event":"payment.paid","reference":""}"#]
    {
        assert_eq!(read(&signed("1795600000", body)), Err(CallbackError::Malformed), "{body}");
    }
    assert_eq!(read(&signed("now", PAID.trim_end())), Err(CallbackError::Malformed));
    for body in ["", "{}", "[\"payment.paid\",\"x\"]", r#"{"event":"payment.paid","reference":null}"#] {
        assert_eq!(address(&message("1", "x", body.as_bytes())), None, "{body}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let raw = message("1795600000", SIGNATURE, &body);
        prop_assert_eq!(read(&raw), Err(CallbackError::Forged));
        let _ = address(&raw);
    }
}
