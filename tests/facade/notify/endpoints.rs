//! A store's endpoints: made, read, changed, taken away; their secrets told once.

use serde_json::{Value, json};

use super::{endpoint, list, read_endpoint, start, tell, told};
use crate::facade::party::{fault, problem, scoped, shop};
use crate::harness::{Gateway, on_both};

const PATH: &str = "/v1/stores/default/endpoints";

on_both! {
    async fn an_endpoint_is_made_read_changed_and_taken_away(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let body = json!({
            "url": "https://shop.example/hook", "events": ["payment.paid", "my.own event"], "schedule": "standard",
            "weight": 3, "rate": 10, "description": "متجر",
        });
        let made = client.post(PATH, body.clone()).await;
        assert_eq!(made.status, 201, "{made:?}");
        for (field, value) in body.as_object().expect("an object") {
            assert_eq!(&made.body[field], value, "{made:?}");
        }
        assert_eq!((&made.body["enabled"], &made.body["implicit"]), (&json!(true), &json!(false)));
        assert_eq!((made.text("store"), &made.body["livemode"]), ("default".to_owned(), &json!(false)));
        let health = json!({
            "status": "normal", "failures": 0, "open_until": null, "paused_until": null, "mean_ms": 0, "succeeded": 0,
            "failed": 0, "last_success_at": null, "last_failure_at": null,
        });
        assert_eq!(made.body["health"], health);
        let path = format!("{PATH}/{}", made.text("id"));
        let changed = client.send("PATCH", &path, Some(json!({"weight": null, "enabled": false}).to_string()), &[]).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!((&changed.body["weight"], &changed.body["rate"]), (&Value::Null, &json!(10)));
        assert_eq!((changed.text("disabled_reason"), changed.at("/health/status")), ("owner".into(), "disabled".into()));
        let changes = json!({"enabled": true, "rate": null, "description": null, "url": "https://shop.example/other",
            "events": ["*"], "schedule": "short"});
        let changed = client.send("PATCH", &path, Some(changes.to_string()), &[]).await;
        assert_eq!((&changed.body["disabled_reason"], &changed.body["description"]), (&Value::Null, &Value::Null));
        let read = client.get(&path).await;
        assert_eq!(read.body, changed.body);
        assert_eq!(list(&client.get(PATH).await, "/data"), [read.body]);
        assert_eq!(client.send("DELETE", &path, None, &[]).await.status, 204);
        problem(&client.get(&path).await, 404, "not_found");
        problem(&client.send("DELETE", &path, None, &[]).await, 404, "not_found");
        assert!(list(&client.get(PATH).await, "/data").is_empty());
        gateway.stop().await;
    }
}

on_both! {
    async fn every_field_at_fault_is_named(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let good = json!({"url": "https://shop.example/hook", "events": ["*"]});
        let made = client.post(PATH, good.clone()).await.text("id");
        let long = format!("https://shop.example/{}", "x".repeat(2_000));
        let wrong = [
            (json!({"url": "shop.example/hook"}), "url"),
            (json!({"url": "ftp://shop.example/hook"}), "url"),
            (json!({"url": long}), "url"),
            (json!({"url": null}), "url"),
            (json!({"events": "*"}), "events"),
            (json!({"events": ["x".repeat(101)]}), "events"),
            (json!({"events": [""]}), "events"),
            (json!({"schedule": "never"}), "schedule"),
            (json!({"weight": 0}), "weight"),
            (json!({"weight": 10_001}), "weight"),
            (json!({"rate": "fast"}), "rate"),
            (json!({"description": "x".repeat(501)}), "description"),
            (json!({"colour": "red"}), "colour"),
        ];
        for (patch, field) in wrong {
            fault(&client.post(PATH, crate::facade::party::patched(good.clone(), patch.clone())).await, field);
            fault(&client.send("PATCH", &format!("{PATH}/{made}"), Some(patch.to_string()), &[]).await, field);
        }
        for secret in ["whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""] {
            let body = json!({"url": "https://shop.example/hook", "events": [], "secret": secret});
            fault(&client.post(PATH, body).await, "secret");
        }
        fault(&client.send("PATCH", &format!("{PATH}/{made}"), Some(json!({"secret": "x"}).to_string()), &[]).await, "secret");
        fault(&client.post("/v1/stores/default/recover", json!({"since": "yesterday"})).await, "since");
        fault(&client.post(&format!("{PATH}/{made}/replay-missing"), json!({})).await, "since");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_secret_is_told_when_it_is_made_and_never_again(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        let made = endpoint(client, &sink.url("/hook"), json!({})).await;
        let (id, first) = (made.text("id"), made.text("secret"));
        assert!(first.starts_with("whsec_") && first.len() > 40, "{first}");
        let second = client.post(&format!("{PATH}/{id}/rotate"), json!({})).await;
        assert_eq!(second.status, 200, "{second:?}");
        assert_ne!(second.text("secret"), first);
        assert!(!second.text("old_secret_until").is_empty());
        let sent = tell(client, "ORD").await;
        told(client, &sent, "success").await;
        let platform = scoped(&gateway, None, &["all"]).await;
        let mut shown = vec![read_endpoint(client, &id).await.raw];
        for path in [PATH, "/v1/notifications", "/v1/logs", "/v1/feed", "/admin/merchant-notify/logs",
            "/admin/merchant-notify/all-merchant-status"] {
            shown.push(client.get(path).await.raw);
        }
        shown.push(client.get(&format!("/v1/notifications/{sent}")).await.raw);
        shown.push(platform.get("/v1/tasks").await.raw);
        shown.push(client.send("PATCH", &format!("{PATH}/{id}"), Some("{}".to_owned()), &[]).await.raw);
        shown.push(client.post(&format!("{PATH}/{id}/reset"), json!({})).await.raw);
        for text in shown {
            assert!(!text.contains("whsec_") && !text.contains("\"secret\""), "{text}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn another_stores_endpoint_is_not_found(backend) {
        let (gateway, sink) = start(backend).await;
        let other = shop(&gateway, "other").await;
        let id = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await.text("id");
        for path in [format!("/v1/stores/other/endpoints/{id}"), format!("{PATH}/{id}"), PATH.to_owned()] {
            problem(&other.get(&path).await, 404, "not_found");
        }
        let unknown = "end_01J9Z3N8M4Q0X7V5K2T6B1C8DE";
        for path in [format!("{PATH}/{unknown}"), format!("{PATH}/x"), "/v1/stores/nowhere/endpoints".to_owned()] {
            problem(&gateway.client.get(&path).await, 404, "not_found");
        }
        let foreign = json!({"since": "2026-01-01T00:00:00Z", "endpoint": id});
        let recover = other.post("/v1/stores/other/recover", foreign).await;
        problem(&recover, 404, "not_found");
        assert_eq!(recover.fields(), ["endpoint"]);
        // The platform may look into every store.
        let platform = scoped(&gateway, None, &["notify:read"]).await;
        assert_eq!(platform.get(&format!("{PATH}/{id}")).await.status, 200);
        assert!(list(&other.get("/v1/stores/other/endpoints").await, "/data").is_empty());
        gateway.stop().await;
    }
}
