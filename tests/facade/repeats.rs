//! A repeat is answered with the resource as it now is, whatever has become of it or of the provider.

use serde_json::{Value, json};

use super::party::{card, evidence, problem, settled};
use crate::harness::{Answer, Gateway, on_both};

/// A payment's path.
fn at(id: &str, rest: &str) -> String {
    format!("/v1/payments/{id}/{rest}")
}

#[track_caller]
fn stands(answer: &Answer, status: &str, attempt: i64) {
    assert!(answer.status < 300, "{answer:?}");
    assert_eq!(
        (answer.text("status").as_str(), answer.body["attempt"].as_i64()),
        (status, Some(attempt)),
        "{answer:?}"
    );
}

on_both! {
    async fn cancelling_again_tells_what_has_become_of_it(backend) {
        let gateway = Gateway::start(backend).await;
        let id = gateway.card("ORD").await.id;
        stands(&gateway.client.post_keyed(&at(&id, "cancel"), json!({}), "k").await, "cancelled", 1);
        gateway.client.post(&at(&id, "attempts"), json!({"method": "cash_on_delivery"})).await;
        stands(&gateway.client.post_keyed(&at(&id, "cancel"), json!({}), "k").await, "requires_action", 2);
        problem(&gateway.client.post_keyed(&at(&id, "cancel"), json!({"a": 1}), "k").await, 400, "invalid_request");
        gateway.stop().await;
    }
}

on_both! {
    async fn switching_and_settling_again_do_nothing_more(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let id = gateway.card("ORD").await.id;
        let switch = json!({"method": "cash_on_delivery"});
        stands(&client.post_keyed(&at(&id, "attempts"), switch.clone(), "k").await, "requires_action", 2);
        stands(&client.post_keyed(&at(&id, "attempts"), switch.clone(), "k").await, "requires_action", 2);
        stands(&client.post_keyed(&at(&id, "settle"), evidence(), "k").await, "paid", 2);
        stands(&client.post_keyed(&at(&id, "settle"), evidence(), "k").await, "paid", 2);
        stands(&client.post_keyed(&at(&id, "attempts"), switch, "k").await, "paid", 2);
        let other = json!({"method": "bank_transfer"});
        problem(&client.post_keyed(&at(&id, "attempts"), other, "k").await, 422, "idempotency_mismatch");
        let other = json!({"evidence": {"by": "somebody else", "document": "none"}});
        problem(&client.post_keyed(&at(&id, "settle"), other, "k").await, 422, "idempotency_mismatch");
        let events = client.get(&at(&id, "events")).await;
        assert_eq!(events.body["data"].as_array().map(Vec::len), Some(3), "{events:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn refunding_again_tells_what_has_become_of_the_refund(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let id = settled(client, "ORD").await;
        let body = json!({"amount": "5", "reason": "one of three came back"});
        let made = client.post_keyed(&at(&id, "refunds"), body.clone(), "k").await;
        assert_eq!((made.status, made.text("status").as_str()), (201, "pending"), "{made:?}");
        problem(&client.post(&at(&id, "refunds"), json!({"amount": "1"})).await, 409, "refund_in_flight");
        let settle = format!("/v1/refunds/{}/settle", made.text("id"));
        for _ in 0..2 {
            let settled = client.post_keyed(&settle, evidence(), "k").await;
            assert_eq!((settled.status, settled.text("status").as_str()), (200, "succeeded"), "{settled:?}");
        }
        let again = client.post_keyed(&at(&id, "refunds"), body, "k").await;
        assert_eq!((again.status, again.text("status").as_str()), (201, "succeeded"), "{again:?}");
        assert_eq!(again.text("id"), made.text("id"));
        let payment = gateway.read(&id).await;
        assert_eq!(
            (payment.text("status"), payment.text("amount_refunded")),
            ("partially_refunded".into(), "5.000".into())
        );
        gateway.stop().await;
    }
}

on_both! {
    async fn creating_and_switching_again_need_no_provider(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let made = client.post_keyed("/v1/payments", card("ORD"), "k").await;
        let switched = gateway
            .create(json!({"reference": "S", "amount": "1", "currency": "LYD", "method": "cash_on_delivery"}))
            .await;
        let to_card = json!({"method": "card"});
        stands(&client.post_keyed(&at(&switched.id, "attempts"), to_card.clone(), "k").await, "requires_action", 2);
        let shut = client.post("/v1/integrations/moamalat/breaker", json!({"action": "open"})).await;
        assert_eq!(shut.status, 200, "{shut:?}");
        let again = client.post_keyed("/v1/payments", card("ORD"), "k").await;
        assert_eq!((again.status, again.text("id")), (201, made.text("id")), "{again:?}");
        stands(&client.post_keyed(&at(&switched.id, "attempts"), to_card, "k").await, "requires_action", 2);
        problem(&client.post_keyed("/v1/payments", card("NEW"), "n").await, 503, "provider_unavailable");
        let other: Value = json!({"method": "bank_transfer"});
        problem(&client.post_keyed(&at(&switched.id, "attempts"), other, "k").await, 422, "idempotency_mismatch");
        gateway.stop().await;
    }
}
