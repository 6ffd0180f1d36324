//! Several gateways on one database share the work, and double none of it.

use futures_util::future::join_all;
use jisr::app::Roles;
use mocks::Outcome;

use super::scene::{CALLBACKS, Notice};
use crate::harness::{Backend, Gateway, eventually};

const PAYMENTS: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_settle_sixty_payments_once_each() {
    let gateway = Gateway::start_with(Backend::Postgres, &[("JISR_DATABASE__CONNECTIONS", "6")]).await;
    let both = Roles::default();
    let others = [gateway.another(both).await, gateway.another(both).await];
    let payments = join_all((0..PAYMENTS).map(|number| {
        let (gateway, reference) = (&gateway, format!("ORD-{number}"));
        async move { gateway.card(&reference).await }
    }))
    .await;
    // Each callback comes to all three at once, as a provider behind a balancer might send it.
    let clients = [
        gateway.client.clone(),
        gateway.client.clone().at(others[0].address),
        gateway.client.clone().at(others[1].address),
    ];
    let clients = &clients;
    join_all(payments.iter().map(|payment| async {
        gateway.pay_quietly(payment, Outcome::Approved).await;
        let notice = Notice::of(&payment.wire).signed().to_string();
        let sent = clients.iter().map(|client| client.send("POST", CALLBACKS, Some(notice.clone()), &[]));
        assert!(join_all(sent).await.iter().all(|answer| answer.status == 200));
    }))
    .await;
    eventually("all are paid", || async {
        gateway.count("SELECT COUNT(*) FROM payments WHERE status = 'paid'").await == PAYMENTS as i64
    })
    .await;
    assert_eq!(gateway.count("SELECT COUNT(*) FROM events WHERE name = 'payment.paid'").await, PAYMENTS as i64);
    assert_eq!(gateway.count("SELECT CAST(SUM(paid_amount) AS BIGINT) FROM payments").await, PAYMENTS as i64 * 12_500);
    eventually("only the last looks are left", || async {
        gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'payment.confirm' AND leased_until IS NULL").await
            == PAYMENTS as i64
    })
    .await;
    // One second, one question, whoever asks.
    gateway.assert_correct();
    join_all(others.map(jisr::app::Running::stop)).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_without_a_worker_leaves_its_work_to_the_others() {
    let gateway = Gateway::start_with(Backend::Postgres, &[("JISR_WORK__CONCURRENCY", "0")]).await;
    let payment = gateway.card("ORD-1").await;
    gateway.pay(&payment, Outcome::Approved).await;
    eventually("the callback is kept", || async { gateway.count("SELECT COUNT(*) FROM callbacks").await == 1 }).await;
    assert_eq!(gateway.read(&payment.id).await.text("status"), "requires_action");
    let reader = gateway.another(Roles { api: true, worker: false, probe: false }).await;
    assert_eq!(
        gateway.client.clone().at(reader.address).get(&format!("/v1/payments/{}", payment.id)).await.status,
        200
    );
    assert_eq!(gateway.received("FilterTransactions"), 0);
    reader.stop().await;
    gateway.stop().await;
}
