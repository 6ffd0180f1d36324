//! `jisr check`: what is well, and each thing that can be wrong, against mocks.

use std::process::Stdio;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use kit::Destination;
use kit::guard::AllowList;
use kit::wire::{HttpWire, Line};
use serde_json::{Value, json};

use super::party::shop;
use crate::harness::{Gateway, on_both, shut_port};

/// Runs it with settings of its own; whether it says that all is well, and every line.
async fn check(gateway: &Gateway, arguments: &[&str], own: &[(&str, &str)]) -> (bool, Vec<Value>) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.arg("check").args(arguments).arg("--json").env_clear().envs(gateway.settings().iter().cloned());
    // The gateway of the test takes a free port, and so has no address of its own beforehand.
    command.env("JISR_PUBLIC_URL", "http://127.0.0.1:8080");
    let output = command.envs(own.iter().copied()).stdin(Stdio::null()).output().await.expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {output:?}"));
    assert_eq!(said["ok"].as_bool(), Some(output.status.success()), "{said}");
    for (name, value) in
        gateway.settings().iter().filter(|(name, _)| name.ends_with("_KEY") || name.ends_with("_TOKEN"))
    {
        assert!(!text.contains(value.as_str()), "{name} is shown");
    }
    (output.status.success(), said["findings"].as_array().expect("findings").clone())
}

/// What was found of a check of a service.
fn found<'a>(findings: &'a [Value], of: &str, check: &str) -> (&'a str, &'a str) {
    let line =
        findings.iter().find(|line| line["check"] == check && line["of"].as_str().is_some_and(|it| it.starts_with(of)));
    let line = line.unwrap_or_else(|| panic!("no {check} of {of}: {findings:#?}"));
    (line["verdict"].as_str().expect("a verdict"), line["found"].as_str().expect("a text"))
}

fn setting<'a>(gateway: &'a Gateway, name: &str) -> &'a str {
    &gateway.settings().iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}")).1
}

on_both! {
    async fn all_is_well(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let (well, findings) = check(&gateway, &["--live"], &[]).await;
        let bad: Vec<_> = findings.iter().filter(|line| line["verdict"] == "bad").collect();
        assert!(well && bad.is_empty(), "{bad:#?}");
        for (check, says) in [("database", "up to date"), ("encryption key", "is there"), ("configuration", "can be read")] {
            let (verdict, found) = found(&findings, "gateway", check);
            assert!(verdict == "good" && found.contains(says), "{check}: {found}");
        }
        for (of, check) in [
            ("moamalat test", "credentials"), ("moamalat test", "probe"), ("moamalat test", "clock"),
            ("moamalat test", "asking"), ("sadad test", "probe"), ("vanex test", "probe"), ("vanex test", "coverage"),
            ("telegram test", "probe"),
        ] {
            assert_eq!(found(&findings, of, check).0, "good", "{of} {check}: {findings:#?}");
        }
        assert_eq!(found(&findings, "gateway", "public URL").0, "note");
        assert!(gateway.mocks.charges(None).is_empty(), "a check reads");
        assert!(gateway.mocks.violations().is_empty(), "{:#?}", gateway.mocks.violations());
        let (_, one) = check(&gateway, &["sadad"], &[]).await;
        assert!(one.iter().all(|line| line["of"] == "gateway" || line["of"].as_str().is_some_and(|of| of.starts_with("sadad"))));
        assert!(one.iter().all(|line| line["check"] != "asking"), "without --live nothing more is asked: {one:#?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_wrong_is_found(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let wrong = "00".repeat(16);
        let (well, findings) = check(&gateway, &["mobicash"], &[("MOBICASH_API_KEY", &wrong)]).await;
        let (verdict, says) = found(&findings, "mobicash test", "probe");
        assert!(!well && verdict == "bad" && says.contains("refuses our credentials"), "{findings:#?}");

        let held = shut_port();
        let nobody = format!("http://{}", held.local_addr().expect("an address"));
        let (well, findings) = check(&gateway, &["mobicash"], &[("MOBICASH_BASE_URL", &nobody)]).await;
        let (verdict, says) = found(&findings, "mobicash test", "probe");
        assert!(!well && verdict == "bad" && says.contains("unavailable"), "{findings:#?}");

        let late = skewed(setting(&gateway, "MOBICASH_BASE_URL")).await;
        let (well, findings) = check(&gateway, &["mobicash"], &[("MOBICASH_BASE_URL", &late)]).await;
        let (verdict, says) = found(&findings, "mobicash test", "clock");
        assert!(!well && verdict == "bad" && says.contains("ahead of"), "{findings:#?}");

        let (well, findings) = check(&gateway, &[], &[("JISR_ENCRYPTION_KEY", "short")]).await;
        assert!(!well && found(&findings, "gateway", "encryption key").0 == "bad", "{findings:#?}");

        let other = shop(&gateway, "other").await;
        let base = gateway.mocks.base_url("sadad");
        let put = other.put("/v1/stores/other/accounts/sadad", json!({"configuration": {"base_url": base}})).await;
        assert_eq!(put.status, 200, "{put:?}");
        let token = json!({"token": setting(&gateway, "SADAD_TOKEN")});
        assert_eq!(other.put("/v1/stores/other/accounts/sadad/credentials", token).await.status, 204);
        let another = "11".repeat(32);
        let (well, findings) = check(&gateway, &["sadad"], &[("JISR_ENCRYPTION_KEY", &another)]).await;
        let closed = findings.iter().filter(|line| line["verdict"] == "bad" && line["check"] == "credentials").count();
        assert!(!well && closed == 1, "{findings:#?}");

        let (well, findings) = check(&gateway, &[], &[("JISR_PORT", "many")]).await;
        assert!(!well && found(&findings, "gateway", "configuration").0 == "bad", "{findings:#?}");

        let (well, findings) = check(&gateway, &[], &[("DATABASE_URL", "postgres://postgres@127.0.0.1:1/none")]).await;
        assert!(!well && found(&findings, "gateway", "database").0 == "bad", "{findings:#?}");
        gateway.stop().await;
    }
}

/// A provider whose clock is an hour late: everything goes on to the real one.
async fn skewed(real: &str) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let wire = HttpWire::new(AllowList::new(Vec::new())).expect("a wire");
    let (origin, path) = (url::Url::parse(real).expect("a URL").origin().ascii_serialization(), real);
    let path = path.strip_prefix(&origin).unwrap_or_default().to_owned();
    let router = axum::Router::new().fallback(hand_on).with_state((Arc::new(wire), origin));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}{path}")
}

#[expect(clippy::disallowed_methods, reason = "a clock that is wrong is wrong by the real one")]
async fn hand_on(State((wire, origin)): State<(Arc<HttpWire>, String)>, request: axum::extract::Request) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove("host");
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{origin}{path}").parse().expect("a URL");
    let request =
        kit::Request { method: parts.method, url, headers: parts.headers, body, destination: Destination::Trusted };
    let reply = wire.notify(&request, Line::Fresh, 1 << 20).await.expect("an answer");
    let hour_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&hour_ago).expect("a date");
    let mut response = (http::StatusCode::from_u16(reply.status).expect("a status"), reply.body).into_response();
    response.headers_mut().insert("date", HeaderValue::from_str(&date).expect("a header"));
    if let Some(kind) = reply.headers.get("content-type") {
        response.headers_mut().insert("content-type", kind.clone());
    }
    response
}
