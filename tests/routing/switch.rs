//! A service that is switched off is begun with no more; what was begun goes on.

use std::time::Duration;

use jisr::app::Roles;
use mocks::Outcome;
use serde_json::{Value, json};

use crate::facade::party::{card, fault, is_arabic, patched, problem, scoped};
use crate::harness::{Answer, Client, Gateway, on_both};
use crate::shipping::way;

async fn switch(client: &Client, name: &str, status: &str) -> Answer {
    let body = json!({"status": status}).to_string();
    client.send("PATCH", &format!("/v1/integrations/{name}"), Some(body), &[]).await
}

on_both! {
    async fn nothing_new_is_begun_and_what_was_begun_goes_on(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let (paid, open) = (gateway.paid_card("PAID").await, gateway.card("OPEN").await);
        for status in ["inactive", "maintenance"] {
            let off = switch(&platform, "moamalat", status).await;
            assert_eq!((off.status, off.text("status").as_str()), (200, status), "{off:?}");
            let refused = gateway.client.post("/v1/payments", card(status)).await;
            problem(&refused, 503, "provider_unavailable");
            assert_eq!(refused.body["alternatives"], json!(["cash_on_delivery", "bank_transfer"]), "{refused:?}");
        }
        let fallback = patched(card("FALLBACK"), json!({"fallback": "auto"}));
        assert_eq!(gateway.client.post("/v1/payments", fallback).await.text("fallback_from"), "moamalat");
        let told = gateway.client.get("/v1/routing/explain?port=payments&method=card&amount=5").await;
        assert_eq!(told.at("/candidates/0/why_not/code"), "switched_off", "{told:?}");
        assert!(is_arabic(&told.at("/candidates/0/why_not/message_ar")), "{told:?}");
        let methods = gateway.client.get("/v1/payment-methods").await;
        assert_eq!(methods.at("/data/0/why_not/code"), "switched_off", "{methods:?}");
        // It is asked what became of the open one, and money goes back by it.
        gateway.pay(&open, Outcome::Approved).await;
        gateway.until(&open.id, "paid").await;
        let refund = gateway.client.post(&format!("/v1/payments/{}/refunds", paid.id), json!({"amount": "5"})).await;
        gateway.refund_until(&refund.text("id"), "succeeded").await;
        let on = switch(&platform, "moamalat", "active").await;
        assert_eq!(on.text("status"), "active", "{on:?}");
        assert_eq!(gateway.client.post("/v1/payments", card("ON")).await.status, 201);
        gateway.stop().await;
    }
}

on_both! {
    async fn carriers_and_wallet_services_are_switched_off_too(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let client = &gateway.client;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let named = |reference: &str, patch: Value| patched(way(reference), patched(json!({"carrier": "amyal"}), patch));
        let booked = client.post("/v1/shipments", named("S-1", json!({"fallback": "none"}))).await;
        assert_eq!((booked.status, booked.text("status").as_str()), (201, "booked"), "{booked:?}");
        switch(&platform, "amyal", "inactive").await;
        let refused = client.post("/v1/shipments", named("S-2", json!({"fallback": "none"}))).await;
        problem(&refused, 503, "provider_unavailable");
        let other = client.post("/v1/shipments", named("S-3", json!({}))).await;
        assert_eq!((other.status, other.text("fallback_from").as_str()), (201, "amyal"), "{other:?}");
        // What was booked is still fetched.
        let fetched = client.post("/v1/pickups", json!({"carrier": "amyal", "shipments": [booked.text("id")]})).await;
        assert_eq!((fetched.status, fetched.text("status").as_str()), (201, "scheduled"), "{fetched:?}");
        switch(&platform, "almadar_pay", "maintenance").await;
        let top_up = json!({"reference": "T-1", "amount": "5", "currency": "LYD", "phone": "0912345678"});
        problem(&client.post("/v1/top-ups", top_up).await, 503, "provider_unavailable");
        gateway.stop().await;
    }
}

on_both! {
    async fn the_other_process_follows_within_five_seconds_and_only_the_platform_switches(backend) {
        let gateway = Gateway::start(backend).await;
        let second = gateway.another(Roles { api: true, worker: false, probe: false }).await;
        let there = gateway.client.clone().at(second.address);
        assert_eq!(there.post("/v1/payments", card("A")).await.status, 201);
        let platform = scoped(&gateway, None, &["admin"]).await;
        problem(&switch(&gateway.client, "moamalat", "inactive").await, 403, "forbidden");
        fault(&switch(&platform, "moamalat", "error").await, "status");
        problem(&switch(&platform, "nobody", "inactive").await, 404, "not_found");
        assert_eq!(switch(&platform, "moamalat", "inactive").await.status, 200);
        tokio::time::sleep(Duration::from_millis(5_200)).await;
        problem(&there.post("/v1/payments", card("B")).await, 503, "provider_unavailable");
        second.stop().await;
        gateway.stop().await;
    }
}
