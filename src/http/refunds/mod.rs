//! The paths of refunds.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::payment::{CreateRefund, Refund, Settle};
use schemas::{PaymentId, RefundId};
use serde::Serialize;

use super::extract::Id;
use super::idempotency::Keyed;
use super::problem::Problem;
use super::router::Facade;
use crate::payments::Caller;

/// The refunds of a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefundPage {
    data: Vec<Refund>,
    next_cursor: Option<String>,
}

/// Refund a payment
///
/// The refund is accepted and brought forward in the background: it is sent to the provider once, and succeeds when the
/// provider's records prove it. Before the day is settled only the whole can go back; a part waits.
#[utoipa::path(post, path = "/v1/payments/{id}/refunds", tag = "refunds", request_body = CreateRefund,
    params(("id" = PaymentId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The refund", body = Refund),
        (status = 400, description = "`invalid_request`: more than can be refunded", body = schemas::Problem),
        (status = 409, description = "`conflict`, `refund_in_flight`", body = schemas::Problem)))]
pub async fn create(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
    request: Keyed<CreateRefund>,
) -> Result<(StatusCode, Json<Refund>), Problem> {
    let refund = facade.payments.create_refund(&caller, id, request.idempotency, request.body).await?;
    Ok((StatusCode::CREATED, Json(facade.payments.view_refund(&caller, refund))))
}

/// List the refunds of a payment
#[utoipa::path(get, path = "/v1/payments/{id}/refunds", tag = "refunds", params(("id" = PaymentId, Path)),
    responses((status = 200, description = "Oldest first", body = RefundPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
) -> Result<Json<RefundPage>, Problem> {
    let found = facade.payments.refunds(&caller, id).await?;
    let data = found.into_iter().map(|refund| facade.payments.view_refund(&caller, refund)).collect();
    Ok(Json(RefundPage { data, next_cursor: None }))
}

/// Read a refund
#[utoipa::path(get, path = "/v1/refunds/{id}", tag = "refunds", params(("id" = RefundId, Path)),
    responses((status = 200, description = "The refund as it is now", body = Refund)))]
pub async fn read(State(facade): State<Facade>, caller: Caller, Id(id): Id<RefundId>) -> Result<Json<Refund>, Problem> {
    let refund = facade.payments.refund(&caller, id).await?;
    Ok(Json(facade.payments.view_refund(&caller, refund)))
}

/// Prove by hand that a refund's money went back
#[utoipa::path(post, path = "/v1/refunds/{id}/settle", tag = "refunds", request_body = Settle,
    params(("id" = RefundId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The refund", body = Refund),
        (status = 409, description = "`conflict`", body = schemas::Problem)))]
pub async fn settle(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<RefundId>,
    request: Keyed<Settle>,
) -> Result<Json<Refund>, Problem> {
    let refund = facade.payments.settle_refund(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(facade.payments.view_refund(&caller, refund)))
}
