//! Bills, top-ups and transfers: the samples, and what is neither done nor refused.

use kit::testing::{Script, intent};
use kit::{Delivery, Safety};
use proptest::prelude::*;
use schemas::{Currency, Money};

use super::super::tests::{account, changed, reply};
use super::super::{ALMADAR_PAY, LIBYANA_PAY, MOBICASH};
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/wallet_contract/", $name)).trim_end()
    };
}

const REFERENCE: &str = "srv_01K9QJ8A2M";

fn order(kind: ServiceKind) -> ServiceOrder {
    ServiceOrder { reference: REFERENCE.to_owned(), ..conformance::service_order(kind) }
}

fn read(status: u16, body: &str) -> ServiceAnswer {
    account(&MOBICASH, []).0.read_service(&order(ServiceKind::TopUp), &reply(status, body))
}

fn is_unclear(answer: &ServiceAnswer) -> bool {
    matches!(answer, ServiceAnswer::Unclear { .. })
}

fn owed(status: u16, body: &str) -> Result<services::Bill, Error> {
    account(&MOBICASH, []).0.read_inquiry(&conformance::inquiry(), &reply(status, body))
}

#[test]
fn a_bill_as_in_the_sample() {
    let bill = owed(200, sample!("bill.json")).expect("a bill");
    let due = Some("2026-12-01".parse().expect("a date"));
    assert_eq!(
        (bill.amount, bill.due, bill.name.as_deref()),
        (Money::new(20_750, Currency::Lyd), due, Some("أحمد علي"))
    );
    assert_eq!((bill.biller.as_str(), bill.number.as_str()), ("electricity", "104500123"));
}

#[test]
fn another_bill_is_no_answer() {
    for (from, to) in [
        ("104500123", "104500124"),
        ("electricity", "water"),
        ("20.750", "20.75"),
        ("LYD", "USD"),
        ("2026-12-01", "soon"),
        ("\"amount\"", "\"sum\""),
    ] {
        let error = owed(200, &changed(sample!("bill.json"), from, to)).expect_err("an error");
        assert_eq!(error.kind, Kind::Protocol, "{to}");
        assert!(!error.message.contains("104500") && !error.message.contains("أحمد"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bill_that_is_not_there_or_not_due_is_told_apart_from_a_failure() {
    for (status, body, kind, delivery) in [
        (422, sample!("nothing_due.json"), Kind::Rejected, Delivery::Done),
        (422, r#"{"error":{"code":"unknown_biller"}}"#, Kind::NotFound, Delivery::Done),
        (422, sample!("not_registered.json"), Kind::NotFound, Delivery::Done),
        (422, r#"{"error":{"code":"sixth_sense"}}"#, Kind::Invalid, Delivery::Done),
        (422, "<html>", Kind::Protocol, Delivery::Maybe),
        (200, "<html>", Kind::Protocol, Delivery::Maybe),
        (400, sample!("invalid_request.json"), Kind::Invalid, Delivery::Never),
        (401, sample!("unauthorized.json"), Kind::Unauthorized, Delivery::Never),
        (503, sample!("unavailable.json"), Kind::Unavailable, Delivery::Maybe),
    ] {
        let (account, _) = account(&ALMADAR_PAY, [Script::Answer(status, body)]);
        let call = account.describe_inquiry(&conformance::inquiry()).expect("a call");
        let sent = account.parts.transport.send(&call).await;
        let error = sent.and_then(|reply| account.read_inquiry(&conformance::inquiry(), &reply)).expect_err("an error");
        assert_eq!((error.kind, error.delivery, error.operation), (kind, delivery, "bills.inquire"), "{status} {body}");
    }
}

#[test]
fn a_service_says_what_it_came_to() {
    let done = ServiceAnswer::Done { id: "wt_0000000008".to_owned() };
    assert_eq!(read(201, sample!("service_done.json")), done);
    // A repeat, which we never send, would be answered so.
    assert_eq!(read(200, sample!("service_done.json")), done);
    assert_eq!(read(201, sample!("service_processing.json")), ServiceAnswer::Processing);
    let failed = changed(sample!("service_processing.json"), "processing", "failed");
    assert_eq!(read(201, &failed), ServiceAnswer::Refused { raw: "failed".to_owned() });
    for code in
        ["insufficient_balance", "limit_exceeded", "not_registered", "unknown_biller", "nothing_due", "wrong_amount"]
    {
        let body = format!("{{\"error\":{{\"code\":\"{code}\"}}}}");
        assert_eq!(read(422, &body), ServiceAnswer::Refused { raw: code.to_owned() });
        for status in [200, 201, 400, 409, 500] {
            assert!(is_unclear(&read(status, &body)), "{status} {code}");
        }
    }
}

#[test]
fn nothing_is_done_or_refused_but_in_so_many_words() {
    for (from, to) in [
        (REFERENCE, "srv_01K9QJ8A2N"),
        (REFERENCE, ""),
        ("\"done\"", "\"Done\""),
        ("\"done\"", "\"ok\""),
        ("\"done\"", "null"),
        ("\"service_id\"", "\"id\""),
    ] {
        assert!(is_unclear(&read(201, &changed(sample!("service_done.json"), from, to))), "{to}");
    }
    for body in [sample!("duplicate_reference.json"), sample!("unavailable.json"), sample!("locked.json"), "{}", ""] {
        assert!(is_unclear(&read(422, body)), "{body}");
    }
    for status in [302, 400, 409, 422, 500] {
        assert!(is_unclear(&read(status, sample!("service_done.json"))), "{status}");
    }
    let without = changed(sample!("service_done.json"), ",\"transaction_id\":\"wt_0000000008\"", "");
    assert_eq!(read(201, &without), ServiceAnswer::Done { id: "ws_2b90d1e4c655".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn what_a_service_came_to_may_be_unknown() {
    for (script, kind, delivery) in [
        (Script::Answer(201, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(422, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(409, sample!("duplicate_reference.json")), Kind::Conflict, Delivery::Maybe),
        (Script::Answer(503, sample!("unavailable.json")), Kind::Unavailable, Delivery::Maybe),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
    ] {
        let (account, wire) = account(&LIBYANA_PAY, [script.clone()]);
        let call = account.describe_service(&order(ServiceKind::Transfer)).expect("a call");
        assert_eq!((call.safety.clone(), call.reference.as_deref()), (Safety::Once, Some(REFERENCE)));
        let error = account.parts.transport.act(&call, intent(&call)).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery, wire.carried().len()), (kind, delivery, 1), "{script:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_is_asked_about() {
    let twice = r#"{"data":[{"service_id":"1","reference":"srv_01K9QJ8A2M","status":"done"},{"service_id":"2","reference":"srv_01K9QJ8A2M","status":"done"}]}"#;
    let another = r#"{"data":[{"service_id":"1","reference":"srv_01K9QJ8A2N","status":"done"}]}"#;
    let (account, wire) = account(
        &ALMADAR_PAY,
        [
            Script::Answer(200, sample!("services.json")),
            Script::Answer(200, sample!("payments_none.json")),
            Script::Answer(200, twice),
            Script::Answer(200, another),
            Script::Answer(503, sample!("unavailable.json")),
        ],
    );
    let done = ServiceAnswer::Done { id: "wt_0000000008".to_owned() };
    assert_eq!(account.ask_service(REFERENCE).await.expect("an answer"), Some(done));
    assert_eq!(account.ask_service(REFERENCE).await.expect("an answer"), None);
    for kind in [Kind::Protocol, Kind::Protocol, Kind::Unavailable] {
        assert_eq!(account.ask_service(REFERENCE).await.expect_err("an error").kind, kind);
    }
    let call = &wire.carried()[0];
    assert_eq!(call.request.url.as_str(), "https://w.example.ly/almadar_pay/v1/services?reference=srv_01K9QJ8A2M");
    assert_eq!((call.safety.clone(), call.reference.as_deref()), (Safety::Read, Some(REFERENCE)));
}

#[test]
fn a_note_has_its_length() {
    let (account, _) = account(&MOBICASH, []);
    let noted = |length: usize| ServiceOrder { note: Some("ن".repeat(length)), ..order(ServiceKind::Transfer) };
    assert!(account.describe_service(&noted(140)).is_ok());
    let error = account.describe_service(&noted(141)).expect_err("a refusal");
    assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let (account, _) = account(&MOBICASH, []);
        let reply = Reply { status, headers: http::HeaderMap::new(), body: body.into() };
        prop_assert!(is_unclear(&account.read_service(&order(ServiceKind::Bill), &reply)));
        prop_assert!(account.read_inquiry(&conformance::inquiry(), &reply).is_err());
        prop_assert!(found(REFERENCE, &reply).is_err());
    }
}
