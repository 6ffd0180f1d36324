//! The paths of wallet services: money out of a merchant's own wallet account.

pub mod resource;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemas::service::{Bill, CreateTopUp, CreateTransfer, InquireBill, PayBill, WalletService};

use super::extract::Body;
use super::idempotency::Keyed;
use super::problem::Problem;
use super::router::Facade;
use crate::caller::{Caller, Idempotency};
use crate::refusal::Refusal;
use crate::services::{Draft, Inquired};

/// Ask what is owed on a bill
///
/// Nothing is paid by it, and nothing is kept of the answer.
#[utoipa::path(post, path = "/v1/bills/inquiries", tag = "wallet services", request_body = InquireBill,
    responses((status = 200, description = "The bill", body = Bill),
        (status = 400, description = "`invalid_request`", body = schemas::Problem),
        (status = 404, description = "`not_found`: the biller knows no such number", body = schemas::Problem),
        (status = 409, description = "`conflict`: nothing is due", body = schemas::Problem),
        (status = 422, description = "`unsupported`, with the providers that have it as alternatives", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`, with alternatives", body = schemas::Problem)))]
pub async fn inquire(
    State(facade): State<Facade>,
    caller: Caller,
    Body(request): Body<InquireBill>,
) -> Result<Json<Bill>, Problem> {
    match facade.services.inquire(&caller, request).await? {
        Inquired::Owed(bill) => Ok(Json(*bill)),
        Inquired::Unknown(words) => Err(Problem::not_found_at(
            "number",
            format!("the biller knows no such number, or the provider no such biller: {words}"),
            "لا تعرف الجهة هذا الرقم، أو لا يعرف المزود هذه الجهة",
        )),
        Inquired::NothingDue(words) => Err(Refusal::Conflict(schemas::Text::new(
            format!("nothing is due on this bill: {words}"),
            "لا يوجد مبلغ مستحق على هذه الفاتورة",
        ))
        .into()),
    }
}

/// Pay a bill
///
/// From the merchant's own wallet account, once, whatever becomes of the call. `succeeded`, `failed` where nothing was
/// paid, or `processing` while nobody knows: then the provider is asked until it says, or a person does.
#[utoipa::path(post, path = "/v1/bills", tag = "wallet services", request_body = PayBill,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key answers the same service")),
    responses((status = 201, description = "The service", body = WalletService),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 409, description = "`reference_in_use`", body = schemas::Problem),
        (status = 422, description = "`unsupported`, `idempotency_mismatch`", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`, with alternatives: nothing was sent", body = schemas::Problem)))]
pub async fn pay_bill(
    State(facade): State<Facade>,
    caller: Caller,
    request: Keyed<PayBill>,
) -> Result<Response, Problem> {
    create(&facade, &caller, request.idempotency, Draft::bill(request.body)?).await
}

/// Top a telephone number up
///
/// Without a provider by the wallet of the number's operator: `libyana_pay` for 092 and 094, `almadar_pay` for 091 and 093.
/// It ends as the payment of a bill does.
#[utoipa::path(post, path = "/v1/top-ups", tag = "wallet services", request_body = CreateTopUp,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key answers the same service")),
    responses((status = 201, description = "The service", body = WalletService),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 409, description = "`reference_in_use`", body = schemas::Problem),
        (status = 422, description = "`unsupported`, `idempotency_mismatch`", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`, with alternatives: nothing was sent", body = schemas::Problem)))]
pub async fn top_up(
    State(facade): State<Facade>,
    caller: Caller,
    request: Keyed<CreateTopUp>,
) -> Result<Response, Problem> {
    create(&facade, &caller, request.idempotency, Draft::top_up(request.body)?).await
}

/// Send money to another wallet
///
/// Both wallets are with the same provider. It ends as the payment of a bill does.
#[utoipa::path(post, path = "/v1/transfers", tag = "wallet services", request_body = CreateTransfer,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 characters; the same key answers the same service")),
    responses((status = 201, description = "The service", body = WalletService),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 409, description = "`reference_in_use`", body = schemas::Problem),
        (status = 422, description = "`unsupported`, `idempotency_mismatch`", body = schemas::Problem),
        (status = 503, description = "`provider_unavailable`, with alternatives: nothing was sent", body = schemas::Problem)))]
pub async fn transfer(
    State(facade): State<Facade>,
    caller: Caller,
    request: Keyed<CreateTransfer>,
) -> Result<Response, Problem> {
    create(&facade, &caller, request.idempotency, Draft::transfer(request.body)?).await
}

async fn create(facade: &Facade, caller: &Caller, idempotency: Idempotency, draft: Draft) -> Result<Response, Problem> {
    let (service, replayed) = facade.services.create(caller, idempotency, draft).await?;
    let service = facade.services.view(caller, service)?;
    let mut response = (StatusCode::CREATED, Json(service)).into_response();
    if replayed {
        response.headers_mut().insert("idempotency-replayed", http::HeaderValue::from_static("true"));
    }
    Ok(response)
}
