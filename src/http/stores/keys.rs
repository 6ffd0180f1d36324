//! API keys: made once, told once, revoked.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::KeyId;
use schemas::store::Mode;
use serde::{Deserialize, Serialize};

use crate::db::Time;
use crate::db::api_keys::{self, ApiKey};
use crate::http::access::{self, SCOPES};
use crate::http::auth::{Authorized, generate_key, hash_key};
use crate::http::extract::{Body, Id};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// `POST /v1/keys`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// For people.
    name: String,
    /// `all`, or some of the scopes; no more than the key that makes it has.
    scopes: Vec<String>,
}

/// A key, without the key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyShown {
    id: KeyId,
    /// The store it is bound to; `null` for a platform key.
    store: Option<String>,
    name: String,
    scopes: Vec<String>,
    livemode: bool,
    /// The key itself: told once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    created_at: String,
    updated_at: String,
    revoked_at: Option<String>,
}

/// The keys of a store.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyPage {
    data: Vec<KeyShown>,
    next_cursor: Option<String>,
}

/// List keys
#[utoipa::path(get, path = "/v1/keys", tag = "stores", responses((status = 200, description = "Those of the key's own mode, oldest first", body = KeyPage)))]
pub async fn list(State(facade): State<Facade>, authorized: Authorized) -> Result<Json<KeyPage>, Problem> {
    let rows = api_keys::list(&facade.db, authorized.store.as_ref().map(|store| store.id)).await?;
    let own = rows.into_iter().filter(|row| row.livemode == authorized.principal.mode.is_live());
    let data = own.map(|row| show(&authorized, row, None)).collect();
    Ok(Json(KeyPage { data, next_cursor: None }))
}

/// Make a key
///
/// It is bound to the store of the request, in the mode of the key that makes it.
#[utoipa::path(post, path = "/v1/keys", tag = "stores", request_body = CreateKey,
    responses((status = 201, description = "The key, told once", body = KeyShown)))]
pub async fn create(
    State(facade): State<Facade>,
    authorized: Authorized,
    Body(request): Body<CreateKey>,
) -> Result<(StatusCode, Json<KeyShown>), Problem> {
    check(&authorized, &request)?;
    let mode = authorized.principal.mode;
    let key = generate_key(&facade.ambient, mode);
    let row = new_key(facade.ambient.uuid().into(), &authorized, &request, &key, mode, facade.ambient.now().into());
    api_keys::insert(&facade.db, &row).await?;
    Ok((StatusCode::CREATED, Json(show(&authorized, row, Some(key)))))
}

fn new_key(id: KeyId, authorized: &Authorized, request: &CreateKey, key: &str, mode: Mode, now: Time) -> ApiKey {
    ApiKey {
        id,
        store_id: authorized.store.as_ref().map(|store| store.id.uuid()),
        name: request.name.clone(),
        hash: hash_key(key).to_vec(),
        scopes: sqlx::types::Json(request.scopes.clone()),
        livemode: mode.is_live(),
        created_at: now,
        revoked_at: None,
    }
}

fn check(authorized: &Authorized, request: &CreateKey) -> Result<(), Problem> {
    if request.name.trim().is_empty() || request.name.chars().count() > 100 {
        return Err(Problem::field("name", "1 to 100 characters", "من 1 إلى 100 حرف"));
    }
    if request.scopes.is_empty() {
        return Err(Problem::field("scopes", "at least one scope", "صلاحية واحدة على الأقل"));
    }
    for (index, scope) in request.scopes.iter().enumerate() {
        let field = format!("scopes[{index}]");
        if scope != "all" && !SCOPES.contains(&scope.as_str()) {
            return Err(Problem::field(field, format!("there is no scope {scope:?}"), "صلاحية غير معروفة"));
        }
        if !access::grants(&authorized.principal.scopes, scope) {
            return Err(Problem::field(
                field,
                "more than the key that makes it may do",
                "أوسع من صلاحيات المفتاح المُنشئ",
            ));
        }
    }
    Ok(())
}

/// Revoke a key
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "stores", params(("id" = KeyId, Path)),
    responses((status = 204, description = "It opens nothing any more")))]
pub async fn revoke(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<KeyId>,
) -> Result<StatusCode, Problem> {
    let store = authorized.store.as_ref().map(|store| store.id);
    let mode = Some(authorized.principal.mode);
    let revoked = api_keys::revoke(&facade.db, store, mode, id, facade.ambient.now().into()).await?;
    facade.auth.forget();
    revoked.map(|_| StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}

fn show(authorized: &Authorized, row: ApiKey, key: Option<String>) -> KeyShown {
    KeyShown {
        id: row.id,
        store: row.store_id.and(authorized.store.as_ref()).map(|store| store.key.clone()),
        name: row.name,
        scopes: row.scopes.0,
        livemode: row.livemode,
        key,
        created_at: row.created_at.to_string(),
        updated_at: row.revoked_at.unwrap_or(row.created_at).to_string(),
        revoked_at: row.revoked_at.map(|at| at.to_string()),
    }
}
