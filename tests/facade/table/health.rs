//! What the routes of health owe to another store, and an incident for them to be tried with.

use jisr::db::incidents::{self, Incident};
use jisr::db::integrations;
use jisr::http::Route;
use schemas::IncidentId;
use schemas::health::{IncidentStatus, Severity};
use serde_json::json;

use super::{Belongings, Rule};
use crate::harness::Gateway;

/// Whether a path is one of these.
pub(super) fn has(path: &str) -> bool {
    ["/v1/health", "/v1/incidents", "/v1/maintenance", "/v1/integrations/{name}/test", "/status", "/badge"]
        .iter()
        .any(|begins| path.starts_with(begins))
}

/// An incident of the store's own account.
pub(super) async fn made(gateway: &Gateway) -> String {
    let db = &gateway.facade.db;
    let service = integrations::by_name(db, "moamalat").await.expect("read").expect("there");
    let (id, now) = (gateway.facade.ambient.uuid(), gateway.facade.ambient.now().into());
    let incident = Incident {
        id,
        integration_id: service.id,
        service: service.service_name,
        livemode: false,
        store_id: gateway.store,
        scope: gateway.store.uuid(),
        status: IncidentStatus::Open,
        severity: Severity::Low,
        cause: "A's own matter".to_owned(),
        by_hand: true,
        title: None,
        error: None,
        opened_at: now,
        estimated_at: now,
        escalated_at: None,
        reminded_at: None,
        well_since: None,
        closed_at: None,
        flaps: 0,
        version: 1,
        updated_at: now,
    };
    let mut tx = db.begin().await.expect("begun");
    assert!(incidents::insert(&mut tx, &incident).await.expect("written"));
    tx.commit().await.expect("committed");
    IncidentId::from(id).to_string()
}

/// The rule of a route.
pub(super) fn rule(route: &Route, a: &Belongings) -> Rule {
    let named = |rest: &str, body| Rule::Named(vec![format!("/v1/incidents/{}{rest}", a.incident)], body);
    match (route.method.as_str(), route.path.as_str()) {
        ("GET", "/v1/health/services" | "/v1/incidents" | "/v1/incidents/consent" | "/v1/maintenance") => {
            Rule::Own(200, None)
        }
        // Of a service that nobody has.
        (_, path) if path.contains("{name}") && path.starts_with("/v1") => Rule::Own(404, None),
        ("PUT", "/v1/incidents/consent") => Rule::Own(200, Some(json!({"customers": false, "most": 0}))),
        ("GET", "/v1/incidents/{id}") => named("", None),
        ("GET", "/v1/incidents/{id}/customers") => named("/customers", None),
        ("POST", "/v1/incidents/{id}/customers") => named("/customers", Some(json!({"most": 1}))),
        ("POST" | "DELETE", path) if path.starts_with("/v1") => Rule::Platform(json!({})),
        _ => Rule::Keyless,
    }
}
