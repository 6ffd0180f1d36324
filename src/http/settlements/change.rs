//! What people do to settlements: decide lines, and hand statements in.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use http::{StatusCode, header};
use schemas::settlement::{ResolveLine, Settlement};
use schemas::{AccountId, SettlementId};
use serde::Deserialize;

use crate::http::extract::{Id, Query, read_body};
use crate::http::idempotency::Keyed;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;
use crate::settlement::statement::LARGEST;
use crate::settlement::view;

/// Decide a line
///
/// Once, and with evidence, which is kept sealed. `ours`: our figure counts in payouts; `theirs`, `accept` and `written_off`:
/// the other side's does. When every line is decided the settlement is `resolved`.
#[utoipa::path(post, path = "/v1/settlements/{id}/resolve", tag = "settlements", request_body = ResolveLine,
    params(("id" = SettlementId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "The settlement", body = Settlement),
        (status = 400, description = "`invalid_request`", body = schemas::Problem),
        (status = 409, description = "`conflict`: there is nothing to decide", body = schemas::Problem)))]
pub async fn resolve(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<SettlementId>,
    request: Keyed<ResolveLine>,
) -> Result<Json<Settlement>, Problem> {
    let row = facade.settlements.resolve(&caller, id, request.idempotency, request.body).await?;
    Ok(Json(view::settlement(row, &caller.store_key)))
}

/// Whose statement it is, and how its amounts are written.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// The account that transfers are waited for on.
    account: AccountId,
    /// What stands before the decimals: `.`, when absent, or `,`.
    decimal: Option<String>,
}

/// Hand in a bank's statement
///
/// A CSV file in UTF-8, cut by commas, semicolons or tabs, with a row that heads its columns (`settlement.columns`); 4 MiB
/// at most. It is kept sealed as it came. Each credit is matched with the one transfer that names it by its reference and
/// by the exact amount, which settles that payment. The same file again is the same settlement.
#[utoipa::path(post, path = "/v1/settlements/statements", tag = "settlements", params(StatementQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, description = "The settlement; `processing` while a large one is being matched", body = Settlement),
        (status = 200, description = "It was handed in before", body = Settlement),
        (status = 400, description = "`invalid_request`: it is no statement", body = schemas::Problem),
        (status = 413, description = "`invalid_request`: it is too large", body = schemas::Problem)))]
pub async fn statement(
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
    let bytes = read_body(request, LARGEST).await?;
    let (row, is_new) = facade.settlements.submit(&caller, query.account, decimal, &bytes).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view::settlement(row, &caller.store_key))))
}
