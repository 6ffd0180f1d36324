//! What the mock refuses, and how the real one says it.

use mocks::Mocks;
use serde_json::{Value, json};

use crate::client::{ADMIN, Answer, message, path, post, raw, request, send, start};

fn assert_refused(mocks: &Mocks, answer: &Answer, status: u16, description: &str) {
    let expected = json!({ "ok": false, "error_code": status, "description": description });
    assert_eq!((answer.status, answer.json()), (status, expected));
    let entry = mocks.journal(Some("telegram")).pop().unwrap();
    assert_eq!((entry.violation.as_deref(), entry.acted), (Some(description), false));
    assert!(mocks.messages().is_empty());
}

#[tokio::test]
async fn tokens_must_be_known() {
    let mocks = start().await;
    for (token, status, description) in [
        ("7000000001:wrong", 401, "Unauthorized"),
        ("7000000002:jisr-mocks_telegram_0123456789abcde", 401, "Unauthorized"),
        ("nonsense", 404, "Not Found"),
        ("0700:x", 404, "Not Found"),
        ("", 404, "Not Found"),
    ] {
        let answer = post(&mocks, &format!("/telegram/bot{token}/sendMessage"), &message()).await;
        assert_refused(&mocks, &answer, status, description);
    }
    assert_refused(&mocks, &post(&mocks, "/telegram/sendMessage", &message()).await, 404, "Not Found");
    let answer = post(&mocks, &path("sendPigeon"), &message()).await;
    assert_refused(&mocks, &answer, 404, "Not Found: method not found");
}

#[tokio::test]
async fn messages_must_be_right() {
    let mocks = start().await;
    let with = |name: &str, value: Value| {
        let mut body = message();
        body[name] = value;
        body
    };
    for (body, description) in [
        (with("chat_id", json!(-1)), "chat not found"),
        (with("chat_id", json!("@nobody")), "chat not found"),
        (with("chat_id", json!("nobody")), "chat not found"),
        (with("chat_id", json!(1.5)), "chat not found"),
        (with("chat_id", Value::Null), "chat_id is empty"),
        (json!({ "text": "x" }), "chat_id is empty"),
        (json!({ "chat_id": ADMIN }), "message text is empty"),
        (with("text", json!(" \n")), "message text is empty"),
        (with("text", json!("🔴".repeat(2_049))), "message is too long"),
        (with("text", json!(7)), "text must be a string"),
        (with("parse_mode", json!("HTML")), "this mock knows no parameter parse_mode"),
        (with("disable_notification", json!("yes")), "disable_notification must be true or false"),
        (with("link_preview_options", json!({ "url": "x" })), "this mock knows link_preview_options.is_disabled alone"),
        (json!([]), "the body is not a JSON object"),
    ] {
        let answer = send(&mocks, body).await;
        assert_refused(&mocks, &answer, 400, &format!("Bad Request: {description}"));
    }
    assert_eq!(send(&mocks, with("text", json!("🔴".repeat(2_048)))).await.status, 200);
}

#[tokio::test]
async fn only_posts_of_json_are_served() {
    let mocks = start().await;
    let path = path("sendMessage");
    let refusal = "Bad Request: this mock takes POST of application/json alone";
    assert_refused(&mocks, &request(&mocks, "GET", &path, "").await, 400, refusal);
    assert_refused(&mocks, &raw(&mocks, "POST", &path, "text/plain", &message().to_string()).await, 400, refusal);
    let answer = request(&mocks, "POST", &path, "{").await;
    assert_refused(&mocks, &answer, 400, "Bad Request: the body is not a JSON object");
}
