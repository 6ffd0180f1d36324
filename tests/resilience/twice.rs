//! Paid twice: told, with a proposal, and mended by giving the later one back.

use mocks::Outcome;
use serde_json::{Value, json};

use super::scene::{Notice, REFUND};
use crate::harness::{Gateway, Payment, on_both};

/// The review's event: what a person or an alert reads.
async fn told(gateway: &Gateway, payment: &Payment) -> Value {
    let waits = gateway.until(&payment.id, "needs_review").await;
    assert_eq!(waits.at("/review/reason"), "paid_twice");
    let event = gateway.event_data(&payment.id).await.pop().expect("an event");
    assert_eq!(
        (event["name"].as_str(), event["data"]["reason"].as_str()),
        (Some("payment.needs_review"), Some("paid_twice"))
    );
    event["data"].clone()
}

async fn switch(gateway: &Gateway, payment: &Payment, method: &str) -> crate::harness::Answer {
    let answer = gateway.client.post(&format!("/v1/payments/{}/attempts", payment.id), json!({"method": method})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

on_both! {
    async fn a_card_that_lands_after_the_cash_is_told_and_given_back(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let switched = switch(&gateway, &payment, "cash_on_delivery").await;
        assert_eq!((switched.text("provider"), &switched.body["attempt"]), ("cash_on_delivery".to_owned(), &json!(2)));
        assert_eq!(gateway.settle(&format!("/v1/payments/{}", payment.id)).await.text("status"), "paid");
        gateway.pay(&payment, Outcome::Approved).await;
        let data = told(&gateway, &payment).await;
        assert_eq!(data["proposal"], json!({"refund": {"attempt": 1, "amount": "12.500"}}));
        // What is proposed is what a refund takes: the card, not the cash.
        let refund = gateway.refund(&payment.id, Some("12.500")).await;
        assert_eq!((refund.status, refund.text("way")), (201, "provider".to_owned()));
        gateway.refund_until(&refund.text("id"), "succeeded").await;
        let paid = gateway.read(&payment.id).await;
        assert_eq!((paid.text("status"), paid.text("amount_refunded")), ("paid".to_owned(), "12.500".to_owned()));
        assert!(paid.body.get("review").is_none());
        assert_eq!(gateway.acted(REFUND), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn two_sales_under_one_reference_are_told(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        gateway.pay(&payment, Outcome::Approved).await;
        let data = told(&gateway, &payment).await;
        assert_eq!(data["proposal"]["refund"]["amount"], json!("12.500"));
        assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 25_000);
        let refund = gateway.refunding(&payment.id, Some("12.500")).await;
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!(gateway.read(&payment.id).await.text("status"), "paid");
        // The other sale is the provider's own to give back as well.
        let rest = gateway.refunding(&payment.id, None).await;
        gateway.refund_until(&rest, "succeeded").await;
        assert_eq!(gateway.read(&payment.id).await.text("status"), "refunded");
        assert!(gateway.mocks.transactions().iter().all(|sale| sale.remaining == 0));
        assert_eq!(gateway.acted(REFUND), 2);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn two_sales_that_are_found_together_are_told(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        gateway.pay(&payment, Outcome::Approved).await;
        told(&gateway, &payment).await;
        assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 25_000);
        gateway.stop().await;
    }
}

on_both! {
    async fn of_two_paid_payments_of_a_reference_the_later_is_told(backend) {
        let gateway = Gateway::start_with(backend, &[("JISR_PAYMENTS__CARD_EXPIRES_MS", "2000")]).await;
        let first = gateway.card("ORD-1").await;
        gateway.until(&first.id, "expired").await;
        let second = gateway.card("ORD-1").await;
        gateway.pay(&second, Outcome::Approved).await;
        gateway.until(&second.id, "paid").await;
        gateway.pay(&first, Outcome::Approved).await;
        told(&gateway, &first).await;
        assert_eq!(gateway.read(&first.id).await.body["late"], json!(true));
        assert_eq!(gateway.read(&second.id).await.text("status"), "paid", "the one that stood is left alone");
        let refund = gateway.refunding(&first.id, None).await;
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!(gateway.read(&first.id).await.text("status"), "refunded");
        gateway.stop().await;
    }
}

on_both! {
    async fn both_cards_of_a_switched_payment_are_told(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let switched = switch(&gateway, &payment, "card").await;
        let wire = switched.at("/next_action/parameters/MerchantReference");
        assert_ne!(wire, payment.wire);
        let second = Payment { id: payment.id.clone(), wire, answer: switched };
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        gateway.pay(&second, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        // The first card's own callback comes late.
        gateway.notify(&Notice::of(&payment.wire).signed()).await;
        let data = told(&gateway, &payment).await;
        assert_eq!(data["proposal"]["refund"]["attempt"], json!(1));
        assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 25_000);
        gateway.stop().await;
    }
}
