//! Publishing: one or many, each key once, faults named before anything is done.

use serde_json::{Value, json};

use super::{column, endpoint, list, publish, start, tell, told};
use crate::facade::party::{fault, live, patched, problem, scoped, shop};
use crate::harness::{Gateway, eventually, on_both, uuid};

fn made(order: &str) -> Value {
    json!({"event": "order.made", "order_no": order, "payload": {"order": order}})
}

on_both! {
    async fn the_same_key_publishes_once(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let key = uuid();
        let first = client.post_keyed("/v1/notifications", made("ORD"), &key).await;
        assert_eq!(first.status, 202, "{first:?}");
        told(client, &first.text("id"), "success").await;
        let again = client.post_keyed("/v1/notifications", made("ORD"), &key).await;
        assert_eq!((again.status, again.text("id"), again.text("created_at")), (202, first.text("id"), first.text("created_at")));
        assert_eq!((again.text("status"), &again.headers["idempotency-replayed"]), ("success".into(), &http::HeaderValue::from_static("true")));
        problem(&client.post_keyed("/v1/notifications", made("OTHER"), &key).await, 422, "idempotency_mismatch");
        let without = client.send("POST", "/v1/notifications", Some(made("ORD").to_string()), &[]).await;
        problem(&without, 400, "idempotency_key_missing");
        let at_once = futures_util::future::join_all((0..20).map(|_| client.post_keyed("/v1/notifications", made("MANY"), "many"))).await;
        assert!(at_once.iter().all(|one| one.status == 202 && one.text("id") == at_once[0].text("id")), "{at_once:?}");
        told(client, &at_once[0].text("id"), "success").await;
        assert_eq!(sink.received("/hook").len(), 2);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_no_value_can_hold_is_passed_on_and_told_apart(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let deep = format!("{{\"deep\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let body = |payload: &str| format!("{{\"event\":\"order.made\",\"payload\":{payload}}}");
        for (key, payload, other) in [("half", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud801\"}"), ("deep", &deep, "{}")] {
            let send = |text: &str| {
                let text = body(text);
                async move { client.send("POST", "/v1/notifications", Some(text), &[("idempotency-key", key)]).await }
            };
            let made = send(payload).await;
            assert_eq!(made.status, 202, "{made:?}");
            assert_eq!(send(payload).await.text("id"), made.text("id"));
            problem(&send(other).await, 422, "idempotency_mismatch");
            // Its own reader may not take it either, but the answer is whole.
            eventually("it arrives", || async {
                sink.received("/hook").iter().any(|one| one.body == payload)
            })
            .await;
            assert!(client.get(&format!("/v1/notifications/{}", made.text("id"))).await.raw.contains(payload));
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_retry_with_the_same_key_sends_once(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let id = tell(client, "ORD").await;
        told(client, &id, "success").await;
        let path = format!("/v1/notifications/{id}/retry");
        let retry = || async {
            let answer = client.send("POST", &path, None, &[("idempotency-key", "again")]).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        };
        retry().await;
        sink.until("/hook", 2).await;
        told(client, &id, "success").await;
        retry().await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(sink.received("/hook").len(), 2);
        problem(&client.send("POST", &path, None, &[]).await, 400, "idempotency_key_missing");
        gateway.stop().await;
    }
}

on_both! {
    async fn many_are_published_in_one_commit(backend) {
        let (gateway, sink) = start(backend).await;
        let client = &gateway.client;
        endpoint(client, &sink.url("/hook"), json!({})).await;
        let alone = client.post_keyed("/v1/notifications", made("OWN"), "own").await.text("id");
        let mut all: Vec<Value> = (0..98).map(|index| made(&format!("ORD-{index}"))).collect();
        all.push(patched(made("OWN"), json!({"idempotency_key": "own"})));
        all.push(json!({"event": "order.made", "notify_url": sink.url("/bare"), "payload": {}}));
        let body = json!({"notifications": all});
        let many = client.post_keyed("/v1/notifications/bulk", body.clone(), "many").await;
        assert_eq!(many.status, 202, "{many:?}");
        let data = list(&many, "/data");
        assert_eq!((data.len(), &data[98]["id"]), (100, &json!(alone)));
        assert!(data[99]["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{many:?}");
        let again = client.post_keyed("/v1/notifications/bulk", body, "many").await;
        assert_eq!(column(&list(&again, "/data"), "id"), column(&data, "id"));
        assert!(again.body["data"][99].get("secret").is_none());
        sink.until("/hook", 99).await;
        sink.until("/bare", 1).await;
        for id in column(&data, "id") {
            told(client, id.as_str().expect("an id"), "success").await;
        }
        assert_eq!((sink.received("/hook").len(), sink.received("/bare").len()), (99, 1));
        gateway.stop().await;
    }
}

on_both! {
    async fn of_many_all_or_none_are_published(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        client.post_keyed("/v1/notifications", made("OWN"), "own").await;
        let other = patched(made("CHANGED"), json!({"idempotency_key": "own"}));
        let body = |second: &Value| json!({"notifications": [made("FIRST"), second, made("THIRD")]});
        let path = "/v1/notifications/bulk";
        problem(&client.post_keyed(path, body(&other), "many").await, 422, "idempotency_mismatch");
        let count = || async { list(&client.get("/v1/notifications").await, "/data").len() };
        assert_eq!(count().await, 1, "none of them was made");
        // The refusal had no effect, so its keys are free.
        assert_eq!(client.post_keyed(path, body(&made("SECOND")), "many").await.status, 202);
        assert_eq!(count().await, 4);
        let longer = json!({"notifications": [made("FIRST"), made("SECOND"), made("THIRD"), made("FOURTH")]});
        problem(&client.post_keyed(path, longer, "many").await, 422, "idempotency_mismatch");
        assert_eq!(count().await, 4);
        gateway.stop().await;
    }
}

on_both! {
    async fn every_field_at_fault_is_named(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let long = "x".repeat(101);
        let wrong = [
            (json!({"event": ""}), "event"),
            (json!({"event": "*"}), "event"),
            (json!({"event": long}), "event"),
            (json!({"event": null}), "event"),
            (json!({"order_no": ""}), "order_no"),
            (json!({"order_no": long}), "order_no"),
            (json!({"order_no": 1.5}), "order_no"),
            (json!({"order_no": {}}), "order_no"),
            (json!({"payload": []}), "payload"),
            (json!({"payload": "text"}), "payload"),
            (json!({"payload": null}), "payload"),
            (json!({"notify_url": "nowhere"}), "notify_url"),
            (json!({"notify_url": 7}), "notify_url"),
            (json!({"colour": "red"}), "colour"),
        ];
        for (patch, field) in wrong {
            let body = patched(made("ORD"), patch);
            fault(&client.post("/v1/notifications", body.clone()).await, field);
            let many = client.post("/v1/notifications/bulk", json!({"notifications": [made("ORD"), body]})).await;
            fault(&many, &format!("notifications[1].{field}"));
        }
        fault(&client.post("/v1/notifications", json!({"event": "order.made"})).await, "payload");
        fault(&client.post("/v1/notifications/bulk", json!({"notifications": []})).await, "notifications");
        let twice = json!({"notifications": [patched(made("A"), json!({"idempotency_key": "k"})),
            patched(made("B"), json!({"idempotency_key": "k"}))]});
        problem(&client.post("/v1/notifications/bulk", twice).await, 422, "idempotency_mismatch");
        let many: Vec<Value> = (0..101).map(|_| made("ORD")).collect();
        fault(&client.post("/v1/notifications/bulk", json!({"notifications": many})).await, "notifications");
        for key in ["", "مفتاح", "k".repeat(256).as_str()] {
            let body = json!({"notifications": [patched(made("ORD"), json!({"idempotency_key": key}))]});
            fault(&client.post("/v1/notifications/bulk", body).await, "notifications[0].idempotency_key");
        }
        assert!(list(&client.get("/v1/notifications").await, "/data").is_empty());
        assert!(list(&client.get("/v1/stores/default/endpoints").await, "/data").is_empty());
        gateway.stop().await;
    }
}

on_both! {
    async fn whose_notification_it_is(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let platform = scoped(&gateway, None, &["notify:write", "notify:read"]).await;
        let of = |store: &str| patched(made("ORD"), json!({"store": store}));
        assert_eq!(publish(&other, of("other")).await.text("store"), "other");
        problem(&other.post("/v1/notifications", of("default")).await, 404, "not_found");
        fault(&platform.post("/v1/notifications", made("ORD")).await, "Jisr-Store");
        let told = publish(&platform, of("default")).await;
        let named = platform.clone().with_header("jisr-store", "other");
        fault(&named.post("/v1/notifications", of("default")).await, "store");
        assert_eq!(publish(&named, made("ORD")).await.text("store"), "other");
        let mixed = json!({"notifications": [of("default"), of("other")]});
        fault(&platform.post("/v1/notifications/bulk", mixed).await, "notifications[1].store");
        let path = format!("/v1/notifications/{}", told.text("id"));
        assert_eq!(gateway.client.get(&path).await.text("store"), "default");
        for stranger in [&other, &live(&gateway).await] {
            problem(&stranger.get(&path).await, 404, "not_found");
        }
        assert_eq!(list(&other.get("/v1/notifications").await, "/data").len(), 2);
        gateway.stop().await;
    }
}

on_both! {
    async fn notifications_are_listed_by_what_one_knows(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let mut ids = Vec::new();
        for index in 0..5 {
            let body = patched(made(&format!("ORD-{index}")), json!({"event": format!("event.{}", index % 2)}));
            ids.push(json!(publish(client, body).await.text("id")));
        }
        ids.reverse();
        let page = |query: String| async move { client.get(&format!("/v1/notifications?{query}")).await };
        let first = page("limit=2".into()).await;
        assert_eq!(column(&list(&first, "/data"), "id"), ids[..2]);
        let rest = page(format!("limit=100&cursor={}", first.text("next_cursor"))).await;
        assert_eq!((column(&list(&rest, "/data"), "id"), rest.body["next_cursor"].is_null()), (ids[2..].to_vec(), true));
        assert_eq!(column(&list(&page("event=event.1".into()).await, "/data"), "id"), [ids[1].clone(), ids[3].clone()]);
        assert_eq!(column(&list(&page("order_no=ORD-0".into()).await, "/data"), "id"), [ids[4].clone()]);
        assert_eq!(list(&page("to=2020-01-01T00:00:00Z".into()).await, "/data").len(), 0);
        assert_eq!(list(&page("from=2020-01-01T00:00:00Z&status=success".into()).await, "/data").len(), 5);
        for (query, field) in [("status=lost", "status"), ("cursor=x", "cursor"), ("from=x", "from"), ("limit=x", "limit")] {
            fault(&page(query.into()).await, field);
        }
        gateway.stop().await;
    }
}
