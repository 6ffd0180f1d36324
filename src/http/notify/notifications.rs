//! Reading notifications with everything that became of them, and sending one again.

use axum::Json;
use axum::extract::State;
use schemas::{DeliveryId, EndpointId, NotificationId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::db::Time;
use crate::db::deliveries::Delivery;
use crate::db::delivery_attempts::DeliveryAttempt;
use crate::db::notifications::{Filter, Notification, Standing};
use crate::http::extract::{Id, Query};
use crate::http::idempotency::Keyed;
use crate::http::payments::change::Empty;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::notify::Told;
use crate::payments::Caller;

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NotificationQuery {
    /// `pending`, `success` or `failed`.
    status: Option<Status>,
    /// What has happened.
    event: Option<String>,
    /// The store's own number.
    order_no: Option<String>,
    /// RFC 3339: made at or after.
    #[param(value_type = Option<String>)]
    from: Option<jiff::Timestamp>,
    /// RFC 3339: made before.
    #[param(value_type = Option<String>)]
    to: Option<jiff::Timestamp>,
    /// `next_cursor` of the page before.
    cursor: Option<NotificationId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// How a notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A delivery waits.
    Pending,
    /// All have arrived.
    Success,
    /// One was given up, and none waits.
    Failed,
}

impl From<Standing> for Status {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Pending => Self::Pending,
            Standing::Success => Self::Success,
            Standing::Failed => Self::Failed,
        }
    }
}

impl From<Status> for Standing {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Success => Self::Success,
            Status::Failed => Self::Failed,
        }
    }
}

/// A notification.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NotificationShown {
    id: NotificationId,
    store: String,
    event: String,
    order_no: Option<String>,
    status: Status,
    /// The first that waits is tried then.
    next_attempt_at: Option<String>,
    deliveries: Vec<DeliveryShown>,
    /// Every try, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptShown>>,
    /// What is delivered, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    payload: Option<Box<RawValue>>,
    livemode: bool,
    created_at: String,
    updated_at: String,
}

/// A notification to one endpoint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryShown {
    id: DeliveryId,
    endpoint: EndpointId,
    /// `pending`, `success` or `failed`.
    status: String,
    /// Tries so far.
    tries: i32,
    /// What was answered last.
    last_status: Option<i32>,
    /// Why the last one failed.
    last_error: Option<String>,
    next_attempt_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// One try.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttemptShown {
    delivery: DeliveryId,
    endpoint: EndpointId,
    /// From 1.
    number: i32,
    succeeded: bool,
    /// Why not, in a word that can be counted.
    reason: Option<String>,
    response_status: Option<i32>,
    /// Its first 16 KiB.
    response_body: Option<String>,
    /// Why not, for people.
    error: Option<String>,
    duration_ms: f64,
    started_at: String,
}

/// A page of notifications, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NotificationPage {
    data: Vec<NotificationShown>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<NotificationId>,
}

/// List notifications
#[utoipa::path(get, path = "/v1/notifications", tag = "notifications", params(NotificationQuery),
    responses((status = 200, description = "A page, without payloads and tries", body = NotificationPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<NotificationQuery>,
) -> Result<Json<NotificationPage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let filter = Filter {
        status: query.status.map(Standing::from),
        event: query.event,
        order_no: query.order_no,
        from: query.from.map(Time::from),
        to: query.to.map(Time::from),
        before: query.cursor,
        limit,
    };
    let found = facade.notify.list(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let data: Vec<NotificationShown> =
        found.into_iter().map(|(notification, deliveries)| show(&caller, notification, deliveries)).collect();
    let next_cursor = data.last().map(|one| one.id).filter(|_| full);
    Ok(Json(NotificationPage { data, next_cursor }))
}

/// Read a notification
#[utoipa::path(get, path = "/v1/notifications/{id}", tag = "notifications", params(("id" = NotificationId, Path)),
    responses((status = 200, description = "With its payload and every try", body = NotificationShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<NotificationId>,
) -> Result<Json<NotificationShown>, Problem> {
    let told = facade.notify.read(&caller, id).await?;
    Ok(Json(whole(&caller, told)))
}

/// Send a notification again
///
/// To every endpoint that does not have it, from the start of the schedule; if all have it, to all of them.
#[utoipa::path(post, path = "/v1/notifications/{id}/retry", tag = "notifications",
    params(("id" = NotificationId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The notification", body = NotificationShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn retry(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<NotificationId>,
    request: Keyed<Empty>,
) -> Result<Json<NotificationShown>, Problem> {
    let told = facade.notify.retry(&caller, id, request.idempotency).await?;
    Ok(Json(whole(&caller, told)))
}

fn whole(caller: &Caller, told: Told) -> NotificationShown {
    let payload = RawValue::from_string(told.notification.payload.clone()).ok();
    let attempts = Some(told.attempts.into_iter().map(attempt).collect());
    NotificationShown { attempts, payload, ..show(caller, told.notification, told.deliveries) }
}

fn show(caller: &Caller, notification: Notification, deliveries: Vec<Delivery>) -> NotificationShown {
    let waiting = deliveries.iter().filter(|one| one.status == "pending");
    let next = waiting.filter_map(|one| one.next_attempt_at).min();
    let updated = deliveries.iter().map(|one| one.updated_at).max().unwrap_or(notification.created_at);
    NotificationShown {
        id: notification.id,
        store: caller.store_key.to_string(),
        event: notification.event,
        order_no: notification.order_no,
        status: Standing::of(deliveries.iter().map(|one| one.status.as_str())).into(),
        next_attempt_at: next.map(|time| time.to_string()),
        deliveries: deliveries.into_iter().map(delivery).collect(),
        attempts: None,
        payload: None,
        livemode: notification.livemode,
        created_at: notification.created_at.to_string(),
        updated_at: updated.to_string(),
    }
}

fn delivery(row: Delivery) -> DeliveryShown {
    let waits = row.status == "pending";
    DeliveryShown {
        id: row.id,
        endpoint: row.endpoint_id,
        status: row.status,
        tries: row.attempts,
        last_status: row.last_status,
        last_error: row.last_error,
        next_attempt_at: row.next_attempt_at.filter(|_| waits).map(|time| time.to_string()),
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}

fn attempt(row: DeliveryAttempt) -> AttemptShown {
    AttemptShown {
        delivery: row.delivery_id,
        endpoint: row.endpoint_id,
        number: row.number,
        succeeded: row.succeeded,
        reason: row.reason,
        response_status: row.response_status,
        response_body: row.response_body,
        error: row.error,
        duration_ms: row.duration_us as f64 / 1_000.0,
        started_at: row.started_at.to_string(),
    }
}
