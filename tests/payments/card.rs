//! A card payment through the Lightbox.

use mocks::Outcome;

use crate::harness::{Gateway, on_both};

on_both! {
    async fn an_approved_card_is_paid_by_the_providers_word(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        assert_eq!(payment.answer.text("status"), "requires_action");
        gateway.pay(&payment, Outcome::Approved).await;
        let paid = gateway.until(&payment.id, "paid").await;
        assert!(paid.body["next_action"].is_null());
        assert_eq!(gateway.received("FilterTransactions"), 1);
        assert!(gateway.mocks.violations().is_empty());
        gateway.stop().await;
    }
}
