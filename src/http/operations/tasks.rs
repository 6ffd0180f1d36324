//! Due work as operators see it: what waits, what is under way, what was given up.

use axum::Json;
use axum::extract::State;
use schemas::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::Time;
use crate::db::tasks::{self, Filter, Row};
use crate::http::extract::{Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// What the list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// `payment.confirm`, `notification.deliver`, …
    kind: Option<String>,
    /// What they are done together with.
    lane: Option<String>,
    /// Only those that were given up, or only the others.
    buried: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<TaskId>,
    /// 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// A task.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskShown {
    id: TaskId,
    kind: String,
    lane: String,
    /// What it is about.
    key: String,
    /// `waiting`, `working` or `buried`.
    status: &'static str,
    /// Ids.
    #[schema(value_type = Object)]
    payload: Value,
    due_at: String,
    /// How often it has failed.
    attempts: i32,
    last_error: Option<String>,
    /// Until when somebody is at it.
    leased_until: Option<String>,
    /// Since when it has been given up.
    buried_at: Option<String>,
    /// The request or task that it comes from.
    enqueued_by: Option<String>,
    created_at: String,
}

/// A page of tasks, oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskPage {
    data: Vec<TaskShown>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<TaskId>,
}

/// List due work
#[utoipa::path(get, path = "/v1/tasks", tag = "operations", params(TaskQuery),
    responses((status = 200, description = "A page, oldest first", body = TaskPage)))]
pub async fn list(State(facade): State<Facade>, Query(query): Query<TaskQuery>) -> Result<Json<TaskPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let (kind, lane, after) = (query.kind, query.lane, query.cursor.map(TaskId::uuid));
    let found = tasks::list(&facade.db, &Filter { kind, lane, buried: query.buried, after, limit }).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let now = facade.ambient.now().into();
    let data: Vec<TaskShown> = found.into_iter().map(|row| show(row, now)).collect();
    let next_cursor = data.last().map(|task| task.id).filter(|_| full);
    Ok(Json(TaskPage { data, next_cursor }))
}

/// Read a task
#[utoipa::path(get, path = "/v1/tasks/{id}", tag = "operations", params(("id" = TaskId, Path)),
    responses((status = 200, description = "The task; what is done is no more", body = TaskShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(State(facade): State<Facade>, Id(id): Id<TaskId>) -> Result<Json<TaskShown>, Problem> {
    shown(&facade, tasks::by_id(&facade.db, id.uuid()).await?)
}

/// Do a task now
///
/// One that was given up, too: it has all its attempts again.
#[utoipa::path(post, path = "/v1/tasks/{id}/retry", tag = "operations", params(("id" = TaskId, Path)),
    responses((status = 200, description = "The task, due now", body = TaskShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn retry(State(facade): State<Facade>, Id(id): Id<TaskId>) -> Result<Json<TaskShown>, Problem> {
    let revived = tasks::revive(&facade.db, id.uuid(), facade.ambient.now().into()).await?;
    facade.notify.waker.wake_all();
    shown(&facade, revived)
}

/// Leave a task alone
///
/// Nobody does it any more until it is retried.
#[utoipa::path(post, path = "/v1/tasks/{id}/bury", tag = "operations", params(("id" = TaskId, Path)),
    responses((status = 200, description = "The task, given up", body = TaskShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn bury(State(facade): State<Facade>, Id(id): Id<TaskId>) -> Result<Json<TaskShown>, Problem> {
    let buried = tasks::bury_by_hand(&facade.db, id.uuid(), facade.ambient.now().into()).await?;
    shown(&facade, buried)
}

fn shown(facade: &Facade, row: Option<Row>) -> Result<Json<TaskShown>, Problem> {
    let now = facade.ambient.now().into();
    row.map(|row| Json(show(row, now))).ok_or_else(Problem::not_found)
}

fn show(row: Row, now: Time) -> TaskShown {
    let status = row.status(now);
    let task = row.task;
    TaskShown {
        id: task.id.into(),
        kind: task.kind,
        lane: task.lane,
        key: task.key,
        status,
        payload: task.payload.0,
        due_at: task.due_at.to_string(),
        attempts: task.attempts,
        last_error: row.last_error,
        leased_until: row.leased_until.map(|time| time.to_string()),
        buried_at: row.buried_at.map(|time| time.to_string()),
        enqueued_by: task.enqueued_by,
        created_at: task.created_at.to_string(),
    }
}
