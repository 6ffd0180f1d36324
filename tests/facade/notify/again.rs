//! Telling again: what was given up, what an endpoint missed, and figures of all of it.

use serde_json::json;

use super::{endpoint, list, publish, start, tell, told};
use crate::facade::party::{fault, problem};
use crate::harness::{Reply, on_both};

const LONG_AGO: &str = "2026-01-01T00:00:00Z";

on_both! {
    async fn what_was_given_up_is_recovered(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        for path in ["/a", "/b"] {
            sink.always(path, Reply::Status(404));
        }
        let a = endpoint(client, &sink.url("/a"), json!({"events": ["order.made"]})).await.text("id");
        let b = endpoint(client, &sink.url("/b"), json!({"events": ["order.made"]})).await.text("id");
        let sent = tell(client, "ORD").await;
        told(client, &sent, "failed").await;
        sink.always("/a", Reply::Status(200));
        sink.always("/b", Reply::Status(200));
        let recover = |body| client.post("/v1/stores/default/recover", body);
        assert_eq!(recover(json!({"since": "2099-01-01T00:00:00Z"})).await.body, json!({"recovered": 0}));
        assert_eq!(recover(json!({"since": LONG_AGO, "endpoint": a})).await.body, json!({"recovered": 1}));
        sink.until("/a", 4).await;
        assert_eq!(sink.received("/b").len(), 3);
        // Alone, or the breaker would rest.
        client.post(&format!("/v1/stores/default/endpoints/{b}/reset"), json!({})).await;
        let rest = recover(json!({"since": LONG_AGO})).await;
        assert_eq!((rest.status, rest.body), (200, json!({"recovered": 1})));
        let read = told(client, &sent, "success").await;
        assert_eq!(list(&read, "/attempts").len(), 8);
        fault(&recover(json!({"since": LONG_AGO, "endpoint": "x"})).await, "endpoint");
        gateway.stop().await;
    }
}

on_both! {
    async fn an_endpoint_is_sent_what_it_missed(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/old"), json!({})).await;
        for order in ["1", "2", "3"] {
            tell(client, order).await;
        }
        publish(client, json!({"event": "order.sent", "payload": {}})).await;
        let late = endpoint(client, &sink.url("/late"), json!({"events": ["order.made"]})).await.text("id");
        tell(client, "4").await;
        sink.until("/late", 1).await;
        let path = format!("/v1/stores/default/endpoints/{late}/replay-missing");
        let replayed = client.post(&path, json!({"since": LONG_AGO})).await;
        assert_eq!((replayed.status, &replayed.body), (200, &json!({"replayed": 3})), "{replayed:?}");
        sink.until("/late", 4).await;
        assert_eq!(client.post(&path, json!({"since": LONG_AGO})).await.body, json!({"replayed": 0}));
        sink.until("/old", 5).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!((sink.received("/late").len(), sink.received("/old").len()), (4, 5));
        let nowhere = "/v1/stores/default/endpoints/end_01J9Z3N8M4Q0X7V5K2T6B1C8DE/replay-missing";
        problem(&client.post(nowhere, json!({"since": LONG_AGO})).await, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_retry_brings_a_failed_one_to_those_that_lack_it(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        sink.always("/bad", Reply::Status(400));
        endpoint(client, &sink.url("/good"), json!({})).await;
        endpoint(client, &sink.url("/bad"), json!({})).await;
        let sent = tell(client, "ORD").await;
        told(client, &sent, "failed").await;
        sink.always("/bad", Reply::Status(200));
        let again = client.post(&format!("/v1/notifications/{sent}/retry"), json!({})).await;
        assert_eq!((again.status, again.text("status").as_str()), (200, "pending"), "{again:?}");
        told(client, &sent, "success").await;
        assert_eq!((sink.received("/good").len(), sink.received("/bad").len()), (1, 4));
        problem(&client.post("/v1/notifications/x/retry", json!({})).await, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn the_figures_are_of_the_tries(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        sink.first("/hook", [Reply::Status(500), Reply::Status(404)]);
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let sent = tell(client, "ORD").await;
        told(client, &sent, "success").await;
        let stats = client.get("/v1/notifications/stats").await;
        assert_eq!(stats.status, 200, "{stats:?}");
        let whole = |field: &str| stats.body[field].as_i64();
        assert_eq!([whole("total"), whole("succeeded"), whole("failed")], [Some(3), Some(1), Some(2)]);
        assert_eq!((stats.body["success_rate"].as_f64(), stats.text("store")), (Some(33.33), "default".into()));
        let durations = &stats.body["duration_ms"];
        let [p50, p95, p99] = ["p50", "p95", "p99"].map(|field| durations[field].as_f64().expect("a number"));
        assert!(durations["mean"].as_f64() > Some(0.0) && 0.0 < p50 && p50 <= p95 && p95 <= p99, "{stats:?}");
        let reasons = json!([{"reason": "client_error", "count": 1}, {"reason": "server_error", "count": 1}]);
        assert_eq!(stats.body["reasons"], reasons);
        let trend = list(&stats, "/trend");
        assert_eq!((trend.len(), &trend[0]["total"], &trend[0]["succeeded"], &trend[0]["failed"]), (1, &json!(3), &json!(1), &json!(2)));
        assert!(trend[0]["at"].as_str().is_some_and(|at| at.ends_with("T00:00:00Z")), "{stats:?}");
        let hourly = client.get("/v1/notifications/stats?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z").await;
        assert_eq!((hourly.body["total"].as_i64(), hourly.body["success_rate"].as_f64()), (Some(0), Some(100.0)), "{hourly:?}");
        fault(&client.get("/v1/notifications/stats?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z").await, "from");
        gateway.stop().await;
    }
}
