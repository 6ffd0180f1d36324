//! Bills, top-ups and transfers.

use serde_json::{Value, json};

use crate::client::{PHONE, get, post, raw, start};

fn bill(reference: &str, number: &str, amount: &str) -> Value {
    json!({
        "reference": reference, "kind": "bill", "amount": amount, "currency": "LYD", "biller": "electricity", "number": number,
    })
}

fn top_up(reference: &str, phone: &str) -> Value {
    json!({ "reference": reference, "kind": "top_up", "amount": "10.000", "currency": "LYD", "phone": phone })
}

#[tokio::test]
async fn a_bill_is_asked_for_and_paid() {
    let mocks = start().await;
    for wallet in ["mobicash", "almadar_pay", "libyana_pay"] {
        let inquiry = json!({ "biller": "electricity", "number": "104500123" });
        let due = post(&mocks, wallet, "bills/inquire", &inquiry).await.json();
        assert_eq!((&due["amount"], &due["number"]), (&json!("20.750"), &json!("104500123")));
        let wrong = post(&mocks, wallet, "services", &bill("b", "104500123", "20.000")).await;
        assert_eq!((wrong.status, wrong.code().as_str()), (422, "wrong_amount"));
        let done = post(&mocks, wallet, "services", &bill("b", "104500123", "20.750")).await;
        assert_eq!((done.status, &done.json()["status"]), (201, &json!("done")), "{}", done.body);
        assert!(done.json()["transaction_id"].is_string());
        assert_eq!(post(&mocks, wallet, "bills/inquire", &inquiry).await.code(), "nothing_due");
        assert_eq!(post(&mocks, wallet, "services", &bill("c", "104500123", "20.750")).await.code(), "nothing_due");
    }
    assert_eq!(mocks.violations().len(), 3, "a wrong amount is a mistake");
    assert!(mocks.charges(None).is_empty(), "no customer of ours paid");
}

#[tokio::test]
async fn services_are_idempotent() {
    let mocks = start().await;
    let first = post(&mocks, "mobicash", "services", &top_up("t", PHONE)).await;
    let again = post(&mocks, "mobicash", "services", &top_up("t", PHONE)).await;
    assert_eq!((first.status, again.status, first.body.as_str()), (201, 200, again.body.as_str()));
    let found = get(&mocks, "mobicash", "services?reference=t").await.json();
    assert_eq!(found, json!({ "data": [first.json()] }));
    assert_eq!(get(&mocks, "mobicash", "services?reference=u").await.json(), json!({ "data": [] }));
    assert!(mocks.violations().is_empty());
    let other = post(&mocks, "mobicash", "services", &top_up("t", "+218922345678")).await;
    assert_eq!((other.status, other.code().as_str()), (409, "duplicate_reference"));
    assert_eq!(mocks.violations().len(), 1);
}

#[tokio::test]
async fn transfers_can_take_their_time_or_fail() {
    let mocks = start().await;
    let mut transfer = json!({
        "reference": "p", "kind": "transfer", "amount": "50.000", "currency": "LYD", "phone": "+218910000004", "note": "إيجار",
    });
    let waiting = post(&mocks, "mobicash", "services", &transfer).await.json();
    assert_eq!((&waiting["status"], waiting.get("transaction_id")), (&json!("processing"), None));
    let settled = raw(&mocks, "POST", "/_settle", "Content-Type: application/json", r#"{"provider":"mobicash"}"#).await;
    assert_eq!(settled.status, 200, "{}", settled.body);
    let done = post(&mocks, "mobicash", "services", &transfer).await.json();
    assert_eq!((&done["status"], &done["service_id"]), (&json!("done"), &waiting["service_id"]));
    (transfer["reference"], transfer["phone"]) = ("f".into(), "+218910000005".into());
    assert_eq!(post(&mocks, "mobicash", "services", &transfer).await.json()["status"], "failed");
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn services_are_refused() {
    let mocks = start().await;
    let mut much = top_up("r", PHONE);
    much["amount"] = "1000.001".into();
    let mut nobody = bill("r", "1045001", "20.750");
    nobody["biller"] = "gas".into();
    for (body, status, code) in [
        (top_up("r", "+218910000001"), 422, "insufficient_balance"),
        (top_up("r", "+218910000002"), 422, "not_registered"),
        (top_up("r", "+218910000003"), 503, "unavailable"),
        (bill("r", "0000002", "20.750"), 422, "not_registered"),
        (much, 422, "limit_exceeded"),
        (nobody, 422, "unknown_biller"),
    ] {
        let answer = post(&mocks, "mobicash", "services", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
    }
    assert_eq!(get(&mocks, "mobicash", "services?reference=r").await.json()["data"], json!([]));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn services_must_be_right() {
    let mocks = start().await;
    let with = |name: &str, value: Value| {
        let mut body = top_up("s", PHONE);
        body[name] = value;
        body
    };
    for body in [
        with("kind", "gift".into()),
        with("biller", "water".into()),
        with("phone", Value::Null),
        with("note", "x".repeat(141).into()),
        with("amount", "10".into()),
        with("reference", "a b".into()),
        bill("s", "12a4", "1.000"),
        json!({ "reference": "s", "kind": "bill", "amount": "1.000", "currency": "LYD" }),
    ] {
        let answer = post(&mocks, "mobicash", "services", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
    }
    assert_eq!(mocks.violations().len(), 8);
    for path in ["services", "bills/inquire"] {
        let answer = post(&mocks, "onepay", path, &top_up("s", PHONE)).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
    }
    assert_eq!(get(&mocks, "onepay", "services?reference=s").await.status, 404);
}
