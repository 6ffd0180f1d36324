//! `POST /v1/payments`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemas::payment::{CreatePayment, Payment};

use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;

/// Create a payment
///
/// Opens a payment and its first attempt, and answers what the customer does next. Nothing is charged by this call.
#[utoipa::path(post, path = "/v1/payments", tag = "payments", request_body = CreatePayment,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key answers the same payment")),
    responses(
        (status = 201, description = "The payment", body = Payment),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 409, description = "`reference_in_use`", body = schemas::Problem),
        (status = 422, description = "`idempotency_mismatch`, `unsupported`", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`, with alternatives", body = schemas::Problem),
    ))]
pub async fn create(
    State(facade): State<Facade>,
    caller: Caller,
    request: Keyed<CreatePayment>,
) -> Result<Response, Problem> {
    let (shown, replayed) = facade.payments.create(&caller, request.idempotency, request.body).await?;
    let payment = facade.payments.view(&caller, shown).await?;
    let mut response = (StatusCode::CREATED, Json(payment)).into_response();
    if replayed {
        response.headers_mut().insert("idempotency-replayed", http::HeaderValue::from_static("true"));
    }
    Ok(response)
}
