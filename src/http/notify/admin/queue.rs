//! The queue and the log of tries.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::language::{FETCHED, Language};
use super::{Answer, Page, Place, Refusal, answer, filled};
use crate::db::deliveries::Named;
use crate::db::delivery_attempts::DeliveryAttempt;
use crate::http::auth::Authorized;
use crate::http::extract::Query;
use crate::http::notify::stats::scope;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::notify::admin::{Line, LogFilter};
use crate::notify::channel;

/// What waits.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QueueShown {
    /// Not tried yet.
    pending_count: i64,
    /// Tried, and to be tried again.
    retry_count: i64,
    /// The first twenty of the former.
    pending_orders: Vec<QueuedShown>,
    /// The first twenty of the latter.
    retry_orders: Vec<QueuedShown>,
}

/// A delivery that waits.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QueuedShown {
    order_no: Option<String>,
    event: String,
    notify_url: String,
    /// Tries so far.
    attempts: i32,
    next_time: Option<String>,
    created_at: String,
}

/// What the log is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// From 1.
    #[serde(default, deserialize_with = "filled")]
    page: Option<i64>,
    /// 1 to 100, 20 when absent.
    #[serde(default, deserialize_with = "filled")]
    limit: Option<i64>,
    /// The store's own number.
    #[serde(default, deserialize_with = "filled")]
    order_no: Option<String>,
    /// 0: what waits, 1: tries that arrived, 2: tries that failed.
    #[serde(default, deserialize_with = "filled")]
    status: Option<i64>,
}

/// A try, or what waits for one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LogShown {
    id: String,
    order_no: Option<String>,
    event: String,
    notify_url: String,
    /// 0 pending, 1 success, 2 failed.
    status: u8,
    /// Which try; of what waits, tries so far.
    attempts: i32,
    /// HTTP status.
    response_code: Option<i32>,
    response_body: Option<String>,
    /// Seconds.
    response_time: Option<f64>,
    /// Why not, in a word that can be counted.
    reason: Option<String>,
    error: Option<String>,
    next_time: Option<String>,
    created_at: String,
}

/// What waits to be sent
#[utoipa::path(get, path = "/admin/merchant-notify/queue-status", tag = "merchant-notify",
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<QueueShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn queue_status(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
) -> Result<Json<Answer<QueueShown>>, Problem> {
    let queue = facade.notify.queue(scope(&authorized)).await?;
    let shown = QueueShown {
        pending_count: queue.pending,
        retry_count: queue.retrying,
        pending_orders: queue.first_pending.into_iter().map(queued).collect(),
        retry_orders: queue.first_retrying.into_iter().map(queued).collect(),
    };
    Ok(answer(language, FETCHED, shown))
}

/// The log of tries
#[utoipa::path(get, path = "/admin/merchant-notify/logs", tag = "merchant-notify", params(LogQuery),
    responses((status = 200, description = "`{code, msg, data}`, newest first", body = Answer<Page<LogShown>>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn logs(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Query(query): Query<LogQuery>,
) -> Result<Json<Answer<Page<LogShown>>>, Problem> {
    let place = Place::of(query.page, query.limit);
    let (waiting, succeeded) = match query.status {
        None => (false, None),
        Some(0) => (true, None),
        Some(1) => (false, Some(true)),
        Some(2) => (false, Some(false)),
        Some(_) => return Err(Problem::field("status", "0, 1 or 2", "0 أو 1 أو 2")),
    };
    let filter = LogFilter { order_no: query.order_no, waiting, succeeded };
    let (lines, total) = facade.notify.log(scope(&authorized), filter, place.limit, place.offset()).await?;
    let list = lines.into_iter().map(|line| match line {
        Line::Tried(attempt, url) => tried(*attempt, url),
        Line::Waits(named) => waits(named),
    });
    Ok(answer(language, FETCHED, place.of_list(list.collect(), total)))
}

fn queued(named: Named) -> QueuedShown {
    QueuedShown {
        order_no: named.order_no,
        event: named.event,
        notify_url: channel::shown(&named.url),
        attempts: named.attempts,
        next_time: named.next_attempt_at.map(|time| time.to_string()),
        created_at: named.created_at.to_string(),
    }
}

fn waits(named: Named) -> LogShown {
    LogShown {
        id: named.id.to_string(),
        order_no: named.order_no,
        event: named.event,
        notify_url: channel::shown(&named.url),
        status: 0,
        attempts: named.attempts,
        response_code: named.last_status,
        response_body: None,
        response_time: None,
        reason: None,
        error: named.last_error,
        next_time: named.next_attempt_at.map(|time| time.to_string()),
        created_at: named.created_at.to_string(),
    }
}

fn tried(attempt: DeliveryAttempt, url: String) -> LogShown {
    LogShown {
        id: attempt.id.to_string(),
        order_no: attempt.order_no,
        event: attempt.event,
        notify_url: channel::shown(&url),
        status: if attempt.succeeded { 1 } else { 2 },
        attempts: attempt.number,
        response_code: attempt.response_status,
        response_body: attempt.response_body,
        response_time: Some(attempt.duration_us as f64 / 1_000_000.0),
        reason: attempt.reason,
        error: attempt.error,
        next_time: None,
        created_at: attempt.started_at.to_string(),
    }
}
