//! Refunds: one at a time, never more than was paid, each as often as it was asked for.

use futures_util::future::join_all;
use jisr::db::{attempts, payments};
use mocks::FaultKind;
use mocks::moamalat::Merchant;
use serde_json::json;

use super::scene::{REFUND, sign};
use crate::harness::{Client, Gateway, on_both};

/// Somebody gives money back past us, in the provider's own portal.
async fn out_of_band(gateway: &Gateway, amount: &str) {
    let merchant = Merchant::default();
    let (time, sale) = ("200101000001", gateway.mocks.transactions().remove(0).transaction_id);
    let (merchant_id, terminal_id) = (&merchant.merchant_id, &merchant.terminal_id);
    let message = format!("DateTimeLocalTrxn={time}&MerchantId={merchant_id}&TerminalId={terminal_id}");
    let body = json!({
        "MerchantId": merchant_id, "TerminalId": terminal_id, "DateTimeLocalTrxn": time, "SystemReference": sale,
        "AmountTrxn": amount, "SecureHash": sign(&merchant.secret_key, &message),
    });
    let provider = Client::new(gateway.mocks.address());
    let answer = provider.send("POST", "/moamalat/cube/paylink.svc/api/RefundTransaction", Some(body.to_string()), &[]);
    let answer = answer.await;
    assert_eq!(answer.body["Success"], json!(true), "{answer:?}");
}

on_both! {
    async fn two_equal_partial_refunds_are_two(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        gateway.mocks.settle().await;
        for (status, back) in [("partially_refunded", "5.000"), ("partially_refunded", "10.000")] {
            let refund = gateway.refunding(&payment.id, Some("5.000")).await;
            gateway.refund_until(&refund, "succeeded").await;
            let now = gateway.read(&payment.id).await;
            assert_eq!((now.text("status"), now.text("amount_refunded")), (status.to_owned(), back.to_owned()));
        }
        let most = gateway.refund(&payment.id, Some("2.501")).await;
        assert_eq!((most.status, most.fields()), (400, vec!["amount".to_owned()]));
        let rest = gateway.refunding(&payment.id, None).await;
        assert_eq!(gateway.refund_until(&rest, "succeeded").await.text("amount"), "2.500");
        assert_eq!(gateway.read(&payment.id).await.text("status"), "refunded");
        assert_eq!(gateway.acted(REFUND), 3);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_part_waits_for_the_end_of_the_day(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        let refund = gateway.refunding(&payment.id, Some("5.000")).await;
        let before = gateway.received("FilterTransactions");
        crate::harness::eventually("it is asked about", || async {
            gateway.received("FilterTransactions") >= before + 2
        })
        .await;
        assert_eq!(gateway.client.get(&format!("/v1/refunds/{refund}")).await.text("status"), "pending");
        assert_eq!(gateway.received(REFUND), 0);
        let second = gateway.refund(&payment.id, Some("1.000")).await;
        assert_eq!((second.status, second.text("code")), (409, "refund_in_flight".to_owned()));
        assert_eq!(second.text("existing_id"), refund);
        gateway.mocks.settle().await;
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!(gateway.acted(REFUND), 1);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn of_twenty_refunds_at_once_one_is_taken(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        let answers = join_all((0..20).map(|_| gateway.refund(&payment.id, None))).await;
        let taken: Vec<String> = answers.iter().filter(|answer| answer.status == 201).map(|one| one.text("id")).collect();
        assert_eq!(taken.len(), 1);
        let others = answers.iter().filter(|answer| answer.status == 409 && answer.text("code") == "refund_in_flight");
        assert_eq!(others.count(), 19, "{answers:?}");
        gateway.refund_until(&taken[0], "succeeded").await;
        let none = gateway.refund(&payment.id, None).await;
        assert_eq!((none.status, none.text("code")), (409, "conflict".to_owned()));
        assert_eq!(gateway.acted(REFUND), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn the_database_itself_refuses_more_than_was_paid(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        let db = &gateway.facade.db;
        let row = payments::by_id(db, payment.id.parse().expect("an id")).await.expect("readable").expect("there");
        for (reserved, refunded) in [(12_501, 0), (0, 12_501), (6_000, 6_501), (-1, 0)] {
            let mut changed = payments::Payment { refund_reserved: reserved, refunded_amount: refunded, ..row.clone() };
            let mut tx = db.begin().await.expect("a transaction");
            let written = payments::update(&mut tx, &mut changed, row.updated_at).await;
            assert!(matches!(written, Err(jisr::db::DbError::Constraint(_))), "{reserved} + {refunded}: {written:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn cash_goes_back_by_hand_with_evidence(backend) {
        let gateway = Gateway::start(backend).await;
        for method in ["cash_on_delivery", "bank_transfer"] {
            let body = json!({"reference": method, "amount": "12.500", "currency": "LYD", "method": method});
            let payment = gateway.create(body).await;
            let path = format!("/v1/payments/{}", payment.id);
            assert_eq!(gateway.settle(&path).await.text("status"), "paid");
            let refund = gateway.refund(&payment.id, None).await;
            assert_eq!((refund.text("status"), refund.text("way")), ("pending".to_owned(), "manual".to_owned()));
            let proof = format!("/v1/refunds/{}", refund.text("id"));
            let empty = json!({"evidence": {"by": " ", "document": ""}});
            assert_eq!(gateway.client.post(&format!("{proof}/settle"), empty).await.status, 400);
            assert_eq!(gateway.settle(&proof).await.text("status"), "succeeded");
            assert_eq!(gateway.settle(&proof).await.status, 409, "once is enough");
            assert_eq!(gateway.read(&payment.id).await.text("status"), "refunded");
            // The proof is kept, and sealed.
            let mut tx = gateway.facade.db.begin().await.expect("a transaction");
            let attempts = attempts::of_payment(&mut tx, payment.id.parse().expect("an id")).await.expect("readable");
            let evidence = attempts[0].evidence.clone().expect("evidence");
            assert!(!String::from_utf8_lossy(&evidence).contains("receipt"));
        }
        assert_eq!(gateway.received(REFUND), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_refund_that_somebody_else_crossed_is_for_a_person(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        gateway.mocks.settle().await;
        gateway.fault(REFUND, FaultKind::CutBefore);
        let refund = gateway.refunding(&payment.id, Some("5.000")).await;
        gateway.refund_until(&refund, "processing").await;
        out_of_band(&gateway, "3000").await;
        let waits = gateway.refund_until(&refund, "needs_review").await;
        assert_eq!(waits.at("/review/reason"), "refund_mismatch");
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_refund_of_what_is_gone_fails_and_sends_nothing(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.paid_card("ORD-1").await;
        out_of_band(&gateway, "12500").await;
        let refund = gateway.refunding(&payment.id, None).await;
        let failed = gateway.refund_until(&refund, "failed").await;
        assert!(failed.text("provider_message").contains("0.000"), "{failed:?}");
        assert_eq!(gateway.received(REFUND), 1, "the one past us");
        assert_eq!(gateway.count("SELECT CAST(refund_reserved AS BIGINT) FROM payments").await, 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_gateway_that_dies_between_intent_and_answer_only_asks_when_it_is_back(backend) {
        let dying = [
            ("JISR_SERVER__DRAIN_MS", "1"),
            ("JISR_POLICY__DEFAULT__DEADLINE_MS", "2000"),
            ("JISR_NOTIFY__TIMEOUT_MS", "2000"),
            ("JISR_WORK__LEASE_MS", "7100"),
        ];
        let mut gateway = Gateway::start_with(backend, &dying).await;
        let payment = gateway.paid_card("ORD-1").await;
        gateway.mocks.fault(mocks::Fault {
            delay_ms: Some(1_000),
            ..mocks::Fault::new("moamalat", FaultKind::Delay).on(REFUND)
        });
        let refund = gateway.refunding(&payment.id, None).await;
        gateway.refund_until(&refund, "processing").await;
        gateway.restart().await;
        let row = gateway.log_rows(REFUND).await;
        assert_eq!((row.len(), row[0].status.as_str(), row[0].delivery.as_str()), (1, "sending", "maybe"));
        assert_eq!(gateway.client.get(&format!("/v1/refunds/{refund}")).await.text("status"), "processing");
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1));
        gateway.assert_correct();
        gateway.stop().await;
    }
}
