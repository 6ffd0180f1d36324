//! Reading remittances, their lines and originals, and what carriers owe.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use schemas::RemittanceId;
use schemas::remittance::{CashOwed, Remittance, RemittanceLine, RemittanceOutcome, RemittanceStatus};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::db::{remittance_lines, remittances};
use crate::http::extract::{Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::remittances::view;

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RemittanceQuery {
    /// Who collected.
    carrier: Option<String>,
    /// Where they stand.
    status: Option<RemittanceStatus>,
    /// `next_cursor` of the page before.
    cursor: Option<RemittanceId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// A page of remittances, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RemittancePage {
    data: Vec<Remittance>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<RemittanceId>,
}

/// List remittances
#[utoipa::path(get, path = "/v1/cod/remittances", tag = "cash on delivery", params(RemittanceQuery),
    responses((status = 200, description = "A page, newest first", body = RemittancePage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<RemittanceQuery>,
) -> Result<Json<RemittancePage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let filter = remittances::Filter { carrier: query.carrier, status: query.status, before: query.cursor, limit };
    let found = facade.remittances.list(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = found.last().map(|row| row.id).filter(|_| full);
    let data = found.into_iter().map(|row| view::remittance(row, &caller.store_key)).collect();
    Ok(Json(RemittancePage { data, next_cursor }))
}

/// Read a remittance
#[utoipa::path(get, path = "/v1/cod/remittances/{id}", tag = "cash on delivery", params(("id" = RemittanceId, Path)),
    responses((status = 200, description = "The remittance as it is now", body = Remittance),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<RemittanceId>,
) -> Result<Json<Remittance>, Problem> {
    let row = facade.remittances.read(&caller, id).await?;
    Ok(Json(view::remittance(row, &caller.store_key)))
}

/// What a list of lines is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RemittanceLineQuery {
    /// What they say.
    outcome: Option<RemittanceOutcome>,
    /// `true`: only those that wait for a person.
    undecided: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<i64>,
    /// 1 to 500, 100 when absent.
    limit: Option<i64>,
}

/// A page of lines, in order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RemittanceLinePage {
    data: Vec<RemittanceLine>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<i64>,
}

/// List the lines of a remittance
#[utoipa::path(get, path = "/v1/cod/remittances/{id}/lines", tag = "cash on delivery",
    params(("id" = RemittanceId, Path), RemittanceLineQuery),
    responses((status = 200, description = "A page, in order", body = RemittanceLinePage),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn lines(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<RemittanceId>,
    Query(query): Query<RemittanceLineQuery>,
) -> Result<Json<RemittanceLinePage>, Problem> {
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let filter = remittance_lines::Filter {
        outcome: query.outcome,
        undecided: query.undecided.unwrap_or(false),
        after: query.cursor.unwrap_or(0),
        limit,
    };
    let data = facade.remittances.lines(&caller, id, &filter).await?;
    let full = data.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = data.last().map(|line| line.line).filter(|_| full);
    Ok(Json(RemittanceLinePage { data, next_cursor }))
}

/// The statement that a remittance was made from
#[utoipa::path(get, path = "/v1/cod/remittances/{id}/original", tag = "cash on delivery",
    params(("id" = RemittanceId, Path)),
    responses((status = 200, description = "Byte for byte as it came", body = String, content_type = "text/csv"),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn original(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<RemittanceId>,
) -> Result<Response, Problem> {
    let bytes = facade.remittances.original(&caller, id).await?;
    let disposition = format!("attachment; filename=\"{id}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}

/// What carriers owe, a line for each carrier and currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OwedPage {
    data: Vec<CashOwed>,
    next_cursor: Option<String>,
}

/// What carriers owe
///
/// Of the parcels that were delivered: what was collected and is in no statement, and what a statement falls short by until
/// somebody accepts that or writes it off.
#[utoipa::path(get, path = "/v1/cod/owed", tag = "cash on delivery",
    responses((status = 200, description = "A line for each carrier and currency", body = OwedPage)))]
pub async fn owed(State(facade): State<Facade>, caller: Caller) -> Result<Json<OwedPage>, Problem> {
    let data = facade.remittances.owed(&caller).await?;
    Ok(Json(OwedPage { data, next_cursor: None }))
}
