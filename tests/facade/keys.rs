//! Keys: told once, no wider than their maker's, closed when they are revoked.

use serde_json::json;

use super::party::{card, fault, live, nobody, problem, scoped, shop};
use crate::harness::{Gateway, on_both};

on_both! {
    async fn a_key_is_told_once_and_opens_what_it_says(backend) {
        let gateway = Gateway::start(backend).await;
        let made = gateway
            .client
            .post("/v1/keys", json!({"name": "checkout", "scopes": ["payments:write", "payments:read"]}))
            .await;
        assert_eq!(
            (made.status, made.text("store"), made.body["livemode"].clone()),
            (201, "default".into(), json!(false))
        );
        let key = made.text("key");
        assert!(key.starts_with("jsk_test_") && key.len() == "jsk_test_".len() + 64, "{key}");
        let listed = gateway.client.get("/v1/keys").await;
        assert!(!listed.raw.contains(&key) && listed.raw.contains(&made.text("id")), "{listed:?}");
        let checkout = nobody(&gateway).with_key(&key);
        assert_eq!(checkout.post("/v1/payments", card("ORD")).await.status, 201);
        problem(&checkout.get("/v1/keys").await, 403, "forbidden");
        problem(&checkout.get("/v1/logs").await, 403, "forbidden");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_revoked_key_opens_nothing(backend) {
        let gateway = Gateway::start(backend).await;
        let made = gateway.client.post("/v1/keys", json!({"name": "lost", "scopes": ["all"]})).await;
        let lost = nobody(&gateway).with_key(&made.text("key"));
        assert_eq!(lost.get("/v1/payments").await.status, 200);
        let path = format!("/v1/keys/{}", made.text("id"));
        assert_eq!(gateway.client.send("DELETE", &path, None, &[]).await.status, 204);
        problem(&lost.get("/v1/payments").await, 401, "unauthorized");
        let listed = gateway.client.get("/v1/keys").await;
        let shown = listed.body["data"]
            .as_array()
            .and_then(|keys| keys.iter().find(|key| key["id"] == made.text("id").as_str()).cloned());
        let revoked_at = shown.expect("the key is still listed")["revoked_at"].clone();
        assert!(revoked_at.is_string(), "{listed:?}");
        // Again is no harm and does not move the moment.
        assert_eq!(gateway.client.send("DELETE", &path, None, &[]).await.status, 204);
        assert!(gateway.client.get("/v1/keys").await.raw.contains(revoked_at.as_str().expect("a time")));
        problem(
            &gateway.client.send("DELETE", "/v1/keys/key_01J9Z3N8M4Q0X7V5K2T6B1C8DE", None, &[]).await,
            404,
            "not_found",
        );
        gateway.stop().await;
    }
}

on_both! {
    async fn no_key_makes_a_wider_one(backend) {
        let gateway = Gateway::start(backend).await;
        let admin = scoped(&gateway, Some(gateway.store), &["admin", "payments:read"]).await;
        for scopes in [json!(["all"]), json!(["payments:write"]), json!(["admin", "logs:read"])] {
            let wider = scopes.as_array().map_or(0, Vec::len) - 1;
            fault(&admin.post("/v1/keys", json!({"name": "n", "scopes": scopes})).await, &format!("scopes[{wider}]"));
        }
        for (body, field) in [
            (json!({"name": "n", "scopes": []}), "scopes"),
            (json!({"name": "n", "scopes": ["everything"]}), "scopes[0]"),
            (json!({"name": "n", "scopes": "all"}), "scopes"),
            (json!({"name": "", "scopes": ["admin"]}), "name"),
            (json!({"name": "x".repeat(101), "scopes": ["admin"]}), "name"),
            (json!({"name": "n", "scopes": ["admin"], "livemode": true}), "livemode"),
        ] {
            fault(&admin.post("/v1/keys", body).await, field);
        }
        let same = admin.post("/v1/keys", json!({"name": "n", "scopes": ["payments:read"]})).await;
        assert_eq!(same.status, 201, "{same:?}");
        let reader = nobody(&gateway).with_key(&same.text("key"));
        problem(&reader.post("/v1/keys", json!({"name": "n", "scopes": ["payments:read"]})).await, 403, "forbidden");
        gateway.stop().await;
    }
}

on_both! {
    async fn keys_of_test_and_live_mode_do_not_meet(backend) {
        let gateway = Gateway::start(backend).await;
        let live = live(&gateway).await;
        let made = live.post("/v1/keys", json!({"name": "live", "scopes": ["all"]})).await;
        assert!(made.text("key").starts_with("jsk_live_") && made.body["livemode"] == true, "{made:?}");
        assert!(!gateway.client.get("/v1/keys").await.raw.contains(&made.text("id")));
        let test = gateway.client.get("/v1/keys").await.at("/data/0/id");
        assert!(!live.get("/v1/keys").await.raw.contains(&test));
        // A test key that has leaked must not shut the shop.
        let path = format!("/v1/keys/{}", made.text("id"));
        problem(&gateway.client.send("DELETE", &path, None, &[]).await, 404, "not_found");
        assert_eq!(nobody(&gateway).with_key(&made.text("key")).get("/v1/payments").await.status, 200);
        assert_eq!(live.send("DELETE", &path, None, &[]).await.status, 204);
        gateway.stop().await;
    }
}

on_both! {
    async fn the_platform_acts_for_the_store_that_it_names(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let platform = scoped(&gateway, None, &["all"]).await;
        let named = platform.clone().with_header("jisr-store", "other");
        let made = named.post("/v1/payments", card("ORD")).await;
        assert_eq!((made.status, made.text("store").as_str()), (201, "other"), "{made:?}");
        assert_eq!(other.get(&format!("/v1/payments/{}", made.text("id"))).await.status, 200);
        problem(&gateway.read(&made.text("id")).await, 404, "not_found");
        assert_eq!(other.clone().with_header("jisr-store", "other").get("/v1/payments").await.status, 200);
        problem(&other.with_header("jisr-store", "default").get("/v1/payments").await, 404, "not_found");
        let keys = platform.get("/v1/keys").await;
        assert!(
            keys.body["data"].as_array().is_some_and(|keys| keys.iter().all(|key| key["store"].is_null())),
            "{keys:?}"
        );
        let another = platform.post("/v1/keys", json!({"name": "p", "scopes": ["payments:read"]})).await;
        assert!(another.body["store"].is_null() && another.status == 201, "{another:?}");
        let named = nobody(&gateway).with_key(&another.text("key")).with_header("jisr-store", "other");
        assert_eq!(named.get("/v1/payments").await.at("/data/0/id"), made.text("id"));
        gateway.stop().await;
    }
}
