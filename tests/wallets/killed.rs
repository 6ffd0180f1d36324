//! A gateway that is killed with -9 while a provider acts: another process finds out, nobody is charged twice, and nothing is
//! said that nobody knows.

use std::time::Duration;

use futures_util::future::join_all;
use mocks::{Fault, FaultKind};
use serde_json::json;

use super::{Opened, WALLETS, Wallet, assert_clean, start};
use crate::harness::{Gateway, api_process, eventually, on_both};

/// Longer than it takes a call to reach its provider once its row is there.
const ON_ITS_WAY: Duration = Duration::from_millis(300);
/// How long the providers take: they go on when we are gone.
const SLOW_MS: u64 = 1_800;

fn slow(gateway: &Gateway, wallet: Wallet, operation: &str) {
    let fault = Fault::new(wallet.provider, FaultKind::Delay).on(operation);
    gateway.mocks.fault(Fault { delay_ms: Some(SLOW_MS), ..fault });
}

/// Waits until every wallet's call has left, and the provider is at it.
async fn all_have_left(gateway: &Gateway) {
    eventually("every call has left", || async {
        let sending = "SELECT COUNT(*) FROM integration_logs WHERE status = 'sending'";
        gateway.count(sending).await == WALLETS.len() as i64
    })
    .await;
    tokio::time::sleep(ON_ITS_WAY).await;
}

on_both! {
    async fn while_codes_are_being_confirmed(backend) {
        let gateway = start(backend).await;
        let (mut child, client) = api_process(&gateway).await;
        let mut opened: Vec<(Wallet, Opened)> = Vec::new();
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            opened.push((wallet, wallet.open(&gateway, &format!("ORD-{number}")).await));
            slow(&gateway, wallet, wallet.confirms);
        }
        let confirming: Vec<_> = opened
            .iter()
            .map(|(wallet, opened)| {
                let (client, path, code) = (client.clone(), format!("/v1/payments/{}/confirm", opened.id), wallet.code);
                tokio::spawn(async move { client.post(&path, json!({"otp": code})).await })
            })
            .collect();
        all_have_left(&gateway).await;
        child.kill().await.expect("it is killed");
        // Whoever waits for a process that is gone hears nothing; that is no panic of ours.
        drop(join_all(confirming).await);
        for (wallet, opened) in &opened {
            let ends = if wallet.asks { "paid" } else { "needs_review" };
            gateway.until(&opened.id, ends).await;
            assert_eq!(wallet.charges(&gateway, &opened.wire), 1, "{wallet:?}: the provider took it, once");
            assert_eq!(wallet.received(&gateway, wallet.confirms), 1, "{wallet:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn while_attempts_are_being_opened(backend) {
        let gateway = start(backend).await;
        let (mut child, client) = api_process(&gateway).await;
        let opening: Vec<_> = WALLETS
            .into_iter()
            .enumerate()
            .map(|(number, wallet)| {
                slow(&gateway, wallet, wallet.opens);
                let (client, request) = (client.clone(), wallet.request(&format!("ORD-{number}")));
                tokio::spawn(async move { client.post("/v1/payments", request).await })
            })
            .collect();
        all_have_left(&gateway).await;
        child.kill().await.expect("it is killed");
        drop(join_all(opening).await);
        eventually("each has ended, and says that it was interrupted", || async {
            let ended = "SELECT COUNT(*) FROM payments p JOIN attempts a ON a.payment_id = p.id
                WHERE p.status = 'declined' AND a.failure = 'interrupted'";
            gateway.count(ended).await == WALLETS.len() as i64
        })
        .await;
        assert!(gateway.mocks.charges(None).is_empty());
        // Each reference is free: the store may simply ask again.
        for (number, wallet) in WALLETS.into_iter().enumerate() {
            wallet.open(&gateway, &format!("ORD-{number}")).await;
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}
