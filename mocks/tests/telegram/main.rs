//! The fake Telegram over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod faults;
mod strictness;

use mocks::telegram::{Bot, Chat};
use serde_json::json;

use crate::client::{ADMIN, message, post, send, start};

#[tokio::test]
async fn messages_are_sent_and_listed() {
    let mocks = start().await;
    let first = send(&mocks, json!({ "chat_id": ADMIN, "text": "مرحبا 🔴" })).await;
    assert_eq!((first.status, first.json()["ok"].as_bool()), (200, Some(true)));
    let result = first.json()["result"].clone();
    assert_eq!((&result["message_id"], &result["text"]), (&json!(1), &json!("مرحبا 🔴")));
    assert_eq!((&result["chat"]["id"], &result["from"]["id"]), (&json!(ADMIN), &json!(7_000_000_001_i64)));
    let silent = json!({ "chat_id": ADMIN.to_string(), "text": "b", "disable_notification": true });
    assert_eq!(send(&mocks, silent).await.json()["result"]["message_id"], 2);
    let other = json!({ "chat_id": "@jisr_monitor", "text": "c", "link_preview_options": { "is_disabled": true } });
    assert_eq!(send(&mocks, other).await.json()["result"]["message_id"], 1);
    let sent: Vec<_> = mocks.messages().into_iter().map(|sent| (sent.chat_id, sent.text, sent.silent)).collect();
    let expected = [(ADMIN, "مرحبا 🔴", false), (ADMIN, "b", true), (-1_001_000_000_002, "c", false)]
        .map(|(chat, text, silent)| (chat, text.to_owned(), silent));
    assert_eq!(sent, expected);
    let listed = client::request(&mocks, "GET", "/_messages", "").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let journal = mocks.journal(Some("telegram"));
    assert!(journal.len() == 3 && journal.iter().all(|entry| entry.acted && entry.operation == "sendMessage"));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn bots_can_be_added() {
    let mocks = start().await;
    let chat = Chat { id: 5, title: "A person".to_owned(), name: None };
    let bot = Bot { token: "9:another-bot".to_owned(), chats: vec![chat] };
    mocks.add_bot(bot.clone());
    let path = "/telegram/bot9:another-bot/sendMessage";
    assert_eq!(post(&mocks, path, &json!({ "chat_id": 5, "text": "x" })).await.status, 200);
    assert_eq!(post(&mocks, path, &message()).await.status, 400);
    mocks.add_bot(Bot { chats: Vec::new(), ..bot });
    assert_eq!(post(&mocks, path, &json!({ "chat_id": 5, "text": "x" })).await.status, 400);
    mocks.add_bot(Bot { token: "no token".to_owned(), chats: Vec::new() });
    let account = json!({ "provider": "telegram", "token": "8:third", "chats": [{ "id": 6, "title": "x" }] });
    assert_eq!(post(&mocks, "/_accounts", &account).await.status, 200);
    let path = "/telegram/bot8:third/sendmessage";
    assert_eq!(post(&mocks, path, &json!({ "chat_id": 6, "text": "x" })).await.status, 200);
    for wrong in [json!({ "provider": "nobody" }), json!({ "provider": "telegram", "token": "x", "chats": [] })] {
        assert_eq!(post(&mocks, "/_accounts", &wrong).await.status, 422);
    }
}

#[tokio::test]
async fn it_is_named_among_the_providers() {
    let mocks = start().await;
    assert!(mocks.urls().contains(&("telegram".to_owned(), mocks.base_url("telegram"))));
    let index = client::request(&mocks, "GET", "/", "").await.json();
    assert_eq!(index["providers"]["telegram"], mocks.base_url("telegram"));
}
