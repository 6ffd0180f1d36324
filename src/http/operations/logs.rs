//! The log of calls, masked when it was written.

use axum::Json;
use axum::extract::State;
use schemas::LogId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::Time;
use crate::db::integration_logs::{self, Filter, Log};
use crate::http::auth::Authorized;
use crate::http::extract::{Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// What the log is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// The service's name.
    integration: Option<String>,
    /// The provider's own word.
    operation: Option<String>,
    /// `sending`, `success`, `error`, `timeout`, `refused`, `unknown`.
    status: Option<String>,
    /// `X-Request-Id` of the request behind the call.
    request_id: Option<String>,
    /// The wire reference.
    reference: Option<String>,
    /// RFC 3339: began at or after.
    #[param(value_type = Option<String>)]
    from: Option<jiff::Timestamp>,
    /// RFC 3339: began before.
    #[param(value_type = Option<String>)]
    to: Option<jiff::Timestamp>,
    /// `next_cursor` of the page before.
    cursor: Option<LogId>,
    /// 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// One call.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LogShown {
    id: LogId,
    integration: String,
    livemode: bool,
    operation: String,
    reference: Option<String>,
    request_id: Option<String>,
    /// The first row of the same acting call, on its repeats.
    intent: Option<LogId>,
    attempt: i32,
    method: String,
    endpoint: String,
    status: String,
    /// `never`, `maybe` or `done`: can the provider have acted?
    delivery: String,
    response_status: Option<i32>,
    /// Milliseconds.
    duration_ms: Option<f64>,
    error_code: Option<String>,
    error_message: Option<String>,
    started_at: String,
    completed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_headers: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_headers: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_body: Option<String>,
    /// The call again, with what is masked left for you to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    curl: Option<String>,
}

/// A page of calls, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LogPage {
    data: Vec<LogShown>,
    next_cursor: Option<LogId>,
}

/// List calls of providers
#[utoipa::path(get, path = "/v1/logs", tag = "operations", params(LogQuery),
    responses((status = 200, description = "A page, without headers and bodies", body = LogPage)))]
pub async fn list(
    State(facade): State<Facade>,
    authorized: Authorized,
    Query(query): Query<LogQuery>,
) -> Result<Json<LogPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let filter = Filter {
        integration: query.integration,
        operation: query.operation,
        status: query.status,
        request_id: query.request_id,
        reference: query.reference,
        from: query.from.map(Time::from),
        to: query.to.map(Time::from),
        livemode: Some(authorized.principal.mode.is_live()),
        before: query.cursor,
        limit,
    };
    let found = integration_logs::list(&facade.db, authorized.scope(), &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let data: Vec<LogShown> = found.into_iter().map(summary).collect();
    let next_cursor = data.last().map(|log| log.id).filter(|_| full);
    Ok(Json(LogPage { data, next_cursor }))
}

/// Read a call
#[utoipa::path(get, path = "/v1/logs/{id}", tag = "operations", params(("id" = LogId, Path)),
    responses((status = 200, description = "With headers, bodies and a masked curl", body = LogShown)))]
pub async fn read(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<LogId>,
) -> Result<Json<LogShown>, Problem> {
    let log = integration_logs::by_id(&facade.db, authorized.scope(), id).await?;
    let livemode = authorized.principal.mode.is_live();
    let log = log.filter(|log| log.livemode == livemode).ok_or_else(Problem::not_found)?;
    let curl = Some(curl(&log));
    let (request_headers, response_headers) = (log.request_headers.clone(), log.response_headers.clone());
    let (request_body, response_body) = (log.request_body.clone(), log.response_body.clone());
    Ok(Json(LogShown {
        request_headers: request_headers.map(|json| json.0),
        request_body,
        response_headers: response_headers.map(|json| json.0),
        response_body,
        curl,
        ..summary(log)
    }))
}

fn summary(log: Log) -> LogShown {
    LogShown {
        id: log.id,
        integration: log.service_name,
        livemode: log.livemode,
        operation: log.operation,
        reference: log.reference,
        request_id: log.request_id,
        intent: log.intent_id.map(LogId::from),
        attempt: log.attempt,
        method: log.method,
        endpoint: log.endpoint,
        status: log.status,
        delivery: log.delivery,
        response_status: log.response_status,
        duration_ms: log.request_duration,
        error_code: log.error_code,
        error_message: log.error_message,
        started_at: log.started_at.to_string(),
        completed_at: log.completed_at.map(|at| at.to_string()),
        request_headers: None,
        request_body: None,
        response_headers: None,
        response_body: None,
        curl: None,
    }
}

/// The call as a command; quoted for a shell.
fn curl(log: &Log) -> String {
    let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut command = format!("curl -X {} {}", log.method, quote(&log.endpoint));
    let headers = log.request_headers.as_ref().and_then(|json| json.0.as_object());
    for (name, value) in headers.into_iter().flatten() {
        command.push_str(&format!(" -H {}", quote(&format!("{name}: {}", value.as_str().unwrap_or_default()))));
    }
    if let Some(body) = &log.request_body {
        command.push_str(&format!(" --data-raw {}", quote(body)));
    }
    command
}
