//! Whether we live, whether we can work, and what is measured.

use axum::Json;
use axum::extract::State;
use http::{StatusCode, header};
use schemas::health::Severity;
use serde::Serialize;

use super::router::Facade;
use crate::db::{DbError, Time, incidents, tasks};

/// What the gateway says of itself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`, or what is missing.
    status: &'static str,
    /// The program's version.
    version: &'static str,
    /// `postgresql` or `sqlite`.
    database: &'static str,
}

/// Do we live?
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, description = "We do", body = Health)))]
pub async fn live(State(facade): State<Facade>) -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), database: facade.db.name() })
}

/// Can we work?
///
/// The database answers, its schema is up to date, and we are not leaving.
#[utoipa::path(get, path = "/ready", tag = "operations",
    responses((status = 200, description = "We can", body = Health), (status = 503, description = "We cannot", body = Health)))]
pub async fn ready(State(facade): State<Facade>) -> (StatusCode, Json<Health>) {
    let status = match facade.db.ping().await {
        Ok(()) if facade.ready.is() => "ok",
        Ok(()) => "leaving",
        Err(_) => "database",
    };
    let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Health { status, version: env!("CARGO_PKG_VERSION"), database: facade.db.name() }))
}

/// What is measured, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Text", body = String)))]
pub async fn metrics(State(facade): State<Facade>) -> ([(header::HeaderName, &'static str); 1], String) {
    // Whoever watches us must hear that the database is away, of all things.
    let looked = look(&facade).await;
    metrics::gauge!("jisr_database_up").set(if looked.is_ok() { 1.0 } else { 0.0 });
    metrics::gauge!("jisr_log_rows_dropped").set(facade.logs.dropped() as f64);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], facade.metrics.render())
}

/// Looks at the work that waits.
async fn look(facade: &Facade) -> Result<(), DbError> {
    let now = Time::from(facade.ambient.now());
    for depth in tasks::depth(&facade.db).await? {
        let oldest = depth.oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
        metrics::gauge!("jisr_tasks", "kind" => depth.kind.clone()).set(depth.waiting as f64);
        metrics::gauge!("jisr_tasks_buried", "kind" => depth.kind.clone()).set(depth.buried as f64);
        metrics::gauge!("jisr_tasks_oldest_due_seconds", "kind" => depth.kind).set(oldest);
    }
    for (livemode, mode) in [(false, "test"), (true, "live")] {
        for service in facade.health.services_of(None, livemode).await? {
            let verdict = f64::from(service.verdict as u8);
            metrics::gauge!("jisr_service_health", "service" => service.service.clone(), "mode" => mode).set(verdict);
            let uptime = service.worst.and_then(|worst| worst.uptime_24h);
            if let Some(uptime) = uptime {
                metrics::gauge!("jisr_service_uptime_ratio", "service" => service.service, "mode" => mode).set(uptime);
            }
        }
    }
    let going = incidents::going(&facade.db).await?;
    for severity in Severity::ALL {
        let open = going.iter().filter(|incident| incident.severity == *severity).count();
        metrics::gauge!("jisr_incidents_open", "severity" => severity.as_str()).set(open as f64);
    }
    Ok(())
}
