//! What operators were told, over the API, and whether they can be told at all.

use messaging_adapters::Audience;
use serde_json::json;

use super::party::{fault, is_arabic, problem, scoped};
use crate::harness::{Backend, Gateway, eventually, on_both};

on_both! {
    async fn a_test_alert_goes_to_the_chat_that_is_wanted(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let first = platform.post("/v1/alerts/test", json!({})).await;
        assert_eq!((first.status, first.text("task").starts_with("tsk_")), (202, true), "{first:?}");
        eventually("the first", || async { gateway.mocks.messages().len() == 1 }).await;
        assert_eq!(platform.post("/v1/alerts/test", json!({"audience": "monitor"})).await.status, 202);
        eventually("the second", || async { gateway.mocks.messages().len() == 2 }).await;
        let sent = gateway.mocks.messages();
        assert_ne!(sent[0].chat_id, sent[1].chat_id);
        assert!(sent.iter().all(|sent| sent.text.contains("🔔 Test alert") && is_arabic(&sent.text)), "{sent:?}");
        fault(&platform.post("/v1/alerts/test", json!({"audience": "everybody"})).await, "audience");
        problem(&gateway.client.post("/v1/alerts/test", json!({})).await, 403, "forbidden");
        problem(&gateway.client.get("/v1/alerts").await, 403, "forbidden");

        let sent = || async { platform.get("/v1/alerts").await.at("/data/0/outcome") == "sent" };
        eventually("it is kept as sent", sent).await;
        let page = platform.get("/v1/alerts?limit=1").await;
        assert_eq!((page.at("/data/0/key"), page.at("/data/0/kind")), ("test:monitor".into(), "test".into()), "{page:?}");
        assert!(is_arabic(&page.at("/data/0/title/ar")), "{page:?}");
        let next = platform.get(&format!("/v1/alerts?limit=1&cursor={}", page.text("next_cursor"))).await;
        assert_eq!(next.at("/data/0/key"), "test:admin", "{next:?}");
        let end = platform.get(&format!("/v1/alerts?limit=1&cursor={}", next.text("next_cursor"))).await;
        assert_eq!(end.body, json!({"data": [], "next_cursor": null}));
        gateway.stop().await;
    }
}

#[tokio::test]
async fn a_test_at_once_says_what_came_back() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let came = gateway.facade.alerts.test_now(Audience::Monitor).await.expect("an answer");
    assert_eq!(came, jisr::alerts::Came::Sent { chat: "-1001000000002".into(), id: Some("1".into()) });
    assert_eq!(gateway.mocks.messages().len(), 1);
    gateway.stop().await;
}
