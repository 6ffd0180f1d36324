//! Merchants by their URL: how they do, their breakers, and alerts by hand.

use axum::Json;
use axum::extract::State;
use schemas::EndpointId;
use serde::{Deserialize, Serialize};

use super::language::{ALERTED, FETCHED, Language, RESET};
use super::{Answer, Page, PageQuery, Place, Refusal, answer, filled, unknown, url};
use crate::db::Time;
use crate::db::endpoint_health::Health;
use crate::db::endpoints::Endpoint;
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Query};
use crate::http::notify::stats::scope;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::notify::admin::{Alert, merchant_key};
use crate::notify::{channel, health};

/// Which merchant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MerchantQuery {
    /// Its URL.
    #[serde(default, deserialize_with = "filled")]
    #[param(required)]
    notify_url: Option<String>,
}

/// Which merchant.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct MerchantRequest {
    /// Its URL.
    #[serde(default)]
    #[schema(required)]
    notify_url: Option<String>,
}

/// Which merchant, and what of it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AlertRequest {
    /// Its URL.
    #[serde(default)]
    #[schema(required)]
    notify_url: Option<String>,
    /// `slow_merchant` or `circuit_breaker`.
    alert_type: AlertType,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertType {
    /// The merchant is slow.
    SlowMerchant,
    /// Its breaker is open.
    CircuitBreaker,
}

/// How a merchant does.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MerchantShown {
    /// The first 12 hexadecimal digits of the SHA-256 of the URL.
    merchant_key: String,
    notify_url: String,
    /// In a row.
    failure_count: i32,
    /// Seconds, of the last hundred tries.
    avg_response_time: f64,
    is_circuit_breaker_open: bool,
    is_slow_merchant: bool,
    /// `normal`, `slow`, `circuit_breaker` or `disabled`.
    status: &'static str,
    /// The breaker is open until then.
    circuit_breaker_until: Option<String>,
    success_count: i64,
    total_failure_count: i64,
    last_success_time: Option<String>,
    last_failure_time: Option<String>,
    endpoint: EndpointId,
}

/// What was sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlertShown {
    merchant_key: String,
    notify_url: String,
    alert_type: AlertType,
}

/// How a merchant does
#[utoipa::path(get, path = "/admin/merchant-notify/merchant-status", tag = "merchant-notify", params(MerchantQuery),
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<MerchantShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn status(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Query(query): Query<MerchantQuery>,
) -> Result<Json<Answer<MerchantShown>>, Problem> {
    let (endpoint, health) = worst(&facade, &authorized, &url(query.notify_url)?).await?;
    Ok(answer(language, FETCHED, show(&facade, endpoint, &health)))
}

/// How all merchants do
#[utoipa::path(get, path = "/admin/merchant-notify/all-merchant-status", tag = "merchant-notify", params(PageQuery),
    responses((status = 200, description = "`{code, msg, data}`: a line an endpoint", body = Answer<Page<MerchantShown>>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn all(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Query(query): Query<PageQuery>,
) -> Result<Json<Answer<Page<MerchantShown>>>, Problem> {
    let place = Place::of(query.page, query.limit);
    let (found, total) = facade.notify.all_merchants(scope(&authorized), place.limit, place.offset()).await?;
    let list = found.into_iter().map(|(endpoint, health)| show(&facade, endpoint, &health)).collect();
    Ok(answer(language, FETCHED, place.of_list(list, total)))
}

/// Close a merchant's breaker
#[utoipa::path(post, path = "/admin/merchant-notify/reset-circuit-breaker", tag = "merchant-notify",
    request_body = MerchantRequest,
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<MerchantShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn reset(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Body(request): Body<MerchantRequest>,
) -> Result<Json<Answer<MerchantShown>>, Problem> {
    let url = url(request.notify_url)?;
    for (endpoint, _) in facade.notify.merchants(scope(&authorized), &url).await.map_err(unknown)? {
        facade.notify.reset_endpoint(&endpoint).await?;
    }
    let (endpoint, health) = worst(&facade, &authorized, &url).await?;
    Ok(answer(language, RESET, show(&facade, endpoint, &health)))
}

/// Send an alert of a merchant
#[utoipa::path(post, path = "/admin/merchant-notify/send-alert", tag = "merchant-notify", request_body = AlertRequest,
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<AlertShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn send_alert(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Body(request): Body<AlertRequest>,
) -> Result<Json<Answer<AlertShown>>, Problem> {
    let (endpoint, health) = worst(&facade, &authorized, &url(request.notify_url)?).await?;
    let alert = match request.alert_type {
        AlertType::SlowMerchant => Alert::Slow,
        AlertType::CircuitBreaker => Alert::Breaker,
    };
    facade.notify.alert(alert, &endpoint, &health).await?;
    let merchant_key = merchant_key(&endpoint.url);
    let shown = AlertShown { merchant_key, notify_url: channel::shown(&endpoint.url), alert_type: request.alert_type };
    Ok(answer(language, ALERTED, shown))
}

/// Of the endpoints that share a URL the one that does worst.
async fn worst(facade: &Facade, authorized: &Authorized, url: &str) -> Result<(Endpoint, Health), Problem> {
    let found = facade.notify.merchants(scope(authorized), url).await.map_err(unknown)?;
    let order = ["normal", "disabled", "slow", "circuit_breaker"];
    let rank = |(endpoint, health): &(Endpoint, Health)| {
        let standing = facade.notify.standing(endpoint, health);
        (order.iter().position(|one| *one == standing), health.failures)
    };
    found.into_iter().max_by_key(rank).ok_or_else(Problem::not_found)
}

fn show(facade: &Facade, endpoint: Endpoint, health: &Health) -> MerchantShown {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    let standing = facade.notify.standing(&endpoint, health);
    MerchantShown {
        merchant_key: merchant_key(&endpoint.url),
        failure_count: health.failures,
        avg_response_time: health::mean(health).as_secs_f64(),
        is_circuit_breaker_open: facade.notify.is_open(health),
        is_slow_merchant: facade.notify.is_slow(health),
        status: standing,
        circuit_breaker_until: time(health.open_until),
        success_count: health.succeeded,
        total_failure_count: health.failed,
        last_success_time: time(health.last_success_at),
        last_failure_time: time(health.last_failure_at),
        endpoint: endpoint.id,
        notify_url: channel::shown(&endpoint.url),
    }
}
