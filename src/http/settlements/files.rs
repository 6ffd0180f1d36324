//! Settlements as files: the lines for spreadsheets, and the statement as it came.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use schemas::SettlementId;

use crate::http::extract::Id;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;

fn csv(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// The lines of a settlement as CSV
///
/// What would run as a formula in a spreadsheet begins with an apostrophe.
#[utoipa::path(get, path = "/v1/settlements/{id}/lines.csv", tag = "settlements", params(("id" = SettlementId, Path)),
    responses((status = 200, description = "Every line, in order", body = String, content_type = "text/csv"),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn lines(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<SettlementId>,
) -> Result<Response, Problem> {
    let bytes = facade.settlements.export(&caller, id).await?;
    Ok(csv(&format!("{id}-lines"), bytes))
}

/// The statement that a settlement was made from
#[utoipa::path(get, path = "/v1/settlements/{id}/original", tag = "settlements", params(("id" = SettlementId, Path)),
    responses((status = 200, description = "Byte for byte as it came", body = String, content_type = "text/csv"),
        (status = 404, description = "`not_found`", body = schemas::Problem),
        (status = 409, description = "`conflict`: a provider's books have no file", body = schemas::Problem)))]
pub async fn original(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<SettlementId>,
) -> Result<Response, Problem> {
    let bytes = facade.settlements.original(&caller, id).await?;
    Ok(csv(&id.to_string(), bytes))
}
