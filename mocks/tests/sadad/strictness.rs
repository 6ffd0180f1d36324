//! What the mock refuses.

use mocks::sadad::Merchant;
use serde_json::{Value, json};

use crate::client::{PHONE, bearer, call, open, opening, raw, start, text, violation};

fn with(name: &str, value: Value) -> Value {
    let mut body = opening(PHONE, "INV-1");
    body[name] = value;
    body
}

#[tokio::test]
async fn requests_must_be_right() {
    let mocks = start().await;
    for body in [
        with("Surprise", json!(1)),
        with("Msisdn", json!(913_456_789)),
        with("Msisdn", json!("0923456789")),
        with("Msisdn", json!("218913456789")),
        with("Msisdn", json!("+218913456789")),
        with("Msisdn", json!("091345678")),
        with("BirthYear", json!("90")),
        with("BirthYear", json!(3000)),
        with("BirthYear", Value::Null),
        with("InvoiceNo", json!("")),
        with("InvoiceNo", json!("a b")),
        with("Amount", json!("12.500")),
        with("Amount", json!(0)),
        with("Amount", json!(-1)),
        with("Category", json!("20")),
        with("Category", json!(31)),
        json!({ "Msisdn": PHONE }),
        json!([]),
    ] {
        let answer = call(&mocks, "Validate", &body).await;
        assert_eq!(answer.codes(), (400, 400), "{body}");
        assert!(violation(&mocks).is_some(), "{body}");
    }
    for amount in ["12.5001", "1e1", "12.500000", "null"] {
        let body = opening(PHONE, "INV-1").to_string().replace("12.5", amount);
        assert_eq!(text(&mocks, "Validate", &body).await.codes(), (400, 400), "{amount}");
    }
    let body = opening(PHONE, "INV-1").to_string().replace("12.5", "12.500").replace("\"1990\"", "1990");
    assert_eq!(text(&mocks, "Validate", &body).await.codes(), (200, 0));
    for (operation, body) in [
        ("Pay", json!({ "TransactionId": "4801233", "OTP": "111111" })),
        ("Pay", json!({ "TransactionId": 4_801_233, "OTP": 111_111 })),
        ("Pay", json!({ "TransactionId": 4_801_233, "OTP": "1111" })),
        ("Pay", json!({ "TransactionId": 4_801_233, "OTP": "111111", "Amount": 1 })),
        ("Pay", json!({ "transactionId": 4_801_233, "OTP": "111111" })),
        ("otp-resend", json!({ "TransactionId": null })),
        ("enquiry", json!({ "InvoiceNo": 1 })),
    ] {
        assert_eq!(call(&mocks, operation, &body).await.codes(), (400, 400), "{body}");
    }
    assert_eq!(mocks.codes("sadad", "INV-1").len(), 1);
}

#[tokio::test]
async fn an_invoice_is_opened_once() {
    let mocks = start().await;
    open(&mocks, PHONE, "INV-1").await;
    assert_eq!(call(&mocks, "Validate", &opening(PHONE, "INV-1")).await.codes(), (200, 933));
    assert!(violation(&mocks).unwrap().contains("INV-1"));
    // Where no transaction was opened, the number is still free.
    assert_eq!(call(&mocks, "Validate", &opening("0910000003", "INV-2")).await.codes(), (200, 932));
    open(&mocks, PHONE, "INV-2").await;
}

#[tokio::test]
async fn tokens_must_be_good() {
    let mocks = start().await;
    let body = opening(PHONE, "INV-1").to_string();
    let json = "Content-Type: application/json".to_owned();
    let (_, signature) = Merchant::default().token.rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    // {"exp":1700000000}
    let over = format!("e30.eyJleHAiOjE3MDAwMDAwMDB9.{signature}");
    mocks.add_account("sadad", json!({ "merchant_no": "M-003", "token": over })).unwrap();
    for head in [
        vec![json.clone()],
        vec![json.clone(), "Authorization: Basic abc".to_owned()],
        bearer("wrong").to_vec(),
        bearer(&over).to_vec(),
    ] {
        let answer = raw(&mocks, "POST", "/sadad/api/Validate", &head, &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{head:?}");
        assert!(answer.head.contains("www-authenticate: bearer"));
    }
    assert_eq!(mocks.violations().len(), 4);
    assert_eq!(violation(&mocks).as_deref(), Some("the token has expired"));
}

#[tokio::test]
async fn only_posts_of_json_to_known_paths() {
    let mocks = start().await;
    let (head, body) = (bearer(&Merchant::default().token), opening(PHONE, "INV-1").to_string());
    assert_eq!(raw(&mocks, "GET", "/sadad/api/Validate", &head, "").await.status, 405);
    assert_eq!(raw(&mocks, "POST", "/sadad/api/Refund", &head, &body).await.status, 404);
    assert_eq!(raw(&mocks, "POST", "/sadad/Validate", &head, &body).await.status, 404);
    let plain = [head[0].clone(), "Content-Type: text/plain".to_owned()];
    assert_eq!(raw(&mocks, "POST", "/sadad/api/Validate", &plain, &body).await.status, 415);
    assert_eq!(text(&mocks, "Validate", "{").await.status, 400);
    assert_eq!(mocks.violations().len(), 5);
}
