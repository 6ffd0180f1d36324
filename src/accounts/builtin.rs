//! What is there from the start: the default store, the services' rows, and the accounts that the environment names.

use schemas::StoreId;
use schemas::store::Contacts;
use serde_json::json;
use sqlx::types::Json;

use super::{AccountError, Accounts};
use crate::config;
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::stores::{self, Store};
use crate::db::{Db, DbError, Time, integrations};
use crate::vault::Place;

/// The key of the store that is always there.
pub const DEFAULT_STORE: &str = "default";

/// Makes sure of all of it. It may run in many processes at once.
pub async fn ensure_defaults(accounts: &Accounts) -> Result<StoreId, AccountError> {
    let store = default_store(accounts).await?;
    let now = Time::from(accounts.ambient.now());
    let listed = config::listed();
    for provider in &listed {
        integrations::ensure(&accounts.db, accounts.ambient.uuid(), provider.name, provider.service_type, now).await?;
    }
    for environment in accounts.environment.iter() {
        let own = provider_accounts::own(&accounts.db, store, environment.provider, environment.mode.is_live()).await?;
        // What was set over the API stands; the environment only fills the gap, or speaks for itself again.
        if own.as_ref().is_some_and(|row| row.origin == "api") {
            continue;
        }
        let provider = listed.iter().find(|provider| provider.name == environment.provider);
        let identity = provider.and_then(|provider| (provider.identity)(&environment.configuration));
        let integration = integrations::ensure(
            &accounts.db,
            accounts.ambient.uuid(),
            environment.provider,
            environment.service_type,
            now,
        )
        .await?;
        let row = ProviderAccount {
            id: own.map_or_else(|| accounts.ambient.uuid().into(), |row| row.id),
            store_id: store,
            integration_id: integration,
            provider: environment.provider.to_owned(),
            livemode: environment.mode.is_live(),
            platform_default: true,
            origin: "environment".to_owned(),
            configuration: Json(json!({})),
            credentials: None,
            currency: "LYD".to_owned(),
            identity,
            breaker_forced: false,
            version: 0,
            created_at: now,
            updated_at: now,
            integration_status: "active".to_owned(),
        };
        provider_accounts::upsert(&accounts.db, &row).await?;
    }
    accounts.forget();
    Ok(store)
}

async fn default_store(accounts: &Accounts) -> Result<StoreId, DbError> {
    if let Some(store) = stores::by_key(&accounts.db, DEFAULT_STORE).await? {
        return Ok(store.id);
    }
    let now = Time::from(accounts.ambient.now());
    let id = StoreId::from(accounts.ambient.uuid());
    let contacts = serde_json::to_vec(&Contacts::default()).unwrap_or_default();
    let store = Store {
        id,
        key: DEFAULT_STORE.to_owned(),
        name: DEFAULT_STORE.to_owned(),
        locale: "ar".to_owned(),
        contacts: accounts.vault.seal(contacts_place(id), &contacts),
        return_urls: Json(Vec::new()),
        created_at: now,
        updated_at: now,
    };
    match insert(&accounts.db, &store).await {
        Ok(()) => Ok(id),
        // Another process was faster.
        Err(DbError::Constraint(_)) => stores::by_key(&accounts.db, DEFAULT_STORE)
            .await?
            .map(|store| store.id)
            .ok_or(DbError::Constraint("stores".into())),
        Err(error) => Err(error),
    }
}

/// Where the contacts of a store are sealed for.
pub fn contacts_place(id: StoreId) -> Place {
    Place { store: id, table: "stores", row: id.uuid(), field: "contacts" }
}

async fn insert(db: &Db, store: &Store) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    stores::insert(&mut tx, store).await?;
    tx.commit().await
}
