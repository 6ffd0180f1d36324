//! Every answer of the samples, every word of the documentation, and anything else.

use http::HeaderMap;
use proptest::prelude::*;
use schemas::Currency;

use super::super::CARD;
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/plutu/", $name))
    };
}

fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: body.into().into() }
}

fn order(gateway: Gateway) -> Order {
    let route = CARD.route(gateway.name()).expect("a route");
    let amount = Money::new(12_500, Currency::Lyd);
    Order { wire_reference: "pay_01K9QJ.a1".to_owned(), amount, ..conformance::order_by(&CARD, route) }
}

fn open(gateway: Gateway, reply: &Reply) -> Result<Session, Error> {
    let base = Url::parse("https://api.plutus.ly/api/v1").expect("a URL");
    session(gateway, &order(gateway), &base, reply)
}

fn confirm(status: u16, body: impl Into<String>) -> Confirmed {
    confirmation(&order(Gateway::Edfali), &reply(status, body))
}

fn word(code: &str) -> String {
    format!(r#"{{"error":{{"status":400,"code":"{code}","message":"…"}}}}"#)
}

#[test]
fn a_code_was_sent() {
    let sent = reply(200, sample!("verify_sent.json"));
    assert!(opened(&sent).is_ok());
    for (gateway, length) in [(Gateway::Sadad, 6), (Gateway::Edfali, 4)] {
        let session = open(gateway, &sent).expect("a session");
        assert_eq!(session.id, "1732188600123");
        assert_eq!(session.next, SessionStep::Code { length, expires_at: None });
    }
    assert!(open(Gateway::Tlync, &sent).is_err());
}

#[test]
fn a_page_was_made() {
    let made = reply(200, sample!("checkout_redirect.json"));
    assert!(opened(&made).is_ok());
    for gateway in [Gateway::Tlync, Gateway::LocalBankCards, Gateway::Mpgs] {
        let session = open(gateway, &made).expect("a session");
        assert_eq!(session.id, "pay_01K9QJ.a1");
        let url = Url::parse("https://checkout.example.ly/pay/9f31c0").expect("a URL");
        assert_eq!(session.next, SessionStep::Page { url });
    }
    assert!(open(Gateway::Edfali, &made).is_err());
    let numbered = sample!("checkout_redirect.json").replace("\"code\"", "\"transaction_id\": 100901, \"code\"");
    assert_eq!(open(Gateway::Mpgs, &reply(200, numbered)).expect("a session").id, "100901");
}

#[test]
fn what_is_no_page_opens_nothing() {
    for url in ["", "checkout", "javascript:alert(1)", "http://checkout.example.ly/pay", "data:text/html,x", "https://"]
    {
        let body = sample!("checkout_redirect.json").replace("https://checkout.example.ly/pay/9f31c0", url);
        let error = open(Gateway::Mpgs, &reply(200, body)).expect_err("no page");
        assert_eq!((error.kind, error.delivery), (Kind::Protocol, Delivery::Maybe), "{url}");
    }
    let body = sample!("checkout_redirect.json").replace("CHECKOUT_REDIRECT", "CHECKOUT");
    assert!(open(Gateway::Mpgs, &reply(200, body)).is_err());
    for process in ["\"\"", "null", "\"a b\"", "{}"] {
        let body = sample!("verify_sent.json").replace("1732188600123", process);
        assert_eq!(open(Gateway::Edfali, &reply(200, body)).expect_err("no process").kind, Kind::Protocol);
    }
    // A good answer with a bad status, and the other way round, is neither.
    assert!(open(Gateway::Edfali, &reply(400, sample!("verify_sent.json"))).is_err());
    let other = sample!("verify_sent.json").replace("\"status\": 200", "\"status\": 202");
    assert!(open(Gateway::Edfali, &reply(200, other)).is_err());
}

#[test]
fn refused_openings_say_whose_fault_it_is() {
    use Delivery::{Done, Maybe, Never};
    for (words, kind, delivery) in [
        (&["INVALID_MOBILE_NUMBER", "INVALID_MOBILE_NUMBER_OR_BIRTH_YEAR", "NOT_SUBSCRIBED"][..], Kind::Rejected, Done),
        (&["INSUFFICIENT_BALANCE", "AMOUNT_EXCEEDED_MAXIMUM", "NOT_ALLOWED_AMOUNT"], Kind::Rejected, Done),
        (&["CHECK_BANK_ACCOUNT", "PHONE_NUMBER_IS_LOCKED"], Kind::Rejected, Done),
        (&["AUTH_ERROR", "UNAUTHORIZED", "FORBIDDEN_IP_ADDRESS"], Kind::Unauthorized, Never),
        (&["UNAUTHORIZED_MERCHANT_ACCOUNT", "SECRET_KEY_DOES_NOT_EXIST"], Kind::Unauthorized, Never),
        (&["INVALID_MERCHANT_SECRET_KEY"], Kind::Unauthorized, Never),
        (&["DENIED_ACCESS_GATEWAY", "INVALID_GATEWAY", "INVALID_MERCHANT_CATEGORY"], Kind::Unsupported, Never),
        (&["MISSING_QR_PARAMETER", "CURRENCY_NOT_SUPPORTED"], Kind::Unsupported, Never),
        (&["INVALID_INPUTS", "MISSING_PARAMETER", "EMPTY_MOBILE_NUMBER", "EMPTY_BIRTH_YEAR"], Kind::Invalid, Never),
        (&["OTP_WAIT_BEFORE_RESNED"], Kind::RateLimited, Never),
        (&["DUPLICATED_INVOICE_NUMBER"], Kind::Conflict, Maybe),
        (&["BACKEND_ERROR", "BACKEND_SERVER_ERROR", "ADD_PAYMENT_ERROR"], Kind::Unavailable, Maybe),
        (&["", "not_subscribed", "INVALID_OTP", "WHATEVER"], Kind::Protocol, Maybe),
    ] {
        for code in words {
            let refused = reply(400, word(code));
            let error = open(Gateway::Edfali, &refused).expect_err("a refusal");
            assert_eq!((error.kind, error.delivery, error.message.as_str()), (kind, delivery, *code));
            // What only the customer can mend is an answer; of all else the breaker and the log hear.
            match opened(&refused) {
                Ok(()) => assert_eq!(kind, Kind::Rejected, "{code}"),
                Err(refusal) => assert!(refusal.kind == kind && refusal.delivery == delivery, "{code}"),
            }
            assert_eq!(opened(&refused).is_ok(), kind == Kind::Rejected, "{code}");
        }
    }
    let error = open(Gateway::Edfali, &reply(400, sample!("not_subscribed.json"))).expect_err("a refusal");
    assert_eq!((error.kind, error.delivery, error.status), (Kind::Rejected, Delivery::Done, Some(400)));
    assert_eq!(
        open(Gateway::Edfali, &reply(422, sample!("invalid_inputs.json"))).expect_err("ours").kind,
        Kind::Invalid
    );
}

#[test]
fn a_confirmation_pays_what_the_answer_says() {
    let paid = reply(200, sample!("confirm_paid.json"));
    assert!(confirmed(&paid).is_ok());
    let Confirmed::Paid(transaction) = confirmation(&order(Gateway::Sadad), &paid) else { panic!("it was paid") };
    assert_eq!(transaction.id, "100903");
    assert_eq!(transaction.amount, Ok(Money::new(12_500, Currency::Lyd)));
    assert!(transaction.approved && transaction.ours && !transaction.declined && !transaction.only_whole);
    assert_eq!((transaction.kind, transaction.remaining), (TransactionKind::Sale, None));
    assert_eq!(transaction.raw_status, "Transaction completed successfully");
    for (text, amount) in [
        ("\"12.50\"", Ok(12_500)),
        ("12.505", Ok(12_505)),
        ("12", Ok(12_000)),
        ("1.25e1", Err("1.25e1")),
        ("\"12,50\"", Err("12,50")),
        ("-12.5", Err("-12.5")),
        ("null", Err("")),
    ] {
        let body = sample!("confirm_paid.json").replace("12.5", text);
        let Confirmed::Paid(transaction) = confirm(200, body) else { panic!("{text}") };
        let minor = transaction.amount.map(|money| money.minor);
        assert_eq!(minor.as_ref().map_err(String::as_str), amount.as_ref().map_err(|text| *text), "{text}");
    }
    let named = |invoice: &str| {
        sample!("confirm_paid.json").replace("\"amount\"", &format!("\"invoice_no\": \"{invoice}\", \"amount\""))
    };
    for (invoice, ours) in [("pay_01K9QJ.a1", true), ("pay_01K9QJ.a2", false)] {
        let Confirmed::Paid(transaction) = confirm(200, named(invoice)) else { panic!("it was paid") };
        assert_eq!(transaction.ours, ours);
    }
}

#[test]
fn a_confirmation_is_refused_only_in_so_many_words() {
    assert_eq!(confirm(400, sample!("confirm_wrong_code.json")), Confirmed::WrongCode);
    assert_eq!(confirm(400, word("OTP_EXPIRED")), Confirmed::CodeExpired);
    let raw = "INSUFFICIENT_BALANCE".to_owned();
    assert_eq!(confirm(400, sample!("insufficient_balance.json")), Confirmed::Refused { raw });
    for code in ["AMOUNT_EXCEEDED_MAXIMUM", "NOT_ALLOWED_AMOUNT", "CHECK_BANK_ACCOUNT", "PHONE_NUMBER_IS_LOCKED"] {
        assert_eq!(confirm(400, word(code)), Confirmed::Refused { raw: code.to_owned() });
        assert!(confirmed(&reply(400, word(code))).is_ok());
    }
    let unclear = [
        "CONFIRMATION_ERROR",
        "ADD_PAYMENT_ERROR",
        "DUPLICATED_INVOICE_NUMBER",
        "BACKEND_ERROR",
        "BACKEND_SERVER_ERROR",
        "REFERENCE_NUMBER_DOES_NOT_EXIST",
        "INVALID_INVOICE_AMOUNT_OR_NUMBER",
        "INVALID_INPUTS",
        "INVALID_OTP",
        "otp_expired",
        "",
    ];
    for code in unclear {
        assert_eq!(confirm(400, word(code)), Confirmed::Unclear { message: code.to_owned() });
    }
    assert!(matches!(confirm(400, sample!("duplicated_invoice.json")), Confirmed::Unclear { .. }));
    assert!(matches!(confirm(500, sample!("backend_server_error.json")), Confirmed::Unclear { .. }));
    for paid in [400, 500] {
        assert!(matches!(confirm(paid, sample!("confirm_paid.json")), Confirmed::Unclear { .. }), "{paid}");
    }
    let without = sample!("confirm_paid.json").replace("100903", "null");
    assert!(matches!(confirm(200, without), Confirmed::Unclear { .. }));
    let both = r#"{"status":200,"result":{"transaction_id":1},"error":{"code":"INVLIAD_OTP"}}"#;
    assert!(matches!(confirm(200, both), Confirmed::Unclear { .. }));
}

#[test]
fn a_confirmation_fails_where_we_or_the_bank_do() {
    for (code, kind, delivery) in [
        ("UNAUTHORIZED", Kind::Unauthorized, Delivery::Never),
        ("DENIED_ACCESS_GATEWAY", Kind::Unsupported, Delivery::Never),
        ("BACKEND_ERROR", Kind::Unavailable, Delivery::Maybe),
        ("BACKEND_SERVER_ERROR", Kind::Unavailable, Delivery::Maybe),
    ] {
        let refusal = confirmed(&reply(400, word(code))).expect_err("a failure");
        assert_eq!((refusal.kind, refusal.delivery, refusal.message.as_str()), (kind, delivery, code));
    }
    for code in ["INVLIAD_OTP", "OTP_EXPIRED", "CONFIRMATION_ERROR", "DUPLICATED_INVOICE_NUMBER", "WHATEVER"] {
        assert!(confirmed(&reply(400, word(code))).is_ok(), "{code}");
    }
    for body in ["", "<html>", "[]", "{}", r#"{"status":200}"#, r#"{"status":200,"result":[]}"#] {
        let refusal = confirmed(&reply(200, body)).expect_err("a failure");
        assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe), "{body}");
    }
}

#[test]
fn a_failure_is_explained_by_its_word_alone() {
    let message = |body| explain(&reply(401, body)).and_then(|explanation| explanation.message);
    assert_eq!(message(sample!("unauthorized.json")).as_deref(), Some("AUTH_ERROR"));
    assert_eq!(message(sample!("verify_sent.json")), None);
    assert_eq!(message("<html>"), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let reply = Reply { status, headers: HeaderMap::new(), body: body.into() };
        prop_assert!(opened(&reply).is_err() && confirmed(&reply).is_err() && explain(&reply).is_none());
        for gateway in Gateway::ALL {
            prop_assert!(open(gateway, &reply).is_err());
        }
        let unclear = matches!(confirmation(&order(Gateway::Edfali), &reply), Confirmed::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn a_cut_answer_pays_nothing(end in 0usize..120) {
        let sample = sample!("confirm_paid.json").trim_end();
        let cut = &sample[..end.min(sample.len() - 1)];
        let unclear = matches!(confirm(200, cut), Confirmed::Unclear { .. });
        prop_assert!(unclear);
    }
}
