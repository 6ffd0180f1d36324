//! What is watched for operators: told once beyond its threshold, and once when it is over.

use std::time::Duration;

use jisr::db::delivery_attempts::{self, DeliveryAttempt};
use jisr::db::endpoints::Endpoint;
use jisr::db::tasks::{self, Task};
use jisr::notify::{ALERT, DELIVER};
use jisr::work::Handler;
use serde_json::json;

use super::alerts::{ADMIN, HOUR, MONITOR, WATCHFUL, WHILE, endpoint, enqueue, messages, now, task, told};
use crate::harness::{Gateway, on_both};

on_both! {
    async fn a_long_queue_is_told_once_and_once_that_it_is_over(backend) {
        let gateway = Gateway::start_with(backend, &[WATCHFUL, ("JISR_NOTIFY__ALERT_WAITING", "3")]).await;
        let due = now(&gateway).after(HOUR);
        let waiting: Vec<Task> =
            (0..4).map(|number| task(&gateway, DELIVER, &format!("waits {number}"), due, json!({}))).collect();
        enqueue(&gateway, &waiting[..3]).await;
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 0).await;
        enqueue(&gateway, &waiting).await;
        let sent = &messages(&gateway, 1).await[0];
        assert!(sent.chat_id == MONITOR && sent.text.contains("Now: > 3\nThreshold: 3"), "{}", sent.text);
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 1).await;
        drop_key(&gateway, &waiting[0]).await;
        let over = &messages(&gateway, 2).await[1];
        assert!(over.silent && over.text.contains("✅") && over.text.contains("back to normal"), "{}", over.text);
        assert!(told(&gateway).await[0]["resolved_at"].is_string());
        // The same again within the quiet time is not told again.
        enqueue(&gateway, &waiting[..1]).await;
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 2).await;
        gateway.stop().await;
    }
}

async fn drop_key(gateway: &Gateway, task: &Task) {
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    tasks::drop_key(&mut tx, &task.kind, &task.key).await.expect("an end");
    tx.commit().await.expect("a commit");
}

async fn tries(gateway: &Gateway, endpoint: &Endpoint, succeeded: bool, count: usize) {
    let uuid = || gateway.facade.ambient.uuid();
    let attempts: Vec<DeliveryAttempt> = (0..count)
        .map(|_| DeliveryAttempt {
            id: uuid(),
            delivery_id: uuid().into(),
            notification_id: uuid().into(),
            store_id: gateway.store,
            livemode: false,
            endpoint_id: endpoint.id,
            number: 1,
            event: "order.paid".to_owned(),
            order_no: None,
            succeeded,
            reason: None,
            response_status: None,
            response_body: None,
            error: None,
            duration_us: 1_000,
            started_at: now(gateway),
        })
        .collect();
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    delivery_attempts::insert(&mut tx, &attempts.iter().collect::<Vec<_>>()).await.expect("tries");
    tx.commit().await.expect("a commit");
}

on_both! {
    async fn an_hour_of_failures_is_told_when_there_are_enough_of_them(backend) {
        let gateway = Gateway::start_with(backend, &[WATCHFUL]).await;
        let endpoint = endpoint(&gateway, "http://127.0.0.1:9/hook").await;
        tries(&gateway, &endpoint, false, 19).await;
        tokio::time::sleep(WHILE).await;
        messages(&gateway, 0).await;
        tries(&gateway, &endpoint, false, 1).await;
        let sent = messages(&gateway, 2).await;
        assert!(sent.iter().all(|sent| sent.chat_id == MONITOR && sent.text.contains("Mode: test")), "{sent:?}");
        assert!(sent.iter().any(|sent| sent.text.contains("Now: 0 %\nThreshold: 95 %")), "{sent:?}");
        assert!(sent.iter().any(|sent| sent.text.contains("Now: 100 %\nThreshold: 5 %")), "{sent:?}");
        tries(&gateway, &endpoint, true, 500).await;
        let over = messages(&gateway, 4).await;
        assert!(over[2..].iter().all(|sent| sent.text.contains("✅")), "{over:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn work_that_nobody_does_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let watch = jisr::alerts::Watch::new(gateway.facade.alerts.clone(), vec!["test.late", "test.early", ALERT]);
        let late = task(&gateway, "test.late", "late", now(&gateway).before(Duration::from_secs(301)), json!({}));
        let early = task(&gateway, "test.early", "early", now(&gateway).before(Duration::from_secs(290)), json!({}));
        let given_up = task(&gateway, "test.buried", "given up", now(&gateway), json!({}));
        enqueue(&gateway, &[late.clone(), early, given_up.clone()]).await;
        tasks::bury_by_hand(&gateway.facade.db, given_up.id, now(&gateway)).await.expect("it is buried");
        for _ in 0..2 {
            watch.run(&[]).await.expect("a look");
        }
        let mut sent = messages(&gateway, 2).await;
        sent.sort_by_key(|sent| sent.chat_id);
        assert!(sent[0].chat_id == MONITOR && sent[0].text.contains("Kind of task: test.late"), "{sent:?}");
        assert!(sent[1].chat_id == ADMIN && sent[1].text.contains("Kind of task: test.buried\nTasks: 1"), "{sent:?}");
        drop_key(&gateway, &late).await;
        drop_key(&gateway, &given_up).await;
        for _ in 0..2 {
            watch.run(&[]).await.expect("a look");
        }
        messages(&gateway, 4).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_breaker_that_does_not_close_is_told_once_an_hour(backend) {
        let gateway = Gateway::start(backend).await;
        let endpoint = endpoint(&gateway, "http://127.0.0.1:9/hook").await;
        let start = now(&gateway).before(HOUR * 3);
        let tell = async |kind: &str, minutes: u64, by_hand: bool| {
            let at = start.after(Duration::from_secs(minutes * 60));
            let id = endpoint.id.to_string();
            let payload = json!({"alert": kind, "endpoint": id, "at": at.to_string(), "manual": by_hand});
            let task = task(&gateway, ALERT, &crate::harness::uuid(), now(&gateway), payload);
            enqueue(&gateway, std::slice::from_ref(&task)).await;
            crate::harness::eventually("it is done", || async {
                tasks::by_id(&gateway.facade.db, task.id).await.expect("an answer").is_none()
            })
            .await;
            gateway.mocks.messages().len()
        };
        assert_eq!((tell("breaker", 0, false).await, tell("breaker", 5, false).await), (1, 1));
        assert_eq!(tell("breaker", 10, true).await, 2, "by hand");
        assert_eq!((tell("breaker", 71, false).await, tell("breaker", 76, false).await), (3, 3));
        // Once it has closed, the next time is a new one.
        assert_eq!((tell("recovered", 80, false).await, tell("breaker", 90, false).await), (4, 5));
        gateway.stop().await;
    }
}
