//! One key, one effect: however many send it, in whichever order, to however many processes.

use futures_util::future::join_all;
use jisr::app::Roles;
use jisr::db::attempts;
use serde_json::json;

use super::party::{card, cash, live, patched, problem, settled, shop};
use crate::harness::{Answer, Backend, Client, Gateway, on_both, uuid};

/// The ids of the answers, each once; all of them must be created.
#[track_caller]
fn one_id(answers: &[Answer]) -> String {
    for answer in answers {
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.text("id"), answers[0].text("id"), "{answer:?}");
    }
    answers[0].text("id")
}

async fn listed(client: &Client) -> usize {
    client.get("/v1/payments").await.body["data"].as_array().map_or(0, Vec::len)
}

/// One payment with one attempt and one event.
async fn is_alone(gateway: &Gateway, id: &str) {
    assert_eq!(listed(&gateway.client).await, 1);
    let events = gateway.client.get(&format!("/v1/payments/{id}/events")).await;
    assert_eq!(events.body["data"].as_array().map(Vec::len), Some(1), "{events:?}");
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    let found = attempts::of_payment(&mut tx, id.parse().expect("an id")).await.expect("attempts");
    assert_eq!(found.len(), 1);
}

on_both! {
    async fn a_thousand_at_once_make_one_payment(backend) {
        let gateway = Gateway::start(backend).await;
        let key = uuid();
        let answers = join_all((0..1_000).map(|_| gateway.client.post_keyed("/v1/payments", card("ORD"), &key))).await;
        let id = one_id(&answers);
        is_alone(&gateway, &id).await;
        let replayed = |answer: &&Answer| answer.headers.get("idempotency-replayed").is_some();
        assert_eq!(answers.iter().filter(replayed).count(), 999);
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_database_make_one_payment() {
    let gateway = Gateway::start(Backend::Postgres).await;
    let second = gateway.another(Roles { api: true, worker: false, probe: false }).await;
    let clients = [gateway.client.clone(), gateway.client.clone().at(second.address)];
    for round in 0..5 {
        let (key, body) = (uuid(), card(&format!("ORD-{round}")));
        let calls = (0..100).map(|call| clients[call % 2].post_keyed("/v1/payments", body.clone(), &key));
        one_id(&join_all(calls).await);
    }
    assert_eq!(listed(&gateway.client).await, 5);
    second.stop().await;
    gateway.stop().await;
}

on_both! {
    async fn of_two_bodies_under_one_key_one_is_done(backend) {
        let gateway = Gateway::start(backend).await;
        let key = uuid();
        let bodies = (0..40).map(|call| card(if call % 2 == 0 { "EVEN" } else { "ODD" }));
        let answers = join_all(bodies.map(|body| gateway.client.post_keyed("/v1/payments", body, &key))).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((made.len(), refused.len()), (20, 20));
        refused.iter().for_each(|answer| problem(answer, 422, "idempotency_mismatch"));
        is_alone(&gateway, &one_id(&made)).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn the_order_of_fields_and_blanks_do_not_make_another_body(backend) {
        let gateway = Gateway::start(backend).await;
        let first = r#"{"reference":"R","amount":"1.5","currency":"LYD","method":"card","metadata":{"a":1,"b":[1,2]}}"#;
        let again = r#"{ "metadata" : {"b":[1,
            2], "a":1},  "method":"card","currency":"LYD","amount":"1.5","reference":"R" }"#;
        let other = first.replace("[1,2]", "[2,1]");
        let send = |body: &str| {
            let (client, body) = (gateway.client.clone(), body.to_owned());
            async move { client.send("POST", "/v1/payments", Some(body), &[("idempotency-key", "one")]).await }
        };
        let made = send(first).await;
        assert_eq!(one_id(&[made.clone(), send(again).await]), made.text("id"));
        problem(&send(&other).await, 422, "idempotency_mismatch");
        problem(&send(&first.replace("1.5", "1.500")).await, 422, "idempotency_mismatch");
        is_alone(&gateway, &made.text("id")).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_reference_that_stands_is_not_used_twice(backend) {
        let gateway = Gateway::start(backend).await;
        let held = gateway.card("ORD").await;
        let key = uuid();
        let refused = gateway.client.post_keyed("/v1/payments", card("ORD"), &key).await;
        problem(&refused, 409, "reference_in_use");
        assert_eq!(refused.text("existing_id"), held.id);
        // The refusal had no effect, so it is not remembered.
        let cancel = gateway.client.post(&format!("/v1/payments/{}/cancel", held.id), json!({})).await;
        assert_eq!(cancel.status, 200, "{cancel:?}");
        let made = gateway.client.post_keyed("/v1/payments", card("ORD"), &key).await;
        assert_ne!(one_id(&[made]), held.id);
        gateway.stop().await;
    }
}

on_both! {
    async fn of_a_hundred_with_one_reference_one_is_made(backend) {
        let gateway = Gateway::start(backend).await;
        let answers = join_all((0..100).map(|_| gateway.client.post("/v1/payments", cash("ORD")))).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 1, "{made:?}");
        for answer in &refused {
            problem(answer, 409, "reference_in_use");
            assert_eq!(answer.text("existing_id"), made[0].text("id"));
        }
        is_alone(&gateway, &made[0].text("id")).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_fault_before_any_effect_is_not_remembered(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let faults = [json!({"amount": "0"}), json!({"currency": "USD"}), json!({"method": "wallet"})];
        let key = uuid();
        for patch in faults {
            let refused = client.post_keyed("/v1/payments", patched(card("ORD"), patch), &key).await;
            assert!(matches!(refused.status, 400 | 422), "{refused:?}");
        }
        let id = one_id(&[client.post_keyed("/v1/payments", card("ORD"), &key).await]);
        let refunds = format!("/v1/payments/{id}/refunds");
        problem(&client.post_keyed(&refunds, json!({}), &key).await, 409, "conflict");
        is_alone(&gateway, &id).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_missing_or_nonsensical_key_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let body = card("ORD").to_string();
        for wrong in [None, Some(""), Some("   "), Some("مفتاح"), Some("k".repeat(256).as_str())] {
            let headers: Vec<(&str, &str)> = wrong.iter().map(|key| ("idempotency-key", *key)).collect();
            let answer = gateway.client.send("POST", "/v1/payments", Some(body.clone()), &headers).await;
            problem(&answer, 400, "idempotency_key_missing");
        }
        assert_eq!(listed(&gateway.client).await, 0);
        let longest = gateway.client.post_keyed("/v1/payments", card("ORD"), &"k".repeat(255)).await;
        is_alone(&gateway, &one_id(&[longest])).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn keys_of_stores_modes_and_paths_are_apart(backend) {
        let gateway = Gateway::start(backend).await;
        let clients = [gateway.client.clone(), shop(&gateway, "other").await, live(&gateway).await];
        let mut ids = Vec::new();
        for client in &clients {
            ids.push(one_id(&[client.post_keyed("/v1/payments", cash("ORD"), "one").await]));
        }
        ids.dedup();
        assert_eq!(ids.len(), 3);
        // The same key at another path is another key.
        let cancel = gateway.client.post_keyed(&format!("/v1/payments/{}/cancel", ids[0]), json!({}), "one").await;
        assert_eq!((cancel.status, cancel.text("status").as_str()), (200, "cancelled"), "{cancel:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_hundred_refunds_with_one_key_make_one(backend) {
        let mut gateway = Gateway::start(backend).await;
        let card = gateway.paid_card("CARD").await.id;
        let cash = settled(&gateway.client, "CASH").await;
        // Nothing is at hand: every account has to be read anew while a hundred wait for one row.
        gateway.restart().await;
        for id in [card, cash] {
            let (key, path) = (uuid(), format!("/v1/payments/{id}/refunds"));
            let answers = join_all((0..100).map(|_| gateway.client.post_keyed(&path, json!({}), &key))).await;
            let refund = one_id(&answers);
            let listed = gateway.client.get(&path).await;
            assert_eq!(listed.body["data"].as_array().map(Vec::len), Some(1), "{listed:?}");
            assert_eq!(listed.at("/data/0/id"), refund);
        }
        gateway.stop().await;
    }
}
