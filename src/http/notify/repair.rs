//! What mends a store's endpoints: a new secret, a closed breaker, and what they missed sent again.

use axum::Json;
use axum::extract::State;
use schemas::EndpointId;
use serde::{Deserialize, Serialize};

use super::endpoints::{EndpointShown, of_store, show};
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Path};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// From when.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// RFC 3339.
    #[schema(value_type = String)]
    since: jiff::Timestamp,
}

/// `POST /v1/stores/{key}/recover`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// RFC 3339: deliveries that were made at or after.
    #[schema(value_type = String)]
    since: jiff::Timestamp,
    /// Of this endpoint alone.
    #[serde(default)]
    endpoint: Option<EndpointId>,
}

/// How many are sent again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Recovered {
    recovered: usize,
}

/// How many are sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Replayed {
    replayed: usize,
}

/// Give an endpoint a new secret
///
/// The answer tells it, and nothing else ever does. The one before goes on signing for a day: until then each delivery has
/// two signatures.
#[utoipa::path(post, path = "/v1/stores/{key}/endpoints/{id}/rotate", tag = "notifications",
    params(("key" = String, Path), ("id" = EndpointId, Path)),
    responses((status = 200, description = "The endpoint, with its new secret", body = EndpointShown),
        (status = 409, description = "`conflict`: it changed meanwhile", body = schemas::Problem)))]
pub async fn rotate(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, id)): Path<(String, EndpointId)>,
) -> Result<Json<EndpointShown>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    let (_, secret) = facade.notify.rotate_secret(&caller, id).await?;
    let (endpoint, health) = facade.notify.read_endpoint(&caller, id).await?;
    Ok(Json(show(&facade, &caller, endpoint, &health, Some(&secret))))
}

/// Close an endpoint's breaker
///
/// Its failures are forgotten, and what waits for it is sent now.
#[utoipa::path(post, path = "/v1/stores/{key}/endpoints/{id}/reset", tag = "notifications",
    params(("key" = String, Path), ("id" = EndpointId, Path)),
    responses((status = 200, description = "The endpoint", body = EndpointShown)))]
pub async fn reset(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, id)): Path<(String, EndpointId)>,
) -> Result<Json<EndpointShown>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    let (endpoint, _) = facade.notify.read_endpoint(&caller, id).await?;
    facade.notify.reset_endpoint(&endpoint).await?;
    let (endpoint, health) = facade.notify.read_endpoint(&caller, id).await?;
    Ok(Json(show(&facade, &caller, endpoint, &health, None)))
}

/// Send an endpoint what it missed
///
/// Everything that the store was told since then, that the endpoint wants, and that was never sent there: what happened
/// before it was made, or while it was disabled.
#[utoipa::path(post, path = "/v1/stores/{key}/endpoints/{id}/replay-missing", tag = "notifications", request_body = Since,
    params(("key" = String, Path), ("id" = EndpointId, Path)),
    responses((status = 200, description = "How many are sent", body = Replayed)))]
pub async fn replay_missing(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, id)): Path<(String, EndpointId)>,
    Body(request): Body<Since>,
) -> Result<Json<Replayed>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    let replayed = facade.notify.replay_missing(&caller, id, request.since.into()).await?;
    Ok(Json(Replayed { replayed }))
}

/// Send again what was given up
///
/// Deliveries of the store that failed for good, from the start of their schedule. Those of endpoints that are disabled
/// stay as they are.
#[utoipa::path(post, path = "/v1/stores/{key}/recover", tag = "notifications", request_body = Recover,
    params(("key" = String, Path)),
    responses((status = 200, description = "How many are sent again", body = Recovered)))]
pub async fn recover(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(key): Path<String>,
    Body(request): Body<Recover>,
) -> Result<Json<Recovered>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    if let Some(id) = request.endpoint
        && facade.notify.read_endpoint(&caller, id).await.is_err()
    {
        return Err(Problem::not_found_at(
            "endpoint",
            "the store has no such endpoint",
            "لا توجد نقطة إشعار كهذه لدى المتجر",
        ));
    }
    let recovered = facade.notify.recover(&caller, request.since.into(), request.endpoint).await?;
    Ok(Json(Recovered { recovered }))
}
