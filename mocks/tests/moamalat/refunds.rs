//! The arithmetic of RefundTransaction.

use serde_json::json;

use crate::client::{SALE, post, refund, rows, sale, start};

const REFUNDED: &str = "CUBEEX5250616:Transaction Already Refunded";

#[tokio::test]
async fn before_the_close_only_the_whole_can_go_back() {
    let mocks = start().await;
    let id = sale(&mocks, SALE, "12.500").await.transaction_id.unwrap();
    let partial = refund(&mocks, &id, "5000").await;
    assert_eq!((&partial["Success"], &partial["ActionCode"]), (&json!(false), &json!(null)));
    assert_eq!(rows(&mocks, SALE).await[0]["RemainingRefundAmount"], "12500");

    let whole = refund(&mocks, &id, "12500").await;
    assert_eq!((&whole["Success"], &whole["Message"]), (&json!(true), &json!("Approved")));
    assert_eq!((&whole["ActionCode"], &whole["DecimalFraction"]), (&json!("00"), &json!(3)));
    let rows = rows(&mocks, SALE).await;
    assert_eq!(rows[0]["TransType"], "Refund");
    assert_eq!((&rows[0]["OriginalTxnId"], &rows[0]["TransactionId"]), (&json!(id), &whole["RefNumber"]));
    assert_eq!((&rows[1]["RemainingRefundAmount"], &rows[1]["IsRefundEnabled"]), (&json!("0"), &json!(false)));
    assert_eq!(refund(&mocks, &id, "12500").await["Message"], REFUNDED);
}

#[tokio::test]
async fn after_the_close_parts_can_go_back() {
    let mocks = start().await;
    let id = sale(&mocks, SALE, "12.500").await.transaction_id.unwrap();
    assert_eq!(post(&mocks, "/_settle", &json!({ "provider": "moamalat" })).await.status, 200);
    assert_eq!(rows(&mocks, SALE).await[0]["IsMustVoidTotalAmount"], false);
    assert_eq!(refund(&mocks, &id, "5000").await["Success"], true);
    assert_eq!(refund(&mocks, &id, "7501").await["Success"], false);
    assert_eq!(rows(&mocks, SALE).await[1]["RemainingRefundAmount"], "7500");
    assert_eq!(refund(&mocks, &id, "7500").await["Success"], true);
    assert_eq!(refund(&mocks, &id, "1").await["Message"], REFUNDED);
    let given: i64 = mocks.transactions().iter().skip(1).map(|entry| entry.amount).sum();
    assert_eq!(given, 12_500);
}

#[tokio::test]
async fn only_an_approved_sale_can_go_back() {
    let mocks = start().await;
    let act = json!({ "provider": "moamalat", "reference": SALE, "outcome": "declined", "amount": "1" });
    let id = post(&mocks, "/_pay", &act).await.json()["transaction_id"].as_str().unwrap().to_owned();
    assert_eq!(refund(&mocks, &id, "1000").await["Message"], "Transaction not found");
    assert_eq!(refund(&mocks, "1", "1000").await["Message"], "Transaction not found");
}
