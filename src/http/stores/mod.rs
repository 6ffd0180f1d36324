//! Stores, their keys and their accounts.

pub mod accounts;
pub mod keys;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::store::{Contacts, Locale};
use schemas::{FieldError, StoreId, Text};
use serde::{Deserialize, Serialize};

use super::auth::Authorized;
use super::extract::{Body, Path};
use super::problem::Problem;
use super::router::Facade;
use crate::accounts::contacts_place;
use crate::db::stores::{self, Store};

/// `POST /v1/stores`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStore {
    /// 2 to 64 of `a-z`, `0-9`, `-`, `_`: the name in paths and headers.
    key: String,
    /// For people.
    name: String,
    /// Arabic when absent.
    #[serde(default)]
    locale: Option<Locale>,
    /// Whom its notifications go to. Kept encrypted.
    #[serde(default)]
    contacts: Contacts,
    /// Where customers may be sent back to; one that ends with `*` is a prefix.
    #[serde(default)]
    return_urls: Vec<String>,
}

/// A store.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StoreShown {
    id: StoreId,
    key: String,
    /// The same as `key`.
    store: String,
    name: String,
    locale: Locale,
    contacts: Contacts,
    return_urls: Vec<String>,
    livemode: bool,
    created_at: String,
    updated_at: String,
}

/// Make a store
#[utoipa::path(post, path = "/v1/stores", tag = "stores", request_body = CreateStore,
    responses((status = 201, description = "The store", body = StoreShown),
        (status = 409, description = "`conflict`: the key is taken", body = schemas::Problem)))]
pub async fn create(
    State(facade): State<Facade>,
    authorized: Authorized,
    Body(request): Body<CreateStore>,
) -> Result<(StatusCode, Json<StoreShown>), Problem> {
    check(&request)?;
    let now = facade.ambient.now().into();
    let id = StoreId::from(facade.ambient.uuid());
    let contacts = serde_json::to_vec(&request.contacts).unwrap_or_default();
    let store = Store {
        id,
        key: request.key,
        name: request.name,
        locale: if request.locale == Some(Locale::En) { "en" } else { "ar" }.to_owned(),
        contacts: facade.vault.seal(contacts_place(id), &contacts),
        return_urls: sqlx::types::Json(request.return_urls),
        created_at: now,
        updated_at: now,
    };
    let mut tx = facade.db.begin().await?;
    match stores::insert(&mut tx, &store).await {
        Err(error) if error.violates("stores") => {
            return Err(crate::refusal::Refusal::Conflict(Text::new("the key is taken", "مفتاح المتجر مستخدم")).into());
        }
        done => done?,
    }
    tx.commit().await?;
    facade.auth.forget();
    Ok((StatusCode::CREATED, Json(show(&facade, &store, &authorized)?)))
}

/// Read a store
#[utoipa::path(get, path = "/v1/stores/{key}", tag = "stores", params(("key" = String, Path)),
    responses((status = 200, description = "The store", body = StoreShown)))]
pub async fn read(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(key): Path<String>,
) -> Result<Json<StoreShown>, Problem> {
    let store = named(&facade, &authorized, &key).await?;
    Ok(Json(show(&facade, &store, &authorized)?))
}

/// The store that a path names; another store's is not found.
pub(super) async fn named(
    facade: &Facade,
    authorized: &Authorized,
    key: &str,
) -> Result<std::sync::Arc<Store>, Problem> {
    let store = facade.auth.store(key).await?.ok_or_else(Problem::not_found)?;
    match authorized.principal.store {
        Some(own) if own != store.id => Err(Problem::not_found()),
        _ => Ok(store),
    }
}

fn show(facade: &Facade, store: &Store, authorized: &Authorized) -> Result<StoreShown, Problem> {
    let contacts = facade.vault.open(contacts_place(store.id), &store.contacts);
    let contacts = contacts.map_err(|error| Problem::internal(&error))?;
    Ok(StoreShown {
        id: store.id,
        key: store.key.clone(),
        store: store.key.clone(),
        name: store.name.clone(),
        locale: store.locale(),
        contacts: serde_json::from_slice(&contacts).map_err(|error| Problem::internal(&error))?,
        return_urls: store.return_urls.0.clone(),
        livemode: authorized.principal.mode.is_live(),
        created_at: store.created_at.to_string(),
        updated_at: store.updated_at.to_string(),
    })
}

fn check(request: &CreateStore) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if !(2..=64).contains(&request.key.len()) || !request.key.bytes().all(plain) {
        let text = Text::new("2 to 64 of a-z, 0-9, - and _", "من 2 إلى 64 من a-z و0-9 و- و_");
        errors.push(FieldError::new("key", text));
    }
    if request.name.trim().is_empty() || request.name.chars().count() > 200 {
        errors.push(FieldError::new("name", Text::new("1 to 200 characters", "من 1 إلى 200 حرف")));
    }
    for (index, pattern) in request.return_urls.iter().enumerate() {
        let named = pattern.trim_end_matches('*');
        // A prefix must reach beyond the host, or it would allow hosts that merely begin alike.
        let whole = url::Url::parse(named).is_ok_and(|url| {
            matches!(url.scheme(), "https" | "http")
                && named.starts_with(&format!("{}/", url.origin().ascii_serialization()))
        });
        if !whole {
            let text = Text::new(
                "expected a URL such as https://shop.example/return",
                "المتوقع عنوان مثل https://shop.example/return",
            );
            errors.push(FieldError::new(format!("return_urls[{index}]"), text));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}
