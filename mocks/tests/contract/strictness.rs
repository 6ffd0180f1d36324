//! What the mocks refuse, and how.

use mocks::{Mocks, contract::Account};
use serde_json::{Value, json};

use crate::client::{Answer, PHONE, by_code, by_page, confirm, get, head, now, payment, post, raw, start};

/// Whether the last call was noted as a mistake and not acted on.
fn assert_noted(mocks: &Mocks, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.body);
    let entry = mocks.journal(None).pop().unwrap();
    assert!(entry.violation.is_some() && !entry.acted, "{}", answer.body);
    assert!(mocks.charges(None).is_empty());
}

#[tokio::test]
async fn signatures_must_be_right() {
    let mocks = start().await;
    let (account, target, body) = (Account::of("mobicash"), "/mobicash/v1/payments", by_code("s", PHONE).to_string());
    let right = head(&account, now(), "POST", target, &body);
    let other_key = Account { api_key: "wrong".to_owned(), ..account.clone() };
    let other_secret = Account { secret_key: "wrong".to_owned(), ..account.clone() };
    let without = |name: &str| right.lines().filter(|line| !line.starts_with(name)).collect::<Vec<_>>().join("\r\n");
    for head in [
        head(&other_key, now(), "POST", target, &body),
        head(&other_secret, now(), "POST", target, &body),
        head(&account, now(), "GET", target, &body),
        head(&account, now(), "POST", "/v1/payments", &body),
        head(&account, now(), "POST", target, "{}"),
        head(&account, now() - 301, "POST", target, &body),
        head(&account, now() + 302, "POST", target, &body),
        without("Authorization"),
        without("X-Timestamp"),
        without("X-Signature"),
        right.replace("X-Timestamp: ", "X-Timestamp: x"),
        right.replace("Bearer ", "Basic "),
    ] {
        let answer = raw(&mocks, "POST", target, &head, &body).await;
        assert_noted(&mocks, &answer, 401, "unauthorized");
    }
    for skew in [now() - 295, now() + 295] {
        let (target, body) = ("/mobicash/v1/payments", by_code(&format!("s{skew}"), PHONE).to_string());
        let answer = raw(&mocks, "POST", target, &head(&account, skew, "POST", target, &body), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let target = "/mobicash/v1/payments?reference=s";
    let unsigned_query = head(&account, now(), "GET", "/mobicash/v1/payments", "");
    assert_noted(&mocks, &raw(&mocks, "GET", target, &unsigned_query, "").await, 401, "unauthorized");
}

#[tokio::test]
async fn payments_must_be_right() {
    let mocks = start().await;
    let with = |name: &str, value: Value| {
        let mut body = by_code("p", PHONE);
        body[name] = value;
        body
    };
    for body in [
        with("colour", "red".into()),
        with("return_url", "https://a.ly".into()),
        with("reference", "".into()),
        with("reference", "a/b".into()),
        with("reference", "x".repeat(65).into()),
        with("amount", "12.5".into()),
        with("amount", "12".into()),
        with("amount", "0.000".into()),
        with("amount", json!(12.5)),
        with("currency", "USD".into()),
        with("flow", "both".into()),
        with("phone", "0912345678".into()),
        with("phone", "+218212345678".into()),
        with("phone", Value::Null),
        with("callback_url", "here".into()),
        json!({ "reference": "p" }),
        json!([]),
    ] {
        let answer = post(&mocks, "mobicash", "payments", &body).await;
        assert_noted(&mocks, &answer, 400, "invalid_request");
    }
    let mut with_phone = by_page("p");
    with_phone["phone"] = PHONE.into();
    let mut without_return = by_page("p");
    without_return.as_object_mut().unwrap().remove("return_url");
    for body in [with_phone, without_return] {
        assert_noted(&mocks, &post(&mocks, "onepay", "payments", &body).await, 400, "invalid_request");
    }
    for (wallet, body) in [("mobicash", by_page("p")), ("onepay", by_code("p", PHONE))] {
        assert_noted(&mocks, &post(&mocks, wallet, "payments", &body).await, 422, "flow_not_supported");
    }
    for (wallet, phone) in [("almadar_pay", "+218922345678"), ("libyana_pay", PHONE), ("mobicash", "+218972345678")] {
        let answer = post(&mocks, wallet, "payments", &by_code("p", phone)).await;
        assert_noted(&mocks, &answer, 422, "wrong_operator");
    }
    assert_eq!(post(&mocks, "mobicash", "payments", &by_code("p", PHONE)).await.status, 201);
}

#[tokio::test]
async fn confirmations_and_questions_must_be_right() {
    let mocks = start().await;
    let id = payment(&mocks, "a").await;
    for body in
        [json!({ "code": "1111" }), json!({ "code": 111_111 }), json!({}), json!({ "code": "111111", "pin": "1" })]
    {
        let answer = post(&mocks, "mobicash", &format!("payments/{id}/confirm"), &body).await;
        assert_noted(&mocks, &answer, 400, "invalid_request");
    }
    assert_noted(&mocks, &confirm(&mocks, "wp_unknown", "111111").await, 404, "not_found");
    let foreign = post(&mocks, "almadar_pay", &format!("payments/{id}/confirm"), &json!({ "code": "111111" })).await;
    assert_noted(&mocks, &foreign, 404, "not_found");
    let resend = post(&mocks, "mobicash", &format!("payments/{id}/resend"), &json!({ "again": true })).await;
    assert_noted(&mocks, &resend, 400, "invalid_request");
    for path in [
        "payments",
        "payments?reference=a&page=1",
        "payments?reference=",
        "transactions?date=2026-11-25",
        "transactions?date=2026-11-25&page=0",
        "transactions?date=25.11.2026&page=1",
    ] {
        assert_noted(&mocks, &get(&mocks, "mobicash", path).await, 400, "invalid_request");
    }
    let page = post(&mocks, "onepay", "payments", &by_page("page")).await.json();
    let page = page["payment_id"].as_str().unwrap();
    for (action, body) in [("confirm", json!({ "code": "111111" })), ("resend", json!({}))] {
        let answer = post(&mocks, "onepay", &format!("payments/{page}/{action}"), &body).await;
        assert_noted(&mocks, &answer, 422, "flow_not_supported");
    }
}

#[tokio::test]
async fn only_listed_paths_and_json_are_served() {
    let mocks = start().await;
    let account = Account::of("mobicash");
    for (method, path) in [("PUT", "payments"), ("GET", "payments/x"), ("POST", "refunds"), ("GET", "bills/inquire")] {
        let target = format!("/mobicash/v1/{path}");
        let answer = raw(&mocks, method, &target, &head(&account, now(), method, &target, ""), "").await;
        assert_noted(&mocks, &answer, 404, "not_found");
    }
    let (target, body) = ("/mobicash/v1/payments", by_code("j", PHONE).to_string());
    let head = head(&account, now(), "POST", target, &body).replace("application/json", "text/plain");
    assert_noted(&mocks, &raw(&mocks, "POST", target, &head, &body).await, 400, "invalid_request");
}
