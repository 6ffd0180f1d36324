//! The catalogue of events: what is answered and what is written down are what the types say.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemas::event::catalogue;
use serde_json::json;

use super::party::is_arabic;
use crate::harness::{Backend, Gateway};

/// Where the schemas are written down.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas/events")
}

/// Every file that should be there, by its name.
fn files() -> BTreeMap<String, String> {
    let file = |event: schemas::event::EventType| {
        let text = serde_json::to_string_pretty(&event.schema).expect("JSON");
        (format!("{}.json", event.event), format!("{text}\n"))
    };
    catalogue().into_iter().map(file).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test's own switch")]
fn the_schemas_that_are_written_down_are_those_of_the_types() {
    if std::env::var("JISR_WRITE_SCHEMAS").is_ok() {
        drop(std::fs::remove_dir_all(folder()));
        std::fs::create_dir_all(folder()).expect("the folder can be made");
        files().into_iter().for_each(|(name, text)| std::fs::write(folder().join(name), text).expect("written"));
    }
    let found = std::fs::read_dir(folder()).into_iter().flatten().flatten().map(|entry| {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        (entry.file_name().to_string_lossy().into_owned(), text)
    });
    let (found, expected) = (found.collect::<BTreeMap<_, _>>(), files());
    let names = found.keys().chain(expected.keys()).filter(|name| found.get(*name) != expected.get(*name));
    let stale: std::collections::BTreeSet<_> = names.collect();
    assert!(
        stale.is_empty(),
        "schemas/events is stale: {stale:?}; write it with JISR_WRITE_SCHEMAS=1 cargo test --test main the_schemas_that"
    );
}

#[tokio::test]
async fn the_catalogue_is_answered_with_schemas_and_examples() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let answer = gateway.client.get("/v1/event-types").await;
    assert_eq!((answer.status, &answer.body["next_cursor"]), (200, &json!(null)), "{answer:?}");
    let shown = answer.body["data"].as_array().expect("events");
    assert_eq!(answer.body["data"], serde_json::to_value(catalogue()).expect("JSON"));
    for event in shown {
        assert!(is_arabic(event["description_ar"].as_str().unwrap_or_default()), "{event}");
        assert_eq!(event["schema"]["$schema"], "https://json-schema.org/draft/2020-12/schema", "{event}");
        assert_eq!(event["schema"]["additionalProperties"], false, "{event}");
        assert_eq!(event["schema"]["examples"], json!([event["example"]]), "{event}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_document_tells_words_as_they_are_on_the_wire() {
    let gateway = Gateway::start(Backend::Sqlite).await;
    let document = gateway.client.get("/openapi.json").await;
    let words = |name: &str| document.body["components"]["schemas"][name]["enum"].clone();
    assert_eq!(words("RefundWay"), json!(["provider", "manual"]));
    assert_eq!(words("PaymentStatus")[0], "requires_action");
    gateway.stop().await;
}
