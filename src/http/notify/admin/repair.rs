//! Sending an order's notifications again, and forgetting old ones.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::language::{CLEANED, Language, RETRIED};
use super::{Answer, Refusal, answer};
use crate::db::Time;
use crate::http::auth::Authorized;
use crate::http::extract::Body;
use crate::http::notify::OrderNo;
use crate::http::notify::stats::scope;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::refusal;

const DAY: Duration = Duration::from_secs(86_400);
const MOST_DAYS: u32 = 36_500;

/// Which order.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RetryRequest {
    /// `order_no`: a number or text.
    #[schema(value_type = String)]
    order_id: OrderNo,
}

/// What is sent again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RetryShown {
    order_no: String,
    /// Deliveries.
    count: usize,
}

/// How old.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct CleanupRequest {
    /// What is older than so many days is forgotten; 1 at least.
    days: u32,
}

/// What is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CleanupShown {
    days: u32,
    /// Tries.
    deleted: u64,
}

/// Send an order's notifications again
#[utoipa::path(post, path = "/admin/merchant-notify/retry", tag = "merchant-notify", request_body = RetryRequest,
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<RetryShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn retry(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Body(request): Body<RetryRequest>,
) -> Result<Json<Answer<RetryShown>>, Problem> {
    let order_no = request.order_id.into_text();
    let count = facade.notify.retry_order(scope(&authorized), &order_no).await.map_err(unknown)?;
    Ok(answer(language, RETRIED, RetryShown { order_no, count }))
}

/// Forget old notifications
#[utoipa::path(post, path = "/admin/merchant-notify/cleanup", tag = "merchant-notify", request_body = CleanupRequest,
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<CleanupShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn cleanup(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Body(request): Body<CleanupRequest>,
) -> Result<Json<Answer<CleanupShown>>, Problem> {
    let days = request.days;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::field("days", "expected 1 to 36500 days", "المتوقع من 1 إلى 36500 يوم"));
    }
    let before = Time::from(facade.ambient.now()).before(DAY * days);
    let deleted = facade.notify.clean_up(scope(&authorized), before).await?;
    Ok(answer(language, CLEANED, CleanupShown { days, deleted }))
}

fn unknown(refusal: refusal::Refusal) -> Problem {
    match refusal {
        refusal::Refusal::NotFound => {
            let (en, ar) = ("there is no notification of this order", "لا يوجد إشعار لهذا الطلب");
            Problem::not_found_at("order_id", en, ar)
        }
        other => other.into(),
    }
}
