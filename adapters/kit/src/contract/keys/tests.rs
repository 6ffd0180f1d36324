//! The vectors of the contracts, and that whatever differs has another signature.

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/wallet_contract/", $name)).trim_end()
    };
}

const TIME: &str = "1795600000";
const REQUEST: &str = "d0526db1693f253055f33e5ff20b68b043f15225181e3dbcb6cb08cb71044321";
const WEBHOOK: &str = "eb7c666b058b93dc28be1217fd2998705ff68d7723f02c23a55c63174bb05c78";
/// Computed with Python's hmac, as SOURCE.md's own: a GET, whose body is absent.
const ASKED: &str = "1d648e420222520075cb708d84f2f2fc428f94d966f9667b775b409f81d23070";

fn key(text: &str) -> Key {
    Key::new(text.into())
}

fn ours() -> Key {
    key("wallet-contract-secret")
}

#[test]
fn requests_as_in_the_contract() {
    let body = sample!("payment_code_request.json").as_bytes();
    assert_eq!(ours().request(TIME, "POST", "/mobicash/v1/payments", body), REQUEST);
    assert_eq!(ours().request(TIME, "GET", "/mobicash/v1/payments?reference=pay_01K9QJ7Z5T.a1", b""), ASKED);
}

#[test]
fn a_request_of_anything_else_has_another_signature() {
    let body = sample!("payment_code_request.json").as_bytes();
    for (key, time, method, target, body) in [
        (key("wallet-contract-secreT"), TIME, "POST", "/mobicash/v1/payments", body),
        (ours(), "1795600001", "POST", "/mobicash/v1/payments", body),
        (ours(), TIME, "PUT", "/mobicash/v1/payments", body),
        (ours(), TIME, "POST", "/v1/payments", body),
        (ours(), TIME, "POST", "/mobicash/v1/payments?", body),
        (ours(), TIME, "POST", "/mobicash/v1/payments", &body[1..]),
    ] {
        assert_ne!(key.request(time, method, target, body), REQUEST, "{time} {method} {target}");
    }
}

#[test]
fn webhooks_as_in_the_contract_and_no_others() {
    let body = sample!("webhook_paid.json").as_bytes();
    assert!(ours().verifies_callback(TIME, body, WEBHOOK));
    assert!(ours().verifies_callback(TIME, body, &WEBHOOK.to_uppercase()));
    assert!(!key("wallet-contract-secreT").verifies_callback(TIME, body, WEBHOOK));
    assert!(!ours().verifies_callback("1795600001", body, WEBHOOK));
    assert!(!ours().verifies_callback(TIME, &body[..body.len() - 1], WEBHOOK));
    // What proves a request of ours proves no callback.
    let request = ours().request(TIME, "POST", "/mobicash/v1/payments", body);
    assert!(!ours().verifies_callback(TIME, body, &request));
    for text in ["", "zz", &WEBHOOK[..62], &format!("{WEBHOOK}00"), &format!(" {WEBHOOK}"), &"0".repeat(64)] {
        assert!(!ours().verifies_callback(TIME, body, text), "{text:?}");
    }
}

#[test]
fn the_published_key_is_known() {
    assert!(ours().is("wallet-contract-secret") && !key("another").is("wallet-contract-secret"));
}
