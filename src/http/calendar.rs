//! The paths under `/v1/calendar`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::civil::Date;
use schemas::calendar::{AnnounceDay, CalendarDay};
use serde::{Deserialize, Serialize};

use super::extract::{Body, Path, Query};
use super::problem::Problem;
use super::router::Facade;

/// Which days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    /// The first day in Africa/Tripoli: `2026-11-01`.
    #[param(value_type = String)]
    from: Date,
    /// The last one; 366 days at most.
    #[param(value_type = String)]
    to: Date,
}

/// Days, in their order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarPage {
    data: Vec<CalendarDay>,
    next_cursor: Option<String>,
}

/// Read the calendar
///
/// Which days are open, why the others are not, and on whose word. Nothing is promised for a closed day, nor for one that the
/// moon may close.
#[utoipa::path(get, path = "/v1/calendar", tag = "calendar", params(CalendarQuery),
    responses((status = 200, description = "The days, in their order", body = CalendarPage),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    Query(query): Query<CalendarQuery>,
) -> Result<Json<CalendarPage>, Problem> {
    let data = facade.calendar.days(query.from, query.to).await?;
    Ok(Json(CalendarPage { data, next_cursor: None }))
}

/// Announce a day
///
/// A holiday, an open day, or the first day of an occasion that depends on the moon. It stands over what is expected and over
/// what was announced of the day before; of one occasion the last word counts.
#[utoipa::path(put, path = "/v1/calendar/{date}", tag = "calendar", request_body = AnnounceDay,
    params(("date" = String, Path, description = "In Africa/Tripoli: `2026-11-01`")),
    responses((status = 200, description = "The day as it now is", body = CalendarDay),
        (status = 400, description = "`invalid_request`: names the field", body = schemas::Problem)))]
pub async fn announce(
    State(facade): State<Facade>,
    Path(date): Path<Date>,
    Body(request): Body<AnnounceDay>,
) -> Result<Json<CalendarDay>, Problem> {
    Ok(Json(facade.calendar.announce(date, request).await?))
}

/// Take an announcement back
#[utoipa::path(delete, path = "/v1/calendar/{date}", tag = "calendar",
    params(("date" = String, Path, description = "In Africa/Tripoli: `2026-11-01`")),
    responses((status = 204, description = "What is expected counts again"),
        (status = 404, description = "`not_found`: nothing is announced of the day", body = schemas::Problem)))]
pub async fn withdraw(State(facade): State<Facade>, Path(date): Path<Date>) -> Result<StatusCode, Problem> {
    facade.calendar.withdraw(date).await?;
    Ok(StatusCode::NO_CONTENT)
}
