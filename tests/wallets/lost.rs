//! Confirmations whose answer did not come: nobody is charged twice, and nothing is said that nobody knows.

use mocks::FaultKind;
use serde_json::json;

use super::{WALLETS, Wallet, assert_clean, confirm, start};
use crate::harness::{Backend, Gateway, on_both};

/// One confirmation under a fault of the provider, for every wallet; what the customer was charged, and how it must end.
async fn confirmed_under(backend: Backend, kind: FaultKind, charged: usize, ends: impl Fn(&Wallet) -> &'static str) {
    let gateway = start(backend).await;
    for (number, wallet) in WALLETS.into_iter().enumerate() {
        let opened = wallet.open(&gateway, &format!("ORD-{number}")).await;
        wallet.fault(&gateway, wallet.confirms, kind);
        let unclear = confirm(&gateway, &opened.id, wallet.code).await;
        assert_eq!(unclear.status, 200, "{wallet:?}: an unknown outcome is no problem: {unclear:?}");
        let status = unclear.text("status");
        let honest = matches!(status.as_str(), "processing" | "needs_review" | "paid");
        assert!(honest && (status != "paid" || charged == 1), "{wallet:?}: {unclear:?}");
        refused_meanwhile(&gateway, wallet, &opened.id).await;
        let ended = gateway.until(&opened.id, ends(&wallet)).await;
        if ends(&wallet) == "needs_review" {
            assert_eq!(ended.at("/review/reason"), "unresolved", "{wallet:?}: {ended:?}");
        }
        // The mock counts what it took, also where its answer was cut.
        wait_for_charges(&gateway, &wallet, &opened.wire, charged).await;
        assert_eq!(wallet.received(&gateway, wallet.confirms), 1, "{wallet:?}: it is never repeated");
        gateway.mocks.clear_journal();
    }
    assert_clean(&gateway);
    gateway.stop().await;
}

/// A delayed act happens at the provider after we have given up waiting.
async fn wait_for_charges(gateway: &Gateway, wallet: &Wallet, wire: &str, charged: usize) {
    crate::harness::eventually("what it took", || async { wallet.charges(gateway, wire) == charged }).await;
}

/// While nobody knows, no code is taken and nothing is given up.
async fn refused_meanwhile(gateway: &Gateway, wallet: Wallet, id: &str) {
    if gateway.read(id).await.text("status") == "paid" {
        return;
    }
    assert_eq!(confirm(gateway, id, wallet.code).await.status, 409, "{wallet:?}");
    for path in ["cancel", "resend-otp"] {
        let refused = gateway.client.post(&format!("/v1/payments/{id}/{path}"), json!({})).await;
        assert_eq!(refused.status, 409, "{wallet:?} {path}: {refused:?}");
    }
    let switch =
        gateway.client.post(&format!("/v1/payments/{id}/attempts"), json!({"method": "cash_on_delivery"})).await;
    assert_eq!(switch.status, 409, "{wallet:?}: {switch:?}");
}

fn found_or_reviewed(wallet: &Wallet) -> &'static str {
    if wallet.asks { "paid" } else { "needs_review" }
}

on_both! {
    async fn acted_and_then_cut(backend) {
        confirmed_under(backend, FaultKind::ActThenCut, 1, found_or_reviewed).await;
    }
}

on_both! {
    async fn cut_before_acting(backend) {
        confirmed_under(backend, FaultKind::CutBefore, 0, |_| "needs_review").await;
    }
}

on_both! {
    async fn an_answer_cut_in_the_middle(backend) {
        confirmed_under(backend, FaultKind::Truncate, 1, found_or_reviewed).await;
    }
}

on_both! {
    async fn an_answer_of_another_kind(backend) {
        confirmed_under(backend, FaultKind::WrongBody, 1, found_or_reviewed).await;
    }
}

on_both! {
    async fn an_answer_that_comes_too_late(backend) {
        confirmed_under(backend, FaultKind::Delay, 1, found_or_reviewed).await;
    }
}

on_both! {
    async fn a_server_error_that_says_nothing(backend) {
        confirmed_under(backend, FaultKind::Status, 0, |_| "needs_review").await;
    }
}

on_both! {
    async fn a_person_settles_what_nobody_can_be_asked_about(backend) {
        let gateway = start(backend).await;
        let edfali = WALLETS[1];
        for (number, moved, status) in [(1, true, "paid"), (2, false, "cancelled")] {
            let opened = edfali.open(&gateway, &format!("ORD-{number}")).await;
            edfali.fault(&gateway, edfali.confirms, FaultKind::ActThenCut);
            let unclear = confirm(&gateway, &opened.id, edfali.code).await;
            assert_eq!(unclear.text("status"), "needs_review", "{unclear:?}");
            let evidence = json!({"moved": moved, "evidence": {"by": "Salma", "document": "bank statement 77"}});
            let settled = gateway.client.post(&format!("/v1/payments/{}/settle", opened.id), evidence).await;
            assert_eq!(settled.text("status"), status, "{settled:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn an_opening_that_fails_charges_nothing_and_says_why(backend) {
        let gateway = start(backend).await;
        let faults = [FaultKind::Status, FaultKind::CutBefore, FaultKind::ActThenCut, FaultKind::WrongBody, FaultKind::Delay];
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            for kind in faults {
                wallet.fault(&gateway, wallet.opens, kind);
                if wallet.provider == "plutu" {
                    // Its other way to the same wallet.
                    wallet.fault(&gateway, "tlync_confirm", kind);
                }
                let answer = gateway.client.post("/v1/payments", wallet.request(&format!("ORD-{number}-{kind:?}"))).await;
                assert_eq!((answer.status, answer.text("status")), (201, "declined".to_owned()), "{wallet:?} {kind:?}: {answer:?}");
                assert!(!answer.at("/failure/reason").is_empty(), "{wallet:?} {kind:?}: {answer:?}");
                let alternatives = answer.body["alternatives"].as_array().cloned().unwrap_or_default();
                assert!(alternatives.contains(&json!("cash_on_delivery")), "{wallet:?} {kind:?}: {answer:?}");
                // Its reference is free, and another way may be taken.
                let path = format!("/v1/payments/{}/attempts", answer.text("id"));
                let switched = gateway.client.post(&path, json!({"method": "cash_on_delivery"})).await;
                assert_eq!((switched.status, switched.text("status")), (201, "requires_action".to_owned()), "{switched:?}");
            }
        }
        assert!(gateway.mocks.charges(None).is_empty());
        gateway.stop().await;
    }
}
