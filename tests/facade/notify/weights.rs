//! Weighted endpoints: each notification reaches one of them, and the others take over from one that fails.

use std::time::Duration;

use serde_json::json;

use super::{endpoint, health_is, publish, start, start_with, tell, told};
use crate::harness::{Reply, on_both};

on_both! {
    async fn each_notification_reaches_one_by_weight(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/heavy"), json!({"weight": 30})).await;
        endpoint(client, &sink.url("/light"), json!({"weight": 10})).await;
        endpoint(client, &sink.url("/every"), json!({})).await;
        let all: Vec<_> = (0..100).map(|_| json!({"event": "order.made", "payload": {}})).collect();
        let many = client.post("/v1/notifications/bulk", json!({"notifications": all})).await;
        assert_eq!(many.status, 202, "{many:?}");
        sink.until("/every", 100).await;
        let of = |path: &str| sink.received(path).len();
        crate::harness::eventually("all of them", || async { of("/heavy") + of("/light") >= 100 }).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!((of("/heavy") + of("/light"), of("/every")), (100, 100));
        // 75 are expected, with a deviation of 4.3.
        assert!((50..=95).contains(&of("/heavy")), "{}", of("/heavy"));
        gateway.stop().await;
    }
}

on_both! {
    async fn another_takes_over_from_one_that_fails(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_NOTIFY__SHORT_MS", "[60000]")]).await;
        let client = &gateway.client;
        sink.always("/bad", Reply::Status(500));
        let bad = endpoint(client, &sink.url("/bad"), json!({"weight": 10_000})).await.text("id");
        endpoint(client, &sink.url("/good"), json!({"weight": 1})).await;
        let mut sent = Vec::new();
        for index in 0..5 {
            sent.push(tell(client, &format!("ORD-{index}")).await);
        }
        // Long before its own endpoint would be tried again.
        for id in &sent {
            told(client, id, "success").await;
        }
        assert_eq!(sink.received("/good").len(), 5);
        assert!((1..=5).contains(&sink.received("/bad").len()));
        health_is(client, &bad, "succeeded", json!(0)).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_limit_of_pace_is_kept(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({"rate": 10})).await;
        for _ in 0..20 {
            publish(client, json!({"event": "order.made", "payload": {}})).await;
        }
        let received = sink.until("/hook", 20).await;
        // Ten at once, and then one every hundred milliseconds.
        assert!(received[19].at - received[0].at >= Duration::from_millis(850));
        gateway.stop().await;
    }
}
