//! How requests are routed, as operators see and shape it: their rules, what follows from them, and what would from others.

pub mod explain;

use axum::Json;
use axum::extract::State;
use schemas::StoreId;
use serde::{Deserialize, Serialize};

use crate::db::routing_rules::Owner;
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::catalogue;
use crate::routing::{List, Port, RoutingRule};

/// Which rules.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RulesQuery {
    /// `payments` or `shipping`.
    port: Port,
}

/// A list of rules, in their order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RulesShown {
    port: Port,
    /// `store` or `platform`: a store's own rules come before the platform's.
    owner: &'static str,
    /// Hand it in with the list that replaces this one; 0 where there is none yet.
    version: i64,
    rules: Vec<RoutingRule>,
    updated_at: Option<String>,
}

/// `PUT /v1/routing/rules`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRules {
    /// Of the list that was read.
    version: i64,
    /// All rules, in their order.
    rules: Vec<RoutingRule>,
}

/// Read the rules of routing
///
/// A store's key, or a platform key that names a store, reads the store's own; a platform key that names none the platform's.
#[utoipa::path(get, path = "/v1/routing/rules", tag = "operations", params(RulesQuery),
    responses((status = 200, description = "The list; empty where nobody has made one", body = RulesShown)))]
pub async fn rules(
    State(facade): State<Facade>,
    authorized: Authorized,
    Query(query): Query<RulesQuery>,
) -> Result<Json<RulesShown>, Problem> {
    let owner = owner(&authorized, query.port);
    Ok(Json(shown(query.port, owner, facade.book.list(owner).await?)))
}

/// Replace the rules of routing
///
/// The first rule that a request fits orders who is tried. Every process follows within a second. Rules of test and live mode
/// are apart.
#[utoipa::path(put, path = "/v1/routing/rules", tag = "operations", params(RulesQuery), request_body = PutRules,
    responses((status = 200, description = "The list as it now is", body = RulesShown),
        (status = 400, description = "`invalid_request`: names the field", body = schemas::Problem),
        (status = 409, description = "`conflict`: somebody else has replaced it meanwhile", body = schemas::Problem)))]
pub async fn put_rules(
    State(facade): State<Facade>,
    authorized: Authorized,
    Query(query): Query<RulesQuery>,
    Body(request): Body<PutRules>,
) -> Result<Json<RulesShown>, Problem> {
    let owner = owner(&authorized, query.port);
    let PutRules { version, rules } = request;
    let list = facade.book.replace(query.port, owner, version, &rules, knows_bank).await?;
    Ok(Json(shown(query.port, owner, list)))
}

/// Whether rules may name a bank.
pub fn knows_bank(id: &str) -> bool {
    catalogue::bank(id).is_some()
}

fn owner(authorized: &Authorized, port: Port) -> Owner {
    let store: Option<StoreId> = authorized.store.as_ref().map(|store| store.id);
    Owner { store, port: port.as_str(), livemode: authorized.principal.mode.is_live() }
}

fn shown(port: Port, owner: Owner, list: List) -> RulesShown {
    let List { version, rules, updated_at } = list;
    let owner = if owner.store.is_some() { "store" } else { "platform" };
    RulesShown { port, owner, version, rules, updated_at: updated_at.map(|at| at.to_string()) }
}
