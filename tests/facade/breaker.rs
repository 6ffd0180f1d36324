//! A person shuts a provider: cards are refused with what could be had instead, in every process.

use jisr::app::Roles;
use serde_json::{Value, json};

use super::party::{card, fault, patched, problem, scoped, shop};
use crate::harness::{Answer, Backend, Client, Gateway, eventually, on_both, uuid};

const PATH: &str = "/v1/integrations/moamalat/breaker";

async fn act(client: &Client, action: &str) -> Answer {
    client.post(PATH, json!({"action": action})).await
}

async fn create(client: &Client, reference: &str, patch: Value) -> Answer {
    client.post("/v1/payments", patched(card(reference), patch)).await
}

on_both! {
    async fn a_shut_provider_is_refused_with_what_could_be_had_instead(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let shut = act(client, "open").await;
        assert_eq!(
            (shut.status, &shut.body[0]["breaker"], &shut.body[0]["forced"]),
            (200, &json!("open"), &json!(true)),
            "{shut:?}"
        );
        for patch in [json!({}), json!({"fallback": "offer"})] {
            let refused = create(client, "ORD", patch).await;
            problem(&refused, 503, "provider_unavailable");
            assert_eq!(refused.body["alternatives"], json!(["cash_on_delivery", "bank_transfer"]), "{refused:?}");
            assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
        }
        let none = create(client, "ORD", json!({"fallback": "none"})).await;
        problem(&none, 503, "provider_unavailable");
        assert!(none.body.get("alternatives").is_none(), "{none:?}");
        assert_eq!(client.get("/v1/payments").await.body["data"], json!([]));
        let other = create(client, "ORD", json!({"method": "cash_on_delivery"})).await;
        assert_eq!(other.status, 201, "{other:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_fallback_is_taken_when_it_is_asked_for(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        act(client, "open").await;
        let patch = json!({"fallback": "auto", "card_type": "debit", "bank": "JUM"});
        let made = client.post_keyed("/v1/payments", patched(card("ORD"), patch.clone()), "k").await;
        assert_eq!((made.status, made.text("fallback_from").as_str()), (201, "moamalat"), "{made:?}");
        assert_eq!(
            (made.text("method"), made.text("provider")),
            ("cash_on_delivery".into(), "cash_on_delivery".into())
        );
        assert_eq!(made.at("/next_action/type"), "instructions");
        act(client, "close").await;
        // The same request is the same payment, though the card could now be had.
        let again = client.post_keyed("/v1/payments", patched(card("ORD"), patch), "k").await;
        assert_eq!((again.status, again.body), (201, made.body));
        let card = create(client, "CARD", json!({"fallback": "auto"})).await;
        assert_eq!((card.text("method").as_str(), card.body.get("fallback_from")), ("card", None), "{card:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_opened_again_works(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        for action in ["close", "reset"] {
            act(client, "open").await;
            problem(&create(client, action, json!({})).await, 503, "provider_unavailable");
            let closed = act(client, action).await;
            assert_eq!(
                (&closed.body[0]["breaker"], &closed.body[0]["forced"]),
                (&json!("closed"), &json!(false)),
                "{closed:?}"
            );
            assert_eq!(create(client, action, json!({})).await.status, 201);
        }
        let integrations = client.get("/v1/integrations").await;
        let names: Vec<&str> =
            integrations.body["data"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
        assert!(
            ["moamalat", "cash_on_delivery", "bank_transfer"].iter().all(|name| names.contains(name)),
            "{integrations:?}"
        );
        fault(&act(client, "explode").await, "action");
        problem(&client.post("/v1/integrations/nobody/breaker", json!({"action": "open"})).await, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_store_shuts_its_own_account_and_the_platform_all(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        // It uses the platform's account, which is not its own to shut.
        problem(&act(&other, "open").await, 404, "not_found");
        assert_eq!(create(&other, "A", json!({})).await.status, 201);
        let platform = scoped(&gateway, None, &["admin"]).await;
        assert_eq!(act(&platform, "open").await.status, 200);
        for client in [&other, &gateway.client] {
            problem(&create(client, "B", json!({})).await, 503, "provider_unavailable");
        }
        assert_eq!(act(&platform, "close").await.status, 200);
        assert_eq!(create(&other, "B", json!({})).await.status, 201);
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_process_follows_and_a_new_one_knows() {
    let mut gateway = Gateway::start(Backend::Postgres).await;
    let second = gateway.another(Roles { api: true, worker: false, probe: false }).await;
    let there = gateway.client.clone().at(second.address);
    assert_eq!(create(&there, "FIRST", json!({})).await.status, 201);
    act(&gateway.client, "open").await;
    let started = tokio::time::Instant::now();
    eventually("the other process shuts", || {
        let client = there.clone();
        async move { create(&client, &uuid(), json!({})).await.status == 503 }
    })
    .await;
    assert!(started.elapsed().as_secs() < 8, "it took {:?}", started.elapsed());
    gateway.restart().await;
    problem(&create(&gateway.client, "NEW", json!({})).await, 503, "provider_unavailable");
    act(&gateway.client, "close").await;
    eventually("the other process opens", || {
        let client = there.clone();
        async move { create(&client, &uuid(), json!({})).await.status == 201 }
    })
    .await;
    second.stop().await;
    gateway.stop().await;
}
