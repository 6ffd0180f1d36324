//! Stopped in the middle: the call may have left, and is never made again.

use std::time::Duration;

use jisr::db::Time;
use jisr::db::tasks::{self, Task};
use jisr::db::wallet_services::{self as rows, WalletService};
use jisr::services::ASK;
use jisr::vault::Place;
use mocks::{Fault, FaultKind};
use schemas::ServiceId;
use schemas::service::ServiceStatus;

use super::{CREATE, FIND, KINDS, Kind, assert_clean, calls, made, start, start_with, until};
use crate::harness::{Backend, Gateway, eventually, on_both, uuid};

const DYING: [(&str, &str); 4] = [
    ("JISR_SERVER__DRAIN_MS", "1"),
    ("JISR_NOTIFY__TIMEOUT_MS", "2000"),
    ("JISR_WORK__LEASE_MS", "7100"),
    ("JISR_PAYMENTS__REVIEW_AFTER_MS", "12000"),
];

/// Sends an order whose call is under way, and lets nobody wait for its answer.
async fn begin(gateway: &Gateway, kind: Kind, key: &str) {
    let (client, order, key) = (gateway.client.clone(), kind.order("DYING", "mobicash", "1234567"), key.to_owned());
    let send = async move { client.post_keyed(kind.path(), order, &key).await };
    // A client that hangs up cuts nothing.
    drop(tokio::time::timeout(Duration::from_millis(400), send).await);
}

async fn dies(backend: Backend, kind: Kind) {
    let mut gateway = start_with(backend, &DYING).await;
    gateway.mocks.fault(Fault { delay_ms: Some(1_000), ..Fault::new("mobicash", FaultKind::Delay).on(CREATE) });
    let key = uuid();
    begin(&gateway, kind, &key).await;
    eventually("the intent is committed", || async {
        gateway.count("SELECT COUNT(*) FROM wallet_services WHERE status = 'processing'").await == 1
    })
    .await;
    gateway.restart().await;
    let row = gateway.log_rows("services.create").await;
    assert_eq!((row.len(), row[0].status.as_str(), row[0].delivery.as_str()), (1, "sending", "maybe"));
    // The very same request again, by a client that does not know what became of it.
    let again = gateway.client.post_keyed(kind.path(), kind.order("DYING", "mobicash", "1234567"), &key).await;
    assert_eq!((again.status, again.text("status")), (201, "processing".to_owned()), "{again:?}");
    until(&gateway, &again.text("id"), "succeeded").await;
    assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1));
    assert_clean(&gateway);
    gateway.stop().await;
}

on_both! {
    async fn a_gateway_that_dies_between_intent_and_answer_only_asks_when_it_is_back(backend) {
        for kind in KINDS {
            dies(backend, kind).await;
        }
    }
}

on_both! {
    async fn a_gateway_that_dies_before_anything_left_sends_nothing_when_it_is_back(backend) {
        let mut gateway = start_with(backend, &DYING).await;
        let like = made(&gateway, Kind::TopUp, Kind::TopUp.order("LIKE", "mobicash", "1234567")).await;
        let id = gateway.killed_before_sending(&like.text("id")).await;
        gateway.restart().await;
        let review = until(&gateway, &id, "needs_review").await;
        assert_eq!(review.at("/review/reason"), "unresolved");
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1), "the one of before, and no other");
        assert!(calls(&gateway, "mobicash", FIND).0 >= 2);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_client_that_hangs_up_cuts_nothing(backend) {
        let gateway = start(backend).await;
        gateway.mocks.fault(Fault { delay_ms: Some(1_000), ..Fault::new("mobicash", FaultKind::Delay).on(CREATE) });
        let key = uuid();
        begin(&gateway, Kind::TopUp, &key).await;
        eventually("the answer is taken in", || async {
            gateway.count("SELECT COUNT(*) FROM wallet_services WHERE status = 'succeeded'").await == 1
        })
        .await;
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1));
        assert_eq!(calls(&gateway, "mobicash", FIND), (0, 0), "its answer was taken, not asked for");
        gateway.stop().await;
    }
}

impl Gateway {
    /// A service as a process leaves it that is killed between the commit and the call; its id.
    async fn killed_before_sending(&self, like: &str) -> String {
        let facade = &self.facade;
        let like = rows::by_id(&facade.db, like.parse().expect("an id")).await.expect("readable").expect("there");
        let id = ServiceId::from(facade.ambient.uuid());
        let place = Place { store: like.store_id, table: "wallet_services", row: id.uuid(), field: "subject" };
        let now = Time::from(facade.ambient.now());
        let service = WalletService {
            id,
            reference: "KILLED".to_owned(),
            wire_reference: id.to_string().replace("svc_", "S"),
            subject: facade.vault.seal(place, br#"{"phone": "+218911234567"}"#),
            status: ServiceStatus::Processing,
            provider_reference: None,
            asked_at: None,
            unknown_since: Some(now),
            created_at: now,
            ..like
        };
        let served = facade.accounts.by_id(service.account_id, Some(service.store_id)).await.expect("readable");
        let lane = served.expect("there").provider.lane().to_owned();
        let question = Task::new(facade.ambient.uuid(), ASK, lane, id.to_string(), now.after(Duration::from_secs(1)));
        let mut tx = facade.db.begin().await.expect("a transaction");
        tasks::enqueue(&mut tx, &question).await.expect("a task");
        assert!(rows::insert(&mut tx, &service).await.expect("a service"));
        tx.commit().await.expect("a commit");
        id.to_string()
    }
}
