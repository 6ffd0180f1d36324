//! Refunds whose call goes wrong: sent once, and then only asked about.

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use mocks::{Fault, FaultKind};

use super::questions::{AT_ONCE, KINDS};
use super::scene::{FEW, FILTER, NO_BREAKER, REFUND};
use crate::harness::{Backend, Gateway, eventually, on_both};

const PATIENT: (&str, &str) = ("JISR_PAYMENTS__REVIEW_AFTER_MS", "2500");

on_both! {
    async fn a_refund_whose_answer_is_lost_succeeds_by_asking(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        gateway.fault(REFUND, FaultKind::ActThenCut);
        let refund = gateway.refunding(&payment.id, None).await;
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1));
        assert_eq!(gateway.read(&payment.id).await.text("status"), "refunded");
        // The log says why: the call may have arrived, and what remained afterwards proved that it had.
        let sent = gateway.log_rows(REFUND).await;
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!((sent[0].status.as_str(), sent[0].delivery.as_str(), sent[0].attempt), ("error", "maybe", 1));
        eventually("the question after it is logged", || async {
            let asked = gateway.log_rows(FILTER).await;
            asked.last().is_some_and(|row| row.status == "success" && row.started_at > sent[0].started_at)
        })
        .await;
        gateway.assert_correct();
        gateway.stop().await;
    }
}

/// The refund acted at the provider, whatever came back.
async fn acted(backend: Backend, kind: FaultKind) {
    let gateway = Gateway::start_with(backend, &[FEW]).await;
    let payment = gateway.paid_card("ORD-1").await;
    gateway.faults(REFUND, kind, 1);
    let refund = gateway.refunding(&payment.id, None).await;
    gateway.refund_until(&refund, "succeeded").await;
    gateway.until(&payment.id, "refunded").await;
    assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1), "{kind:?}");
    let told = ["payment.created", "payment.paid", "payment.refunded"];
    assert_eq!(gateway.events(&payment.id).await, told, "{kind:?}");
    gateway.assert_correct();
    gateway.stop().await;
}

on_both! {
    async fn a_refund_whose_answer_cannot_be_read_succeeds_by_asking(backend) {
        join_all([FaultKind::Delay, FaultKind::Truncate, FaultKind::WrongBody].map(|kind| acted(backend, kind))).await;
    }
}

/// The refund did not act, and nobody said so.
async fn vanished(backend: Backend, kind: FaultKind) {
    let gateway = Gateway::start_with(backend, &[PATIENT, FEW]).await;
    let payment = gateway.paid_card("ORD-1").await;
    gateway.faults(REFUND, kind, 1);
    let refund = gateway.refunding(&payment.id, None).await;
    gateway.refund_until(&refund, "processing").await;
    let waits = gateway.refund_until(&refund, "needs_review").await;
    assert_eq!(waits.at("/review/reason"), "unresolved", "{kind:?}");
    assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 0), "{kind:?}");
    // It is asked about once in a while, never sent again, and its money is kept for it.
    assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'refund.advance'").await, 1);
    let questions = gateway.acted(FILTER);
    eventually("it is asked about", || async { gateway.acted(FILTER) > questions }).await;
    assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 0), "{kind:?}");
    assert_eq!(gateway.count("SELECT CAST(refund_reserved AS BIGINT) FROM payments").await, 12_500);
    let another = gateway.refund(&payment.id, Some("1.000")).await;
    assert_eq!((another.status, another.text("code"), another.text("existing_id")), in_flight(&refund), "{kind:?}");
    assert_eq!(gateway.read(&payment.id).await.text("status"), "paid");
    // A person finds out, and says so.
    assert_eq!(gateway.settle(&format!("/v1/refunds/{refund}")).await.text("status"), "succeeded");
    assert_eq!(gateway.read(&payment.id).await.text("status"), "refunded");
    assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'refund.advance'").await, 0);
    assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 0), "{kind:?}");
    gateway.stop().await;
}

fn in_flight(refund: &str) -> (u16, String, String) {
    (409, "refund_in_flight".to_owned(), refund.to_owned())
}

on_both! {
    async fn a_refund_that_may_have_left_is_for_a_person_and_never_sent_again(backend) {
        join_all([FaultKind::CutBefore, FaultKind::Status].map(|kind| vanished(backend, kind))).await;
    }
}

on_both! {
    async fn a_refused_refund_fails_with_the_providers_words_and_frees_its_amount(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        gateway.fault(REFUND, FaultKind::ErrorIn200);
        let refund = gateway.refunding(&payment.id, None).await;
        let failed = gateway.refund_until(&refund, "failed").await;
        assert_eq!(failed.text("provider_message"), "System error, please try again later");
        assert_eq!(gateway.count("SELECT CAST(refund_reserved AS BIGINT) FROM payments").await, 0);
        assert_eq!(gateway.read(&payment.id).await.text("status"), "paid");
        let again = gateway.refunding(&payment.id, None).await;
        gateway.refund_until(&again, "succeeded").await;
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (2, 1));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_refund_that_was_turned_away_at_the_door_is_sent_later(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        let busy = Fault::new("moamalat", FaultKind::Status).on(REFUND);
        gateway.mocks.fault(Fault { status: Some(429), times: Some(2), ..busy });
        let refund = gateway.refunding(&payment.id, None).await;
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (3, 1));
        // Each try had a row of its own before it left.
        let rows = gateway.log_rows(REFUND).await;
        let deliveries: Vec<&str> = rows.iter().map(|row| row.delivery.as_str()).collect();
        assert_eq!(deliveries, ["never", "never", "done"]);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

/// Nobody says what remains: the refund waits, and goes out once.
async fn unasked(backend: Backend, kind: FaultKind) {
    let gateway = Gateway::start_with(backend, &[NO_BREAKER, FEW]).await;
    let payment = gateway.paid_card("ORD-1").await;
    let before = gateway.received(FILTER);
    gateway.faults(FILTER, kind, 3);
    let refund = gateway.refunding(&payment.id, None).await;
    eventually("two questions fail", || async {
        let status = gateway.client.get(&format!("/v1/refunds/{refund}")).await.text("status");
        let asked = gateway.received(FILTER) - before;
        assert!(asked >= 2 || (status == "pending" && gateway.received(REFUND) == 0), "{kind:?}: {status}");
        asked >= 2
    })
    .await;
    gateway.refund_until(&refund, "succeeded").await;
    assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1), "{kind:?}");
    gateway.assert_correct();
    gateway.stop().await;
}

on_both! {
    async fn a_refund_waits_until_the_provider_says_what_remains(backend) {
        stream::iter(KINDS).for_each_concurrent(AT_ONCE, |kind| unasked(backend, kind)).await;
    }
}
