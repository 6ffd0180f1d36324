//! Due work as operators see it.

use serde_json::json;

use super::{column, endpoint, list, start_with, tell, told};
use crate::facade::party::{fault, problem, scoped};
use crate::harness::{Reply, eventually, on_both};

on_both! {
    async fn a_task_is_found_buried_and_done_again(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_NOTIFY__SHORT_MS", "[3600000]")]).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        sink.first("/hook", [Reply::Status(500)]);
        let id = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await.text("id");
        let sent = tell(&gateway.client, "ORD").await;
        let of_kind = "/v1/tasks?kind=notification.deliver";
        eventually("the task waits", || async { platform.get(of_kind).await.body["data"][0]["attempts"] == 1 }).await;
        let found = list(&platform.get(of_kind).await, "/data");
        let task = found[0]["id"].as_str().expect("an id").to_owned();
        assert!(task.starts_with("tsk_"), "{task}");
        assert_eq!((&found[0]["lane"], &found[0]["status"]), (&json!(id), &json!("waiting")));
        assert!(found[0]["last_error"].as_str().is_some_and(|error| error.contains("500")), "{found:?}");
        let path = format!("/v1/tasks/{task}");
        assert_eq!(platform.get(&path).await.body, found[0]);
        assert_eq!(list(&platform.get(&format!("/v1/tasks?lane={id}&buried=false")).await, "/data").len(), 1);
        let buried = platform.post(&format!("{path}/bury"), json!({})).await;
        assert_eq!((buried.status, buried.text("status").as_str()), (200, "buried"), "{buried:?}");
        let listed = platform.get("/v1/tasks?buried=true").await;
        assert_eq!(column(&list(&listed, "/data"), "id"), [json!(task)]);
        let revived = platform.post(&format!("{path}/retry"), json!({})).await;
        assert_eq!((revived.status, revived.text("status").as_str()), (200, "waiting"), "{revived:?}");
        told(&gateway.client, &sent, "success").await;
        problem(&platform.get(&path).await, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn tasks_are_listed_page_by_page_for_the_platform_alone(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_NOTIFY__SHORT_MS", "[3600000]")]).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        sink.always("/hook", Reply::Status(500));
        endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        for order in ["1", "2", "3"] {
            tell(&gateway.client, order).await;
        }
        let page = |rest: String| {
            let platform = platform.clone();
            async move { platform.get(&format!("/v1/tasks?kind=notification.deliver{rest}")).await }
        };
        let all = column(&list(&page(String::new()).await, "/data"), "id");
        let first = page("&limit=2".to_owned()).await;
        let rest = page(format!("&limit=2&cursor={}", first.text("next_cursor"))).await;
        assert_eq!((column(&list(&first, "/data"), "id"), column(&list(&rest, "/data"), "id")), (all[..2].to_vec(), all[2..].to_vec()));
        assert_eq!((all.len(), rest.body["next_cursor"].is_null()), (3, true));
        problem(&gateway.client.get("/v1/tasks").await, 403, "forbidden");
        for path in ["/v1/tasks/x", "/v1/tasks/tsk_01J9Z3N8M4Q0X7V5K2T6B1C8DE"] {
            problem(&platform.get(path).await, 404, "not_found");
            problem(&platform.post(&format!("{path}/retry"), json!({})).await, 404, "not_found");
            problem(&platform.post(&format!("{path}/bury"), json!({})).await, 404, "not_found");
        }
        for (query, field) in [("buried=x", "buried"), ("cursor=x", "cursor"), ("state=x", "state")] {
            let answer = platform.get(&format!("/v1/tasks?{query}")).await;
            if field != "state" {
                fault(&answer, field);
            } else {
                problem(&answer, 400, "invalid_request");
            }
        }
        gateway.stop().await;
    }
}
