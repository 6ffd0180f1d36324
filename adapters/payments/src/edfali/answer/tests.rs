//! The samples, read; and everything that is not an answer, refused.

use bytes::Bytes;
use proptest::prelude::*;

use super::super::CARD;
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/edfali/", $name))
    };
}

fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    Reply { status, headers: http::HeaderMap::new(), body: body.into() }
}

/// The session's sample with another text in it.
fn opened(text: &str) -> Reply {
    reply(200, sample!("do_p_trans_session.xml").replace("7214408519", text))
}

/// The confirmation's sample with another text in it.
fn said(text: &str) -> Reply {
    reply(200, sample!("online_conf_trans_ok.xml").replace(">OK<", &format!(">{text}<")))
}

fn confirmed(reply: &Reply) -> Confirmed {
    super::confirmed(&conformance::order(&CARD), reply)
}

fn refused(result: Result<Session, Refusal>) -> (Kind, Delivery) {
    let refusal = result.expect_err("a refusal");
    (refusal.kind, refusal.delivery)
}

fn is_unclear(reply: &Reply) -> bool {
    matches!(confirmed(reply), Confirmed::Unclear { .. })
}

#[test]
fn a_session_waits_for_four_digits() {
    let session = session(&reply(200, sample!("do_p_trans_session.xml"))).expect("a session");
    assert_eq!(session.id, "7214408519");
    assert_eq!(session.next, SessionStep::Code { length: 4, expires_at: None });
    assert!(opening_outcome(&reply(200, sample!("do_p_trans_session.xml"))).is_ok());
}

#[test]
fn the_description_is_whole_and_has_both_operations() {
    let judged = |text: &str| description_outcome(&reply(200, text.to_owned())).map_err(|refusal| refusal.kind);
    let sample = sample!("wsdl.xml");
    assert_eq!(judged(sample), Ok(()));
    assert_eq!(judged(&format!("\u{feff}{}", sample.replace("wsdl:", "").replace("xmlns:wsdl=", "xmlns="))), Ok(()));
    for wrong in [
        &sample[..sample.len() / 2],
        &sample.replace("OnlineConfTrans", "Other"),
        &sample.replace("DoPTrans", "Other"),
        &sample.replace("\"http://schemas.xmlsoap.org/wsdl/\"", "\"http://www.w3.org/1999/xhtml\""),
        sample!("do_p_trans_session.xml"),
        "<html>DoPTrans OnlineConfTrans</html>",
        "",
    ] {
        assert_eq!(judged(wrong), Err(Kind::Protocol), "{wrong}");
    }
}

#[test]
fn what_others_take_for_a_session_is_one_here_too() {
    for text in ["1234", " 7214408519 ", "BCD-00012345", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"] {
        assert_eq!(super::session(&opened(text)).expect("a session").id, text.trim());
    }
    for text in ["OK", "SYS", "INVALID", "FAIL", "123", "no session 12", "1234|5", &"1".repeat(65)] {
        assert_eq!(refused(session(&opened(text))), (Kind::Protocol, Delivery::Maybe), "{text}");
    }
}

#[test]
fn no_result_is_no_customer() {
    for body in [sample!("do_p_trans_empty.xml"), sample!("do_p_trans_null.xml")] {
        assert_eq!(refused(session(&reply(200, body))), (Kind::NotFound, Delivery::Done));
        assert!(opening_outcome(&reply(200, body)).is_ok(), "it is an answer");
    }
}

#[test]
fn codes_say_whose_fault_it_is_in_any_case() {
    assert_eq!(refused(session(&reply(200, sample!("do_p_trans_refused.xml")))), (Kind::Rejected, Delivery::Done));
    for (text, kind, delivery) in [
        ("BAL", Kind::Rejected, Delivery::Done),
        ("limit", Kind::Rejected, Delivery::Done),
        ("Acc", Kind::Rejected, Delivery::Done),
        ("No", Kind::NotFound, Delivery::Done),
        ("PW1", Kind::Unauthorized, Delivery::Never),
        ("pw", Kind::Unauthorized, Delivery::Never),
    ] {
        assert_eq!(refused(session(&opened(text))), (kind, delivery), "{text}");
        let technical = kind == Kind::Unauthorized;
        assert_eq!(opening_outcome(&opened(text)).is_err(), technical, "{text}");
    }
}

#[test]
fn paid_is_what_the_order_says() {
    let order = conformance::order(&CARD);
    let body = reply(200, sample!("online_conf_trans_ok.xml"));
    assert!(confirm_outcome(&body).is_ok());
    for reply in [&body, &said("ok"), &said(" OK\n")] {
        let Confirmed::Paid(sale) = confirmed(reply) else { panic!("paid") };
        assert_eq!((sale.id, sale.amount), (order.wire_reference.clone(), Ok(order.amount)));
        assert_eq!((sale.kind, sale.approved, sale.declined), (TransactionKind::Sale, true, false));
        assert!(sale.ours && sale.remaining.is_none() && !sale.only_whole && sale.raw_status == "OK");
    }
}

#[test]
fn a_wrong_code_can_be_entered_again() {
    assert_eq!(confirmed(&reply(200, sample!("online_conf_trans_wrong_code.xml"))), Confirmed::WrongCode);
    assert_eq!(confirmed(&said("Pw")), Confirmed::WrongCode);
}

#[test]
fn no_money_is_refused_for_good() {
    for text in ["BAL", "Limit", "ACC"] {
        assert_eq!(confirmed(&said(text)), Confirmed::Refused { raw: text.to_owned() });
    }
}

#[test]
fn what_may_stand_for_a_paid_session_is_unclear() {
    let no = reply(200, sample!("online_conf_trans_no.xml"));
    assert!(is_unclear(&no) && confirm_outcome(&no).is_ok());
    for text in ["", "OKAY", "NOT OK", "TIME", "DUP", "Pin", "invalid pin", "7214408519", "SUCCESS"] {
        assert!(is_unclear(&said(text)), "{text}");
    }
    // An answer to the other operation answers nothing.
    assert!(is_unclear(&reply(200, sample!("do_p_trans_session.xml"))));
    assert_eq!(refused(session(&said("OK"))), (Kind::Protocol, Delivery::Maybe));
}

#[test]
fn a_wrong_password_was_refused_before_anything_was_done() {
    let refusal = confirm_outcome(&said("PW1")).expect_err("a refusal");
    assert_eq!((refusal.kind, refusal.delivery), (Kind::Unauthorized, Delivery::Never));
    assert!(is_unclear(&said("PW1")));
}

#[test]
fn faults_say_whether_anything_was_done() {
    for (body, kind, delivery) in [
        (sample!("fault_client.xml"), Kind::Invalid, Delivery::Never),
        (sample!("fault_server.xml"), Kind::Unavailable, Delivery::Maybe),
    ] {
        for outcome in [opening_outcome, confirm_outcome] {
            let refusal = outcome(&reply(500, body)).expect_err("a refusal");
            assert_eq!((refusal.kind, refusal.delivery), (kind, delivery));
        }
        assert_eq!(refused(session(&reply(500, body))), (kind, delivery));
        assert!(is_unclear(&reply(500, body)));
    }
}

#[test]
fn half_an_answer_is_none() {
    let whole = sample!("online_conf_trans_ok.xml");
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        assert!(is_unclear(&reply(200, &whole.as_bytes()[..end])), "{end}");
    }
    let twice = whole.replace(
        "</OnlineConfTransResponse>",
        "<OnlineConfTransResult>PW</OnlineConfTransResult></OnlineConfTransResponse>",
    );
    assert!(is_unclear(&reply(200, twice)));
    let foreign = whole.replace("http://tempuri.org/", "http://example.org/");
    assert!(is_unclear(&reply(200, foreign)));
    assert!(is_unclear(&reply(500, whole)), "an answer beside a bad status contradicts it");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200), status in 100..600_u16) {
        let reply = reply(status, body);
        prop_assert!(session(&reply).is_err());
        prop_assert!(is_unclear(&reply));
        prop_assert!(opening_outcome(&reply).is_err() && confirm_outcome(&reply).is_err());
    }

    #[test]
    fn only_ok_is_paid(text in "[A-Za-z0-9 .-]{0,12}") {
        let paid = matches!(confirmed(&said(&text)), Confirmed::Paid(_));
        prop_assert_eq!(paid, text.trim().eq_ignore_ascii_case("ok"));
    }
}
