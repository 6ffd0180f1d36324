//! Shipments: having them booked, reading them, settling what nobody knows.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemas::ShipmentId;
use schemas::shipping::{CreateShipment, SettleShipment, Shipment, ShipmentEntry, ShipmentStatus};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::db::Time;
use crate::db::shipments::Filter;
use crate::http::extract::{Id, Query};
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// Have a shipment booked
///
/// By the carrier that is named, else by rule, else by the cheapest that offers in time. It leaves once. Where the carrier
/// certainly has booked nothing, the next one that fits is tried (`fallback`: `auto`), or named (`offer`). `booked`, `failed`,
/// or `unknown` while nobody knows: then the carrier is asked until it says, or a person does.
#[utoipa::path(post, path = "/v1/shipments", tag = "shipping", request_body = CreateShipment,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key answers the same shipment")),
    responses((status = 201, description = "The shipment", body = Shipment),
        (status = 200, description = "The shipment that the same key made before, as it is now", body = Shipment),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 409, description = "`reference_in_use`", body = schemas::Problem),
        (status = 422, description = "`unsupported`, with alternatives; `idempotency_mismatch`", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`, with alternatives: nothing was sent", body = schemas::Problem)))]
pub async fn create(
    State(facade): State<Facade>,
    caller: Caller,
    request: Keyed<CreateShipment>,
) -> Result<Response, Problem> {
    let (row, replayed) = facade.shipping.create(&caller, request.idempotency, request.body).await?;
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(facade.shipping.view_whole(&caller, row).await?)).into_response())
}

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ShipmentQuery {
    /// The store's own name.
    reference: Option<String>,
    /// Where they stand.
    status: Option<ShipmentStatus>,
    /// Who carries them.
    carrier: Option<String>,
    /// The carrier's number.
    tracking_number: Option<String>,
    /// RFC 3339: made at or after.
    #[param(value_type = Option<String>)]
    from: Option<jiff::Timestamp>,
    /// RFC 3339: made before.
    #[param(value_type = Option<String>)]
    to: Option<jiff::Timestamp>,
    /// `next_cursor` of the page before.
    cursor: Option<ShipmentId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// A page of shipments, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ShipmentPage {
    data: Vec<Shipment>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<ShipmentId>,
}

/// List shipments
#[utoipa::path(get, path = "/v1/shipments", tag = "shipping", params(ShipmentQuery),
    responses((status = 200, description = "A page", body = ShipmentPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<ShipmentQuery>,
) -> Result<Json<ShipmentPage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let filter = Filter {
        reference: query.reference,
        status: query.status,
        carrier: query.carrier,
        number: query.tracking_number,
        from: query.from.map(Time::from),
        to: query.to.map(Time::from),
        before: query.cursor,
        limit,
    };
    let found = facade.shipping.list(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let shown = found.into_iter().map(|row| facade.shipping.view(&caller, row));
    let data: Vec<Shipment> = shown.collect::<Result<_, _>>()?;
    let next_cursor = data.last().map(|shipment| shipment.id).filter(|_| full);
    Ok(Json(ShipmentPage { data, next_cursor }))
}

/// Read a shipment
#[utoipa::path(get, path = "/v1/shipments/{id}", tag = "shipping", params(("id" = ShipmentId, Path)),
    responses((status = 200, description = "The shipment as it is now, with every try to have it booked", body = Shipment),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ShipmentId>,
) -> Result<Json<Shipment>, Problem> {
    let row = facade.shipping.read(&caller, id).await?;
    Ok(Json(facade.shipping.view_whole(&caller, row).await?))
}

/// What a carrier told of a shipment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TrailPage {
    /// In the order in which it happened.
    data: Vec<ShipmentEntry>,
    next_cursor: Option<String>,
}

/// What happened to a shipment, in order
///
/// Each thing once, however often and by whatever way the carrier told it, with the carrier's own word beside ours.
#[utoipa::path(get, path = "/v1/shipments/{id}/events", tag = "shipping", params(("id" = ShipmentId, Path)),
    responses((status = 200, description = "Everything that was told", body = TrailPage)))]
pub async fn events(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ShipmentId>,
) -> Result<Json<TrailPage>, Problem> {
    Ok(Json(TrailPage { data: facade.shipping.trail(&caller, id).await?, next_cursor: None }))
}

/// Settle a shipment by hand
///
/// A person has asked the carrier whether it has booked it, and says so with evidence. Only for one that waits for a person.
#[utoipa::path(post, path = "/v1/shipments/{id}/settle", tag = "shipping", request_body = SettleShipment,
    params(("id" = ShipmentId, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 255 characters")),
    responses((status = 200, description = "The shipment as it now is", body = Shipment),
        (status = 409, description = "`conflict`: it does not wait for a person", body = schemas::Problem)))]
pub async fn settle(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ShipmentId>,
    request: Keyed<SettleShipment>,
) -> Result<Json<Shipment>, Problem> {
    let row = facade.shipping.settle(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(facade.shipping.view_whole(&caller, row).await?))
}
