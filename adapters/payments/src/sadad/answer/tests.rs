//! The samples, read; and everything that is not an answer, refused.

use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;

use super::super::CARD;
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/sadad/", $name))
    };
}

const REFERENCE: &str = "jisr-0190a3f2-1";

fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    Reply { status, headers: http::HeaderMap::new(), body: body.into() }
}

fn json(body: &str) -> Answer {
    rest(&reply(200, body.to_owned())).expect("an answer")
}

fn xml(operation: Operation, body: &str) -> Answer {
    soap(operation, &reply(200, body.to_owned())).expect("an answer")
}

/// A bare code, with words for people.
fn code(code: &str) -> Answer {
    json(&format!(r#"{{"statusCode": {code}, "result": "text", "message": null}}"#))
}

fn confirmed(answer: &Answer) -> Confirmed {
    answer.confirmed(&conformance::order(&CARD))
}

fn is_unclear(answer: Result<Answer, Refusal>) -> bool {
    answer.map_or(true, |answer| matches!(confirmed(&answer), Confirmed::Unclear { .. }))
}

fn kinds<T: std::fmt::Debug>(result: Result<T, Refusal>) -> (Kind, Delivery) {
    let refusal = result.expect_err("a refusal");
    (refusal.kind, refusal.delivery)
}

fn question() -> Question {
    Question { wire_reference: REFERENCE.to_owned(), session: None, opened_at: Timestamp::UNIX_EPOCH }
}

fn found(answer: &Answer) -> Option<Transaction> {
    answer.finding(&question()).expect("a finding").transactions.pop()
}

fn lyd(minor: i64) -> Money {
    Money::new(minor, Currency::Lyd)
}

#[test]
fn a_session_waits_for_six_digits() {
    for answer in [
        json(sample!("validate_accepted.json")),
        xml(Operation::Validate, sample!("soap_validate_accepted.xml")),
        json(r#"{"statusCode":0,"result":{"transactionId":"4801233"}}"#),
        json(r#"{"statusCode":0,"result":null,"transactionId":4801233}"#),
    ] {
        let session = answer.session().expect("a session");
        assert_eq!((session.id.as_str(), session.next), ("4801233", SessionStep::Code { length: 6, expires_at: None }));
    }
    for body in [
        r#"{"statusCode":0,"result":{}}"#,
        r#"{"statusCode":0,"result":{"transactionId":""}}"#,
        r#"{"statusCode":0,"result":{"transactionId":"a b"}}"#,
        r#"{"statusCode":0,"result":"4801233"}"#,
    ] {
        assert_eq!(kinds(json(body).session()), (Kind::Protocol, Delivery::Maybe), "{body}");
    }
}

#[test]
fn an_opening_that_fails_says_whose_fault_it_is() {
    for (body, kind, delivery) in [
        (sample!("validate_unknown_customer.json"), Kind::NotFound, Delivery::Done),
        (sample!("validate_code_not_sent.json"), Kind::Unavailable, Delivery::Done),
        (sample!("validate_duplicate_invoice.json"), Kind::Conflict, Delivery::Done),
        (sample!("gateway_error.json"), Kind::Unavailable, Delivery::Maybe),
        (sample!("pay_wrong_code.json"), Kind::Protocol, Delivery::Maybe),
    ] {
        assert_eq!(kinds(json(body).session()), (kind, delivery), "{body}");
    }
    let refusal = json(sample!("validate_unknown_customer.json")).session().expect_err("a refusal");
    assert_eq!(refusal.message, "931: العميل غير مسجل في خدمة سداد");
}

#[test]
fn paid_has_the_orders_amount_and_the_providers_own_numbers() {
    for answer in [
        json(sample!("pay_accepted.json")),
        json(sample!("pay_accepted_nested.json")),
        xml(Operation::Pay, sample!("soap_pay_accepted.xml")),
    ] {
        let Confirmed::Paid(sale) = confirmed(&answer) else { panic!("paid") };
        assert_eq!((sale.id.as_str(), sale.raw_status.as_str()), ("4801233", "0/SD-20261104801233"));
        // 12.750 is the total, with a commission.
        assert_eq!((sale.amount, sale.kind), (Ok(lyd(12_500)), TransactionKind::Sale));
        assert!(sale.approved && !sale.declined && sale.ours && sale.remaining.is_none() && !sale.only_whole);
    }
    let Confirmed::Paid(sale) = confirmed(&json(r#"{"statusCode":0,"result":"SD-1"}"#)) else { panic!("paid") };
    assert_eq!(sale.id, "SD-1");
}

#[test]
fn what_pay_refuses() {
    assert_eq!(confirmed(&json(sample!("pay_wrong_code.json"))), Confirmed::WrongCode);
    assert_eq!(confirmed(&xml(Operation::Pay, sample!("soap_refused.xml"))), Confirmed::WrongCode);
    assert_eq!(confirmed(&json(sample!("pay_code_expired.json"))), Confirmed::CodeExpired);
    for (body, raw) in [
        (sample!("pay_code_locked.json"), "929: تم تجاوز عدد المحاولات"),
        (sample!("pay_insufficient_balance.json"), "930: الرصيد غير كاف"),
    ] {
        assert_eq!(confirmed(&json(body)), Confirmed::Refused { raw: raw.to_owned() });
    }
    for number in ["934", "938"] {
        assert_eq!(confirmed(&code(number)), Confirmed::Refused { raw: format!("{number}: text") });
    }
}

#[test]
fn what_may_have_charged_is_unclear() {
    assert!(is_unclear(Ok(json(sample!("pay_already_paid.json")))));
    assert!(is_unclear(Ok(json(sample!("gateway_error.json")))));
    for number in
        ["1", "400", "500", "926", "931", "939", "9270", "-927", "927.0", "\"00\"", "-0", "0.0", "0e1", "true"]
    {
        assert!(is_unclear(Ok(code(number))), "{number}");
    }
    assert!(is_unclear(Ok(json(r#"{"statusCode":0,"result":null}"#))), "it names no transaction");
    assert!(is_unclear(rest(&reply(200, r#"{"statusCode":null,"result":"SD-1"}"#))));
    assert!(is_unclear(rest(&reply(400, sample!("pay_accepted.json")))), "0 beside a bad status contradicts it");
    assert!(is_unclear(soap(Operation::Pay, &reply(200, sample!("soap_validate_accepted.xml")))));
    assert!(is_unclear(soap(Operation::Pay, &reply(500, sample!("soap_pay_accepted.xml")))));
}

#[test]
fn a_code_is_sent_again_for_the_same_session() {
    for answer in [json(sample!("resend_accepted.json")), xml(Operation::Resend, sample!("soap_resend_accepted.xml"))] {
        assert_eq!(answer.resent("4801233").expect("a session"), waiting("4801233"));
    }
    for (number, kind, delivery) in [
        ("932", Kind::Unavailable, Delivery::Done),
        ("937", Kind::RateLimited, Delivery::Done),
        ("934", Kind::Conflict, Delivery::Done),
        ("935", Kind::Conflict, Delivery::Done),
        ("938", Kind::Conflict, Delivery::Done),
        ("999", Kind::Unavailable, Delivery::Maybe),
        ("1", Kind::Protocol, Delivery::Maybe),
    ] {
        assert_eq!(kinds(code(number).resent("4801233")), (kind, delivery), "{number}");
    }
}

#[test]
fn enquiry_proves() {
    for answer in [json(sample!("enquiry_paid.json")), xml(Operation::Enquiry, sample!("soap_enquiry_paid.xml"))] {
        let sale = found(&answer).expect("a transaction");
        assert!(sale.approved && !sale.declined && sale.ours);
        assert_eq!((sale.id.as_str(), sale.raw_status.as_str()), ("4801233", "Paid/SD-20261104801233"));
        assert_eq!(sale.amount, Ok(lyd(12_500)));
    }
    let failed = found(&json(sample!("enquiry_failed.json"))).expect("a transaction");
    assert!(failed.declined && !failed.approved && failed.raw_status == "Failed");
    for answer in [
        json(sample!("enquiry_pending.json")),
        json(sample!("enquiry_not_found.json")),
        xml(Operation::Enquiry, sample!("soap_enquiry_pending.xml")),
    ] {
        assert_eq!(found(&answer), None);
    }
}

#[test]
fn enquiry_is_read_as_it_is_written() {
    let changed =
        |from: &str, to: &str| found(&json(&sample!("enquiry_paid.json").replace(from, to))).expect("a transaction");
    assert_eq!(changed("12.500", "12.501").amount, Ok(lyd(12_501)));
    assert_eq!(changed("12.500", "\"12.5\"").amount, Ok(lyd(12_500)));
    for shape in ["12.5001", "1.25e1", "-12.5", "12500000000000000000", "true"] {
        assert_eq!(changed("12.500", shape).amount, Err(shape.to_owned()));
    }
    assert_eq!(changed("12.500", "null").amount, Err(String::new()));
    assert!(!changed(REFERENCE, "jisr-0190a3f2-2").ours);
    let reversed = changed("Paid", "Reversed");
    assert!(!reversed.approved && !reversed.declined && reversed.raw_status.starts_with("Reversed/"));
    assert!(changed("Paid", "PAID").approved);
}

#[test]
fn a_failure_to_ask_is_no_empty_finding() {
    let no_status = sample!("enquiry_paid.json").replace("\"Paid\"", "null");
    for (body, kind, delivery) in [
        (sample!("gateway_error.json"), Kind::Unavailable, Delivery::Maybe),
        (sample!("pay_wrong_code.json"), Kind::Rejected, Delivery::Never),
        (no_status.as_str(), Kind::Protocol, Delivery::Maybe),
        (r#"{"statusCode":0,"result":"text"}"#, Kind::Protocol, Delivery::Maybe),
    ] {
        assert_eq!(kinds(json(body).finding(&question())), (kind, delivery), "{body}");
        let outcome = rest_outcome(Operation::Enquiry)(&reply(200, body.to_owned()));
        assert_eq!(kinds(outcome), (kind, delivery), "{body}");
    }
}

#[test]
fn the_gateways_own_failures_are_told() {
    for operation in [Operation::Validate, Operation::Pay, Operation::Resend, Operation::Enquiry] {
        let (json, xml) = (rest_outcome(operation), soap_outcome(operation));
        let error = json(&reply(200, sample!("gateway_error.json")));
        assert_eq!(kinds(error), (Kind::Unavailable, Delivery::Maybe));
        for body in [sample!("invalid_request.json"), "<html>", "", "{}"] {
            assert_eq!(kinds(json(&reply(400, body))), (Kind::Invalid, Delivery::Never), "{body}");
        }
        assert_eq!(kinds(json(&reply(200, "<html>"))), (Kind::Protocol, Delivery::Maybe));
        assert_eq!(kinds(json(&reply(400, sample!("pay_accepted.json")))), (Kind::Protocol, Delivery::Maybe));
        let denied = xml(&reply(500, sample!("soap_unauthorized.xml")));
        assert_eq!(kinds(denied), (Kind::Unauthorized, Delivery::Never));
        assert_eq!(kinds(xml(&reply(500, sample!("soap_server_fault.xml")))), (Kind::Unavailable, Delivery::Maybe));
        assert_eq!(kinds(xml(&reply(200, "{}"))), (Kind::Protocol, Delivery::Maybe));
    }
    // A refusal is an answer, whatever its status: the breaker has nothing to do with it.
    for status in [200, 400] {
        assert!(rest_outcome(Operation::Pay)(&reply(status, sample!("pay_wrong_code.json"))).is_ok());
    }
    assert!(
        rest_outcome(Operation::Pay)(&reply(200, r#"{"statusCode":400}"#)).is_ok(),
        "nothing says that it was refused"
    );
    assert!(soap_outcome(Operation::Pay)(&reply(200, sample!("soap_refused.xml"))).is_ok());
    assert!(soap_outcome(Operation::Enquiry)(&reply(200, sample!("soap_enquiry_pending.xml"))).is_ok());
}

#[test]
fn half_an_answer_is_none() {
    let whole = sample!("pay_accepted.json").trim_end();
    for end in 0..whole.len() {
        assert!(is_unclear(rest(&reply(200, &whole.as_bytes()[..end]))), "{end}");
    }
    let whole = sample!("soap_pay_accepted.xml").trim_end();
    for end in 0..whole.len() {
        assert!(is_unclear(soap(Operation::Pay, &reply(200, &whole.as_bytes()[..end]))), "{end}");
    }
    let twice = r#"{"statusCode":0,"statusCode":927,"result":"SD-1"}"#;
    assert!(is_unclear(rest(&reply(200, twice))));
    assert!(is_unclear(rest(&reply(200, r#"[0,"SD-1",null,1]"#))));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200), status in 100..600_u16) {
        let reply = reply(status, body);
        prop_assert!(rest(&reply).is_err());
        for operation in [Operation::Validate, Operation::Pay, Operation::Resend, Operation::Enquiry] {
            prop_assert!(soap(operation, &reply).is_err());
            prop_assert!(rest_outcome(operation)(&reply).is_err() && soap_outcome(operation)(&reply).is_err());
        }
    }

    #[test]
    fn only_0_is_paid(number in -2000..2000_i64) {
        let body = format!(r#"{{"statusCode": {number}, "result": "SD-1"}}"#);
        prop_assert_eq!(matches!(confirmed(&json(&body)), Confirmed::Paid(_)), number == 0);
    }

    #[test]
    fn any_result_is_read_without_panic(result in "\\PC{0,40}") {
        let _ = rest(&reply(200, format!(r#"{{"statusCode": 0, "result": {result}}}"#)));
        let text = serde_json::to_string(&result).expect("a text");
        let answer = json(&format!(r#"{{"statusCode": 927, "result": {text}}}"#));
        prop_assert_eq!(confirmed(&answer), Confirmed::WrongCode);
    }
}
