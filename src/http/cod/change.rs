//! What people do to remittances: hand statements in, and decide lines.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use http::{StatusCode, header};
use schemas::remittance::{Remittance, ResolveRemittance};
use schemas::{Currency, RemittanceId};
use serde::Deserialize;

use crate::caller::Caller;
use crate::http::extract::{Id, Query, read_body};
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::remittances::read::Reading;
use crate::remittances::{LARGEST, view};

/// Whose statement it is, and how its amounts are written.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// Who collected.
    carrier: String,
    /// ISO 4217: what amounts are of where no column says so; `LYD`, when absent.
    currency: Option<Currency>,
    /// What stands before the decimals: `.`, when absent, or `,`.
    decimal: Option<String>,
}

/// Hand in a carrier's statement
///
/// A CSV file in UTF-8, cut by commas, semicolons or tabs, with a row that heads its columns (`cash_on_delivery.columns`);
/// 4 MiB at most. It is kept sealed as it came. Each row is compared with the store's parcel that it names by the carrier's
/// number, else by a reference. The same file again is the same remittance, compared again; what was decided stays.
#[utoipa::path(post, path = "/v1/cod/remittances", tag = "cash on delivery", params(StatementQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, description = "The remittance", body = Remittance),
        (status = 200, description = "It was handed in before", body = Remittance),
        (status = 400, description = "`invalid_request`: it is no statement", body = schemas::Problem),
        (status = 413, description = "`invalid_request`: it is too large", body = schemas::Problem)))]
pub async fn submit(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<StatementQuery>,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("text/csv")) {
        return Err(Problem::field("Content-Type", "expected text/csv", "المتوقع text/csv"));
    }
    let decimal = match query.decimal.as_deref() {
        None | Some(".") => '.',
        Some(",") => ',',
        Some(_) => return Err(Problem::field("decimal", "expected . or ,", "المتوقع . أو ,")),
    };
    let reading = Reading { currency: query.currency.unwrap_or(Currency::Lyd), decimal };
    let bytes = read_body(request, LARGEST).await?;
    let (row, is_new) = facade.remittances.submit(&caller, query.carrier, reading, bytes.to_vec()).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view::remittance(row, &caller.store_key))))
}

/// Decide a line
///
/// With evidence, which is kept sealed. `accept`: it is explained; `written_off`: what is missing is given up; after either
/// the carrier owes nothing for the parcel. `dispute`: the carrier is asked for it, and what it owes stays owed until the
/// line is accepted or written off.
#[utoipa::path(post, path = "/v1/cod/remittances/{id}/resolve", tag = "cash on delivery", request_body = ResolveRemittance,
    params(("id" = RemittanceId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The remittance", body = Remittance),
        (status = 400, description = "`invalid_request`", body = schemas::Problem),
        (status = 404, description = "`not_found`", body = schemas::Problem),
        (status = 409, description = "`conflict`: there is nothing to decide", body = schemas::Problem)))]
pub async fn resolve(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<RemittanceId>,
    request: Keyed<ResolveRemittance>,
) -> Result<Json<Remittance>, Problem> {
    let row = facade.remittances.resolve(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(view::remittance(row, &caller.store_key)))
}
