//! Reading settlements and their lines.

use axum::Json;
use axum::extract::State;
use schemas::settlement::{LineKind, Settlement, SettlementLine, SettlementSource, SettlementStatus};
use schemas::{AccountId, SettlementId};
use serde::{Deserialize, Serialize};

use crate::db::{settlement_lines, settlements};
use crate::http::extract::{Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;
use crate::settlement::view;

/// What a list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SettlementQuery {
    /// The day in Africa/Tripoli: `2026-11-20`.
    #[param(value_type = Option<String>)]
    date: Option<jiff::civil::Date>,
    /// The account.
    account: Option<AccountId>,
    /// Where they stand.
    status: Option<SettlementStatus>,
    /// What they are made from.
    source: Option<SettlementSource>,
    /// `next_cursor` of the page before.
    cursor: Option<SettlementId>,
    /// 1 to 100, 20 when absent.
    limit: Option<i64>,
}

/// A page of settlements, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettlementPage {
    data: Vec<Settlement>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<SettlementId>,
}

/// List settlements
///
/// One for each account with books of its own and each day, and one for each bank statement that was handed in.
#[utoipa::path(get, path = "/v1/settlements", tag = "settlements", params(SettlementQuery),
    responses((status = 200, description = "A page, newest first", body = SettlementPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<SettlementQuery>,
) -> Result<Json<SettlementPage>, Problem> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    let filter = settlements::Filter {
        day: query.date.map(|day| day.to_string()),
        account: query.account,
        status: query.status,
        source: query.source,
        before: query.cursor,
        limit,
    };
    let found = facade.settlements.list(&caller, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = found.last().map(|row| row.id).filter(|_| full);
    let data = found.into_iter().map(|row| view::settlement(row, &caller.store_key)).collect();
    Ok(Json(SettlementPage { data, next_cursor }))
}

/// Read a settlement
#[utoipa::path(get, path = "/v1/settlements/{id}", tag = "settlements", params(("id" = SettlementId, Path)),
    responses((status = 200, description = "The settlement as it is now", body = Settlement),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<SettlementId>,
) -> Result<Json<Settlement>, Problem> {
    let row = facade.settlements.read(&caller, id).await?;
    Ok(Json(view::settlement(row, &caller.store_key)))
}

/// What a list of lines is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LineQuery {
    /// What they say.
    kind: Option<LineKind>,
    /// `true`: only those that wait for a person.
    undecided: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<i64>,
    /// 1 to 500, 100 when absent.
    limit: Option<i64>,
}

/// A page of lines, in order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LinePage {
    data: Vec<SettlementLine>,
    /// Hand it in as `cursor` for the next page; `null` on the last.
    next_cursor: Option<i64>,
}

/// List the lines of a settlement
#[utoipa::path(get, path = "/v1/settlements/{id}/lines", tag = "settlements", params(("id" = SettlementId, Path), LineQuery),
    responses((status = 200, description = "A page, in order", body = LinePage),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn lines(
    State(facade): State<Facade>,
    caller: Caller,
    Id(id): Id<SettlementId>,
    Query(query): Query<LineQuery>,
) -> Result<Json<LinePage>, Problem> {
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let filter = settlement_lines::Filter {
        kind: query.kind,
        undecided: query.undecided.unwrap_or(false),
        after: query.cursor.unwrap_or(0),
        limit,
    };
    let (settlement, found) = facade.settlements.lines(&caller, id, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let next_cursor = found.last().map(|row| row.number).filter(|_| full);
    let keys = facade.settlements.store_keys(&found).await?;
    let shown = |row: settlement_lines::Line| {
        let key = keys.get(&row.store_id).map_or("", String::as_str).to_owned();
        view::line(row, &key, settlement.livemode, settlement.currency)
    };
    Ok(Json(LinePage { data: found.into_iter().map(shown).collect(), next_cursor }))
}
