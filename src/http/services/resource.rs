//! Wallet services that were made: reading them, asking about them, settling them by hand.

use axum::Json;
use axum::extract::State;
use schemas::ServiceId;
use schemas::service::{ServiceKind, ServiceStatus, SettleService, WalletService};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::db::wallet_services::Filter;
use crate::http::extract::{Id, Query};
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ServiceQuery {
    /// The store's own name.
    reference: Option<String>,
    /// Where they stand.
    status: Option<ServiceStatus>,
    /// What is paid for.
    kind: Option<ServiceKind>,
    /// `next_cursor` of the page before.
    cursor: Option<ServiceId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// A page of services, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ServicePage {
    data: Vec<WalletService>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<ServiceId>,
}

/// List wallet services
#[utoipa::path(get, path = "/v1/wallet-services", tag = "wallet services", params(ServiceQuery),
    responses((status = 200, description = "A page", body = ServicePage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<ServiceQuery>,
) -> Result<Json<ServicePage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let ServiceQuery { reference, status, kind, cursor, .. } = query;
    let filter = Filter { reference, status, kind, before: cursor, limit };
    let found = facade.services.list(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = found.last().map(|service| service.id).filter(|_| full);
    let data: Result<_, _> = found.into_iter().map(|service| facade.services.view(&caller, service)).collect();
    Ok(Json(ServicePage { data: data?, next_cursor }))
}

/// Read a wallet service
#[utoipa::path(get, path = "/v1/wallet-services/{id}", tag = "wallet services", params(("id" = ServiceId, Path)),
    responses((status = 200, description = "The service as it is now", body = WalletService),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<WalletService>, Problem> {
    let service = facade.services.read(&caller, id).await?;
    Ok(Json(facade.services.view(&caller, service)?))
}

/// Ask the provider of a wallet service now
///
/// Waits up to 12 seconds for its word and answers the service as it then is. Nothing is sent that acts.
#[utoipa::path(post, path = "/v1/wallet-services/{id}/sync", tag = "wallet services", params(("id" = ServiceId, Path)),
    responses((status = 200, description = "The service", body = WalletService)))]
pub async fn sync(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<WalletService>, Problem> {
    let service = facade.services.sync(&caller, id).await?;
    Ok(Json(facade.services.view(&caller, service)?))
}

/// Prove by hand what became of a wallet service
///
/// One that waits for a person: the wallet's statement says whether the money has left.
#[utoipa::path(post, path = "/v1/wallet-services/{id}/settle", tag = "wallet services", request_body = SettleService,
    params(("id" = ServiceId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The service", body = WalletService),
        (status = 409, description = "`conflict`", body = schemas::Problem)))]
pub async fn settle(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<ServiceId>,
    request: Keyed<SettleService>,
) -> Result<Json<WalletService>, Problem> {
    let service = facade.services.settle(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(facade.services.view(&caller, service)?))
}
