//! The nine paths of the original's administration, as it answers them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{column, endpoint, health_is, list, publish, start, start_with, tell, told};
use crate::facade::party::{scoped, shop};
use crate::harness::{Answer, Client, Reply, eventually, on_both};

const PATH: &str = "/admin/merchant-notify";

/// What went well; answers the data.
#[track_caller]
fn good(answer: &Answer, msg: &str) -> Value {
    assert_eq!(
        (answer.status, &answer.body["code"], answer.text("msg").as_str()),
        (200, &json!(200), msg),
        "{answer:?}"
    );
    let keys: Vec<&String> = answer.body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["code", "msg", "data"]);
    answer.body["data"].clone()
}

async fn get(client: &Client, rest: &str) -> Value {
    good(&client.get(&format!("{PATH}/{rest}")).await, "获取成功")
}

fn rows(data: &Value) -> Vec<Value> {
    data["list"].as_array().cloned().unwrap_or_else(|| panic!("{data}"))
}

on_both! {
    async fn the_queue_is_told(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_NOTIFY__SHORT_MS", "[3600000]")]).await;
        let client = &gateway.client;
        assert_eq!(get(client, "queue-status").await, json!({"pending_count": 0, "retry_count": 0, "pending_orders": [], "retry_orders": []}));
        sink.always("/hook", Reply::Status(500));
        endpoint(client, &sink.url("/hook"), json!({})).await;
        // The first five open the breaker, the others have not been tried.
        for index in 0..5 {
            tell(client, &format!("ORD-{index}")).await;
        }
        eventually("five wait to be tried again", || async { get(client, "queue-status").await["retry_count"] == 5 }).await;
        for index in 5..30 {
            tell(client, &format!("ORD-{index}")).await;
        }
        let queue = get(client, "queue-status").await;
        assert_eq!((&queue["pending_count"], &queue["retry_count"]), (&json!(25), &json!(5)));
        let (pending, again) = (queue["pending_orders"].as_array().expect("a list"), queue["retry_orders"].as_array().expect("a list"));
        assert_eq!((pending.len(), again.len()), (20, 5));
        assert_eq!((&pending[0]["order_no"], &pending[0]["attempts"]), (&json!("ORD-5"), &json!(0)), "{queue}");
        assert_eq!((&again[0]["notify_url"], &again[0]["attempts"]), (&json!(sink.url("/hook")), &json!(1)), "{queue}");
        assert!(again[0]["next_time"].as_str().is_some_and(|time| time.ends_with('Z')), "{queue}");
        let waiting = get(client, "logs?status=0&limit=100").await;
        assert_eq!((rows(&waiting).len(), &waiting["total"]), (30, &json!(30)));
        let one = get(client, "logs?status=0&order_no=ORD-7").await;
        assert_eq!((&rows(&one)[0]["order_no"], &rows(&one)[0]["status"], &one["total"]), (&json!("ORD-7"), &json!(0), &json!(1)));
        // Another store sees nothing, the platform everything, or one store's.
        let other = shop(&gateway, "other").await;
        assert_eq!(get(&other, "queue-status").await["pending_count"], 0);
        let platform = scoped(&gateway, None, &["notify:admin"]).await;
        assert_eq!(get(&platform, "queue-status").await["pending_count"], 25);
        assert_eq!(rows(&get(&platform, "logs?status=0&page=2&limit=25").await).len(), 5);
        assert_eq!(get(&platform.with_header("jisr-store", "other"), "queue-status").await["pending_count"], 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn the_log_is_told_page_by_page(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        sink.first("/hook", [Reply::Status(500)]);
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let first = tell(client, "BY20251010").await;
        told(client, &first, "success").await;
        let second = tell(client, "OTHER").await;
        told(client, &second, "success").await;
        let all = get(client, "logs").await;
        assert_eq!((&all["total"], &all["page"], &all["limit"]), (&json!(3), &json!(1), &json!(20)));
        assert_eq!(column(&rows(&all), "status"), [json!(1), json!(1), json!(2)]);
        assert_eq!(column(&rows(&all), "order_no"), [json!("OTHER"), json!("BY20251010"), json!("BY20251010")]);
        let failed = rows(&get(client, "logs?page=1&limit=20&order_no=BY20251010&status=2").await)[0].clone();
        assert_eq!((&failed["response_code"], &failed["reason"], &failed["attempts"]), (&json!(500), &json!("server_error"), &json!(1)));
        assert_eq!((&failed["notify_url"], &failed["response_body"]), (&json!(sink.url("/hook")), &json!("the sink says 500")));
        assert!(failed["response_time"].as_f64().is_some_and(|seconds| seconds > 0.0 && seconds < 2.0), "{failed}");
        let paged = get(client, "logs?page=2&limit=2").await;
        assert_eq!((rows(&paged).len(), &paged["total"], &paged["page"]), (1, &json!(3), &json!(2)));
        // A form sends what is not filled in, too.
        assert_eq!(get(client, "logs?page=&limit=&order_no=&status=").await["total"], 3);
        assert_eq!(get(client, "logs?limit=1000").await["limit"], 100);
        assert_eq!(get(client, "logs?order_no=NONE").await, json!({"list": [], "total": 0, "page": 1, "limit": 20}));
        gateway.stop().await;
    }
}

on_both! {
    async fn an_order_is_sent_again(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        sink.always("/hook", Reply::Status(404));
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let body = json!({"event": "order.made", "order_no": 123, "payload": {}});
        let sent = publish(client, body).await.text("id");
        told(client, &sent, "failed").await;
        sink.always("/hook", Reply::Status(200));
        let retry = |order: Value| client.post("/admin/merchant-notify/retry", json!({"order_id": order}));
        let data = good(&retry(json!(123)).await, "重试成功");
        assert_eq!(data, json!({"order_no": "123", "count": 1}));
        told(client, &sent, "success").await;
        // Text means the same; what has arrived is sent once more.
        good(&retry(json!("123")).await, "重试成功");
        sink.until("/hook", 5).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn the_figures_are_told(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        sink.first("/hook", [Reply::Status(500)]);
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let sent = tell(client, "ORD").await;
        told(client, &sent, "success").await;
        let today = gateway.facade.ambient.now().to_string()[..10].to_owned();
        for query in ["stats".to_owned(), format!("stats?start_time={today}&end_time={today}"), format!("stats?start_time={today}%2000:00:00")] {
            let stats = get(client, &query).await;
            assert_eq!([&stats["total"], &stats["success"], &stats["failed"]], [&json!(2), &json!(1), &json!(1)], "{query}");
            assert_eq!(stats["success_rate"], 50.0);
            for field in ["avg_response_time", "p50_response_time", "p95_response_time", "p99_response_time"] {
                assert!(stats[field].as_f64().is_some_and(|seconds| seconds > 0.0 && seconds < 2.0), "{field}: {stats}");
            }
            assert_eq!(stats["failure_reasons"], json!([{"reason": "server_error", "count": 1}]));
            let trend = stats["trend"].as_array().expect("a list");
            assert_eq!(trend.iter().map(|part| part["total"].as_i64().unwrap_or(0)).sum::<i64>(), 2, "{stats}");
        }
        assert_eq!(get(client, "stats?start_time=2025-01-01&end_time=2025-01-31").await["total"], 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn old_tries_are_forgotten(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let (old, new) = (tell(client, "OLD").await, tell(client, "NEW").await);
        told(client, &old, "success").await;
        told(client, &new, "success").await;
        // Ids tell the time: these are of June 2024.
        let id = |number: u128| uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number);
        let literal = |number| match backend {
            crate::harness::Backend::Sqlite => format!("x'{}'", id(number).simple()),
            crate::harness::Backend::Postgres => format!("'{}'", id(number)),
        };
        let of_old = "notification_id IN (SELECT id FROM notifications WHERE order_no = 'OLD')";
        for sql in [
            format!("UPDATE delivery_attempts SET id = {}, notification_id = {} WHERE {of_old}", literal(1), literal(3)),
            format!("UPDATE deliveries SET id = {}, notification_id = {} WHERE {of_old}", literal(2), literal(3)),
            format!("UPDATE notifications SET id = {} WHERE order_no = 'OLD'", literal(3)),
        ] {
            crate::resilience::execute(&gateway.database.url, sql).await;
        }
        let old = schemas::NotificationId::from(id(3)).to_string();
        assert_eq!(client.get(&format!("/v1/notifications/{old}")).await.status, 200);
        let other = shop(&gateway, "other").await;
        let cleanup = |client: Client| async move { client.post("/admin/merchant-notify/cleanup", json!({"days": 30})).await };
        assert_eq!(good(&cleanup(other).await, "清理成功"), json!({"days": 30, "deleted": 0}));
        assert_eq!(good(&cleanup(client.clone()).await, "清理成功"), json!({"days": 30, "deleted": 1}));
        assert_eq!(client.get(&format!("/v1/notifications/{old}")).await.status, 404);
        assert_eq!(list(&client.get(&format!("/v1/notifications/{new}")).await, "/attempts").len(), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn merchants_are_told_apart_by_their_url(backend) {
        let own = [("JISR_NOTIFY__SHORT_MS", "[10,10,10,10,10,10]"), ("JISR_NOTIFY__SLOW_MS", "200")];
        let (gateway, sink) = start_with(backend, &own).await;
        let client = &gateway.client;
        sink.always("/broken", Reply::Status(500));
        sink.always("/slow", Reply::Slow(Duration::from_millis(400)));
        let broken = endpoint(client, &sink.url("/broken"), json!({})).await.text("id");
        let slow = endpoint(client, &sink.url("/slow"), json!({})).await.text("id");
        endpoint(client, &sink.url("/idle"), json!({"events": []})).await;
        tell(client, "ORD").await;
        health_is(client, &broken, "status", json!("circuit_breaker")).await;
        health_is(client, &slow, "status", json!("slow")).await;
        let of = |path: &str| format!("merchant-status?notify_url={}", sink.url(path));
        let merchant = get(client, &of("/broken")).await;
        assert_eq!(merchant["merchant_key"], jisr::notify::admin::merchant_key(&sink.url("/broken")));
        assert_eq!(merchant["merchant_key"].as_str().map(str::len), Some(12));
        assert_eq!((&merchant["notify_url"], &merchant["status"]), (&json!(sink.url("/broken")), &json!("circuit_breaker")));
        assert_eq!((&merchant["failure_count"], &merchant["is_circuit_breaker_open"], &merchant["is_slow_merchant"]), (&json!(5), &json!(true), &json!(false)));
        let merchant = get(client, &of("/slow")).await;
        assert_eq!((&merchant["status"], &merchant["is_slow_merchant"], &merchant["failure_count"]), (&json!("slow"), &json!(true), &json!(0)));
        assert!(merchant["avg_response_time"].as_f64().is_some_and(|seconds| (0.4..2.0).contains(&seconds)), "{merchant}");
        assert_eq!(get(client, &of("/idle")).await["status"], "normal");
        let all = get(client, "all-merchant-status?page=1&limit=2").await;
        assert_eq!((rows(&all).len(), &all["total"], &all["page"], &all["limit"]), (2, &json!(3), &json!(1), &json!(2)));
        assert_eq!(rows(&get(client, "all-merchant-status?page=2&limit=2").await).len(), 1);
        let body = json!({"notify_url": sink.url("/broken")});
        let closed = good(&client.post(&format!("{PATH}/reset-circuit-breaker"), body).await, "熔断器重置成功");
        assert_eq!((&closed["is_circuit_breaker_open"], &closed["failure_count"]), (&json!(false), &json!(0)), "{closed}");
        gateway.stop().await;
    }
}

on_both! {
    async fn an_alert_is_sent_by_hand(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({"events": []})).await;
        for alert in ["slow_merchant", "circuit_breaker"] {
            let body = json!({"notify_url": sink.url("/hook"), "alert_type": alert});
            let data = good(&client.post(&format!("{PATH}/send-alert"), body).await, "告警发送成功");
            assert_eq!((&data["alert_type"], &data["notify_url"]), (&json!(alert), &json!(sink.url("/hook"))));
        }
        gateway.stop().await;
    }
}
