//! The services that are integrated, and their breakers.

use axum::Json;
use axum::extract::State;
use schemas::AccountId;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::accounts;
use crate::db::DbError;
use crate::db::integrations::{self, Integration};
use crate::db::provider_accounts::{self, ProviderAccount};
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
        data.push(shown(&facade, &authorized, service).await?);
    }
    Ok(Json(IntegrationPage { data, next_cursor: None }))
}

/// `PATCH /v1/integrations/{name}`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchRequest {
    /// Where it is to stand.
    status: SwitchStatus,
}

/// Where a person can have a service stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SwitchStatus {
    /// It is chosen.
    Active,
    /// Nothing new is begun with it.
    Inactive,
    /// Nothing new is begun with it, for now.
    Maintenance,
}

impl SwitchStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Maintenance => "maintenance",
        }
    }
}

/// Switch a service on or off
///
/// For all stores and both modes. One that is off is chosen for nothing new: in this process from the next request on, in the
/// others within five seconds. What was begun with it goes on being asked about, confirmed, refunded and tracked.
#[utoipa::path(patch, path = "/v1/integrations/{name}", tag = "operations", request_body = SwitchRequest,
    params(("name" = String, Path)),
    responses((status = 200, description = "The service as it now is", body = IntegrationShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn switch(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(name): Path<String>,
    Body(request): Body<SwitchRequest>,
) -> Result<Json<IntegrationShown>, Problem> {
    authorized.may_touch_live(&facade, &name).await?;
    let now = facade.ambient.now().into();
    if !integrations::set_status(&facade.db, &name, request.status.as_str(), now).await? {
        return Err(Problem::not_found());
    }
    facade.accounts.forget();
    let service = integrations::by_name(&facade.db, &name).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(shown(&facade, &authorized, service).await?))
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

async fn shown(facade: &Facade, authorized: &Authorized, service: Integration) -> Result<IntegrationShown, DbError> {
    let rows = rows(facade, authorized, &service.provider).await?;
    Ok(IntegrationShown {
        name: service.service_name,
        service_type: service.service_type,
        provider: service.provider,
        status: service.status,
        accounts: breakers(facade, &rows),
    })
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
