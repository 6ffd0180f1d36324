//! Having parcels fetched.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemas::PickupId;
use schemas::shipping::{CreatePickup, Pickup, PickupStatus, SettlePickup};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::db::pickups::Filter;
use crate::http::extract::{Id, Query};
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// Have parcels fetched
///
/// Booked shipments of one carrier, on an open day. It is sent once: `scheduled`, `failed`, or `needs_review` where nobody can
/// say whether the carrier comes; then a person asks it and settles the pickup.
#[utoipa::path(post, path = "/v1/pickups", tag = "shipping", request_body = CreatePickup,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key answers the same pickup")),
    responses((status = 201, description = "The pickup", body = Pickup),
        (status = 200, description = "The pickup that the same key made before, as it is now", body = Pickup),
        (status = 400, description = "`invalid_request`: among others a closed day", body = schemas::Problem),
        (status = 409, description = "`conflict`: another pickup fetches some of them", body = schemas::Problem),
        (status = 422, description = "`unsupported`: the carrier has no call for it", body = schemas::Problem)))]
pub async fn order(
    State(facade): State<Facade>,
    caller: Caller,
    request: Keyed<CreatePickup>,
) -> Result<Response, Problem> {
    let (row, replayed) = facade.shipping.order_pickup(&caller, request.idempotency, request.body).await?;
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(facade.shipping.view_pickup(&caller, row)?)).into_response())
}

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PickupQuery {
    /// Who comes.
    carrier: Option<String>,
    /// Where they stand.
    status: Option<PickupStatus>,
    /// `next_cursor` of the page before.
    cursor: Option<PickupId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// A page of pickups, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PickupPage {
    data: Vec<Pickup>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<PickupId>,
}

/// List pickups
#[utoipa::path(get, path = "/v1/pickups", tag = "shipping", params(PickupQuery),
    responses((status = 200, description = "A page", body = PickupPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<PickupQuery>,
) -> Result<Json<PickupPage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let filter = Filter { carrier: query.carrier, status: query.status, before: query.cursor, limit };
    let found = facade.shipping.list_pickups(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = found.last().map(|pickup| pickup.id).filter(|_| full);
    let data: Result<_, _> = found.into_iter().map(|row| facade.shipping.view_pickup(&caller, row)).collect();
    Ok(Json(PickupPage { data: data?, next_cursor }))
}

/// Read a pickup
#[utoipa::path(get, path = "/v1/pickups/{id}", tag = "shipping", params(("id" = PickupId, Path)),
    responses((status = 200, description = "The pickup as it is now", body = Pickup),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(State(facade): State<Facade>, caller: Caller, Id(id): Id<PickupId>) -> Result<Json<Pickup>, Problem> {
    let row = facade.shipping.read_pickup(&caller, id).await?;
    Ok(Json(facade.shipping.view_pickup(&caller, row)?))
}

/// Settle a pickup by hand
///
/// A person has asked the carrier whether it comes, and says so with evidence. Only for one that waits for a person.
#[utoipa::path(post, path = "/v1/pickups/{id}/settle", tag = "shipping", request_body = SettlePickup,
    params(("id" = PickupId, Path), ("Idempotency-Key" = String, Header, description = "1 to 255 characters")),
    responses((status = 200, description = "The pickup as it now is", body = Pickup),
        (status = 409, description = "`conflict`: it does not wait for a person", body = schemas::Problem)))]
pub async fn settle(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PickupId>,
    request: Keyed<SettlePickup>,
) -> Result<Json<Pickup>, Problem> {
    let row = facade.shipping.settle_pickup(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(facade.shipping.view_pickup(&caller, row)?))
}
