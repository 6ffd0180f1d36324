//! What the mock refuses.

use mocks::tlync::Store;
use serde_json::json;

use crate::client::{ACCEPT, FORM, REFERENCE, call, initiation, open, raw, receipt, start, violation};

const GATEWAY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn initiations_must_be_right() {
    let mocks = start().await;
    mocks.add_account("tlync", json!({ "per_minute": 1_000 })).unwrap();
    let good = initiation(GATEWAY, REFERENCE);
    for (field, form) in [
        ("id", good.replace("jisrMocksStore1", "other")),
        ("id", good.replace("id=jisrMocksStore1&", "")),
        ("amount", good.replace("12.50", "12.5")),
        ("amount", good.replace("12.50", "12.500")),
        ("amount", good.replace("12.50", "12")),
        ("amount", good.replace("12.50", "0.00")),
        ("amount", good.replace("12.50", "-12.50")),
        ("phone", good.replace("0913456789", "913456789")),
        ("phone", good.replace("0913456789", "%2B218913456789")),
        ("phone", good.replace("0913456789", "0813456789")),
        ("email", format!("{good}&email=")),
        ("backend_url", good.replace("backend_url=http", "backend_url=ftp")),
        ("frontend_url", good.replace("frontend_url=http://127.0.0.1:9/front", "frontend_url=front")),
        (
            "failed_front_end_url",
            good.replace("failed_front_end_url=http://127.0.0.1:9/failed", "failed_front_end_url="),
        ),
        ("custom_ref", good.replace(REFERENCE, "")),
        ("cancel_url", format!("{good}&cancel_url=http://127.0.0.1:9/")),
        ("form", format!("{good}&amount=12.50")),
    ] {
        let answer = call(&mocks, "payment/initiate", &form).await;
        assert_eq!(answer.status, 422, "{form}");
        assert!(answer.json()["errors"][field].is_array(), "{field}: {}", answer.body);
        assert!(violation(&mocks).unwrap().starts_with(field), "{field}");
    }
    assert_eq!(receipt(&mocks, REFERENCE).await.status, 404);
    let other = good.replace("0913456789", "218913456789") + "&email=a@b.ly";
    assert_eq!(call(&mocks, "payment/initiate", &other).await.status, 200);
}

#[tokio::test]
async fn a_reference_is_used_once() {
    let mocks = start().await;
    open(&mocks, GATEWAY, REFERENCE).await;
    let again = call(&mocks, "payment/initiate", &initiation(GATEWAY, REFERENCE)).await;
    assert_eq!(again.status, 422);
    assert!(again.json()["errors"]["custom_ref"].is_array() && violation(&mocks).is_some());
}

#[tokio::test]
async fn receipts_are_asked_by_one_reference() {
    let mocks = start().await;
    let store = Store::default().store_id;
    for form in [
        format!("store_id={store}"),
        format!("store_id={store}&custom_ref=a&transaction_ref=b"),
        "store_id=other&custom_ref=a".to_owned(),
        format!("id={store}&custom_ref=a"),
        format!("store_id={store}&custom_ref=a&surprise=1"),
    ] {
        assert_eq!(call(&mocks, "receipt/transaction", &form).await.status, 422, "{form}");
    }
    assert_eq!(mocks.violations().len(), 5);
    assert_eq!(receipt(&mocks, "unknown").await.status, 404);
    assert_eq!(violation(&mocks), None, "to ask for what may not have arrived is no mistake");
}

#[tokio::test]
async fn only_posts_of_forms_with_a_token() {
    let mocks = start().await;
    let proof = format!("Authorization: Bearer {}", Store::default().token);
    let (path, form) = ("/tlync/payment/initiate", initiation(GATEWAY, REFERENCE));
    for head in [vec![FORM, ACCEPT], vec!["Authorization: Bearer wrong", FORM, ACCEPT]] {
        let answer = raw(&mocks, "POST", path, &head, &form).await;
        assert_eq!((answer.status, answer.json()), (401, json!({ "message": "Unauthenticated." })));
    }
    let body = json!({ "id": "jisrMocksStore1", "amount": "12.50" }).to_string();
    let head = [proof.as_str(), "Content-Type: application/json", ACCEPT];
    assert_eq!(raw(&mocks, "POST", path, &head, &body).await.status, 422);
    assert_eq!(raw(&mocks, "POST", path, &head, &form).await.status, 422, "a form that says it is something else");
    assert_eq!(raw(&mocks, "POST", path, &[&proof, FORM], &form).await.status, 422, "without Accept");
    assert_eq!(raw(&mocks, "GET", path, &[&proof, FORM, ACCEPT], "").await.status, 405);
    assert_eq!(raw(&mocks, "POST", "/tlync/payment/refund", &[&proof, FORM, ACCEPT], &form).await.status, 404);
    assert_eq!(mocks.violations().len(), 7);
    assert_eq!(call(&mocks, "payment/initiate", &form).await.status, 200);
}

#[tokio::test]
async fn thirty_requests_a_minute() {
    let mocks = start().await;
    for _ in 0..30 {
        assert_eq!(receipt(&mocks, "unknown").await.status, 404);
    }
    assert!(mocks.violations().is_empty());
    let answer = receipt(&mocks, "unknown").await;
    assert_eq!((answer.status, answer.json()), (429, json!({ "message": "Too Many Attempts." })));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((50..=60).contains(&seconds), "{seconds}");
    assert!(violation(&mocks).unwrap().contains("more than 30"));
    open(&mocks, GATEWAY, REFERENCE).await;
    mocks.add_account("tlync", json!({ "per_minute": 31 })).unwrap();
    assert_eq!(receipt(&mocks, "unknown").await.status, 404);
    assert_eq!(receipt(&mocks, "unknown").await.status, 429);
}
