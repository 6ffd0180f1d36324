//! The table `api_keys`: hashes, never keys.

use schemas::store::Mode;
use schemas::{KeyId, StoreId};
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{read, write};
use super::{Db, Result, Time};

/// One API key, without the key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ApiKey {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: KeyId,
    /// The store it is bound to; none for a platform key.
    pub store_id: Option<Uuid>,
    /// For people.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// `payments:read`, `all`, …
    pub scopes: Json<Vec<String>>,
    /// Whether it moves real money.
    pub livemode: bool,
    /// When it was made.
    pub created_at: Time,
    /// Since when it opens nothing.
    pub revoked_at: Option<Time>,
}

impl ApiKey {
    /// The store it is bound to.
    pub fn store(&self) -> Option<StoreId> {
        self.store_id.map(StoreId::from)
    }
}

const SELECT: &str = "SELECT id, store_id, name, hash, scopes, livemode, created_at, revoked_at FROM api_keys";

/// Adds a key.
pub async fn insert(db: &Db, key: &ApiKey) -> Result<()> {
    const SQL: &str = "INSERT INTO api_keys (id, store_id, name, hash, scopes, livemode, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    write!(db, |pool| sqlx::query(SQL)
        .bind(key.id.uuid())
        .bind(key.store_id)
        .bind(&key.name)
        .bind(&key.hash)
        .bind(&key.scopes)
        .bind(key.livemode)
        .bind(key.created_at)
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}

/// The living key of a hash.
pub async fn by_hash(db: &Db, hash: &[u8]) -> Result<Option<ApiKey>> {
    let sql = format!("{SELECT} WHERE hash = $1 AND revoked_at IS NULL");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(hash).fetch_optional(pool).await)?)
}

/// The keys of a store, oldest first; with no store, the platform's.
pub async fn list(db: &Db, store: Option<StoreId>) -> Result<Vec<ApiKey>> {
    let store = store.map(Uuid::from);
    let test = if store.is_some() { "store_id = $1" } else { "store_id IS NULL AND $1 IS NULL" };
    let sql = format!("{SELECT} WHERE {test} ORDER BY created_at, id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(store).fetch_all(pool).await)?)
}

/// Revokes a key of a store and mode; without them, any. Whether there was one.
pub async fn revoke(
    db: &Db,
    store: Option<StoreId>,
    mode: Option<Mode>,
    id: KeyId,
    now: Time,
) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3)
        WHERE id = $1 AND ($2 IS NULL OR store_id = $2) AND ($4 IS NULL OR livemode = $4) RETURNING hash";
    let (store, livemode) = (store.map(Uuid::from), mode.map(Mode::is_live));
    Ok(write!(db, |pool| sqlx::query_scalar(SQL)
        .bind(id.uuid())
        .bind(store)
        .bind(now)
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}
