//! What a person or an impatient store does: settling a review, and asking now.

use futures_util::future::join_all;
use mocks::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{
    CREATE, FIND, Kind, assert_all_asked, calls, close_the_day, events, fault, made, start, start_with, until,
};
use crate::facade::party::{evidence, fault as faulty, patched, problem};
use crate::harness::{Gateway, on_both, uuid};

/// A service that waits for a person.
async fn in_review(gateway: &Gateway, reference: &str) -> String {
    fault(gateway, "mobicash", CREATE, FaultKind::CutBefore);
    let id = made(gateway, Kind::TopUp, Kind::TopUp.order(reference, "mobicash", "1234567")).await.text("id");
    until(gateway, &id, "needs_review").await;
    id
}

fn proof(moved: bool) -> Value {
    patched(evidence(), json!({"moved": moved}))
}

on_both! {
    async fn a_person_settles_what_nobody_answers(backend) {
        let gateway = start(backend).await;
        for (moved, status) in [(true, "succeeded"), (false, "failed")] {
            let id = in_review(&gateway, status).await;
            let path = format!("/v1/wallet-services/{id}/settle");
            faulty(&gateway.client.post(&path, json!({"evidence": {"by": " ", "document": "x"}})).await, "evidence.by");
            faulty(&gateway.client.post(&path, json!({})).await, "evidence");
            if !moved {
                // The answer may still be on its way for all that anybody knows.
                let early = gateway.client.post(&path, proof(false)).await;
                problem(&early, 409, "conflict");
                assert!(early.text("detail").contains("answering"), "{early:?}");
                tokio::time::sleep(std::time::Duration::from_secs(4)).await;
            }
            let (body, key) = (proof(moved), uuid());
            let settled = gateway.client.post_keyed(&path, body.clone(), &key).await;
            assert_eq!((settled.status, settled.text("status")), (200, status.to_owned()), "{settled:?}");
            assert!(settled.body.get("review").is_none(), "{settled:?}");
            assert_eq!(gateway.client.post_keyed(&path, body, &key).await.body, settled.body, "a repeat");
            problem(&gateway.client.post(&path, proof(!moved)).await, 409, "conflict");
            let told = [String::from("service.needs_review"), format!("service.{status}")];
            assert_eq!(events(&gateway, &id).await, told);
            let row = jisr::db::wallet_services::by_id(&gateway.facade.db, id.parse().expect("an id")).await;
            let kept = row.expect("readable").expect("there").evidence.expect("evidence");
            assert!(!String::from_utf8_lossy(&kept).contains("receipt"), "it is sealed");
            // Only where nothing has left the reference is free.
            let again = gateway.client.post("/v1/top-ups", Kind::TopUp.order(status, "mobicash", "1234567")).await;
            assert_eq!(again.status, if moved { 409 } else { 201 }, "{again:?}");
        }
        assert_all_asked(&gateway).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn only_what_waits_for_a_person_is_settled_and_once(backend) {
        let gateway = start(backend).await;
        let processing = made(&gateway, Kind::TopUp, Kind::TopUp.order("P", "mobicash", "0000004")).await.text("id");
        let succeeded = made(&gateway, Kind::TopUp, Kind::TopUp.order("S", "mobicash", "1234567")).await.text("id");
        let failed = made(&gateway, Kind::TopUp, Kind::TopUp.order("F", "mobicash", "0000001")).await.text("id");
        for (id, status) in [(processing, "processing"), (succeeded, "succeeded"), (failed, "failed")] {
            let path = format!("/v1/wallet-services/{id}");
            problem(&gateway.client.post(&format!("{path}/settle"), proof(false)).await, 409, "conflict");
            assert_eq!(gateway.client.get(&path).await.text("status"), status);
        }
        assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'service.ask'").await, 1, "a refusal drops no question");
        let id = in_review(&gateway, "R").await;
        let path = format!("/v1/wallet-services/{id}/settle");
        let answers = join_all((0..8).map(|_| gateway.client.post(&path, proof(true)))).await;
        let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(taken.len(), 1, "{answers:?}");
        assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.status == 409), "{answers:?}");
        assert_eq!(events(&gateway, &id).await.len(), 2);
        close_the_day(&gateway, "mobicash").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_store_can_have_the_provider_asked_now(backend) {
        // Nothing is asked by itself while this test lasts.
        let lazy = [
            ("JISR_PAYMENTS__UNKNOWN_FIRST_MS", "60000"),
            ("JISR_PAYMENTS__UNKNOWN_LONGEST_MS", "60000"),
            ("JISR_PAYMENTS__REVIEW_AFTER_MS", "600000"),
            ("JISR_POLICY__DEFAULT__RETRIES", "0"),
        ];
        let gateway = start_with(backend, &lazy).await;
        fault(&gateway, "mobicash", CREATE, FaultKind::ActThenCut);
        let id = made(&gateway, Kind::TopUp, Kind::TopUp.order("NOW", "mobicash", "1234567")).await.text("id");
        let sync = async || {
            // Wishes within a second are one, and the answer to the call was one.
            tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
            gateway.client.post(&format!("/v1/wallet-services/{id}/sync"), json!({})).await
        };
        gateway.mocks.fault(Fault::new("mobicash", FaultKind::CutBefore).on(FIND));
        let unknown = sync().await;
        assert_eq!((unknown.status, unknown.text("status")), (200, "processing".to_owned()), "{unknown:?}");
        assert_eq!(calls(&gateway, "mobicash", FIND), (1, 0));
        let done = sync().await;
        assert_eq!((done.status, done.text("status")), (200, "succeeded".to_owned()), "{done:?}");
        assert_eq!(sync().await.body, done.body);
        assert_eq!(calls(&gateway, "mobicash", FIND), (2, 1), "what is over is not asked about");
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1));

        // A hundred wishes within a second are one question.
        let slow = made(&gateway, Kind::TopUp, Kind::TopUp.order("SLOW", "mobicash", "0000004")).await.text("id");
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        let path = format!("/v1/wallet-services/{slow}/sync");
        for _ in 0..20 {
            gateway.client.post(&path, json!({})).await;
        }
        let asked = calls(&gateway, "mobicash", FIND).0;
        assert!((3..=6).contains(&asked), "{asked}");
        gateway.stop().await;
    }
}
