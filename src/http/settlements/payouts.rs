//! What accounts have brought a store.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use schemas::settlement::Payout;
use serde::{Deserialize, Serialize};

use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;
use crate::settlement::MOST_DAYS;

/// Which days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PayoutQuery {
    /// The first day in Africa/Tripoli: `2026-11-01`.
    #[param(value_type = String)]
    from: Date,
    /// The last one.
    #[param(value_type = String)]
    to: Date,
}

/// What accounts have brought, a line for each.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PayoutPage {
    data: Vec<Payout>,
    next_cursor: Option<String>,
}

/// Report payouts
///
/// By the lines of the settlements of these days: what each provider's account has brought the store, what went back, what
/// the provider keeps, and what still waits for a person.
#[utoipa::path(get, path = "/v1/settlements/payouts", tag = "settlements", params(PayoutQuery),
    responses((status = 200, description = "A line for each account", body = PayoutPage),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn payouts(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<PayoutQuery>,
) -> Result<Json<PayoutPage>, Problem> {
    if query.to < query.from || (query.to - query.from).get_days() > MOST_DAYS {
        let (en, ar) =
            (format!("from `from` on, at most {MOST_DAYS} days"), format!("من from فصاعداً، {MOST_DAYS} يوم على الأكثر"));
        return Err(Problem::field("to", en, ar));
    }
    let of = Some((caller.store, caller.mode.is_live()));
    let data = facade.settlements.payouts(of, query.from, query.to).await?;
    Ok(Json(PayoutPage { data, next_cursor: None }))
}
