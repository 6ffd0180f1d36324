//! Reports on services, over rows that are planted and known to the last.

mod maintenance;
mod planted;

use serde_json::{Value, json};

use crate::facade::party::{problem, scoped, shop};
use crate::harness::{Answer, Gateway, on_both};
use planted::{CALLS, Planted, plant};

/// What a service was told to have come to.
#[track_caller]
fn of<'a>(answer: &'a Answer, service: &str) -> &'a Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let services = answer.body["data"].as_array().expect("a list");
    services.iter().find(|one| one["service"] == service).unwrap_or_else(|| panic!("no {service}: {answer:?}"))
}

on_both! {
    async fn ten_thousand_calls_are_counted_to_the_last(backend) {
        let promised = [("JISR_HEALTH__PROMISED", "{moamalat={uptime=99.5,p95_ms=200}}")];
        let gateway = Gateway::start_with(backend, &promised).await;
        let other = shop(&gateway, "other").await;
        let Planted { from, to, .. } = plant(&gateway, "other").await;
        let path = format!("/v1/reports/integrations?from={from}&to={to}");
        let answer = gateway.client.get(&path).await;
        let told = of(&answer, "moamalat");
        let counts = ["calls", "succeeded", "not_sent"].map(|field| told[field].clone());
        assert_eq!(counts, [json!(CALLS), json!(9_000), json!(100)], "{told}");
        let rate = told["success_rate"].as_f64().unwrap_or_default();
        assert!((rate - 9_000.0 / 9_900.0).abs() < 1e-9, "{told}");
        let errors = json!([{"code": "rejected", "count": 600}, {"code": "timeout", "count": 300},
            {"code": "rate_limited", "count": 100}]);
        assert_eq!(told["errors"], errors, "{told}");
        let mean: f64 = f64::from(90 * 5_050 + 600 * 200 + 300 * 3_001) / 9_900.0;
        assert_eq!(told["mean_ms"], json!((mean * 100.0).round() / 100.0));
        let p50 = told["p50_ms"].as_f64().unwrap_or_default();
        assert!((54.0..=56.0).contains(&p50), "{told}");
        assert_eq!((&told["p95_ms"], &told["p99_ms"]), (&json!(200.0), &json!(3_001.0)), "{told}");
        assert_eq!(told["uptime"], json!(0.99), "{told}");
        assert_eq!(told["promised"]["uptime"], json!({"promised": 99.5, "measured": 99.0, "met": false}), "{told}");
        assert_eq!(told["promised"]["p95_ms"], json!({"promised": 200.0, "measured": 200.0, "met": true}), "{told}");
        let idle = of(&answer, "cash_on_delivery");
        let nothing = ["calls", "success_rate", "p95_ms", "promised"].map(|field| idle[field].clone());
        assert_eq!(nothing, [json!(0), Value::Null, Value::Null, Value::Null], "{idle}");

        // A store sees its own; a platform's key those of all, or of the store that it names.
        assert_eq!(of(&other.get(&path).await, "moamalat")["calls"], 40);
        let platform = scoped(&gateway, None, &["reports:read"]).await;
        assert_eq!(of(&platform.get(&path).await, "moamalat")["calls"], CALLS + 40);
        let named = platform.send("GET", &path, None, &[("jisr-store", "other")]).await;
        assert_eq!(of(&named, "moamalat")["calls"], 40);
        let live = crate::facade::party::live(&gateway).await;
        assert_eq!(of(&live.get(&path).await, "moamalat")["calls"], 1);
        let without = scoped(&gateway, Some(gateway.store), &["payments:read"]).await;
        problem(&without.get(&path).await, 403, "forbidden");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_wrong_time_names_its_field_in_both_languages(backend) {
        let gateway = Gateway::start(backend).await;
        for (query, field) in [
            ("from=yesterday", "from"), ("to=2026-02-30", "to"), ("from=2026-01-01&to=2026-02-01", "to"),
            ("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "to"), ("from=2999-01-01", "from"),
        ] {
            let answer = gateway.client.get(&format!("/v1/reports/integrations?{query}")).await;
            problem(&answer, 400, "invalid_request");
            let fault = &answer.body["errors"][0];
            assert_eq!(fault["field"], field, "{query}: {answer:?}");
            let said = ["message", "message_ar"].map(|text| fault[text].as_str().map_or(0, str::len));
            assert!(said.iter().all(|length| *length > 5), "{query}: {answer:?}");
        }
        let unknown = gateway.client.get("/v1/reports/integrations?since=2026-01-01").await;
        problem(&unknown, 400, "invalid_request");
        let days = gateway.client.get("/v1/reports/integrations?from=2026-01-01&to=2026-01-31").await;
        assert_eq!((days.text("from"), days.text("to")), ("2025-12-31T22:00:00Z".into(), "2026-01-31T22:00:00Z".into()));
        gateway.stop().await;
    }
}
