//! Paces, and leaving politely.

use std::time::Duration;

use futures_util::future::join_all;
use mocks::{Fault, FaultKind};
use serde_json::json;

use super::party::{card, nobody, problem, scoped};
use crate::harness::{Backend, Client, Gateway, eventually, on_both, uuid};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_too_fast_waits_and_the_others_do_not() {
    let own = [("JISR_LIMITS__REQUESTS_PER_SECOND", "5")];
    let gateway = Gateway::start_with(Backend::Sqlite, &own).await;
    let other = scoped(&gateway, Some(gateway.store), &["all"]).await;
    let answers = join_all((0..40).map(|_| gateway.client.post("/v1/payments", card(&uuid())))).await;
    let (made, limited): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert!((5..40).contains(&made.len()), "{}", made.len());
    for answer in &limited {
        problem(answer, 429, "rate_limited");
        assert!(
            answer.headers["retry-after"].to_str().is_ok_and(|wait| wait.parse::<u64>().is_ok_and(|wait| wait > 0))
        );
    }
    assert_eq!(other.get("/v1/payments").await.status, 200);
    assert_eq!(nobody(&gateway).get("/health").await.status, 200);
    eventually("its turn comes again", || async { gateway.client.get("/v1/payments").await.status == 200 }).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_fails_to_prove_too_often_waits() {
    let own = [("JISR_LIMITS__FAILED_PROOFS_PER_SECOND", "3")];
    let gateway = Gateway::start_with(Backend::Sqlite, &own).await;
    let payment = gateway.card("ORD").await;
    let client = nobody(&gateway);
    let public = format!("/v1/payments/{}/public?client_secret=pcs_0", payment.id);
    let forged = json!({"MerchantId": "10081014649", "TerminalId": "99179395", "DateTimeLocalTrxn": "20260101000000",
        "Amount": "12500", "Currency": "434", "MerchantReference": payment.wire, "TxnType": 1,
        "SecureHash": "00".repeat(32)});
    for round in 0..3 {
        let answers = join_all((0..20).map(|_| {
            let (client, public, forged) = (&client, &public, forged.clone());
            async move {
                match round {
                    0 => client.get("/v1/payments").await,
                    1 => client.get(public).await,
                    _ => client.post("/v1/callbacks/moamalat", forged).await,
                }
            }
        }))
        .await;
        assert!(answers.iter().any(|answer| answer.status == 429), "round {round}: {answers:?}");
        answers.iter().filter(|answer| answer.status == 429).for_each(|answer| problem(answer, 429, "rate_limited"));
        answers.iter().filter(|answer| answer.status != 429).for_each(|answer| problem(answer, 401, "unauthorized"));
    }
    // Whoever has the proof is not held up.
    assert_eq!(gateway.client.get("/v1/payments").await.status, 200);
    let secret = payment.answer.text("client_secret");
    assert_eq!(client.get(&format!("/v1/payments/{}/public?client_secret={secret}", payment.id)).await.status, 200);
    gateway.stop().await;
}

on_both! {
    async fn what_is_under_way_is_answered_before_we_leave(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD").await;
        gateway.pay_quietly(&payment, mocks::Outcome::Approved).await;
        let slow = Fault { delay_ms: Some(800), ..Fault::new("moamalat", FaultKind::Delay) };
        gateway.mocks.fault(slow.on("FilterTransactions"));
        let (client, path) = (gateway.client.clone(), format!("/v1/payments/{}/sync", payment.id));
        let asked = tokio::spawn(async move { client.post(&path, json!({})).await });
        // The mock has taken the fault off its queue: the question has reached it.
        let mocks = Client::new(gateway.mocks.address());
        eventually("the question is under way", || async { mocks.get("/_faults").await.body == json!([]) }).await;
        let (ready, late) = (gateway.facade.ready.clone(), gateway.client.clone());
        gateway.stop().await;
        assert!(!ready.is());
        let answer = tokio::time::timeout(Duration::from_secs(10), asked).await.expect("an answer").expect("no panic");
        assert_eq!((answer.status, answer.text("status").as_str()), (200, "paid"), "{answer:?}");
        let address = late.base().trim_start_matches("http://").to_owned();
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it still listens");
    }
}
