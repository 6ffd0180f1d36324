//! Endpoints that fail: tried again by their schedule, left in peace, given up, and found again.

use std::time::Duration;

use serde_json::{Value, json};

use super::{column, endpoint, health_is, list, read_endpoint, start, start_with, tell, told};
use crate::facade::party::problem;
use crate::harness::{Reply, eventually, on_both, shut_port};

on_both! {
    async fn a_failure_is_tried_again_by_the_schedule(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_NOTIFY__SHORT_MS", "[100,400]")]).await;
        sink.first("/hook", [Reply::Status(500), Reply::Status(404)]);
        let made = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let id = tell(&gateway.client, "ORD").await;
        let read = told(&gateway.client, &id, "success").await;
        let attempts = list(&read, "/attempts");
        assert_eq!(column(&attempts, "number"), [json!(1), json!(2), json!(3)]);
        assert_eq!(column(&attempts, "succeeded"), [json!(false), json!(false), json!(true)]);
        assert_eq!(column(&attempts, "reason"), [json!("server_error"), json!("client_error"), Value::Null]);
        assert_eq!(column(&attempts, "response_status"), [json!(500), json!(404), json!(200)]);
        let received = sink.received("/hook");
        assert!(received[1].at - received[0].at >= Duration::from_millis(100));
        assert!(received[2].at - received[1].at >= Duration::from_millis(400));
        assert!(received.iter().all(|one| one.header("webhook-id") == id), "a repeat is known by its id");
        let shown = read_endpoint(&gateway.client, &made.text("id")).await;
        let health = &shown.body["health"];
        assert_eq!((&health["failures"], &health["succeeded"], &health["failed"]), (&json!(0), &json!(1), &json!(2)));
        gateway.stop().await;
    }
}

on_both! {
    async fn after_the_last_try_it_is_given_up(backend) {
        let (gateway, sink) = start(backend).await;
        sink.always("/hook", Reply::Status(500));
        endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let id = tell(&gateway.client, "ORD").await;
        let read = told(&gateway.client, &id, "failed").await;
        assert_eq!(list(&read, "/attempts").len(), 3);
        assert_eq!((read.at("/deliveries/0/status"), &read.body["next_attempt_at"]), ("failed".into(), &Value::Null));
        assert_eq!(read.body["deliveries"][0]["last_status"], 500);
        for (status, found) in [("failed", 1), ("pending", 0), ("success", 0)] {
            let listed = gateway.client.get(&format!("/v1/notifications?status={status}")).await;
            assert_eq!(list(&listed, "/data").len(), found, "{status}");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(sink.received("/hook").len(), 3);
        gateway.stop().await;
    }
}

on_both! {
    async fn silence_is_a_failure(backend) {
        let own = [("JISR_NOTIFY__TIMEOUT_MS", "300"), ("JISR_NOTIFY__OVERDUE_MS", "100")];
        let (gateway, sink) = start_with(backend, &own).await;
        sink.first("/hook", [Reply::Hang]);
        endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let id = tell(&gateway.client, "ORD").await;
        let read = told(&gateway.client, &id, "success").await;
        assert_eq!((read.at("/attempts/0/reason"), list(&read, "/attempts").len()), ("timeout".into(), 2), "{read:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn nobody_there_is_a_failure(backend) {
        let (gateway, _sink) = start(backend).await;
        let shut = shut_port();
        let address = shut.local_addr().expect("its address");
        endpoint(&gateway.client, &format!("http://{address}/hook"), json!({})).await;
        let id = tell(&gateway.client, "ORD").await;
        let read = told(&gateway.client, &id, "failed").await;
        assert_eq!(read.at("/attempts/0/reason"), "no_connection", "{read:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_redirect_is_not_followed(backend) {
        let (gateway, sink) = start(backend).await;
        sink.always("/hook", Reply::Redirect(sink.url("/elsewhere")));
        endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let id = tell(&gateway.client, "ORD").await;
        let read = told(&gateway.client, &id, "failed").await;
        assert_eq!((read.at("/attempts/0/reason"), &read.body["attempts"][0]["response_status"]), ("redirect".into(), &json!(302)));
        assert!(sink.received("/elsewhere").is_empty());
        gateway.stop().await;
    }
}

on_both! {
    async fn an_endpoint_that_says_it_is_gone_is_disabled(backend) {
        let (gateway, sink) = start(backend).await;
        sink.always("/hook", Reply::Status(410));
        let id = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await.text("id");
        let sent = tell(&gateway.client, "ORD").await;
        let read = told(&gateway.client, &sent, "failed").await;
        assert_eq!((read.at("/attempts/0/reason"), list(&read, "/attempts").len()), ("gone".into(), 1));
        let shown = read_endpoint(&gateway.client, &id).await;
        assert_eq!((&shown.body["enabled"], shown.text("disabled_reason")), (&json!(false), "gone".into()));
        assert_eq!(shown.at("/health/status"), "disabled");
        eventually("nothing goes there any more", || async {
            let sent = tell(&gateway.client, "ORD").await;
            list(&gateway.client.get(&format!("/v1/notifications/{sent}")).await, "/deliveries").is_empty()
        })
        .await;
        assert_eq!(sink.received("/hook").len(), 1);
        let fed = gateway.client.get("/v1/feed?event=endpoint.disabled&wait_ms=10000").await;
        assert_eq!((fed.at("/data/0/resource"), fed.at("/data/0/data/reason")), (id.clone(), "gone".into()), "{fed:?}");
        // Enabled again it starts anew.
        sink.always("/hook", Reply::Status(200));
        let path = format!("/v1/stores/default/endpoints/{id}");
        let enabled = gateway.client.send("PATCH", &path, Some(json!({"enabled": true}).to_string()), &[]).await;
        assert_eq!(enabled.at("/health/status"), "normal", "{enabled:?}");
        let again = gateway.client.post(&format!("/v1/notifications/{sent}/retry"), json!({})).await;
        assert_eq!(again.status, 200, "{again:?}");
        told(&gateway.client, &sent, "success").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn one_that_asks_for_time_rests_and_has_not_failed(backend) {
        let own = [("JISR_NOTIFY__SHORT_MS", "[10,10,10,10,10,10,10,10]"), ("JISR_NOTIFY__RETRY_AFTER_MAX_MS", "300")];
        let (gateway, sink) = start_with(backend, &own).await;
        sink.first("/hook", (0..6).map(|_| Reply::RetryAfter(429, 60)));
        let id = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await.text("id");
        let sent = tell(&gateway.client, "ORD").await;
        sink.until("/hook", 1).await;
        eventually("it rests", || async { !read_endpoint(&gateway.client, &id).await.at("/health/paused_until").is_empty() })
            .await;
        let read = told(&gateway.client, &sent, "success").await;
        assert_eq!((read.at("/attempts/0/reason"), list(&read, "/attempts").len()), ("rate_limited".into(), 7));
        for pair in sink.received("/hook").windows(2) {
            assert!(pair[1].at - pair[0].at >= Duration::from_millis(290), "it did not rest");
        }
        // Six of them would have opened the breaker, had they been failures.
        let shown = read_endpoint(&gateway.client, &id).await;
        assert_eq!((&shown.body["health"]["failures"], shown.at("/health/status")), (&json!(0), "normal".into()));
        let opened = gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'alert.send'").await;
        assert_eq!(opened, 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn the_breaker_opens_after_five_failures_waits_probes_and_closes(backend) {
        let own = [("JISR_NOTIFY__SHORT_MS", "[10,10,10,10,10,10]"), ("JISR_NOTIFY__BREAKER_OPEN_MS", "2000")];
        let (gateway, sink) = start_with(backend, &own).await;
        let client = &gateway.client;
        sink.always("/hook", Reply::Status(500));
        let id = endpoint(client, &sink.url("/hook"), json!({})).await.text("id");
        let first = tell(client, "FIRST").await;
        let opened = sink.until("/hook", 5).await[4].at;
        health_is(client, &id, "status", json!("circuit_breaker")).await;
        sink.always("/hook", Reply::Status(200));
        let second = tell(client, "SECOND").await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        for (sent, tries) in [(&first, 5), (&second, 0)] {
            let read = client.get(&format!("/v1/notifications/{sent}")).await;
            assert_eq!((read.text("status"), &read.body["deliveries"][0]["tries"]), ("pending".into(), &json!(tries)), "{read:?}");
        }
        assert_eq!(sink.received("/hook").len(), 5, "nothing goes there while it is open");
        let read = told(client, &first, "success").await;
        assert_eq!(list(&read, "/attempts").len(), 6);
        let read = told(client, &second, "success").await;
        assert_eq!(list(&read, "/attempts").len(), 1);
        assert!(sink.received("/hook")[5].at - opened >= Duration::from_millis(1_900));
        let shown = read_endpoint(client, &id).await;
        assert_eq!((shown.at("/health/status"), &shown.body["health"]["failures"]), ("normal".into(), &json!(0)));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_person_closes_the_breaker(backend) {
        let own = [("JISR_NOTIFY__SHORT_MS", "[10,10,10,10,10,10]")];
        let (gateway, sink) = start_with(backend, &own).await;
        let client = &gateway.client;
        sink.always("/hook", Reply::Status(500));
        let id = endpoint(client, &sink.url("/hook"), json!({})).await.text("id");
        let sent = tell(client, "ORD").await;
        health_is(client, &id, "status", json!("circuit_breaker")).await;
        sink.always("/hook", Reply::Status(200));
        let reset = client.post(&format!("/v1/stores/default/endpoints/{id}/reset"), json!({})).await;
        assert_eq!((reset.status, reset.at("/health/status")), (200, "normal".into()), "{reset:?}");
        told(client, &sent, "success").await;
        problem(&client.post("/v1/stores/default/endpoints/x/reset", json!({})).await, 404, "not_found");
        gateway.stop().await;
    }
}
