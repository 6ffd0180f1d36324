//! The table `provider_accounts`: a store's accounts with providers, their credentials sealed.

use schemas::{AccountId, StoreId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{read, write};
use super::{Db, Result, Time};

/// One account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProviderAccount {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: AccountId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// The service's row.
    pub integration_id: Uuid,
    /// The provider's name.
    pub provider: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Whether stores without an account of their own use it.
    pub platform_default: bool,
    /// `api`, or `environment`: then configuration and credentials are the process's own.
    pub origin: String,
    /// What is not secret.
    pub configuration: Json<Value>,
    /// Sealed.
    pub credentials: Option<Vec<u8>>,
    /// ISO 4217: an account has one.
    pub currency: String,
    /// What its callbacks name it by.
    pub identity: Option<String>,
    /// Whether a person has shut it.
    pub breaker_forced: bool,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Where its service stands: `active`, `inactive`, `error` or `maintenance`.
    pub integration_status: String,
}

impl ProviderAccount {
    /// Whether a person has switched the service off: nothing new is begun with it, and what was begun goes on.
    pub fn is_switched_off(&self) -> bool {
        matches!(self.integration_status.as_str(), "inactive" | "maintenance")
    }
}

const SELECT: &str = "SELECT id, store_id, integration_id, provider, livemode, platform_default, origin, configuration,
    credentials, currency, identity, breaker_forced, version, created_at, updated_at,
    (SELECT status FROM external_integrations WHERE id = integration_id) AS integration_status FROM provider_accounts";

/// Adds an account, or replaces all of it but its id and, where none are given, its credentials. Answers the id.
pub async fn upsert(db: &Db, account: &ProviderAccount) -> Result<AccountId> {
    const SQL: &str = "INSERT INTO provider_accounts (id, store_id, integration_id, provider, livemode, platform_default, origin,
            configuration, credentials, currency, identity, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        ON CONFLICT (store_id, provider, livemode) DO UPDATE SET
            origin = excluded.origin, platform_default = excluded.platform_default, configuration = excluded.configuration,
            credentials = COALESCE(excluded.credentials, provider_accounts.credentials), currency = excluded.currency,
            identity = excluded.identity, version = provider_accounts.version + 1, updated_at = excluded.updated_at
        RETURNING id";
    let id: Uuid = write!(db, |pool| sqlx::query_scalar(SQL)
        .bind(account.id.uuid())
        .bind(account.store_id.uuid())
        .bind(account.integration_id)
        .bind(&account.provider)
        .bind(account.livemode)
        .bind(account.platform_default)
        .bind(&account.origin)
        .bind(&account.configuration)
        .bind(&account.credentials)
        .bind(&account.currency)
        .bind(&account.identity)
        .bind(account.updated_at)
        .fetch_one(pool)
        .await)?;
    Ok(id.into())
}

/// The account that serves a store: its own, else the platform's.
pub async fn serving(db: &Db, store: StoreId, provider: &str, livemode: bool) -> Result<Option<ProviderAccount>> {
    let sql = format!(
        "{SELECT} WHERE provider = $2 AND livemode = $3 AND (store_id = $1 OR platform_default)
         ORDER BY CASE WHEN store_id = $1 THEN 0 ELSE 1 END LIMIT 1"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(provider)
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// A store's own account.
pub async fn own(db: &Db, store: StoreId, provider: &str, livemode: bool) -> Result<Option<ProviderAccount>> {
    let sql = format!("{SELECT} WHERE store_id = $1 AND provider = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(provider)
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One account.
pub async fn by_id(db: &Db, id: AccountId) -> Result<Option<ProviderAccount>> {
    let sql = format!("{SELECT} WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// Every account that callbacks of this identity may be for.
pub async fn by_identity(db: &Db, provider: &str, identity: &str) -> Result<Vec<ProviderAccount>> {
    let sql = format!("{SELECT} WHERE provider = $1 AND identity = $2 ORDER BY id LIMIT 20");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(provider).bind(identity).fetch_all(pool).await)?)
}

/// Every account of a provider, of one store or of all.
pub async fn of_provider(db: &Db, provider: &str, store: Option<StoreId>) -> Result<Vec<ProviderAccount>> {
    let store = store.map(Uuid::from);
    let test = if store.is_some() { "store_id = $2" } else { "$2 IS NULL" };
    let sql = format!("{SELECT} WHERE provider = $1 AND {test} ORDER BY id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(provider).bind(store).fetch_all(pool).await)?)
}

/// Every account of one mode that serves a store: its own and the platform's.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool) -> Result<Vec<ProviderAccount>> {
    let own = format!("{SELECT} WHERE store_id = $1 AND livemode = $2");
    let platforms = format!("{SELECT} WHERE platform_default AND livemode = $2 AND store_id <> $1");
    let mut rows: Vec<ProviderAccount> = Vec::new();
    for sql in [own, platforms] {
        let found: Vec<ProviderAccount> = read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(store.uuid())
            .bind(livemode)
            .fetch_all(pool)
            .await)?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Every account, of every store.
pub async fn all(db: &Db) -> Result<Vec<ProviderAccount>> {
    let sql = format!("{SELECT} ORDER BY id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await)?)
}

/// Replaces the sealed credentials; whether the version still was the one that was read.
pub async fn set_credentials(db: &Db, account: &ProviderAccount, sealed: &[u8], now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE provider_accounts SET credentials = $3, version = version + 1, updated_at = $4
        WHERE id = $1 AND version = $2";
    let changed = write!(db, |pool| sqlx::query(SQL)
        .bind(account.id.uuid())
        .bind(account.version)
        .bind(sealed)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// A person shuts an account, or opens it.
pub async fn set_breaker(db: &Db, id: AccountId, forced: bool, now: Time) -> Result<()> {
    const SQL: &str =
        "UPDATE provider_accounts SET breaker_forced = $2, version = version + 1, updated_at = $3 WHERE id = $1";
    write!(db, |pool| sqlx::query(SQL).bind(id.uuid()).bind(forced).bind(now).execute(pool).await.map(drop))?;
    Ok(())
}
