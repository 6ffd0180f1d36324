//! `GET /v1/notifications/stats`: how many tries arrived, how long they took, why the others failed.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::db::Time;
use crate::http::auth::Authorized;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::notify::admin::Scope;

/// What is counted when nothing is said.
pub(super) const USUAL: Duration = Duration::from_secs(30 * 86_400);

/// From when until when.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatsQuery {
    /// RFC 3339: 30 days before `to` when absent.
    #[param(value_type = Option<String>)]
    from: Option<jiff::Timestamp>,
    /// RFC 3339: now when absent.
    #[param(value_type = Option<String>)]
    to: Option<jiff::Timestamp>,
}

/// Figures of tries to deliver.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatsShown {
    /// The store; `null` where a platform key means all.
    store: Option<String>,
    livemode: bool,
    from: String,
    to: String,
    /// Tries.
    total: i64,
    succeeded: i64,
    failed: i64,
    /// Per cent, to two places; 100 of none.
    success_rate: f64,
    duration_ms: DurationsShown,
    /// Why tries failed, the most frequent first.
    reasons: Vec<ReasonShown>,
    /// By the hour up to three days, by the day beyond; what had no try is left out.
    trend: Vec<PartShown>,
}

/// How long tries took, in milliseconds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DurationsShown {
    mean: f64,
    p50: f64,
    p95: f64,
    p99: f64,
}

/// A reason and how often it was.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReasonShown {
    reason: String,
    count: i64,
}

/// An hour or a day (UTC).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartShown {
    at: String,
    total: i64,
    succeeded: i64,
    failed: i64,
}

/// Figures of notifications
#[utoipa::path(get, path = "/v1/notifications/stats", tag = "notifications", params(StatsQuery),
    responses((status = 200, description = "Of the key's store, or with a platform key of all", body = StatsShown)))]
pub async fn stats(
    State(facade): State<Facade>,
    authorized: Authorized,
    Query(query): Query<StatsQuery>,
) -> Result<Json<StatsShown>, Problem> {
    let to = query.to.map_or_else(|| Time::from(facade.ambient.now()), Time::from);
    let from = query.from.map_or_else(|| to.before(USUAL), Time::from);
    if from >= to {
        return Err(Problem::field("from", "expected a time before `to`", "المتوقع وقت يسبق to"));
    }
    let scope = scope(&authorized);
    let figures = facade.notify.figures(scope, from, to).await?;
    let part = |part: &crate::notify::figures::Part| PartShown {
        at: part.at.to_string(),
        total: part.total,
        succeeded: part.succeeded,
        failed: part.total - part.succeeded,
    };
    Ok(Json(StatsShown {
        store: authorized.store.as_ref().map(|store| store.key.clone()),
        livemode: scope.livemode,
        from: from.to_string(),
        to: to.to_string(),
        total: figures.total,
        succeeded: figures.succeeded,
        failed: figures.failed(),
        success_rate: figures.success_rate(),
        duration_ms: DurationsShown {
            mean: millis(figures.mean),
            p50: millis(figures.p50),
            p95: millis(figures.p95),
            p99: millis(figures.p99),
        },
        reasons: figures
            .reasons
            .iter()
            .map(|(reason, count)| ReasonShown { reason: reason.clone(), count: *count })
            .collect(),
        trend: figures.trend.iter().map(part).collect(),
    }))
}

/// Whose notifications a key sees.
pub(super) fn scope(authorized: &Authorized) -> Scope {
    let store = authorized.store.as_ref().map(|store| store.id);
    Scope { store, livemode: authorized.principal.mode.is_live() }
}

fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}
