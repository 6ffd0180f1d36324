//! Maintenance of services, announced ahead.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::MaintenanceId;
use serde::{Deserialize, Serialize};

use crate::db::maintenance::{self, Window};
use crate::health::Announcement;
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Id};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// `POST /v1/maintenance`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Announce {
    service: String,
    /// RFC 3339.
    #[schema(value_type = String)]
    starts_at: jiff::Timestamp,
    /// RFC 3339; within seven days of the start.
    #[schema(value_type = String)]
    ends_at: jiff::Timestamp,
    /// For people, in English.
    reason: String,
    /// The same in Arabic.
    reason_ar: Option<String>,
}

/// A time in which a service is left alone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MaintenanceShown {
    id: MaintenanceId,
    service: String,
    starts_at: String,
    ends_at: String,
    reason: String,
    reason_ar: Option<String>,
    cancelled_at: Option<String>,
    created_at: String,
}

/// Windows that are not over, the next first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MaintenancePage {
    data: Vec<MaintenanceShown>,
    next_cursor: Option<String>,
}

/// List maintenance
#[utoipa::path(get, path = "/v1/maintenance", tag = "operations",
    responses((status = 200, description = "What is not over, the next first", body = MaintenancePage)))]
pub async fn coming(State(facade): State<Facade>) -> Result<Json<MaintenancePage>, Problem> {
    let data = facade.health.coming().await?.into_iter().map(window).collect();
    Ok(Json(MaintenancePage { data, next_cursor: None }))
}

/// Announce maintenance
///
/// Within it nothing new is sent to the service, it is not probed, and nobody is told that it fails.
#[utoipa::path(post, path = "/v1/maintenance", tag = "operations", request_body = Announce,
    responses((status = 201, description = "The window", body = MaintenanceShown),
        (status = 400, description = "`invalid_request`: names the field", body = schemas::Problem)))]
pub async fn announce(
    State(facade): State<Facade>,
    authorized: Authorized,
    Body(request): Body<Announce>,
) -> Result<(StatusCode, Json<MaintenanceShown>), Problem> {
    authorized.may_touch_live(&facade, &request.service).await?;
    let new = Announcement {
        service: request.service,
        starts_at: request.starts_at.into(),
        ends_at: request.ends_at.into(),
        reason: request.reason,
        reason_ar: request.reason_ar,
    };
    Ok((StatusCode::CREATED, Json(window(facade.health.announce(new).await?))))
}

/// Call maintenance off
#[utoipa::path(delete, path = "/v1/maintenance/{id}", tag = "operations", params(("id" = MaintenanceId, Path)),
    responses((status = 200, description = "The window, called off", body = MaintenanceShown),
        (status = 404, description = "`not_found`", body = schemas::Problem),
        (status = 409, description = "`conflict`: it is over", body = schemas::Problem)))]
pub async fn call_off(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<MaintenanceId>,
) -> Result<Json<MaintenanceShown>, Problem> {
    let announced = maintenance::by_id(&facade.db, id.uuid()).await?.ok_or_else(Problem::not_found)?;
    authorized.may_touch_live(&facade, &announced.service).await?;
    Ok(Json(window(facade.health.call_off(id).await?)))
}

fn window(window: Window) -> MaintenanceShown {
    MaintenanceShown {
        id: window.id.into(),
        service: window.service,
        starts_at: window.starts_at.to_string(),
        ends_at: window.ends_at.to_string(),
        reason: window.reason,
        reason_ar: window.reason_ar,
        cancelled_at: window.cancelled_at.map(|at| at.to_string()),
        created_at: window.created_at.to_string(),
    }
}
