//! The fake Vanex over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod faults;
mod files;
mod samples;
mod strictness;

use mocks::{Direction, Fault, FaultKind, Ship};
use serde_json::{Value, json};

use crate::client::{book, call, log_in, send, start, try_log_in, violation};

#[tokio::test]
async fn a_package_from_its_booking_to_the_door() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    let act = json!({ "provider": "vanex", "reference": "jisr-1", "status": "completed", "collected": "85" });
    assert_eq!(send(&mocks, "POST", "/_ship", None, &act.to_string()).await.status, 200);
    let package = call(&mocks, &token, "GET", &format!("customer/package/{code}"), "").await.json();
    let data = &package["data"];
    assert_eq!((&data["status_object"]["status_value"], &data["recieved_money"]), (&json!("completed"), &json!(85)));
    let log = call(&mocks, &token, "GET", &format!("customer/package/{code}/logs"), "").await.json();
    let words: Vec<&Value> = log["data"].as_array().unwrap().iter().map(|line| &line["status"]).collect();
    assert_eq!(words, [&json!("store_new"), &json!("completed")]);
    for wrong in [
        json!({ "provider": "vanex", "status": "completed" }),
        json!({ "provider": "vanex", "reference": "jisr-2", "status": "completed" }),
        json!({ "provider": "tlync", "reference": "jisr-1", "status": "completed" }),
        json!({ "provider": "vanex", "reference": "jisr-1", "status": "completed", "colour": "red" }),
    ] {
        assert_eq!(send(&mocks, "POST", "/_ship", None, &wrong.to_string()).await.status, 422, "{wrong}");
    }
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn the_sixth_token_ends_the_first() {
    let mocks = start().await;
    let mut tokens = Vec::new();
    for _ in 0..6 {
        tokens.push(log_in(&mocks).await);
    }
    assert_eq!(call(&mocks, &tokens[0], "GET", "city/all", "").await.status, 401);
    assert!(violation(&mocks).is_none(), "a token that ended is no mistake");
    for token in &tokens[1..] {
        assert_eq!(call(&mocks, token, "GET", "city/all", "").await.status, 200);
    }
    assert_eq!(call(&mocks, "invented", "GET", "city/all", "").await.status, 401);
    assert!(violation(&mocks).is_some());
}

#[tokio::test]
async fn five_failures_lock_and_a_success_forgives() {
    let mocks = start().await;
    for _ in 0..4 {
        assert_eq!(try_log_in(&mocks, "wrong").await.status, 401);
    }
    log_in(&mocks).await;
    for _ in 0..5 {
        assert_eq!(try_log_in(&mocks, "wrong").await.status, 401);
    }
    let right = mocks::vanex::Account::default().password;
    assert_eq!(try_log_in(&mocks, &right).await.status, 403);
    assert!(violation(&mocks).is_some_and(|violation| violation.contains("locked")));
    mocks.add_account("vanex", json!({})).unwrap();
    assert_eq!(try_log_in(&mocks, &right).await.status, 200);
}

#[tokio::test]
async fn pages_show_the_newest_first() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    for number in 0..5 {
        book(&mocks, &token, &format!("jisr-{number}")).await;
    }
    let page = call(&mocks, &token, "GET", "customer/package?per_page=2&page=2", "").await.json();
    let data = &page["data"];
    let references: Vec<&Value> =
        data["data"].as_array().unwrap().iter().map(|one| &one["store_reference_id"]).collect();
    assert_eq!(references, [&json!("jisr-2"), &json!("jisr-1")]);
    assert_eq!((&data["current_page"], &data["last_page"], &data["total"]), (&json!(2), &json!(3), &json!(5)));
    mocks.add_account("vanex", json!({ "lists_references": false })).unwrap();
    let token = log_in(&mocks).await;
    let page = call(&mocks, &token, "GET", "customer/package", "").await.json();
    assert!(page["data"]["data"][0].get("store_reference_id").is_none());
}

#[tokio::test]
async fn callbacks_bear_the_word_and_have_their_faults() {
    let mocks = start().await;
    mocks.set_gateway_url("http://127.0.0.1:9");
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    mocks.fault(Fault::new("vanex", FaultKind::ForgedCallback));
    let ship = |status: &str| Ship::new("vanex", "jisr-1", status);
    mocks.ship(&ship("ship_received")).unwrap();
    let sent = async |count: usize| loop {
        let mut entries = mocks.journal(Some("vanex"));
        entries.retain(|entry| entry.direction == Direction::Sent);
        if entries.len() >= count {
            return entries;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert!(sent(2).await.iter().all(|entry| entry.fault == Some(FaultKind::ForgedCallback)));
    mocks.clear_journal();
    mocks.ship(&ship("completed")).unwrap();
    let callback = &sent(1).await[0];
    let body: Value = serde_json::from_slice(&callback.body).unwrap();
    assert_eq!(body, json!({ "package-code": code, "status_object": { "status_value": "completed" } }));
    let word = callback.headers.iter().find(|(name, _)| name == "x-webhook-token").unwrap();
    assert_eq!(
        (word.1.as_str(), callback.url.as_str()),
        ("jisr-mocks-vanex-webhook", "http://127.0.0.1:9/v1/callbacks/vanex")
    );
}

#[tokio::test]
async fn accounts_are_apart() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    let second = json!({ "provider": "vanex", "email": "second", "password": "second", "company": 7 });
    assert_eq!(send(&mocks, "POST", "/_accounts", None, &second.to_string()).await.status, 200);
    let body = json!({ "email": "second", "password": "second" }).to_string();
    let answer = send(&mocks, "POST", "/vanex/authenticate", None, &body).await.json();
    let other = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(call(&mocks, &other, "GET", &format!("customer/package/{code}"), "").await.status, 404);
    assert_eq!(call(&mocks, &other, "GET", "customer/package", "").await.json()["data"]["total"], 0);
    assert!(book(&mocks, &other, "jisr-1").await.starts_with("H-7-TIP-"));
    assert!(mocks.urls().contains(&("vanex".to_owned(), mocks.base_url("vanex"))));
}
