//! Answers compared with the samples, and what is none.

use kit::Delivery;
use kit::contract::{explain, outcome};
use proptest::prelude::*;

use super::super::tests::{REFERENCE, changed, order, reply};
use super::super::{MOBICASH, answer};
use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/wallet_contract/", $name)).trim_end()
    };
}

const SESSION: &str = "wp_4f1c0a92e7d3";

fn confirm(status: u16, body: &str) -> Confirmed {
    confirmed(&order(&MOBICASH), &reply(status, body))
}

fn asked(body: &str) -> Result<Vec<Transaction>, String> {
    let question = Question { wire_reference: REFERENCE.to_owned(), ..crate::conformance::question("") };
    answer::finding(&question, &reply(200, body)).map(|finding| finding.transactions)
}

fn sale() -> Transaction {
    Transaction {
        id: "wt_0000000007".to_owned(),
        kind: TransactionKind::Sale,
        approved: true,
        declined: false,
        amount: Ok(Money::new(12_500, Currency::Lyd)),
        ours: true,
        remaining: None,
        only_whole: false,
        raw_status: "paid".to_owned(),
    }
}

fn is_unclear(confirmed: &Confirmed) -> bool {
    matches!(confirmed, Confirmed::Unclear { .. })
}

#[test]
fn sessions_as_in_the_samples() {
    let read = |body: &str| read::<Created>(body.as_bytes()).expect("an answer");
    let created = read(sample!("payment_code_sent.json"));
    let expires_at = Some("2026-11-25T09:51:40Z".parse().expect("a time"));
    let next = SessionStep::Code { length: 6, expires_at };
    assert_eq!(created.session(true, true), Ok(Session { id: SESSION.to_owned(), next }));
    assert!(created.is_of(REFERENCE) && created.session(false, true).is_err());
    let page = read(sample!("payment_page.json"));
    assert!(page.session(false, true).is_ok() && page.session(true, true).is_err());
    let paid = read(&changed(sample!("payment_page.json"), "pending", "paid"));
    assert!(paid.session(false, true).is_err());
    assert!(read(sample!("resent.json")).session(true, true).is_ok());
}

#[test]
fn a_page_is_a_page() {
    for (url, secure, insecure) in [
        ("https://page.example.ly/a?b=c", true, true),
        ("http://127.0.0.1:9090/onepay/page/1", false, true),
        ("javascript:alert(1)", false, false),
        ("data:text/html,x", false, false),
        ("/pay/1", false, false),
        ("", false, false),
    ] {
        let body = changed(sample!("payment_page.json"), "https://page.example.ly/pay/wp_4f1c0a92e7d3", url);
        let page: Created = read(body.as_bytes()).expect("an answer");
        assert_eq!(
            (page.session(false, true).is_ok(), page.session(false, false).is_ok()),
            (secure, insecure),
            "{url}"
        );
    }
}

#[test]
fn a_confirmation_says_what_it_came_to() {
    assert_eq!(confirm(200, sample!("confirm_paid.json")), Confirmed::Paid(sale()));
    assert_eq!(confirm(422, sample!("wrong_code.json")), Confirmed::WrongCode);
    assert_eq!(confirm(422, sample!("code_expired.json")), Confirmed::CodeExpired);
    for (body, raw) in [
        (sample!("insufficient_balance.json"), "insufficient_balance"),
        (sample!("limit_exceeded.json"), "limit_exceeded"),
        (sample!("not_registered.json"), "not_registered"),
        (sample!("locked.json"), "locked"),
        (r#"{"error":{"code":"expired"}}"#, "expired"),
    ] {
        assert_eq!(confirm(422, body), Confirmed::Refused { raw: raw.to_owned() });
    }
    let message = "already_paid: this payment is paid".to_owned();
    assert_eq!(confirm(409, sample!("already_paid.json")), Confirmed::Unclear { message });
}

#[test]
fn nothing_is_paid_or_refused_but_in_so_many_words() {
    let paid = sample!("confirm_paid.json");
    for (from, to) in [
        ("\"paid\"", "\"Paid\""),
        ("\"paid\"", "\"paid \""),
        ("\"paid\"", "true"),
        ("\"paid\"", "\"code_sent\""),
        ("\"paid\"", "\"declined\""),
        ("\"paid\"", "null"),
        ("wt_0000000007", ""),
        ("\"12.500\"", "null"),
        ("\"LYD\"", "\"\""),
        (REFERENCE, ""),
        ("\"payment_id\":\"wp_4f1c0a92e7d3\",", ""),
    ] {
        assert!(is_unclear(&confirm(200, &changed(paid, from, to))), "{to}");
    }
    // A word counts with its own status alone.
    for status in [200, 202, 400, 403, 409, 500] {
        assert!(is_unclear(&confirm(status, sample!("wrong_code.json"))), "{status}");
        assert!(is_unclear(&confirm(status, sample!("insufficient_balance.json"))), "{status}");
    }
    for status in [302, 400, 409, 422, 500] {
        assert!(is_unclear(&confirm(status, paid)), "{status}");
    }
    for code in ["Wrong_Code", "wrong code", "wrong_code ", "already_paid", "unavailable", "duplicate_reference"] {
        assert!(is_unclear(&confirm(422, &format!("{{\"error\":{{\"code\":\"{code}\"}}}}"))), "{code}");
    }
    for body in ["", "{}", "[]", "null", "{\"error\":{}}", "{\"error\":\"wrong_code\"}", "{\"error\":{\"code\":null}}"]
    {
        assert!(is_unclear(&confirm(422, body)), "{body}");
    }
    assert!(is_unclear(&confirm(200, &format!("[{paid}]"))));
}

#[test]
fn what_it_says_of_reference_and_amount_is_told_as_it_is() {
    let paid = |from: &str, to: &str| match confirm(200, &changed(sample!("confirm_paid.json"), from, to)) {
        Confirmed::Paid(transaction) => transaction,
        other => panic!("{to}: {other:?}"),
    };
    assert!(!paid(REFERENCE, "pay_01K9QJ7Z5T.a2").ours);
    assert_eq!(paid("12.500", "12.501").amount, Ok(Money::new(12_501, Currency::Lyd)));
    assert_eq!(paid("\"12.500\"", "12.500").amount, Ok(Money::new(12_500, Currency::Lyd)));
    for (from, to, text) in [
        ("12.500", "12.5", "12.5"),
        ("12.500", "12500", "12500"),
        ("12.500", "12,500", "12,500"),
        ("12.500", "-12.500", "-12.500"),
        ("\"12.500\"", "1.25e1", "1.25e1"),
        ("LYD", "USD", "12.500 USD"),
        ("LYD", "lyd", "12.500 lyd"),
    ] {
        assert_eq!(paid(from, to).amount, Err(text.to_owned()), "{to}");
    }
}

#[test]
fn findings_as_in_the_samples() {
    assert_eq!(asked(sample!("payments_paid.json")), Ok(vec![sale()]));
    assert_eq!(asked(sample!("payments_none.json")), Ok(Vec::new()));
    let unpaid = |approved, declined, raw: &str| {
        Ok(vec![Transaction { id: SESSION.to_owned(), approved, declined, raw_status: raw.to_owned(), ..sale() }])
    };
    let open = sample!("payments_code_sent.json");
    assert_eq!(asked(open), unpaid(false, false, "code_sent"));
    assert_eq!(asked(&changed(open, "code_sent", "pending")), unpaid(false, false, "pending"));
    assert_eq!(asked(&changed(open, "code_sent", "Paid")), unpaid(false, false, "Paid"));
    assert_eq!(asked(sample!("payments_declined.json")), unpaid(false, true, "declined"));
    assert_eq!(asked(&changed(open, "code_sent", "expired")), unpaid(false, true, "expired"));
    assert_eq!(asked(&changed(open, "code_sent", "paid")), unpaid(true, false, "paid"));
}

#[test]
fn an_answer_to_another_question_is_none() {
    let paid = sample!("payments_paid.json");
    for wrong in [
        changed(paid, REFERENCE, "pay_01K9QJ7Z5T.a2"),
        changed(paid, REFERENCE, ""),
        changed(paid, "\"reference\"", "\"ref\""),
        changed(paid, "\"status\"", "\"state\""),
        changed(paid, "\"data\"", "\"items\""),
        "{}".to_owned(),
        "{\"data\":null}".to_owned(),
        "[]".to_owned(),
    ] {
        assert!(asked(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn failures_are_explained_and_no_answer_is_repeated() {
    let explained = explain(&reply(429, sample!("too_soon.json"))).expect("words");
    assert_eq!(explained.message.as_deref(), Some("too_soon: a code was sent a moment ago"));
    assert!(explain(&reply(503, "<html>")).is_none());
    let refusal = outcome::<Payment>(&reply(200, r#"{"payment_id":{"secret":"geheim"}}"#)).expect_err("a refusal");
    assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe));
    assert!(!refusal.message.contains("geheim"), "{}", refusal.message);
    assert!(outcome::<Payment>(&reply(422, sample!("locked.json"))).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let reply = Reply { status, headers: http::HeaderMap::new(), body: body.into() };
        prop_assert!(is_unclear(&confirmed(&order(&MOBICASH), &reply)));
        prop_assert!(explain(&reply).is_none() && outcome::<Created>(&reply).is_err());
    }

    #[test]
    fn a_changed_byte_makes_no_other_payment_paid(at in 0usize..160, byte in any::<u8>()) {
        let mut body = sample!("confirm_paid.json").as_bytes().to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        let reply = Reply { status: 200, headers: http::HeaderMap::new(), body: body.into() };
        if let Confirmed::Paid(read) = confirmed(&order(&MOBICASH), &reply) {
            // Only the ids, the reference and the amount may differ, and each is told.
            prop_assert!(read.approved && read.raw_status == "paid");
            let said = String::from_utf8_lossy(&reply.body).into_owned();
            prop_assert!(!read.ours || said.contains(REFERENCE) || said.contains("\\u"));
        }
    }

    #[test]
    fn any_amount_is_read_exactly_or_told_as_it_came(text in "[0-9.,+eE -]{0,14}") {
        let body = changed(sample!("confirm_paid.json"), "12.500", &text);
        if let Confirmed::Paid(read) = confirm(200, &body) {
            match read.amount {
                Ok(money) => prop_assert_eq!(money.to_string(), text),
                Err(told) => prop_assert_eq!(told, text),
            }
        }
    }
}
