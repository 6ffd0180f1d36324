//! The samples, read; and everything that is not an answer, refused.

use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;
use schemas::store::Mode;
use serde_json::json;

use super::*;

const REFERENCE: &str = "jisr-0190a3f2-1";

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/moamalat/", $name))
    };
}

fn settings(unit: &str) -> Settings {
    let configuration = json!({"merchant_id": "10081014649", "terminal_id": "99179395", "amount_unit": unit});
    Settings::read(configuration, Mode::Test).expect("settings")
}

fn reply(body: impl Into<Bytes>) -> Reply {
    Reply { status: 200, headers: http::HeaderMap::new(), body: body.into() }
}

fn question(reference: &str) -> Question {
    Question { wire_reference: reference.to_owned(), session: None, opened_at: Timestamp::UNIX_EPOCH }
}

fn read(body: &str, unit: &str) -> Vec<Transaction> {
    let page = Page::read(body.as_bytes()).expect("a page");
    findings(&[question(REFERENCE)], &page.rows, &settings(unit)).remove(0).transactions
}

fn lyd(minor: i64) -> Money {
    Money::new(minor, Currency::Lyd)
}

/// The approved sample with one field of its transaction changed.
fn changed(field: &str, value: serde_json::Value) -> String {
    let mut answer: serde_json::Value = serde_json::from_str(sample!("filter_approved.json")).expect("JSON");
    answer["Transactions"][0]["DateTransactions"][0][field] = value;
    answer.to_string()
}

#[test]
fn an_approved_sale() {
    let body = sample!("filter_approved.json");
    assert!(filter_outcome(&reply(body)).is_ok());
    let [sale] = &read(body, "dirham")[..] else { panic!("one transaction") };
    assert_eq!(
        (sale.id.as_str(), sale.kind, sale.approved, sale.declined),
        ("1240001", TransactionKind::Sale, true, false)
    );
    assert_eq!((sale.amount.clone(), sale.remaining), (Ok(lyd(12_500)), Some(lyd(12_500))));
    assert_eq!((sale.ours, sale.only_whole, sale.raw_status.as_str()), (true, false, "Approved/Approved"));
}

#[test]
fn a_declined_sale_and_one_before_settlement() {
    let [declined] = &read(sample!("filter_declined.json"), "dirham")[..] else { panic!("one transaction") };
    assert_eq!((declined.approved, declined.declined), (false, true));
    assert_eq!(declined.raw_status, "Declined/Insufficient funds");
    let [unsettled] = &read(sample!("filter_unsettled.json"), "dirham")[..] else { panic!("one transaction") };
    assert!(unsettled.only_whole && unsettled.ours);
}

#[test]
fn not_found_is_an_empty_finding_and_no_error() {
    let body = sample!("filter_not_found.json");
    assert!(filter_outcome(&reply(body)).is_ok());
    assert!(read(body, "dirham").is_empty());
}

#[test]
fn a_partial_refund_comes_after_its_sale() {
    let found = read(sample!("filter_partially_refunded.json"), "dirham");
    let [sale, refund] = &found[..] else { panic!("two transactions") };
    assert_eq!((sale.kind, sale.remaining), (TransactionKind::Sale, Some(lyd(7_500))));
    assert_eq!((refund.kind, refund.amount.clone()), (TransactionKind::Refund, Ok(lyd(5_000))));
}

#[test]
fn a_refund_without_a_reference_is_kept_under_its_sale() {
    let mut answer: serde_json::Value = serde_json::from_str(sample!("filter_partially_refunded.json")).expect("JSON");
    answer["Transactions"][0]["DateTransactions"][0]["MerchantReference"] = json!(null);
    assert_eq!(read(&answer.to_string(), "dirham").len(), 2);
    answer["Transactions"][0]["DateTransactions"][0]["OriginalTxnId"] = json!("77");
    assert_eq!(read(&answer.to_string(), "dirham").len(), 1);
}

#[test]
fn references_match_exactly() {
    for other in ["JISR-0190a3f2-1", "jisr-0190a3f2-10", "jisr-0190a3f2-1 ", "", "jisr-0190a3f2"] {
        assert!(read(&changed("MerchantReference", json!(other)), "dirham").is_empty(), "{other:?}");
    }
}

#[test]
fn an_amount_of_another_shape_is_never_read_in_another_unit() {
    let amount = |value: serde_json::Value, unit| read(&changed("AmountTrxn", value), unit)[0].amount.clone();
    assert_eq!(amount(json!("12.500"), "dirham"), Err("12.500".to_owned()));
    assert_eq!(amount(json!("12.500"), "decimal"), Ok(lyd(12_500)));
    assert_eq!(amount(json!(12_500), "dirham"), Ok(lyd(12_500)));
    assert_eq!(amount(json!("5"), "dirham"), Ok(lyd(5)));
    for wrong in ["-12500", "12 500", "12,500", "1e4", "LYD 12500", "99999999999999999999"] {
        assert_eq!(amount(json!(wrong), "dirham"), Err(wrong.to_owned()));
    }
    assert_eq!(amount(json!("12.5000"), "decimal"), Err("12.5000".to_owned()));
    // Amnt stands in for an AmountTrxn that is absent, never for one that cannot be read.
    assert_eq!(amount(json!(null), "dirham"), Ok(lyd(12_500)));
    assert_eq!(read(&changed("RemainingRefundAmount", json!("12.500")), "dirham")[0].remaining, None);
}

#[test]
fn another_currency_terminal_or_type_is_seen() {
    let one = |field, value| read(&changed(field, value), "dirham").remove(0);
    assert_eq!(one("Currency", json!("USD")).amount, Err("12500 USD".to_owned()));
    assert_eq!(one("Currency", json!(434)).amount, Ok(lyd(12_500)));
    assert!(one("Currency", json!(null)).amount.is_err());
    assert!(!one("TerminalId", json!("99179396")).ours);
    assert!(one("TerminalId", json!(99_179_395)).ours);
    assert!(!one("MerchantId", json!("10081014640")).ours);
    assert_eq!(one("TransType", json!("Void Sale")).kind, TransactionKind::Other);
    let status = one("Status", json!("APPROVED"));
    assert!(status.approved && status.raw_status == "APPROVED/Approved");
    let pending = one("Status", json!("Pending"));
    assert!(!pending.approved && !pending.declined);
}

#[test]
fn times_order_transactions_and_never_lose_one() {
    let row = |id: u32, time: &str| json!({"MerchantReference": REFERENCE, "TransactionId": id.to_string(), "TransType": "Sale", "TxnDateTime": time});
    let rows = json!([
        row(5, "soon"),
        row(2, "31/01/25  15:32"),
        row(4, "01/02/2025 00:00:01"),
        row(3, "31/01/25 15:32"),
        row(1, "31/12/24 23:59")
    ]);
    let answer =
        json!({"Success": true, "TotalCountAllTransaction": "5", "Transactions": [{"DateTransactions": rows}]});
    let ids: Vec<String> = read(&answer.to_string(), "dirham").into_iter().map(|transaction| transaction.id).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    for wrong in ["", "31/01/25", "31/13/25 10:00", "32/01/25 10:00", "31/01/25 24:00", "31-01-25 10:00", "a/b/c d:e"] {
        assert_eq!(read_time(wrong), None, "{wrong:?}");
    }
}

#[test]
fn what_was_read_last_holds() {
    let earlier = Page::read(sample!("filter_approved.json").as_bytes()).expect("a page");
    let later = Page::read(changed("RemainingRefundAmount", json!("0")).as_bytes()).expect("a page");
    let rows: Vec<Row> = earlier.rows.into_iter().chain(later.rows).collect();
    let found = findings(&[question(REFERENCE)], &rows, &settings("dirham")).remove(0).transactions;
    assert_eq!((found.len(), found[0].remaining), (1, Some(lyd(0))));
}

#[test]
fn only_a_page_that_is_seen_to_be_sorted_ends_the_reading() {
    let rows = |times: &[&str]| -> Vec<Row> {
        times.iter().map(|time| serde_json::from_value(json!({"TxnDateTime": time})).expect("a row")).collect()
    };
    let limit = read_time("31/01/25  15:00").expect("a time");
    assert!(is_past(&rows(&["31/01/25  16:00", "31/01/25  14:59"]), limit));
    assert!(!is_past(&rows(&["31/01/25  16:00", "31/01/25  15:00"]), limit));
    assert!(!is_past(&rows(&["31/01/25  14:00", "31/01/25  14:59"]), limit));
    assert!(!is_past(&rows(&["31/01/25  14:59", "?"]), limit));
    assert!(!is_past(&[], limit));
}

#[test]
fn refusals_inside_a_good_status() {
    let judge = |body: &'static str| filter_outcome(&reply(body)).map_err(|refusal| (refusal.kind, refusal.delivery));
    assert_eq!(
        judge(r#"{"Success":false,"Message":"CUBEEX5212216:Authentication Failed"}"#),
        Err((Kind::Unauthorized, Delivery::Never))
    );
    assert_eq!(judge(r#"{"Success":false,"Message":"Invalid terminal"}"#), Err((Kind::Rejected, Delivery::Never)));
    assert_eq!(judge(r#"{"Success":false}"#), Err((Kind::Rejected, Delivery::Never)));
    for body in [
        "",
        "<html><body>Service Unavailable</body></html>",
        "null",
        "{}",
        "[true]",
        r#"{"Success":"true","TotalCountAllTransaction":0,"Transactions":[]}"#,
        r#"{"Message":"Authentication failed.","StackTrace":null}"#,
        r#"{"Success":true}"#,
        r#"{"Success":true,"TotalCountAllTransaction":0,"Transactions":{}}"#,
        r#"{"Success":true,"TotalCountAllTransaction":1,"Transactions":null}"#,
        r#"{"Success":true,"TotalCountAllTransaction":"many","Transactions":[]}"#,
        r#"{"Success":true,"TotalCountAllTransaction":1,"Transactions":[{"Date":"31/01/2025"}]}"#,
        r#"{"Success":true,"TotalCountAllTransaction":1,"Transactions":[{"DateTransactions":[7]}]}"#,
    ] {
        assert_eq!(judge(body), Err((Kind::Protocol, Delivery::Maybe)), "{body}");
    }
    let whole = sample!("filter_approved.json");
    for cut in [1, 20, whole.len() / 2, whole.trim_end().len() - 1] {
        assert_eq!(judge(&whole[..cut]), Err((Kind::Protocol, Delivery::Maybe)), "cut at {cut}");
    }
}

#[test]
fn refunds_are_read_whatever_they_say() {
    let (accepted, refused) = (reply(sample!("refund_accepted.json")), reply(sample!("refund_refused.json")));
    assert!(refund_outcome(&accepted).is_ok() && refund_outcome(&refused).is_ok());
    assert_eq!(refund(&accepted), RefundAnswer::Accepted { id: Some("1240077".to_owned()) });
    let message = "CUBEEX5250616:Transaction Already Refunded".to_owned();
    assert_eq!(refund(&refused), RefundAnswer::Refused { message });
    assert_eq!(refund(&reply(r#"{"Success":true,"RefNumber":1240077}"#)), refund(&accepted));
    for body in ["", "<html>", "{}", "[true]", r#"{"Success":1}"#, r#"{"Success":true"#, sample!("unauthorised.json")] {
        let refusal = refund_outcome(&reply(body)).expect_err("a refusal");
        assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe), "{body}");
        assert_eq!(refund(&reply(body)), RefundAnswer::Accepted { id: None }, "unclear is not refused");
    }
}

#[test]
fn a_refusal_does_not_repeat_the_body() {
    let refusal = filter_outcome(&reply(r#"{"Success":"6394993077260781"}"#)).expect_err("a refusal");
    assert!(!refusal.message.contains("6394"), "{}", refusal.message);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let reply = reply(body);
        let _ = (filter_outcome(&reply), refund_outcome(&reply), refund(&reply));
    }

    #[test]
    fn any_transaction_is_read_without_panic(amount in "\\PC{0,12}", time in "[0-9/: -]{0,20}", id in "\\PC{0,8}", unit in "dirham|decimal") {
        let row = json!({"MerchantReference": REFERENCE, "AmountTrxn": amount, "TxnDateTime": time, "TransactionId": id,
            "Currency": "LYD", "OriginalTxnId": id, "RemainingRefundAmount": amount});
        let answer = json!({"Success": true, "TotalCountAllTransaction": 1, "Transactions": [{"DateTransactions": [row]}]});
        let found = read(&answer.to_string(), &unit);
        prop_assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_body_with_one_byte_changed_is_read_without_panic(at in 0usize..1_500, byte in any::<u8>()) {
        let mut body = sample!("filter_approved.json").as_bytes().to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        let reply = reply(body);
        if filter_outcome(&reply).is_ok() {
            prop_assert!(Page::read(&reply.body).is_ok());
        }
    }
}
