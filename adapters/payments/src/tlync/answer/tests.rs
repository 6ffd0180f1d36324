//! Every answer of the samples, every shape of a receipt, and anything else.

use http::HeaderMap;
use proptest::prelude::*;

use super::super::CARD;
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/tlync/", $name))
    };
}

const OURS: &str = "jisr-0190a3f2-1";
const STORE: &str = "w9ZqjR4bM2";

fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: body.into().into() }
}

fn open(status: u16, body: impl Into<String>) -> Result<Session, Error> {
    let base = Url::parse("https://uat-api.tlync.ly/api/v3").expect("a URL");
    session(&conformance::order(&CARD), &base, &reply(status, body))
}

fn paid(body: impl Into<String>) -> Transaction {
    receipt(&reply(200, body), OURS, STORE).expect("an answer").expect("a transaction")
}

#[test]
fn a_page_was_made() {
    let session = open(200, sample!("initiate_accepted.json")).expect("a session");
    assert_eq!(session.id, OURS);
    let url = Url::parse("https://test-buyer.tlync.ly/tdi/xyZWOj8wJ57VyPp1LvgG8n3e").expect("a URL");
    assert_eq!(session.next, SessionStep::Page { url });
    assert!(initiated(&reply(200, sample!("initiate_accepted.json"))).is_ok());
    let unnamed = sample!("initiate_accepted.json").replace(OURS, "");
    assert!(open(200, unnamed).is_ok());
}

#[test]
fn what_is_no_page_opens_nothing() {
    let accepted = sample!("initiate_accepted.json");
    let page = "https://test-buyer.tlync.ly/tdi/xyZWOj8wJ57VyPp1LvgG8n3e";
    for url in ["", "tdi", "javascript:alert(1)", "http://test-buyer.tlync.ly/tdi/x", "file:///etc/passwd"] {
        let error = open(200, accepted.replace(page, url)).expect_err("no page");
        assert_eq!((error.kind, error.delivery), (Kind::Protocol, Delivery::Maybe), "{url}");
    }
    assert!(open(200, accepted.replace(OURS, "jisr-0190a3f2-2")).is_err());
    assert!(open(200, accepted.replace("success", "failed")).is_err());
    assert!(open(422, accepted).is_err());
    for body in [sample!("initiate_duplicate.json"), sample!("initiate_invalid.json"), "", "{}", "[]", "<html>"] {
        assert!(open(200, body).is_err() && open(422, body).is_err(), "{body}");
        let refusal = initiated(&reply(200, body)).expect_err("a failure");
        assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe), "{body}");
    }
}

#[test]
fn a_receipt_of_every_shape_is_read() {
    for (body, id) in [
        (sample!("receipt_success_flat.json"), "TL0004801233"),
        (sample!("receipt_success_data.json"), "TL0004801233"),
        (sample!("receipt_success_full.json"), "TL0004801233"),
    ] {
        assert!(receipt_outcome(&reply(200, body)).is_ok());
        let transaction = paid(body);
        assert_eq!(transaction.id, id);
        assert_eq!(transaction.amount, Ok(Money::new(12_500, Currency::Lyd)));
        assert!(transaction.approved && transaction.ours && !transaction.declined && !transaction.only_whole);
        assert_eq!((transaction.kind, transaction.remaining), (TransactionKind::Sale, None));
        assert_eq!(transaction.raw_status, "success/tadawul");
    }
    let older = sample!("receipt_success_flat.json").replace("transaction_ref", "transaction_id");
    assert_eq!(paid(older).id, "TL0004801233");
    // Where `reference` is ours, it is not theirs.
    let other = sample!("receipt_success_full.json").replace("TL0004801233", OURS);
    assert_eq!(paid(other).id, "200004801233");
    // Success without anything else is for a person: it is not of the very amount.
    for bare in [r#"{"result":"success"}"#, r#"{"result":"success","data":[]}"#, r#"{"result":"success","data":null}"#]
    {
        let bare = paid(bare);
        assert_eq!((bare.raw_status.as_str(), bare.amount), ("success", Err(String::new())));
    }
}

#[test]
fn a_receipt_of_somebody_elses_is_not_ours() {
    for body in [sample!("receipt_success_flat.json"), sample!("receipt_success_data.json")] {
        assert!(!paid(body.replace(OURS, "jisr-0190a3f2-2")).ours);
        let store = |id: &str| body.replace("\"custom_ref\"", &format!("\"store_id\": \"{id}\", \"custom_ref\""));
        assert!(paid(store(STORE)).ours && !paid(store("other")).ours);
    }
}

#[test]
fn an_amount_of_another_shape_is_kept_as_it_came() {
    let flat = |written: &str| paid(sample!("receipt_success_flat.json").replace("\"12.50\"", written)).amount;
    assert_eq!(flat("12.5"), Ok(Money::new(12_500, Currency::Lyd)));
    assert_eq!(flat("12.505"), Ok(Money::new(12_505, Currency::Lyd)));
    for (written, kept) in [("\"1,250.00\"", "1,250.00"), ("1e1", "1e1"), ("-5", "-5"), ("null", ""), ("\"\"", "")] {
        assert_eq!(flat(written), Err(kept.to_owned()), "{written}");
    }
    let dollars = sample!("receipt_success_full.json").replace("LYD", "USD");
    assert_eq!(paid(dollars).amount, Err("12.50 USD".to_owned()));
}

#[test]
fn what_is_not_paid_or_not_known_has_no_transaction() {
    let none = |status, body: &str| receipt(&reply(status, body), OURS, STORE).expect("an answer").is_none();
    assert!(none(200, sample!("receipt_incomplete.json")));
    assert!(none(404, sample!("receipt_not_found.json")));
    assert!(none(404, r#"{"message":"Transaction not found"}"#));
    for body in [sample!("receipt_incomplete.json"), sample!("receipt_not_found.json")] {
        let status = if body.contains("incomplete") { 200 } else { 404 };
        assert!(receipt_outcome(&reply(status, body)).is_ok());
    }
}

#[test]
fn what_is_no_answer_is_an_error_and_never_an_unknown_payment() {
    for (status, body) in [
        (404, ""),
        (404, "<html>"),
        (404, "{}"),
        (404, r#"{"message":""}"#),
        (404, r#"{"message":"Not Found"}"#),
        (404, r#"{"message":"The route api/v3/receipts could not be found."}"#),
        (404, r#"[{"result":"error"}]"#),
        (200, "{}"),
        (200, r#"{"result":"failed"}"#),
        (200, r#"{"result":"Success!"}"#),
        (200, r#"{"result":"success","data":["12.50","LYD"]}"#),
        (200, r#"["success",{}]"#),
        (200, sample!("receipt_not_found.json")),
        (500, sample!("receipt_success_flat.json")),
    ] {
        let refusal = receipt_outcome(&reply(status, body)).expect_err("no answer");
        assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe), "{body}");
        assert!(receipt(&reply(status, body), OURS, STORE).is_err(), "{body}");
    }
}

#[test]
fn a_refusal_is_explained_by_its_words_and_fields() {
    let message = |body| explain(&reply(422, body)).and_then(|explanation| explanation.message);
    assert_eq!(
        message(sample!("initiate_duplicate.json")).as_deref(),
        Some("The given data was invalid. (custom_ref)")
    );
    assert_eq!(message(sample!("initiate_invalid.json")).as_deref(), Some("The given data was invalid. (phone)"));
    assert_eq!(message(sample!("unauthorized.json")).as_deref(), Some("Unauthenticated."));
    assert_eq!(message(sample!("callback_failed.json")).as_deref(), Some("The payment was declined"));
    assert_eq!((message("<html>"), message("{}")), (None, None));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let reply = Reply { status, headers: HeaderMap::new(), body: body.into() };
        prop_assert!(initiated(&reply).is_err() && receipt_outcome(&reply).is_err());
        prop_assert!(receipt(&reply, OURS, STORE).is_err() && explain(&reply).is_none());
    }

    #[test]
    fn a_cut_receipt_says_nothing(end in 0usize..170) {
        let sample = sample!("receipt_success_flat.json").trim_end();
        let cut = &sample[..end.min(sample.len() - 1)];
        prop_assert!(receipt(&reply(200, cut), OURS, STORE).is_err());
    }
}
