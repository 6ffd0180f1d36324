//! Questions that fail: what nobody can prove is unknown, never declined or expired, and heals with the provider.

use futures_util::{StreamExt, stream};
use mocks::{FaultKind, Outcome};

use super::scene::{FEW, FILTER, NO_BREAKER, Notice};
use crate::harness::{Backend, Gateway, eventually, on_both};

/// Everything that can go wrong with a question.
pub const KINDS: [FaultKind; 7] = [
    FaultKind::Status,
    FaultKind::Delay,
    FaultKind::CutBefore,
    FaultKind::ActThenCut,
    FaultKind::Truncate,
    FaultKind::WrongBody,
    FaultKind::ErrorIn200,
];

/// Whole gateways at once: two cores and one server have to carry them.
pub const AT_ONCE: usize = 3;

async fn unprovable(backend: Backend, kind: FaultKind) {
    let gateway = Gateway::start_with(backend, &[NO_BREAKER, FEW]).await;
    let payment = gateway.card("ORD-1").await;
    gateway.pay_quietly(&payment, Outcome::Approved).await;
    gateway.faults(FILTER, kind, 3);
    gateway.notify(&Notice::of(&payment.wire).signed()).await;
    let processing = gateway.until(&payment.id, "processing").await;
    assert!(processing.body["next_action"].is_null(), "{kind:?}: the customer would pay again");
    gateway.until(&payment.id, "paid").await;
    let told = ["payment.created", "payment.processing", "payment.paid"];
    assert_eq!(gateway.events(&payment.id).await, told, "{kind:?}");
    assert!(gateway.read(&payment.id).await.body.get("late").is_none(), "{kind:?}");
    // A delayed question is noted by the provider when its delay is over.
    eventually("all four questions are noted", || async { gateway.received(FILTER) >= 4 }).await;
    // Nothing else was wrong with the questions: no second was used twice.
    gateway.assert_correct();
    gateway.stop().await;
}

on_both! {
    async fn a_paid_payment_that_cannot_be_proved_is_processing_until_it_can(backend) {
        stream::iter(KINDS).for_each_concurrent(AT_ONCE, |kind| unprovable(backend, kind)).await;
    }
}

on_both! {
    async fn without_a_hint_a_question_in_vain_changes_nothing(backend) {
        let gateway = Gateway::start_with(backend, &[NO_BREAKER, ("JISR_PAYMENTS__SWEEP_MS", "1000")]).await;
        gateway.faults(FILTER, FaultKind::CutBefore, 3);
        let payment = gateway.card("ORD-1").await;
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        eventually("three questions fail", || async {
            let status = gateway.read(&payment.id).await.text("status");
            assert!(gateway.received(FILTER) > 2 || status == "requires_action", "{status}");
            gateway.received(FILTER) >= 3
        })
        .await;
        gateway.until(&payment.id, "paid").await;
        assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.paid"]);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_doubt_about_an_unpaid_payment_ends_with_the_providers_word(backend) {
        let gateway = Gateway::start_with(backend, &[NO_BREAKER]).await;
        let payment = gateway.card("ORD-1").await;
        gateway.faults(FILTER, FaultKind::Status, 2);
        gateway.notify(&Notice::of(&payment.wire).signed()).await;
        gateway.until(&payment.id, "processing").await;
        // The provider knows of nothing: the customer may pay as before.
        let open = gateway.until(&payment.id, "requires_action").await;
        assert_eq!(open.at("/next_action/parameters/MerchantReference"), payment.wire);
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn an_unpaid_payment_expires_only_once_the_provider_has_said_so(backend) {
        let gateway = Gateway::start_with(backend, &[NO_BREAKER, ("JISR_PAYMENTS__CARD_EXPIRES_MS", "1500")]).await;
        gateway.faults(FILTER, FaultKind::WrongBody, 2);
        let payment = gateway.card("ORD-1").await;
        gateway.until(&payment.id, "processing").await;
        gateway.until(&payment.id, "expired").await;
        assert_eq!(gateway.received(FILTER), 3);
        assert_eq!(
            gateway.events(&payment.id).await,
            ["payment.created", "payment.processing", "payment.expired"]
        );
        gateway.stop().await;
    }
}

on_both! {
    async fn a_provider_that_is_down_is_left_alone_and_asked_when_it_is_back(backend) {
        let breaker = [
            ("JISR_POLICY__MOAMALAT__BREAKER_FAILURES", "2"),
            ("JISR_POLICY__MOAMALAT__BREAKER_OPEN_MS", "2500"),
        ];
        let gateway = Gateway::start_with(backend, &breaker).await;
        let payment = gateway.card("ORD-1").await;
        gateway.faults(FILTER, FaultKind::CutBefore, 2);
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "processing").await;
        eventually("a question is refused here", || async {
            gateway.log_rows(FILTER).await.iter().any(|row| row.status == "refused" && row.delivery == "never")
        })
        .await;
        assert_eq!(gateway.received(FILTER), 2);
        let other = gateway.client.post("/v1/payments", card("ORD-2")).await;
        assert_eq!((other.status, other.text("code")), (503, "provider_unavailable".to_owned()));
        gateway.until(&payment.id, "paid").await;
        gateway.assert_correct();
        gateway.stop().await;
    }
}

fn card(reference: &str) -> serde_json::Value {
    serde_json::json!({"reference": reference, "amount": "12.500", "currency": "LYD", "method": "card"})
}
