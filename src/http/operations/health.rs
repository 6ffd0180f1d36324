//! How services do: what is found of each, and what came to pass.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemas::health::Verdict;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::health::{ServiceHealth, ServiceHistory, Tally};
use crate::http::auth::Authorized;
use crate::http::extract::{Path, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// How a service does: the account of it that does worst.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ServiceShown {
    service: String,
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    status: Verdict,
    /// `unreachable`, `failing`, `declining`, `useless`, `slow`; `null` while it is healthy.
    cause: Option<String>,
    /// Since when it does so.
    since: Option<String>,
    /// Whether it is being maintained: nothing is sent to it, and nobody is told.
    maintenance: bool,
    /// Of the last probe.
    response_time_ms: Option<f64>,
    /// When that was.
    last_checked: Option<String>,
    /// What was said when it was found not healthy.
    error: Option<String>,
    /// From 0 to 1: the share of the last day in which it was not unhealthy.
    uptime_24h: Option<f64>,
    /// From 0 to 1: the share of the last minutes' calls (or probes) that were answered; a no is an answer.
    success_rate: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    /// `closed`, `open` or `half_open`, as it stands in this process.
    breaker: Option<&'static str>,
    /// Days until the certificate of its host ends.
    certificate_days: Option<i64>,
    /// What the account holds, with its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
}

/// What is asked of a history.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// How far back: a number and `m`, `h` or `d`, up to `400d`; `24h` when absent.
    window: Option<String>,
}

/// What came to pass with a service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryShown {
    service: String,
    /// `minute`, `hour` or `day`: how long a point is.
    span: &'static str,
    /// From 0 to 1.
    uptime: f64,
    total: FiguresShown,
    points: Vec<PointShown>,
    /// Changes of its status, oldest first; at most the last eight days'.
    changes: Vec<ChangeShown>,
}

/// What calls and probes came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FiguresShown {
    calls: u32,
    failed: u32,
    declined: u32,
    probes: u32,
    probes_failed: u32,
    success_rate: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
}

/// One span.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PointShown {
    at: String,
    /// Seconds of it in which the service was unhealthy; of hours and days.
    down_seconds: f64,
    #[serde(flatten)]
    figures: FiguresShown,
}

/// Another status.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangeShown {
    at: String,
    from: Verdict,
    to: Verdict,
    cause: Option<String>,
    error: Option<String>,
}

/// How services do
///
/// Every service that the store has an account with, or uses the platform's account of; of a platform key without a store
/// every service.
#[utoipa::path(get, path = "/v1/health/services", tag = "operations",
    responses((status = 200, description = "By name", body = [ServiceShown])))]
pub async fn services(
    State(facade): State<Facade>,
    authorized: Authorized,
) -> Result<Json<Vec<ServiceShown>>, Problem> {
    let found = of(&facade, &authorized).await?;
    Ok(Json(found.into_iter().map(|service| shown(&facade, service)).collect()))
}

/// What came to pass with a service
#[utoipa::path(get, path = "/v1/health/services/{name}/history", tag = "operations", params(("name" = String, Path), HistoryQuery),
    responses((status = 200, description = "By minutes up to 3 h, by hours up to 8 d, by days up to 400 d", body = HistoryShown),
        (status = 400, description = "`invalid_request`", body = schemas::Problem),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn history(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(name): Path<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HistoryShown>, Problem> {
    let window = query.window.as_deref().unwrap_or("24h");
    let window = read_window(window).ok_or_else(|| {
        Problem::field(
            "window",
            "a number and m, h or d, from 1m to 400d, such as 24h",
            "رقم متبوع بـ m أو h أو d من 1m إلى 400d مثل 24h",
        )
    })?;
    let accounts = accounts(&facade, &authorized, &name).await?;
    let history = facade.health.history(&accounts, window).await?;
    Ok(Json(shown_history(name, history)))
}

/// Probe a service now
///
/// Waits for the answer, and tells how the service does afterwards.
#[utoipa::path(post, path = "/v1/health/services/{name}/check", tag = "operations", params(("name" = String, Path)),
    responses((status = 200, description = "As it now is", body = ServiceShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn check(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(name): Path<String>,
) -> Result<Json<ServiceShown>, Problem> {
    probed(&facade, &authorized, &name).await
}

/// Test an integration
///
/// The same as a check of its health.
#[utoipa::path(post, path = "/v1/integrations/{name}/test", tag = "operations", params(("name" = String, Path)),
    responses((status = 200, description = "As it now is", body = ServiceShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn test(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(name): Path<String>,
) -> Result<Json<ServiceShown>, Problem> {
    probed(&facade, &authorized, &name).await
}

async fn probed(facade: &Facade, authorized: &Authorized, name: &str) -> Result<Json<ServiceShown>, Problem> {
    facade.health.check(&accounts(facade, authorized, name).await?).await;
    let service = of(facade, authorized).await?.into_iter().find(|one| one.service == name);
    let service = service.ok_or_else(Problem::not_found)?;
    Ok(Json(shown(facade, service)))
}

async fn of(facade: &Facade, authorized: &Authorized) -> Result<Vec<ServiceHealth>, Problem> {
    let store = authorized.store.as_ref().map(|store| store.id);
    Ok(facade.health.services_of(store, authorized.principal.mode.is_live()).await?)
}

async fn accounts(facade: &Facade, authorized: &Authorized, name: &str) -> Result<Vec<schemas::AccountId>, Problem> {
    let store = authorized.store.as_ref().map(|store| store.id);
    let livemode = authorized.principal.mode.is_live();
    let accounts = facade.health.accounts_of_service(store, livemode, name).await?;
    if accounts.is_empty() { Err(Problem::not_found()) } else { Ok(accounts) }
}

fn shown(facade: &Facade, service: ServiceHealth) -> ServiceShown {
    let now = facade.ambient.now();
    let account = service.worst.as_ref().map(|worst| worst.account_id).or(service.accounts.first().copied());
    let breaker =
        account.map(|id| facade.accounts.transport().breaker_of(id, &service.service).state(Instant::now()).as_str());
    let worst = service.worst;
    let of = |read: fn(&crate::db::account_health::AccountHealth) -> Option<f64>| worst.as_ref().and_then(read);
    let ill = service.verdict != Verdict::Healthy;
    ServiceShown {
        service: service.service,
        kind: service.kind,
        livemode: service.livemode,
        status: service.verdict,
        cause: worst.as_ref().and_then(|row| row.cause.clone()).filter(|_| ill),
        since: worst.as_ref().map(|row| row.since.to_string()),
        maintenance: service.maintenance,
        response_time_ms: of(|row| row.response_ms).map(rounded),
        last_checked: worst.as_ref().and_then(|row| row.checked_at).map(|at| at.to_string()),
        error: worst.as_ref().and_then(|row| row.error.clone()).filter(|_| ill),
        uptime_24h: of(|row| row.uptime_24h),
        success_rate: of(|row| row.success_rate),
        p50_ms: of(|row| row.p50_ms).map(rounded),
        p95_ms: of(|row| row.p95_ms).map(rounded),
        breaker,
        certificate_days: worst
            .as_ref()
            .and_then(|row| row.certificate_until)
            .map(|until| until.timestamp().duration_since(now).as_hours() / 24),
        balance: worst
            .as_ref()
            .filter(|_| service.balance_shown)
            .and_then(|row| {
                Some(schemas::Money::new(row.balance?, schemas::Currency::from_code(row.balance_currency.as_deref()?)?))
            })
            .map(|balance| format!("{balance} {}", balance.currency)),
    }
}

fn shown_history(service: String, history: ServiceHistory) -> HistoryShown {
    let points = history.points.iter().map(|point| PointShown {
        at: point.at.to_string(),
        down_seconds: point.down.as_secs_f64(),
        figures: figures(&point.tally),
    });
    let changes = history.changes.iter().map(|change| ChangeShown {
        at: change.at.to_string(),
        from: change.was,
        to: change.verdict,
        cause: change.cause.clone(),
        error: change.error.clone(),
    });
    HistoryShown {
        service,
        span: history.span.as_str(),
        uptime: history.uptime,
        total: figures(&history.total),
        points: points.collect(),
        changes: changes.collect(),
    }
}

fn figures(tally: &Tally) -> FiguresShown {
    let time = |share| tally.times().percentile(share).map(rounded);
    FiguresShown {
        calls: tally.calls_count(),
        failed: tally.failed,
        declined: tally.declined,
        probes: tally.probes_good.saturating_add(tally.probes_failed),
        probes_failed: tally.probes_failed,
        success_rate: tally.success_rate(),
        p50_ms: time(0.5),
        p95_ms: time(0.95),
        p99_ms: time(0.99),
    }
}

/// A hundredth of a millisecond is all that anybody reads.
fn rounded(millis: f64) -> f64 {
    (millis * 100.0).round() / 100.0
}

fn read_window(text: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(400 * 86_400);
    let unit = match text.chars().last()? {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let number: u64 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let window = Duration::from_secs(number.checked_mul(unit)?);
    (!window.is_zero() && window <= LONGEST).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read() {
        assert_eq!(read_window("90m"), Some(Duration::from_secs(5_400)));
        assert_eq!(read_window("400d"), Some(Duration::from_secs(400 * 86_400)));
        for wrong in ["", "24", "h", "+1h", "-1h", "0m", "401d", "1w", "99999999999999999999d", "٣h", "1é"] {
            assert_eq!(read_window(wrong), None, "{wrong}");
        }
    }
}
