//! What is said about the gateway: health, metrics, OpenAPI and the pages made from it.

use jisr::http::access::Access;
use jisr::http::problem::CODES;
use jisr::http::route_table;
use serde_json::Value;

use super::party::{is_arabic, nobody, problem, scoped};
use crate::harness::{Backend, Gateway, on_both};

on_both! {
    async fn it_says_that_it_lives_and_works(backend) {
        let gateway = Gateway::start(backend).await;
        let client = nobody(&gateway);
        let name = if backend == Backend::Postgres { "postgresql" } else { "sqlite" };
        for path in ["/health", "/ready"] {
            let answer = client.get(path).await;
            assert_eq!(
                (answer.status, answer.text("status"), answer.text("database")),
                (200, "ok".into(), name.into()),
                "{answer:?}"
            );
        }
        gateway.facade.ready.set(false);
        let leaving = client.get("/ready").await;
        assert_eq!((leaving.status, leaving.text("status").as_str()), (503, "leaving"));
        assert_eq!(client.get("/health").await.status, 200);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_measured_is_for_administrators(backend) {
        let gateway = Gateway::start(backend).await;
        gateway.card("ORD").await;
        problem(&nobody(&gateway).get("/metrics").await, 401, "unauthorized");
        let reader = scoped(&gateway, Some(gateway.store), &["payments:read", "logs:read"]).await;
        problem(&reader.get("/metrics").await, 403, "forbidden");
        let answer = gateway.client.get("/metrics").await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/plain")), "{answer:?}");
        for name in
            ["jisr_http_request_seconds_bucket", "jisr_tasks{kind=\"payment.confirm\"}", "jisr_log_rows_dropped"]
        {
            assert!(answer.raw.contains(name), "{name}: {}", answer.raw);
        }
        assert!(answer.raw.contains("path=\"/v1/payments\""), "paths are told by their patterns: {}", answer.raw);
        gateway.stop().await;
    }
}

#[tokio::test]
async fn the_document_has_every_route_with_its_scope() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let document = nobody(&gateway).get("/openapi.json").await;
    assert!(document.text("openapi").starts_with("3.1."), "{}", document.text("openapi"));
    let mut ids = std::collections::BTreeSet::new();
    for route in route_table() {
        let told = format!("{} {}", route.method, route.path);
        let operation = &document.body["paths"][&route.path][route.method.to_lowercase()];
        let text = |name: &str| operation[name].as_str().unwrap_or_default();
        assert!(!text("summary").is_empty(), "{told} is missing");
        assert!(text("description").contains(&format!("Needs: {}.", route.access)), "{told}: {operation}");
        assert!(ids.insert(text("operationId").to_owned()), "{told}: {} is not the only one", text("operationId"));
        assert!(operation["responses"].as_object().is_some_and(|responses| !responses.is_empty()), "{told}");
        match route.access {
            Access::Scope(scope) | Access::KeyOrToken(scope) | Access::Platform(scope) => {
                assert_eq!(operation["security"][0]["key"][0], scope, "{told}")
            }
            Access::Key => assert_eq!(operation["security"], serde_json::json!([{"key": []}]), "{told}"),
            Access::Public | Access::ClientSecret => assert!(operation.get("security").is_none(), "{told}"),
        }
        for name in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let named = |one: &Value| one["name"] == name && one["in"] == "path";
            assert!(operation["parameters"].as_array().is_some_and(|all| all.iter().any(named)), "{told}: {name}");
        }
    }
    let count: usize = document.body["paths"]
        .as_object()
        .map_or(0, |paths| paths.values().map(|path| path.as_object().map_or(0, |path| path.len())).sum());
    assert_eq!(count, route_table().len(), "the document has routes that the table has not");
    gateway.stop().await;
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let document = nobody(&gateway).get("/openapi.json").await;
    let mut checked = 0;
    for piece in document.raw.split("\"$ref\":\"#").skip(1) {
        let pointer = piece.split('"').next().unwrap_or_default();
        assert!(document.body.pointer(pointer).is_some(), "{pointer} is missing");
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
    gateway.stop().await;
}

#[tokio::test]
async fn the_pages_show_every_route_and_every_problem() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let client = nobody(&gateway);
    let page = client.get("/docs").await;
    assert!(page.status == 200 && is_arabic(&page.raw), "{}", page.status);
    for route in route_table().iter().filter(|route| route.method != "OPTIONS") {
        assert!(page.raw.contains(&format!("<code>{}</code>", route.path)), "{} {}", route.method, route.path);
    }
    for code in CODES {
        assert!(page.raw.contains(&format!("/docs/problems/{}", code.code)), "{}", code.code);
        let told = client.get(&format!("/docs/problems/{}", code.code)).await;
        assert_eq!(told.status, 200, "{}", code.code);
        assert!(told.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
        assert!(told.raw.contains(code.code) && is_arabic(code.title.1) && is_arabic(code.advice.1), "{}", code.code);
        // A code with two statuses has one page: the first one's.
        let first = CODES.iter().find(|other| other.code == code.code).expect("itself");
        assert!(told.raw.contains(first.title.1), "{}", code.code);
    }
    problem(&client.get("/docs/problems/nothing").await, 404, "not_found");
    gateway.stop().await;
}
