//! Changing payments: switch, cancel, ask now, settle.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::PaymentId;
use schemas::payment::{Code, CreateAttempt, Payment, Settle};
use serde::Deserialize;

use crate::http::extract::Id;
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;

/// A body without fields.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// The code that the customer was sent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    otp: Code,
}

/// Pay another way
///
/// Makes another attempt. What the first one still brings is not lost: two paid attempts are told as `paid_twice`.
#[utoipa::path(post, path = "/v1/payments/{id}/attempts", tag = "payments", request_body = CreateAttempt,
    params(("id" = PaymentId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "The payment with its new attempt", body = Payment),
        (status = 409, description = "`conflict`, `reference_in_use`", body = schemas::Problem)))]
pub async fn switch(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
    request: Keyed<CreateAttempt>,
) -> Result<(StatusCode, Json<Payment>), Problem> {
    let shown = facade.payments.switch(&caller, id, request.idempotency, request.body).await?;
    Ok((StatusCode::CREATED, Json(facade.payments.view(&caller, shown).await?)))
}

/// Give a payment up
///
/// Money that comes all the same is told: the payment becomes `paid` with `late`.
#[utoipa::path(post, path = "/v1/payments/{id}/cancel", tag = "payments",
    params(("id" = PaymentId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The payment", body = Payment),
        (status = 409, description = "`conflict`", body = schemas::Problem)))]
pub async fn cancel(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
    request: Keyed<Empty>,
) -> Result<Json<Payment>, Problem> {
    let shown = facade.payments.cancel(&caller, id, request.idempotency).await?;
    Ok(Json(facade.payments.view(&caller, shown).await?))
}

/// Ask the provider now
///
/// Waits up to 12 seconds for its word and answers the payment as it then is.
#[utoipa::path(post, path = "/v1/payments/{id}/sync", tag = "payments", params(("id" = PaymentId, Path)),
    responses((status = 200, description = "The payment", body = Payment)))]
pub async fn sync(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
) -> Result<Json<Payment>, Problem> {
    let shown = facade.payments.sync(&caller, id).await?;
    Ok(Json(facade.payments.view(&caller, shown).await?))
}

/// Enter the customer's code
///
/// It is sent to the wallet once, whatever becomes of it. `paid`, `declined`, `requires_action` after a wrong code
/// (`codes_left` says how many more), `processing` while nobody knows, or `needs_review` where nobody can be asked.
#[utoipa::path(post, path = "/v1/payments/{id}/confirm", tag = "payments", request_body = Confirm,
    params(("id" = PaymentId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The payment", body = Payment),
        (status = 409, description = "`conflict`: it does not wait for a code, or the code is over", body = schemas::Problem),
        (status = 422, description = "`unsupported`", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`: nothing was sent", body = schemas::Problem)))]
pub async fn confirm(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
    request: Keyed<Confirm>,
) -> Result<Json<Payment>, Problem> {
    let shown = facade.payments.confirm(&caller, id, request.idempotency, request.body.otp).await?;
    Ok(Json(facade.payments.view(&caller, shown).await?))
}

/// Send the customer's code again
///
/// At most so often: for the telephone, for the store, and for the buyer's address where it is known.
#[utoipa::path(post, path = "/v1/payments/{id}/resend-otp", tag = "payments",
    params(("id" = PaymentId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The payment", body = Payment),
        (status = 409, description = "`conflict`: it does not wait for a code", body = schemas::Problem),
        (status = 422, description = "`unsupported`", body = schemas::Problem),
        (status = 429, description = "`rate_limited`", body = schemas::Problem)))]
pub async fn resend_otp(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
    request: Keyed<Empty>,
) -> Result<Json<Payment>, Problem> {
    let shown = facade.payments.resend_code(&caller, id, request.idempotency).await?;
    Ok(Json(facade.payments.view(&caller, shown).await?))
}

/// Prove by hand that it was paid
///
/// Cash was collected, a transfer has arrived, or a person has decided a review.
#[utoipa::path(post, path = "/v1/payments/{id}/settle", tag = "payments", request_body = Settle,
    params(("id" = PaymentId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The payment", body = Payment),
        (status = 409, description = "`conflict`", body = schemas::Problem)))]
pub async fn settle(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<PaymentId>,
    request: Keyed<Settle>,
) -> Result<Json<Payment>, Problem> {
    let shown = facade.payments.settle(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(facade.payments.view(&caller, shown).await?))
}
