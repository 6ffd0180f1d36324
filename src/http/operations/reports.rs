//! What services' calls came to in a time, and whether what they promise was kept.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::db::Time;
use crate::http::auth::Authorized;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::reports::{self, Kept, Promise, Question, Range, Service, ServiceReport};

/// The days of a report that nobody says the beginning of.
const USUAL_DAYS: u32 = 7;

/// Of which time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// From when on: RFC 3339, or a day in Africa/Tripoli (`2026-11-01`); seven days before `to` when absent.
    from: Option<String>,
    /// Until when; a day is meant whole. Now when absent; at most 31 days after `from`.
    to: Option<String>,
}

/// What services' calls came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IntegrationsReport {
    from: String,
    to: String,
    livemode: bool,
    /// By name: every service that has an account, and every other one that was called.
    data: Vec<ServiceReported>,
}

/// What a service's calls came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ServiceReported {
    service: String,
    #[serde(rename = "type")]
    kind: String,
    /// Calls in the name of requests and of due work, each repeat counted; probes are none.
    calls: i64,
    /// Those that did what was asked.
    succeeded: i64,
    /// Those that never left: over a limit, or while the service was left alone.
    not_sent: i64,
    /// From 0 to 1: of the calls that left and have ended, those that did what was asked; a no counts against it, and stands
    /// among the errors.
    success_rate: Option<f64>,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    /// The most frequent first.
    errors: Vec<ErrorCounted>,
    /// From 0 to 1: the share of the time in which it was not unhealthy, by whole hours.
    uptime: Option<f64>,
    /// What `[health.promised]` names for it; `null` where that is nothing.
    promised: Option<PromiseReported>,
}

/// A kind of error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorCounted {
    /// `timeout`, `unavailable`, `rejected`, …
    code: String,
    count: i64,
}

/// What a service promises, and what was measured.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PromiseReported {
    /// In percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime: Option<KeptReported>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_ms: Option<KeptReported>,
}

/// One promise.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeptReported {
    promised: f64,
    /// `null` where there was nothing to measure.
    measured: Option<f64>,
    /// Whether it was kept; `null` where there was nothing to measure.
    met: Option<bool>,
}

/// Report on integrations
///
/// In the mode of the key: a store's own calls, or of a platform key without a store those of all stores.
#[utoipa::path(get, path = "/v1/reports/integrations", tag = "operations", params(ReportQuery),
    responses((status = 200, description = "A line for each service", body = IntegrationsReport),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn integrations(
    State(facade): State<Facade>,
    authorized: Authorized,
    Query(query): Query<ReportQuery>,
) -> Result<Json<IntegrationsReport>, Problem> {
    let now = Time::from(facade.ambient.now());
    let range = Range::read(query.from.as_deref(), query.to.as_deref(), now, USUAL_DAYS)?;
    let store = authorized.store.as_ref().map(|store| store.id);
    let livemode = authorized.principal.mode.is_live();
    let services = facade.health.services_of(store, livemode).await?.into_iter();
    let services: Vec<Service> =
        services.map(|one| Service { name: one.service, kind: one.kind, accounts: one.accounts }).collect();
    let question = Question { store, livemode, range, promised: &facade.health.settings.promised, now };
    let found = reports::of_services(&facade.db, &question, &services).await?;
    let data = found.into_iter().map(reported).collect();
    Ok(Json(IntegrationsReport { from: range.from.to_string(), to: range.to.to_string(), livemode, data }))
}

fn reported(report: ServiceReport) -> ServiceReported {
    let time = |read: fn(&reports::Times) -> f64| report.times.as_ref().map(|times| rounded(read(times)));
    let (mean_ms, p50_ms) = (time(|times| times.mean), time(|times| times.p50));
    let (p95_ms, p99_ms) = (time(|times| times.p95), time(|times| times.p99));
    let mut errors: Vec<_> = report.errors.into_iter().map(|(code, count)| ErrorCounted { code, count }).collect();
    errors.sort_by_key(|error| std::cmp::Reverse(error.count));
    ServiceReported {
        service: report.service,
        kind: report.kind,
        calls: report.calls,
        succeeded: report.succeeded,
        not_sent: report.not_sent,
        success_rate: report.success_rate,
        mean_ms,
        p50_ms,
        p95_ms,
        p99_ms,
        errors,
        uptime: report.uptime,
        promised: promised(report.promise),
    }
}

fn promised(promise: Promise) -> Option<PromiseReported> {
    let kept = |kept: Kept| KeptReported {
        promised: kept.promised,
        // Fine enough that 99.499 is not told to be the 99.5 that it is not.
        measured: kept.measured.map(|measured| (measured * 10_000.0).round() / 10_000.0),
        met: kept.met,
    };
    let (uptime, p95_ms) = (promise.uptime.map(kept), promise.p95_ms.map(kept));
    (uptime.is_some() || p95_ms.is_some()).then_some(PromiseReported { uptime, p95_ms })
}

/// A hundredth is all that anybody reads.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
