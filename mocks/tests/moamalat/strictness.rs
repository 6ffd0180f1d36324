//! What the mock refuses.

use mocks::{Direction, moamalat::Merchant};
use serde_json::json;

use crate::client::{FILTER, REFUND, SALE, filter, get, next_time, post, refund, sale, send, sign, signed, start};

#[tokio::test]
async fn repeated_time_is_refused_over_both_operations() {
    let mocks = start().await;
    let sold = sale(&mocks, SALE, "12.500").await;
    let time = next_time();
    assert_eq!(post(&mocks, FILTER, &signed(&time, &json!({}))).await.json()["Success"], true);
    let fields = json!({ "SystemReference": sold.transaction_id, "AmountTrxn": "12500" });
    let repeated = post(&mocks, REFUND, &signed(&time, &fields)).await;
    assert_eq!(repeated.status, 200);
    assert_eq!(repeated.json(), json!({ "Message": "Duplicate DateTimeLocalTrxn", "Success": false }));
    assert_eq!(mocks.transactions().len(), 1);
    let violations = mocks.violations();
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].violation.as_deref(), Some("Duplicate DateTimeLocalTrxn"));
    assert!(!violations[0].acted);
}

#[tokio::test]
async fn wrong_hash_is_401() {
    let mocks = start().await;
    let mut body = signed(&next_time(), &json!({}));
    body["SecureHash"] = json!("00".repeat(32));
    let answer = post(&mocks, FILTER, &body).await;
    assert_eq!(answer.status, 401);
    let expected = json!({
        "Message": "Authentication failed.",
        "StackTrace": null,
        "ExceptionType": "System.InvalidOperationException",
    });
    assert_eq!(answer.json(), expected);
    let mut unknown = signed(&next_time(), &json!({}));
    unknown["TerminalId"] = json!("11111111");
    assert_eq!(post(&mocks, FILTER, &unknown).await.status, 401);
    assert_eq!(mocks.violations().len(), 2);
}

#[tokio::test]
async fn shape_must_be_exact() {
    let mocks = start().await;
    let good = signed(&next_time(), &json!({}));
    let mut missing = good.clone();
    missing.as_object_mut().unwrap().remove("SecureHash");
    let extra = signed(&next_time(), &json!({ "Surprise": 1 }));
    assert_eq!(post(&mocks, FILTER, &missing).await.status, 400);
    let answer = post(&mocks, FILTER, &extra).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("Surprise"), "{}", answer.body);
    let text = good.to_string();
    assert_eq!(send(&mocks, "POST", FILTER, "text/plain", &text).await.status, 415);
    assert_eq!(send(&mocks, "GET", FILTER, "application/json", "").await.status, 405);
    assert_eq!(send(&mocks, "POST", FILTER, "application/json", "{").await.status, 400);
    assert_eq!(post(&mocks, "/moamalat/cube/paylink.svc/api/PayByCard", &good).await.status, 404);
    assert_eq!(post(&mocks, FILTER, &signed("250231000000", &json!({}))).await.status, 400);
    assert_eq!(post(&mocks, FILTER, &signed("1700000000", &json!({}))).await.status, 400);
    assert_eq!(mocks.violations().len(), 8);
    // None of these has used up the time.
    let path = "/moamalat/CUBE/PayLink.svc/API/filtertransactions";
    assert_eq!(post(&mocks, path, &good).await.json()["Message"], "Transaction not found");
}

#[tokio::test]
async fn values_must_make_sense() {
    let mocks = start().await;
    let sold = sale(&mocks, SALE, "5").await;
    for fields in [
        json!({ "MerchantReference": "short" }),
        json!({ "MerchantReference": "with blanks and more" }),
        json!({ "DateFrom": "2025-01-01" }),
        json!({ "DateFrom": "20250102", "DateTo": "20250101" }),
        json!({ "DisplayLength": 0 }),
        json!({ "SortDir": "down" }),
        json!({ "SortCol": "Colour" }),
    ] {
        assert_eq!(filter(&mocks, fields.clone()).await.status, 400, "{fields}");
    }
    let id = sold.transaction_id.unwrap();
    for amount in ["0", "-1", "5.000", ""] {
        assert_eq!(refund(&mocks, &id, amount).await["Success"], false, "{amount}");
    }
    let both = json!({ "AmountTrxn": 5000, "SystemReference": id, "NetworkReference": sold.network_reference });
    assert_eq!(post(&mocks, REFUND, &signed(&next_time(), &both)).await.status, 400);
    assert_eq!(mocks.transactions().len(), 1);
}

#[tokio::test]
async fn lightbox_parameters_are_verified() {
    let mocks = start().await;
    let merchant = Merchant::default();
    let message = "Amount=12500&DateTimeLocalTrxn=202501311530&MerchantId=10081014649&MerchantReference=SALE-0000001\
                   &TerminalId=99179395";
    let mut act = json!({ "provider": "moamalat", "reference": SALE, "outcome": "approved", "parameters": {
        "MID": merchant.merchant_id, "TID": merchant.terminal_id, "AmountTrxn": "12500", "MerchantReference": SALE,
        "TrxDateTime": "202501311530", "SecureHash": sign(&merchant.secret_key, message),
    }});
    let answer = post(&mocks, "/_pay", &act).await;
    assert!(answer.head.contains("access-control-allow-origin: *"));
    let complete = answer.json()["complete"].clone();
    let expected = format!(
        "Amount=12500&Currency=434&MerchantId=10081014649&MerchantReference={SALE}&PaidThrough=Card\
         &TerminalId=99179395&TxnDate={}",
        complete["TxnDate"].as_str().unwrap()
    );
    assert_eq!(complete["SecureHash"], sign(&merchant.secret_key, &expected).to_uppercase());

    act["parameters"]["AmountTrxn"] = json!("12501");
    let answer = post(&mocks, "/_pay", &act).await;
    assert_eq!((answer.status, answer.json()), (422, json!({ "error": "SecureHash is wrong" })));
    assert_eq!(mocks.transactions().len(), 1);
    let journal = get(&mocks, "/_journal?provider=moamalat").await;
    let mut lightbox = journal.as_array().unwrap().iter().filter(|entry| entry["operation"] == "Lightbox");
    assert_eq!(lightbox.clone().count(), 2);
    assert_eq!(lightbox.next_back().unwrap()["violation"], "SecureHash is wrong");
    // The notification is on its own way: it is in the journal a moment later.
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while !mocks.journal(None).iter().any(|entry| entry.direction == Direction::Sent) {
        assert!(tokio::time::Instant::now() < until, "the notification never left");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn script_is_served_and_accounts_can_be_added() {
    let mocks = start().await;
    let script = send(&mocks, "GET", "/moamalat/js/lightbox.js", "text/plain", "").await;
    assert!(script.head.contains("text/javascript") && script.body.contains("showLightbox"));
    let merchant = json!({ "merchant_id": "10004188779", "terminal_id": "49077229",
        "secret_key": "abcd", "notification_key": "ef01" });
    assert_eq!(post(&mocks, "/_accounts", &merchant).await.status, 200);
    let act = json!({ "provider": "moamalat", "reference": SALE, "outcome": "declined", "amount": "1.000",
        "terminal": "49077229" });
    assert_eq!(post(&mocks, "/_pay", &act).await.status, 200);
    let listed = get(&mocks, &format!("/_transactions?reference={SALE}")).await;
    assert_eq!(listed[0]["merchant_id"], "10004188779");
    assert_eq!(listed[0]["approved"], false);
    assert_eq!(post(&mocks, "/_accounts", &json!({ "merchant_id": "1" })).await.status, 422);
    assert_eq!(get(&mocks, "/").await["providers"]["moamalat"], mocks.base_url("moamalat"));
}
