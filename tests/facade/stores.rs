//! Stores: made by the platform, read by their own.

use serde_json::json;

use super::party::{fault, nobody, patched, problem, scoped, shop};
use crate::harness::{Gateway, on_both};

on_both! {
    async fn only_the_platform_makes_stores(backend) {
        let gateway = Gateway::start(backend).await;
        let body = json!({"key": "one", "name": "One"});
        problem(&gateway.client.post("/v1/stores", body.clone()).await, 403, "forbidden");
        let reader = scoped(&gateway, None, &["payments:read"]).await;
        problem(&reader.post("/v1/stores", body.clone()).await, 403, "forbidden");
        let platform = scoped(&gateway, None, &["admin"]).await;
        problem(&platform.get("/v1/stores/one").await, 404, "not_found");
        assert_eq!(platform.post("/v1/stores", body.clone()).await.status, 201);
        problem(&platform.post("/v1/stores", body).await, 409, "conflict");
        assert_eq!(platform.get("/v1/stores/one").await.text("name"), "One");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_store_is_read_back_with_its_contacts(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["all"]).await;
        let contacts =
            json!({"email": "shop@example.ly", "admin_phone": "091 999 9999", "delivery_phone": "+218919999999"});
        let urls = json!(["https://one.example/return", "https://one.example/orders/*", "http://localhost:3000/back"]);
        let body =
            json!({"key": "one-1_a", "name": "متجر زليتن", "locale": "en", "contacts": contacts, "return_urls": urls});
        let made = platform.post("/v1/stores", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let read = platform.get("/v1/stores/one-1_a").await;
        assert_eq!(read.body, made.body);
        assert_eq!(
            (read.text("name"), read.text("locale"), read.text("store")),
            ("متجر زليتن".into(), "en".into(), "one-1_a".into())
        );
        assert_eq!(read.at("/contacts/admin_phone"), "+218919999999");
        assert_eq!((read.at("/contacts/email"), &read.body["return_urls"]), ("shop@example.ly".into(), &urls));
        assert_eq!(gateway.client.get("/v1/stores/default").await.text("locale"), "ar");
        gateway.stop().await;
    }
}

on_both! {
    async fn another_store_is_not_found(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        assert_eq!(other.get("/v1/stores/other").await.status, 200);
        problem(&other.get("/v1/stores/default").await, 404, "not_found");
        problem(&gateway.client.get("/v1/stores/other").await, 404, "not_found");
        problem(&gateway.client.get("/v1/stores/nowhere").await, 404, "not_found");
        problem(&nobody(&gateway).get("/v1/stores/other").await, 401, "unauthorized");
        gateway.stop().await;
    }
}

on_both! {
    async fn every_field_of_a_store_at_fault_is_named(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["all"]).await;
        let table = [
            (json!({"key": "A"}), "key"),
            (json!({"key": "a"}), "key"),
            (json!({"key": "x".repeat(65)}), "key"),
            (json!({"key": "متجر"}), "key"),
            (json!({"key": 7}), "key"),
            (json!({"name": " "}), "name"),
            (json!({"name": "x".repeat(201)}), "name"),
            (json!({"locale": "fr"}), "locale"),
            (json!({"contacts": {"admin_phone": "call me"}}), "contacts.admin_phone"),
            (json!({"contacts": {"fax": "1"}}), "contacts.fax"),
            (json!({"return_urls": ["/return"]}), "return_urls[0]"),
            (json!({"return_urls": ["https://one.example/a", "ftp://one.example/"]}), "return_urls[1]"),
            (json!({"return_urls": "https://one.example/"}), "return_urls"),
            (json!({"colour": "red"}), "colour"),
        ];
        for (patch, field) in table {
            let body = patched(json!({"key": "one", "name": "One"}), patch);
            fault(&platform.post("/v1/stores", body).await, field);
        }
        problem(&platform.get("/v1/stores/one").await, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_prefix_must_reach_beyond_the_host(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["all"]).await;
        // Each of these would also allow hosts that merely begin alike.
        for pattern in [
            "https://one.example*",
            "https://one.*",
            "https://*",
            "*",
            "https://one.example:443*",
            "http://one.example:80*",
        ] {
            let body = json!({"key": "one", "name": "One", "return_urls": [pattern]});
            let answer = platform.post("/v1/stores", body).await;
            assert_eq!(answer.fields(), ["return_urls[0]"], "{pattern}: {answer:?}");
        }
        for (index, pattern) in
            ["https://one.example/*", "https://one.example/", "https://one.example:8443/a*"].into_iter().enumerate()
        {
            let body = json!({"key": format!("one-{index}"), "name": "One", "return_urls": [pattern]});
            assert_eq!(platform.post("/v1/stores", body).await.status, 201, "{pattern}");
        }
        gateway.stop().await;
    }
}
