//! Reading payments.

use axum::Json;
use axum::extract::State;
use schemas::PaymentId;
use schemas::payment::{Payment, PaymentStatus};
use serde::{Deserialize, Serialize};

use crate::db::payments::Filter;
use crate::db::{Time, events};
use crate::http::extract::{Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// The store's own name.
    reference: Option<String>,
    /// Where they stand.
    status: Option<PaymentStatus>,
    /// RFC 3339: made at or after.
    #[param(value_type = Option<String>)]
    from: Option<jiff::Timestamp>,
    /// RFC 3339: made before.
    #[param(value_type = Option<String>)]
    to: Option<jiff::Timestamp>,
    /// `next_cursor` of the page before.
    cursor: Option<PaymentId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// A page of payments, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentPage {
    data: Vec<Payment>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<PaymentId>,
}

/// List payments
#[utoipa::path(get, path = "/v1/payments", tag = "payments", params(ListQuery),
    responses((status = 200, description = "A page", body = PaymentPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<PaymentPage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let filter = Filter {
        reference: query.reference,
        status: query.status,
        from: query.from.map(Time::from),
        to: query.to.map(Time::from),
        before: query.cursor,
        limit,
    };
    let found = facade.payments.list(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let mut data = Vec::with_capacity(found.len());
    for shown in found {
        data.push(facade.payments.view(&caller, shown).await?);
    }
    let next_cursor = data.last().map(|payment: &Payment| payment.id).filter(|_| full);
    Ok(Json(PaymentPage { data, next_cursor }))
}

/// Read a payment
#[utoipa::path(get, path = "/v1/payments/{id}", tag = "payments", params(("id" = PaymentId, Path)),
    responses((status = 200, description = "The payment as it is now", body = Payment),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
) -> Result<Json<Payment>, Problem> {
    let shown = facade.payments.read(&caller, id).await?;
    Ok(Json(facade.payments.view(&caller, shown).await?))
}

/// Something that happened to a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EventShown {
    id: schemas::EventId,
    /// `payment.paid`, …
    name: String,
    /// Of the event's schema.
    version: i32,
    /// From 1, without gaps.
    sequence: i64,
    /// What is known of it.
    data: serde_json::Value,
    /// RFC 3339.
    created_at: String,
}

/// The events of a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EventPage {
    data: Vec<EventShown>,
    next_cursor: Option<String>,
}

/// What happened to a payment, in order
#[utoipa::path(get, path = "/v1/payments/{id}/events", tag = "payments", params(("id" = PaymentId, Path)),
    responses((status = 200, description = "Every event", body = EventPage)))]
pub async fn events(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
) -> Result<Json<EventPage>, Problem> {
    facade.payments.read(&caller, id).await?;
    let found = events::of_resource(&facade.db, id.uuid()).await?;
    let data = found
        .into_iter()
        .map(|event| EventShown {
            id: event.id,
            name: event.name,
            version: event.version,
            sequence: event.sequence,
            data: event.data.0,
            created_at: event.created_at.to_string(),
        })
        .collect();
    Ok(Json(EventPage { data, next_cursor: None }))
}
