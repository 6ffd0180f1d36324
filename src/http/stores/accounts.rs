//! A store's accounts with providers. Credentials go in and never come out.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::store::Mode;
use schemas::{AccountId, Currency};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::named;
use crate::accounts::{self, AccountInput};
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Path};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::refusal::Refusal;

/// `PUT /v1/stores/{key}/accounts/{provider}`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAccount {
    /// The key's own mode when absent; a test key makes no live account, and a live key no test one.
    #[serde(default)]
    mode: Option<Mode>,
    /// What is not secret; the provider's page says what it takes.
    configuration: Map<String, Value>,
    /// LYD when absent. An account has one.
    #[serde(default)]
    currency: Option<Currency>,
    /// Whether stores without an account of their own use it; platform keys only.
    #[serde(default)]
    platform_default: Option<bool>,
}

/// An account, without its credentials.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountShown {
    id: AccountId,
    store: String,
    provider: String,
    mode: Mode,
    livemode: bool,
    configuration: Value,
    currency: String,
    platform_default: bool,
    /// `api` or `environment`.
    origin: String,
    /// Whether there are credentials.
    has_credentials: bool,
    created_at: String,
    updated_at: String,
}

/// Read an account
#[utoipa::path(get, path = "/v1/stores/{key}/accounts/{provider}", tag = "stores",
    params(("key" = String, Path), ("provider" = String, Path)),
    responses((status = 200, description = "The account of the key's mode", body = AccountShown)))]
pub async fn read(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, provider)): Path<(String, String)>,
) -> Result<Json<AccountShown>, Problem> {
    let store = named(&facade, &authorized, &key).await?;
    let row = own(&facade, &authorized, store.id, &provider).await?;
    Ok(Json(show(&store.key, row)))
}

/// Make or replace an account
///
/// It is built as it would be used before it is kept. A host on a private network is refused unless the operator allows it.
#[utoipa::path(put, path = "/v1/stores/{key}/accounts/{provider}", tag = "stores", request_body = PutAccount,
    params(("key" = String, Path), ("provider" = String, Path)),
    responses((status = 200, description = "The account", body = AccountShown),
        (status = 400, description = "`invalid_request`: names the setting", body = schemas::Problem)))]
pub async fn put(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, provider)): Path<(String, String)>,
    Body(request): Body<PutAccount>,
) -> Result<Json<AccountShown>, Problem> {
    let store = named(&facade, &authorized, &key).await?;
    let mode = authorized.principal.mode;
    if request.mode.is_some_and(|wanted| wanted != mode) {
        return Err(Problem::field("mode", format!("the key is a {mode} key"), format!("وضع المفتاح هو {mode}")));
    }
    if request.platform_default.is_some() && authorized.principal.store.is_some() {
        return Err(Problem::field("platform_default", "only a platform key may say so", "هذا متاح لمفتاح المنصة فقط"));
    }
    let input = AccountInput {
        provider,
        mode,
        configuration: Value::Object(request.configuration),
        currency: request.currency.unwrap_or(Currency::Lyd),
        platform_default: request.platform_default,
    };
    if accounts::of_stores(&input.provider).is_none() {
        return Err(Problem::not_found());
    }
    let row = accounts::upsert(&facade.accounts, store.id, input).await.map_err(Refusal::from)?;
    Ok(Json(show(&store.key, row)))
}

/// Replace an account's credentials
///
/// They are tried, sealed, and never answered again.
#[utoipa::path(put, path = "/v1/stores/{key}/accounts/{provider}/credentials", tag = "stores",
    request_body(content = Object, description = "What the provider has given: its page says which names"),
    params(("key" = String, Path), ("provider" = String, Path)),
    responses((status = 204, description = "Kept"),
        (status = 400, description = "`invalid_request`: names the credential, never its value", body = schemas::Problem)))]
pub async fn put_credentials(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, provider)): Path<(String, String)>,
    Body(credentials): Body<Map<String, Value>>,
) -> Result<StatusCode, Problem> {
    let store = named(&facade, &authorized, &key).await?;
    let row = own(&facade, &authorized, store.id, &provider).await?;
    if row.origin == "environment" {
        return Err(Problem::field(
            "provider",
            "this account lives in the environment; make one of the store's own with PUT first",
            "هذا الحساب معرّف في بيئة التشغيل؛ أنشئ حساباً للمتجر عبر PUT أولاً",
        ));
    }
    let credentials = Value::Object(credentials).to_string().into();
    let kept = accounts::set_credentials(&facade.accounts, &row, &credentials).await.map_err(Refusal::from)?;
    if kept {
        return Ok(StatusCode::NO_CONTENT);
    }
    let text =
        schemas::Text::new("the account changed meanwhile; send it again", "تغيّر الحساب أثناء الطلب؛ أعد الإرسال");
    Err(Refusal::Conflict(text).into())
}

async fn own(
    facade: &Facade,
    authorized: &Authorized,
    store: schemas::StoreId,
    provider: &str,
) -> Result<ProviderAccount, Problem> {
    let livemode = authorized.principal.mode.is_live();
    provider_accounts::own(&facade.db, store, provider, livemode).await?.ok_or_else(Problem::not_found)
}

fn show(store: &str, row: ProviderAccount) -> AccountShown {
    AccountShown {
        id: row.id,
        store: store.to_owned(),
        provider: row.provider,
        mode: Mode::from_livemode(row.livemode),
        livemode: row.livemode,
        configuration: row.configuration.0,
        currency: row.currency,
        platform_default: row.platform_default,
        has_credentials: row.credentials.is_some() || row.origin == "environment",
        origin: row.origin,
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}
