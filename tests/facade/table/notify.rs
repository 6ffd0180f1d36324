//! What the paths of notifications owe to another store's key.

use jisr::http::Route;
use serde_json::{Value, json};

use super::{A_URL, Belongings, MERCHANTS, Rule};

/// What the paths of notifications owe.
pub(super) fn rule(route: &Route, a: &Belongings) -> Rule {
    let named = |path: String, body| Rule::Named(vec![path], body);
    let endpoint = |rest: &str| format!("/v1/stores/default/endpoints/{}{rest}", a.endpoint);
    let since = || Some(json!({"since": "2026-01-01T00:00:00Z"}));
    match (route.method.as_str(), route.path.as_str()) {
        ("GET", "/v1/notifications" | "/v1/notifications/stats") => Rule::Own(200, None),
        ("POST", "/v1/notifications") => Rule::Own(202, Some(told("B-TOLD"))),
        ("POST", "/v1/notifications/bulk") => Rule::Own(202, Some(json!({"notifications": [told("B-TOLD")]}))),
        ("GET", "/v1/notifications/{id}") => named(format!("/v1/notifications/{}", a.notification), None),
        ("POST", "/v1/notifications/{id}/retry") => named(format!("/v1/notifications/{}/retry", a.notification), None),
        ("GET", "/v1/stores/{key}/endpoints") => named("/v1/stores/default/endpoints".to_owned(), None),
        ("POST", "/v1/stores/{key}/endpoints") => {
            let body = json!({"url": "https://b.example/hook", "events": ["*"]});
            named("/v1/stores/default/endpoints".to_owned(), Some(body))
        }
        ("GET" | "DELETE", "/v1/stores/{key}/endpoints/{id}") => named(endpoint(""), None),
        ("PATCH", "/v1/stores/{key}/endpoints/{id}") => named(endpoint(""), Some(json!({"enabled": false}))),
        ("POST", "/v1/stores/{key}/endpoints/{id}/rotate") => named(endpoint("/rotate"), None),
        ("POST", "/v1/stores/{key}/endpoints/{id}/reset") => named(endpoint("/reset"), None),
        ("POST", "/v1/stores/{key}/endpoints/{id}/replay-missing") => named(endpoint("/replay-missing"), since()),
        ("POST", "/v1/stores/{key}/recover") => named("/v1/stores/default/recover".to_owned(), since()),
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}

/// What the original's own paths owe.
pub(super) fn rule_of_merchants(route: &Route) -> Rule {
    let merchant = json!({"notify_url": A_URL, "alert_type": "slow_merchant"});
    match (route.method.as_str(), route.path.trim_start_matches(MERCHANTS)) {
        ("GET", "queue-status" | "logs" | "stats" | "all-merchant-status") => Rule::Own(200, None),
        ("POST", "cleanup") => Rule::Own(200, Some(json!({"days": 1}))),
        // It names something by its body or query, which only its own store has.
        ("GET", "merchant-status") => Rule::Merchant(format!("{}?notify_url={A_URL}", route.path), None),
        ("POST", "retry") => Rule::Merchant(route.path.clone(), Some(json!({"order_id": "A-TOLD"}))),
        ("POST", "reset-circuit-breaker" | "send-alert") => Rule::Merchant(route.path.clone(), Some(merchant)),
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}

/// A notification for whoever wants it.
pub(super) fn told(order_no: &str) -> Value {
    json!({"event": "order.made", "order_no": order_no, "payload": {}})
}
