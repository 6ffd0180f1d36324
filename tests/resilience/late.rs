//! Money that comes when nobody waits for it any more.

use mocks::{FaultKind, Outcome};
use serde_json::json;

use super::scene::{FILTER, NO_BREAKER, Notice};
use crate::harness::{Gateway, on_both};

const SOON_OVER: (&str, &str) = ("JISR_PAYMENTS__CARD_EXPIRES_MS", "300");

fn card(reference: &str) -> serde_json::Value {
    json!({"reference": reference, "amount": "12.500", "currency": "LYD", "method": "card"})
}

on_both! {
    async fn an_expired_payment_that_is_paid_after_all_is_paid_late(backend) {
        let gateway = Gateway::start_with(backend, &[SOON_OVER]).await;
        let payment = gateway.card("ORD-1").await;
        let expired = gateway.until(&payment.id, "expired").await;
        assert!(expired.body["next_action"].is_null());
        gateway.pay(&payment, Outcome::Approved).await;
        let paid = gateway.until(&payment.id, "paid").await;
        assert_eq!(paid.body["late"], json!(true));
        assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.expired", "payment.paid"]);
        assert_eq!(gateway.event_data(&payment.id).await[2]["data"]["late"], json!(true));
        gateway.stop().await;
    }
}

on_both! {
    async fn an_expired_payment_is_found_paid_without_any_hint(backend) {
        let after = ("JISR_PAYMENTS__AFTER_EXPIRY_MS", "[1500]");
        let gateway = Gateway::start_with(backend, &[SOON_OVER, after]).await;
        let payment = gateway.card("ORD-1").await;
        gateway.until(&payment.id, "expired").await;
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        assert_eq!(gateway.until(&payment.id, "paid").await.body["late"], json!(true));
        assert_eq!(gateway.received(FILTER), 2);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_declined_card_may_be_tried_again_under_the_same_reference(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        gateway.pay(&payment, Outcome::Declined).await;
        gateway.until(&payment.id, "declined").await;
        gateway.pay(&payment, Outcome::Approved).await;
        assert_eq!(gateway.until(&payment.id, "paid").await.body["late"], json!(true));
        assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.declined", "payment.paid"]);
        assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 12_500);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_cancelled_payment_that_is_paid_after_all_is_paid_late(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let path = format!("/v1/payments/{}/cancel", payment.id);
        assert_eq!(gateway.client.post(&path, json!({})).await.text("status"), "cancelled");
        gateway.pay(&payment, Outcome::Approved).await;
        assert_eq!(gateway.until(&payment.id, "paid").await.body["late"], json!(true));
        let again = gateway.client.post(&path, json!({})).await;
        assert_eq!((again.status, again.text("code")), (409, "conflict".to_owned()));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_payment_that_is_paid_late_takes_its_reference_back(backend) {
        let gateway = Gateway::start(backend).await;
        let first = gateway.card("ORD-1").await;
        gateway.client.post(&format!("/v1/payments/{}/cancel", first.id), json!({})).await;
        let second = gateway.card("ORD-1").await;
        gateway.pay(&first, Outcome::Approved).await;
        gateway.until(&first.id, "paid").await;
        // The second still stands before it; when it is given up, the paid one is next.
        let third = gateway.client.post("/v1/payments", card("ORD-1")).await;
        assert_eq!((third.status, third.text("existing_id")), (409, second.id.clone()));
        gateway.client.post(&format!("/v1/payments/{}/cancel", second.id), json!({})).await;
        let third = gateway.client.post("/v1/payments", card("ORD-1")).await;
        assert_eq!((third.status, third.text("code")), (409, "reference_in_use".to_owned()));
        assert_eq!(third.text("existing_id"), first.id);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_reference_that_was_free_for_a_moment_is_taken_back(backend) {
        let gateway = Gateway::start_with(backend, &[SOON_OVER]).await;
        let payment = gateway.card("ORD-1").await;
        gateway.until(&payment.id, "expired").await;
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        let next = gateway.client.post("/v1/payments", card("ORD-1")).await;
        assert_eq!((next.status, next.text("existing_id")), (409, payment.id.clone()));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_payment_nobody_can_ask_about_is_unknown_and_then_for_a_person(backend) {
        let patience = ("JISR_PAYMENTS__REVIEW_AFTER_MS", "2500");
        let gateway = Gateway::start_with(backend, &[NO_BREAKER, SOON_OVER, patience]).await;
        gateway.faults(FILTER, FaultKind::CutBefore, 1_000);
        let payment = gateway.card("ORD-1").await;
        gateway.until(&payment.id, "processing").await;
        let waits = gateway.until(&payment.id, "needs_review").await;
        assert_eq!(waits.at("/review/reason"), "unresolved");
        let told = ["payment.created", "payment.processing", "payment.needs_review"];
        assert_eq!(gateway.events(&payment.id).await, told);
        assert_eq!(gateway.event_data(&payment.id).await[2]["data"]["reason"], json!("unresolved"));
        // It keeps its reference, and the provider's proof is still welcome.
        assert_eq!(gateway.client.post("/v1/payments", card("ORD-1")).await.status, 409);
        gateway.mocks.clear_faults();
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        gateway.notify(&Notice::of(&payment.wire).signed()).await;
        let paid = gateway.until(&payment.id, "paid").await;
        assert!(paid.body.get("review").is_none() && paid.body.get("late").is_none(), "{paid:?}");
        gateway.assert_correct();
        gateway.stop().await;
    }
}
