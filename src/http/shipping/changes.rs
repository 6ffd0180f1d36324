//! What is done with a shipment that is booked: it is cancelled, or brought back.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemas::ShipmentId;
use schemas::shipping::{CancelShipment, ReturnShipment, Shipment, ShipmentChangeKind, ShipmentChangeStatus};

use crate::caller::{Caller, Idempotency};
use crate::http::extract::Id;
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// Cancel a shipment
///
/// Only before the carrier has fetched it, and only where the carrier has a call for it. It is sent once. `202` while nobody
/// knows what became of it: `change` says so, and what the carrier tells of the shipment decides it. A refusal is told with the
/// carrier's words; nothing is changed by it.
#[utoipa::path(post, path = "/v1/shipments/{id}/cancel", tag = "shipping", request_body = CancelShipment,
    params(("id" = ShipmentId, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key tells the same outcome")),
    responses((status = 200, description = "The carrier has given it up", body = Shipment),
        (status = 202, description = "Nobody knows yet; `change.status` is `unknown`", body = Shipment),
        (status = 409, description = "`conflict`: its status does not allow it, another change is under way, or the carrier refuses", body = schemas::Problem),
        (status = 422, description = "`unsupported`: the carrier has no call for it", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`: it has not reached the carrier", body = schemas::Problem)))]
pub async fn cancel(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ShipmentId>,
    request: Keyed<CancelShipment>,
) -> Result<Response, Problem> {
    let kind = ShipmentChangeKind::Cancel;
    change(&facade, &caller, id, request.idempotency, kind, request.body.reason).await
}

/// Have a shipment brought back
///
/// While the carrier has it and has not handed it over; otherwise as with cancelling. It is `returning` once the carrier has
/// accepted, and `returned` when the carrier tells so.
#[utoipa::path(post, path = "/v1/shipments/{id}/return", tag = "shipping", request_body = ReturnShipment,
    params(("id" = ShipmentId, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key tells the same outcome")),
    responses((status = 200, description = "The carrier brings it back", body = Shipment),
        (status = 202, description = "Nobody knows yet; `change.status` is `unknown`", body = Shipment),
        (status = 409, description = "`conflict`: its status does not allow it, another change is under way, or the carrier refuses", body = schemas::Problem),
        (status = 422, description = "`unsupported`: the carrier has no call for it", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`: it has not reached the carrier", body = schemas::Problem)))]
pub async fn send_back(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ShipmentId>,
    request: Keyed<ReturnShipment>,
) -> Result<Response, Problem> {
    let kind = ShipmentChangeKind::Return;
    change(&facade, &caller, id, request.idempotency, kind, request.body.reason).await
}

async fn change(
    facade: &Facade,
    caller: &Caller,
    id: ShipmentId,
    idempotency: Idempotency,
    kind: ShipmentChangeKind,
    reason: Option<String>,
) -> Result<Response, Problem> {
    let (row, became) = facade.shipping.change(caller, id, idempotency, kind, reason).await?;
    let status = match became {
        ShipmentChangeStatus::Unknown => StatusCode::ACCEPTED,
        ShipmentChangeStatus::Done | ShipmentChangeStatus::Refused => StatusCode::OK,
    };
    Ok((status, Json(facade.shipping.view_whole(caller, row).await?)).into_response())
}
