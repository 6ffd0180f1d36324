//! The paths of shipping: prices, shipments, and what carriers tell of them.

pub mod changes;
pub mod papers;
pub mod pickups;
pub mod shipments;

use axum::Json;
use axum::extract::State;
use schemas::shipping::{InquireRates, Rates};

use super::extract::Body;
use super::problem::Problem;
use super::router::Facade;
use crate::caller::Caller;

/// Shop for rates
///
/// Every carrier that could carry it is asked at the same time; those that have not answered within `shipping.rates_ms` are
/// named in `messages`, as is why a carrier or one of its services offers nothing.
#[utoipa::path(post, path = "/v1/shipping/rates", tag = "shipping", request_body = InquireRates,
    responses((status = 200, description = "What was offered, the cheapest first", body = Rates),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn rates(
    State(facade): State<Facade>,
    caller: Caller,
    Body(request): Body<InquireRates>,
) -> Result<Json<Rates>, Problem> {
    Ok(Json(facade.shipping.rates(&caller, request).await?))
}
