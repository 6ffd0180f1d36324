//! The services that are integrated, and their breakers.

use axum::Json;
use axum::extract::State;
use schemas::AccountId;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::accounts;
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::{DbError, integrations};
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Path};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::refusal::Refusal;

/// A service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IntegrationShown {
    name: String,
    #[serde(rename = "type")]
    service_type: String,
    provider: String,
    status: String,
    /// The breakers of the accounts that the key may act on.
    accounts: Vec<BreakerShown>,
}

/// The breaker of one account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BreakerShown {
    account: AccountId,
    /// `closed`, `open` or `half_open`.
    breaker: &'static str,
    /// Whether a person has shut it.
    forced: bool,
}

/// Every service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IntegrationPage {
    data: Vec<IntegrationShown>,
    next_cursor: Option<String>,
}

/// `POST /v1/integrations/{name}/breaker`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakerRequest {
    /// What to do.
    action: BreakerAction,
}

/// What can be done to a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BreakerAction {
    /// Forget the failures and let calls through.
    Reset,
    /// Shut it until a person opens it, in every process.
    Open,
    /// Take `open` back and let calls through.
    Close,
}

/// List integrations
#[utoipa::path(get, path = "/v1/integrations", tag = "operations",
    responses((status = 200, description = "Every service with its breakers", body = IntegrationPage)))]
pub async fn list(State(facade): State<Facade>, authorized: Authorized) -> Result<Json<IntegrationPage>, Problem> {
    let mut data = Vec::new();
    for service in integrations::all(&facade.db).await? {
        let rows = rows(&facade, &authorized, &service.provider).await?;
        data.push(IntegrationShown {
            name: service.service_name,
            service_type: service.service_type,
            provider: service.provider,
            status: service.status,
            accounts: breakers(&facade, &rows),
        });
    }
    Ok(Json(IntegrationPage { data, next_cursor: None }))
}

/// Act on a breaker
///
/// One breaker per account: a store's key acts on its own, a platform key on all.
#[utoipa::path(post, path = "/v1/integrations/{name}/breaker", tag = "operations", request_body = BreakerRequest,
    params(("name" = String, Path)),
    responses((status = 200, description = "The breakers as they now are", body = [BreakerShown])))]
pub async fn breaker(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(name): Path<String>,
    Body(request): Body<BreakerRequest>,
) -> Result<Json<Vec<BreakerShown>>, Problem> {
    let rows = rows(&facade, &authorized, &name).await?;
    if rows.is_empty() {
        return Err(Problem::not_found());
    }
    let forced = request.action == BreakerAction::Open;
    for row in &rows {
        if row.breaker_forced != forced {
            accounts::set_breaker(&facade.accounts, row, forced).await.map_err(Refusal::from)?;
        }
        let breaker = facade.accounts.breaker(row);
        if forced { breaker.set_forced(true) } else { breaker.reset() }
    }
    let rows = self::rows(&facade, &authorized, &name).await?;
    Ok(Json(breakers(&facade, &rows)))
}

/// The accounts that the key may act on.
async fn rows(facade: &Facade, authorized: &Authorized, provider: &str) -> Result<Vec<ProviderAccount>, DbError> {
    let rows =
        provider_accounts::of_provider(&facade.db, provider, authorized.store.as_ref().map(|store| store.id)).await?;
    let livemode = authorized.principal.mode.is_live();
    Ok(rows.into_iter().filter(|row| row.livemode == livemode).collect())
}

fn breakers(facade: &Facade, rows: &[ProviderAccount]) -> Vec<BreakerShown> {
    let shown = |row: &ProviderAccount| BreakerShown {
        account: row.id,
        breaker: facade.accounts.breaker(row).state(Instant::now()).as_str(),
        forced: row.breaker_forced,
    };
    rows.iter().map(shown).collect()
}
