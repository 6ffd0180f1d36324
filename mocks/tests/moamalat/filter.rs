//! FilterTransactions.

use mocks::{Outcome, Pay};
use serde_json::json;

use crate::client::{SALE, filter, rows, sale, start};

/// The documented fields of a transaction.
const FIELDS: &str = "TransactionChannel CardNo SenderName CardType Amnt AmountTrxn FeeAmnt TipAmnt Status Currency \
    TransType STAN RRN MerchantReference ReceiptNo MobileNumber TransactionId ExternalTxnId TxnDateTime \
    IsRefundEnabled IsRefund RemainingRefundAmount RefundReason RefundSource RefundUserCreator OriginalTxnId \
    IsMustVoidTotalAmount ResCodeDesc TerminalId HasToken";

#[tokio::test]
async fn finds_by_reference_with_every_field() {
    let mocks = start().await;
    let sold = sale(&mocks, SALE, "12.500").await;
    mocks.pay(Pay::new("moamalat", SALE, Outcome::Declined, "12.500")).await.unwrap();
    sale(&mocks, "SALE-0000002", "1").await;
    let rows = rows(&mocks, SALE).await;
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["Status"], &rows[0]["IsRefundEnabled"]), (&json!("Declined"), &json!(false)));
    let row = &rows[1];
    assert_eq!(row["Status"], "Approved");
    assert_eq!(row["TransactionId"], sold.transaction_id.unwrap());
    assert_eq!(row["RRN"], sold.network_reference.unwrap());
    for (name, expected) in [
        ("Amnt", json!("12500")),
        ("AmountTrxn", json!("12500")),
        ("RemainingRefundAmount", json!("12500")),
        ("Currency", json!("LYD")),
        ("TransType", json!("Sale")),
        ("IsRefundEnabled", json!(true)),
        ("IsMustVoidTotalAmount", json!(true)),
        ("TerminalId", json!("99179395")),
    ] {
        assert_eq!(row[name], expected, "{name}");
    }
    let time = row["TxnDateTime"].as_str().unwrap();
    assert_eq!((time.len(), &time[8..10]), (15, "  "), "{time}");
    for name in FIELDS.split_whitespace() {
        assert!(row.get(name).is_some(), "{name}");
    }
    assert_eq!(row.as_object().unwrap().len(), FIELDS.split_whitespace().count());
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn nothing_found_is_a_success() {
    let mocks = start().await;
    sale(&mocks, SALE, "1").await;
    for fields in [
        json!({ "MerchantReference": "SALE-0000009" }),
        json!({ "NetworkReference": "000000000000" }),
        json!({ "MerchantReference": SALE, "DateTo": "20200101" }),
        json!({ "DateFrom": "20900101", "DateTo": "20900102" }),
    ] {
        let answer = filter(&mocks, fields.clone()).await.json();
        assert_eq!(answer["Message"], "Transaction not found", "{fields}");
        assert_eq!((&answer["Success"], &answer["TotalCountAllTransaction"]), (&json!(true), &json!(0)));
    }
}

#[tokio::test]
async fn pages_over_the_flattened_days() {
    let mocks = start().await;
    for number in 0..25 {
        sale(&mocks, &format!("SALE-{number:07}"), "1").await;
    }
    let mut seen = Vec::new();
    for start in [0, 10, 20, 30] {
        let fields = json!({ "DisplayLength": "10", "DisplayStart": start, "SortCol": "TxnDateTime", "SortDir": "asc",
            "DateFrom": "20200101", "DateTo": "20991231" });
        let page = filter(&mocks, fields).await.json();
        assert_eq!(page["TotalCountAllTransaction"], 25);
        assert_eq!(page["TotalAmountAllTransaction"], 25_000);
        for day in page["Transactions"].as_array().unwrap() {
            for row in day["DateTransactions"].as_array().unwrap() {
                seen.push(row["MerchantReference"].as_str().unwrap().to_owned());
            }
        }
    }
    let expected: Vec<String> = (0..25).map(|number| format!("SALE-{number:07}")).collect();
    assert_eq!(seen, expected);
    let newest = filter(&mocks, json!({ "DisplayLength": 1 })).await.json();
    assert_eq!(newest["Transactions"][0]["DateTransactions"][0]["MerchantReference"], "SALE-0000024");
}
