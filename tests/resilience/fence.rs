//! The fence: a worker that has lost its task does nothing, and one that was paused loses nothing.

use std::time::Duration;

use jisr::db::Time;
use jisr::db::tasks::{self, Task, Wanted};
use jisr::payments::{CONFIRM, Confirmations, REFUND as REFUND_TASK, RefundWork};
use jisr::work::Handler;
use mocks::{FaultKind, Outcome};

use super::scene::{FILTER, Notice, REFUND};
use crate::harness::{Backend, Gateway, Payment, on_both};

const LEASE: Duration = Duration::from_secs(60);

/// A gateway whose own worker never finds a place to work in: the tests are its workers.
async fn idle(backend: Backend) -> Gateway {
    Gateway::start_with(backend, &[("JISR_WORK__CONCURRENCY", "0")]).await
}

fn now(gateway: &Gateway) -> Time {
    gateway.facade.ambient.now().into()
}

/// Claims what is due so much later, when every earlier lease has run out.
async fn claim(gateway: &Gateway, kind: &'static str, later: Duration) -> Vec<Task> {
    let (db, now) = (&gateway.facade.db, now(gateway).after(later));
    let lanes = tasks::lanes(db, kind, now).await.expect("the lanes");
    let wanted: Vec<Wanted> =
        lanes.into_iter().map(|(lane, _)| Wanted { kind, lane, from: Time::BEGINNING, most: 100 }).collect();
    tasks::claim(db, &wanted, now, now.after(LEASE)).await.expect("a claim")
}

async fn confirm(gateway: &Gateway, tasks: &[Task]) {
    Confirmations(gateway.facade.payments.clone()).run(tasks).await.expect("the handler ends");
}

async fn advance(gateway: &Gateway, tasks: &[Task]) {
    RefundWork(gateway.facade.payments.clone()).run(tasks).await.expect("the handler ends");
}

/// A payment whose confirmation is due, with the money at the provider.
async fn due(gateway: &Gateway) -> Payment {
    let payment = gateway.card("ORD-1").await;
    gateway.pay_quietly(&payment, Outcome::Approved).await;
    gateway.notify(&Notice::of(&payment.wire).signed()).await;
    payment
}

async fn paid(gateway: &Gateway) -> Payment {
    let payment = due(gateway).await;
    confirm(gateway, &claim(gateway, CONFIRM, Duration::ZERO).await).await;
    assert_eq!(gateway.read(&payment.id).await.text("status"), "paid");
    payment
}

on_both! {
    async fn a_worker_that_has_lost_its_task_before_the_intent_sends_nothing(backend) {
        let gateway = idle(backend).await;
        let payment = paid(&gateway).await;
        let refund = gateway.refunding(&payment.id, None).await;
        let stale = claim(&gateway, REFUND_TASK, Duration::ZERO).await;
        let fresh = claim(&gateway, REFUND_TASK, LEASE * 2).await;
        assert_eq!((stale.len(), fresh.len(), fresh[0].fence), (1, 1, stale[0].fence + 1));
        advance(&gateway, &stale).await;
        assert_eq!(gateway.received(REFUND), 0);
        let path = format!("/v1/refunds/{refund}");
        assert_eq!(gateway.client.get(&path).await.text("status"), "pending");
        advance(&gateway, &fresh).await;
        assert_eq!(gateway.received(REFUND), 1);
        // And once more, whoever has it: what may have left is only asked about.
        advance(&gateway, &stale).await;
        advance(&gateway, &claim(&gateway, REFUND_TASK, LEASE * 4).await).await;
        assert_eq!(gateway.client.get(&path).await.text("status"), "succeeded");
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1));
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_worker_that_is_paused_after_its_intent_is_relieved_by_one_that_only_asks(backend) {
        let gateway = idle(backend).await;
        let payment = paid(&gateway).await;
        let refund = gateway.refunding(&payment.id, None).await;
        let path = format!("/v1/refunds/{refund}");
        let paused = claim(&gateway, REFUND_TASK, Duration::ZERO).await;
        // The provider takes its time: the call is under way while the other worker comes.
        gateway.mocks.fault(mocks::Fault {
            delay_ms: Some(1_300),
            ..mocks::Fault::new("moamalat", FaultKind::Delay).on(REFUND)
        });
        let relief = async {
            gateway.refund_until(&refund, "processing").await;
            let other = claim(&gateway, REFUND_TASK, LEASE * 2).await;
            assert_eq!(other.len(), 1);
            advance(&gateway, &other).await;
            assert_eq!(gateway.acted(REFUND), 0, "the call is still under way");
            other
        };
        let (_, other) = tokio::join!(advance(&gateway, &paused), relief);
        // The paused worker's late answer is not its own to write any more.
        assert_eq!(gateway.client.get(&path).await.text("status"), "processing");
        assert_eq!(gateway.client.get(&path).await.text("provider_message"), "");
        let last = claim(&gateway, REFUND_TASK, LEASE * 4).await;
        assert_eq!(last[0].fence, other[0].fence + 1);
        advance(&gateway, &last).await;
        assert_eq!(gateway.client.get(&path).await.text("status"), "succeeded");
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1));
        gateway.stop().await;
    }
}

on_both! {
    async fn what_a_worker_learns_after_losing_its_task_is_not_its_to_tell(backend) {
        let gateway = idle(backend).await;
        let payment = due(&gateway).await;
        let stale = claim(&gateway, CONFIRM, Duration::ZERO).await;
        let fresh = claim(&gateway, CONFIRM, LEASE * 2).await;
        assert_eq!((stale.len(), fresh.len()), (1, 1));
        confirm(&gateway, &stale).await;
        assert_eq!(gateway.read(&payment.id).await.text("status"), "requires_action");
        confirm(&gateway, &fresh).await;
        confirm(&gateway, &stale).await;
        assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.paid"]);
        // One last look is left for when the checkout is over: has the customer paid twice?
        assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'payment.confirm'").await, 1);
        assert_eq!(gateway.received(FILTER), 3);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_hint_that_comes_while_the_provider_is_being_asked_has_it_asked_again(backend) {
        let gateway = idle(backend).await;
        let payment = gateway.card("ORD-1").await;
        gateway.notify(&Notice::of(&payment.wire).signed()).await;
        let first = claim(&gateway, CONFIRM, Duration::ZERO).await;
        // The customer pays after the question was put, and the callback comes before it is written down.
        let time = "20261121101559";
        gateway.notify(&Notice { time, ..Notice::of(&payment.wire) }.signed()).await;
        confirm(&gateway, &first).await;
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        let again = claim(&gateway, CONFIRM, Duration::ZERO).await;
        assert_eq!(again.len(), 1, "it is due at once, not at the next sweep");
        confirm(&gateway, &again).await;
        assert_eq!(gateway.read(&payment.id).await.text("status"), "paid");
        gateway.stop().await;
    }
}
