//! The same again: by the same key, by another key under the same reference, by many at once.

use futures_util::future::join_all;
use mocks::FaultKind;
use serde_json::json;

use super::{CREATE, KINDS, Kind, assert_clean, calls, fault, made, start, until};
use crate::facade::party::{patched, problem};
use crate::harness::{on_both, uuid};

on_both! {
    async fn one_key_acts_once_however_often_it_comes(backend) {
        let gateway = start(backend).await;
        for kind in KINDS {
            let (order, key) = (kind.order(&format!("ONE-{kind:?}"), "mobicash", "1234567"), uuid());
            let send = || gateway.client.post_keyed(kind.path(), order.clone(), &key);
            let answers = join_all((0..8).map(|_| send())).await;
            let id = answers[0].text("id");
            for answer in &answers {
                assert_eq!((answer.status, answer.text("id")), (201, id.clone()), "{answer:?}");
                assert!(["processing", "succeeded"].contains(&answer.text("status").as_str()), "{answer:?}");
            }
            let replayed = answers.iter().filter(|answer| answer.headers.contains_key("idempotency-replayed"));
            assert_eq!(replayed.count(), 7, "{kind:?}");
            assert_eq!(send().await.text("status"), "succeeded");
            assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1), "{kind:?}");
            gateway.mocks.clear_journal();
            let other = patched(order, json!({"amount": "13.000"}));
            problem(&gateway.client.post_keyed(kind.path(), other, &key).await, 422, "idempotency_mismatch");
        }
        assert_eq!(gateway.count("SELECT COUNT(*) FROM wallet_services").await, 3);
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_reference_is_one_service_among_those_that_have_not_failed(backend) {
        let gateway = start(backend).await;
        // Whatever the kind: the reference is the store's own name for money that leaves.
        let orders = KINDS.map(|kind| (kind, kind.order("SAME", "mobicash", "1234567")));
        let answers = join_all(orders.iter().cycle().take(9).map(|(kind, order)| gateway.client.post(kind.path(), order.clone()))).await;
        let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(taken.len(), 1, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            problem(answer, 409, "reference_in_use");
            assert_eq!(answer.text("existing_id"), taken[0].text("id"));
        }
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1));
        // One that nobody knows of holds it too, and one that waits for a person.
        fault(&gateway, "mobicash", CREATE, FaultKind::CutBefore);
        let unknown = made(&gateway, Kind::TopUp, Kind::TopUp.order("UNKNOWN", "mobicash", "1234567")).await;
        for status in ["processing", "needs_review"] {
            until(&gateway, &unknown.text("id"), status).await;
            let again = gateway.client.post("/v1/top-ups", Kind::TopUp.order("UNKNOWN", "mobicash", "1234567")).await;
            problem(&again, 409, "reference_in_use");
        }
        assert_eq!(calls(&gateway, "mobicash", CREATE), (2, 1));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_repeat_needs_no_provider(backend) {
        let gateway = start(backend).await;
        let (order, key) = (Kind::TopUp.order("KEPT", "mobicash", "1234567"), uuid());
        let first = gateway.client.post_keyed("/v1/top-ups", order.clone(), &key).await;
        let shut = gateway.client.post("/v1/integrations/mobicash/breaker", json!({"action": "open"})).await;
        assert_eq!(shut.status, 200, "{shut:?}");
        let again = gateway.client.post_keyed("/v1/top-ups", order.clone(), &key).await;
        assert_eq!((again.status, again.body), (201, first.body), "it is answered all the same");
        assert_eq!(again.headers["idempotency-replayed"], "true");
        problem(&gateway.client.post_keyed("/v1/top-ups", order, &uuid()).await, 503, "provider_unavailable");
        gateway.stop().await;
    }
}
