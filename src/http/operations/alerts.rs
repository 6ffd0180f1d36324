//! What operators were told, and a test of whether they can be.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::{TaskId, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alerts::{audience, level, title};
use crate::db::alerts;
use crate::http::extract::{Body, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AlertQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// One thing that operators were told of, as it was told last.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlertShown {
    /// What it is about: `breaker:<endpoint>`, `waiting`, `buried:<kind of task>`, …
    key: String,
    kind: String,
    title: Text,
    /// `critical` or `ordinary`.
    level: &'static str,
    /// `waiting`, `sent`, `logged` (nobody could be told), `unknown` (it may be lost) or `refused`.
    outcome: String,
    told_at: String,
    /// Since when it is over.
    resolved_at: Option<String>,
    /// What was told.
    data: Value,
}

/// A page of alerts, the latest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlertPage {
    data: Vec<AlertShown>,
    next_cursor: Option<String>,
}

/// `POST /v1/alerts/test`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertTest {
    /// `admin`, when absent, or `monitor`.
    #[serde(default)]
    audience: Option<String>,
}

/// A test alert that is on its way.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlertTested {
    /// The task that sends it.
    task: TaskId,
}

/// List alerts
///
/// One line for each thing that operators were told of, with what was told last and what became of it.
#[utoipa::path(get, path = "/v1/alerts", tag = "operations", params(AlertQuery),
    responses((status = 200, description = "A page, the latest first", body = AlertPage)))]
pub async fn list(State(facade): State<Facade>, Query(query): Query<AlertQuery>) -> Result<Json<AlertPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let found = alerts::list(&facade.db, query.cursor.as_deref(), limit).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = found.last().map(|alert| alert.key.clone()).filter(|_| full);
    let data = found.into_iter().map(|alert| AlertShown {
        title: title(&alert.kind),
        level: level(&alert.kind),
        key: alert.key,
        kind: alert.kind,
        outcome: alert.outcome,
        told_at: alert.told_at.to_string(),
        resolved_at: alert.resolved_at.map(|at| at.to_string()),
        data: alert.data.0,
    });
    Ok(Json(AlertPage { data: data.collect(), next_cursor }))
}

/// Send a test alert
///
/// To the chat that the audience reads. What became of it is told by `GET /v1/alerts` and, call by call, by `GET /v1/logs`.
#[utoipa::path(post, path = "/v1/alerts/test", tag = "operations", request_body = AlertTest,
    responses((status = 202, description = "It is on its way", body = AlertTested),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn test(
    State(facade): State<Facade>,
    Body(request): Body<AlertTest>,
) -> Result<(StatusCode, Json<AlertTested>), Problem> {
    let wanted = request.audience.as_deref().unwrap_or("admin");
    let audience = audience(wanted)
        .ok_or_else(|| Problem::field("audience", "expected admin or monitor", "المتوقع admin أو monitor"))?;
    let task = facade.alerts.enqueue_test(audience).await?;
    Ok((StatusCode::ACCEPTED, Json(AlertTested { task: task.into() })))
}
