//! What does not match is never guessed: a person decides, with evidence.

use mocks::Outcome;
use serde_json::json;

use super::scene::REFUND;
use crate::harness::{Gateway, Payment, on_both};

async fn mismatch(gateway: &Gateway, payment: &Payment, reason: &str) {
    let waits = gateway.until(&payment.id, "needs_review").await;
    assert_eq!(waits.at("/review/reason"), reason);
    assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.needs_review"]);
    assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 0);
    let refund = gateway.refund(&payment.id, None).await;
    assert_eq!((refund.status, refund.text("code")), (409, "conflict".to_owned()));
}

on_both! {
    async fn another_amount_waits_for_a_person_who_settles_it(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        gateway.pay_amount(&payment, "12.499").await;
        mismatch(&gateway, &payment, "amount_mismatch").await;
        let settled = gateway.settle(&format!("/v1/payments/{}", payment.id)).await;
        assert_eq!((settled.status, settled.text("status")), (200, "paid".to_owned()));
        assert!(settled.body.get("review").is_none());
        // The provider's records say the same as before; the person's word stands.
        assert_eq!(gateway.client.post(&format!("/v1/payments/{}/sync", payment.id), json!({})).await.text("status"), "paid");
        // What a person has settled, a person gives back.
        let refund = gateway.refund(&payment.id, None).await;
        assert_eq!(refund.text("way"), "manual");
        assert_eq!(gateway.received(REFUND), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn an_amount_in_the_other_unit_is_not_guessed(backend) {
        // The account says that answers are decimal, and they come in dirham.
        let gateway = Gateway::start_with(backend, &[("MOAMALAT_AMOUNT_UNIT", "decimal")]).await;
        let payment = gateway.card("ORD-1").await;
        gateway.pay(&payment, Outcome::Approved).await;
        mismatch(&gateway, &payment, "amount_mismatch").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn money_of_another_attempt_does_not_hide_a_mismatch(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let path = format!("/v1/payments/{}/attempts", payment.id);
        let switched = gateway.client.post(&path, json!({"method": "card"})).await;
        let wire = switched.at("/next_action/parameters/MerchantReference");
        let second = Payment { id: payment.id.clone(), wire, answer: switched };
        gateway.pay_amount(&payment, "1.000").await;
        gateway.until(&payment.id, "needs_review").await;
        gateway.pay(&second, Outcome::Approved).await;
        crate::harness::eventually("the second one's money is counted", || async {
            gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await == 12_500
        })
        .await;
        let waits = gateway.read(&payment.id).await;
        assert_eq!((waits.text("status"), waits.at("/review/reason")), ("needs_review".to_owned(), "amount_mismatch".to_owned()));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_person_who_finds_no_money_leaves_the_second_attempt_open(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let switched = gateway.client.post(&format!("/v1/payments/{}/attempts", payment.id), json!({"method": "card"})).await;
        gateway.pay_amount(&payment, "1.000").await;
        gateway.until(&payment.id, "needs_review").await;
        let body = json!({"evidence": {"by": "Cashier 3", "document": "statement 12"}, "moved": false});
        let settled = gateway.client.post(&format!("/v1/payments/{}/settle", payment.id), body).await;
        assert_eq!((settled.status, settled.text("status")), (200, "requires_action".to_owned()), "{settled:?}");
        assert!(settled.body.get("review").is_none());
        let wire = switched.at("/next_action/parameters/MerchantReference");
        assert_eq!(settled.at("/next_action/parameters/MerchantReference"), wire);
        let second = Payment { id: payment.id.clone(), wire, answer: switched };
        gateway.pay(&second, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn only_what_waits_for_a_person_is_settled_by_one(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let path = format!("/v1/payments/{}", payment.id);
        assert_eq!(gateway.settle(&path).await.status, 409, "a card is proved by its provider");
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        assert_eq!(gateway.settle(&path).await.status, 409);
        assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.paid"]);
        gateway.stop().await;
    }
}
