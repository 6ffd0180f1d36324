//! What the original's administration refuses: in its own shape, in three languages.

use serde_json::{Value, json};

use super::{endpoint, publish, start, tell};
use crate::facade::party::{is_arabic, nobody, scoped, shop};
use crate::harness::{Answer, Client, Gateway, on_both};

const PATH: &str = "/admin/merchant-notify";
/// A URL that nobody is told at.
const NOWHERE: &str = "https://nowhere.example/hook";

/// A refusal in the shape of the original.
#[track_caller]
fn refused(answer: &Answer, status: u16, msg: &str) {
    assert_eq!(
        (answer.status, &answer.body["code"], &answer.body["data"]),
        (status, &json!(status), &Value::Null),
        "{answer:?}"
    );
    let keys: Vec<&String> = answer.body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["code", "msg", "data"]);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.text("msg"), msg, "{answer:?}");
}

async fn post(client: &Client, rest: &str, body: Value) -> Answer {
    client.send("POST", &format!("{PATH}/{rest}"), Some(body.to_string()), &[]).await
}

on_both! {
    async fn every_fault_is_told_in_chinese_unless_asked_otherwise(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let wrong = [
            ("logs?status=3", "status"),
            ("logs?status=many", "status"),
            ("logs?page=x", "page"),
            ("stats?start_time=yesterday", "start_time"),
            ("stats?end_time=2025-13-01", "end_time"),
            ("stats?start_time=2025-02-01&end_time=2025-01-01", "start_time"),
            ("merchant-status", "notify_url"),
            ("merchant-status?notify_url=", "notify_url"),
            ("all-merchant-status?limit=x", "limit"),
        ];
        for (rest, field) in wrong {
            refused(&client.get(&format!("{PATH}/{rest}")).await, 400, &format!("参数错误：{field}"));
        }
        let wrong = [
            ("retry", json!({}), "order_id"),
            ("retry", json!({"order_id": 1.5}), "order_id"),
            ("cleanup", json!({"days": 0}), "days"),
            ("cleanup", json!({"days": "many"}), "days"),
            ("reset-circuit-breaker", json!({}), "notify_url"),
            ("send-alert", json!({"notify_url": NOWHERE}), "alert_type"),
            ("send-alert", json!({"notify_url": NOWHERE, "alert_type": "fire"}), "alert_type"),
            ("send-alert", json!([]), "body"),
        ];
        for (rest, body, field) in wrong {
            refused(&post(client, rest, body).await, 400, &format!("参数错误：{field}"));
        }
        refused(&post(client, "retry", json!({"order_id": 404})).await, 404, "记录不存在：order_id");
        for rest in ["reset-circuit-breaker", "send-alert"] {
            let body = json!({"notify_url": NOWHERE, "alert_type": "slow_merchant"});
            refused(&post(client, rest, body).await, 404, "记录不存在：notify_url");
        }
        refused(&client.get(&format!("{PATH}/merchant-status?notify_url={NOWHERE}")).await, 404, "记录不存在：notify_url");
        gateway.stop().await;
    }
}

on_both! {
    async fn the_language_is_the_readers(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let english = client.clone().with_header("accept-language", "en-GB,ar;q=0.5");
        let arabic = client.clone().with_header("accept-language", "ar-LY");
        let chinese = client.clone().with_header("accept-language", "fr, zh;q=0.1");
        let (good, bad) = (format!("{PATH}/queue-status"), format!("{PATH}/merchant-status"));
        assert_eq!(english.get(&good).await.text("msg"), "Fetched");
        assert_eq!(arabic.get(&good).await.text("msg"), "تم الجلب بنجاح");
        assert_eq!(chinese.get(&good).await.text("msg"), "获取成功");
        refused(&english.get(&bad).await, 400, "notify_url: expected the merchant's URL");
        refused(&arabic.get(&bad).await, 400, "notify_url: المتوقع عنوان URL للتاجر");
        refused(&chinese.get(&bad).await, 400, "参数错误：notify_url");
        for (path, body) in [
            ("retry", json!({"order_id": 1})),
            ("cleanup", json!({"days": 0})),
            ("reset-circuit-breaker", json!({"notify_url": NOWHERE})),
        ] {
            let told = post(&arabic, path, body).await;
            assert!(told.status >= 400 && is_arabic(&told.text("msg")), "{told:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn who_may_not_is_told_in_the_same_shape(backend) {
        let (gateway, sink) = start(backend).await;
        endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let path = format!("{PATH}/queue-status");
        let stranger = nobody(&gateway);
        refused(&stranger.get(&path).await, 401, "未授权，请提供有效的密钥");
        assert_eq!(stranger.get(&path).await.headers["www-authenticate"], "Bearer");
        let english = stranger.with_header("accept-language", "en");
        assert!(english.get(&path).await.text("msg").contains("Bearer"));
        let poor = scoped(&gateway, Some(gateway.store), &["notify:read", "notify:write"]).await;
        refused(&poor.get(&path).await, 403, "没有权限");
        let other = shop(&gateway, "other").await;
        let foreign = format!("{PATH}/merchant-status?notify_url={}", sink.url("/hook"));
        refused(&other.get(&foreign).await, 404, "记录不存在：notify_url");
        let nowhere = scoped(&gateway, None, &["notify:admin"]).await.with_header("jisr-store", "nowhere");
        refused(&nowhere.get(&path).await, 404, "记录不存在");
        gateway.stop().await;
    }
}

on_both! {
    async fn an_order_that_two_stores_have_needs_a_store(backend) {
        let (gateway, sink) = start(backend).await;
        let other = shop(&gateway, "other").await;
        tell(&gateway.client, "SAME").await;
        let body = json!({"event": "order.made", "order_no": "SAME", "notify_url": sink.url("/other"), "payload": {}});
        publish(&other, body).await;
        sink.until("/other", 1).await;
        let platform = scoped(&gateway, None, &["notify:admin"]).await;
        refused(&post(&platform, "retry", json!({"order_id": "SAME"})).await, 400, "参数错误：order_id");
        // Nobody wanted to be told of the one.
        refused(&post(&gateway.client, "retry", json!({"order_id": "SAME"})).await, 409, "当前状态不允许此操作");
        let named = platform.with_header("jisr-store", "other");
        assert_eq!(post(&named, "retry", json!({"order_id": "SAME"})).await.status, 200);
        sink.until("/other", 2).await;
        gateway.stop().await;
    }
}
