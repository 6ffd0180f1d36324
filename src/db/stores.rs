//! The table `stores`.

use schemas::StoreId;
use schemas::store::Locale;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// One merchant on the platform.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Store {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: StoreId,
    /// The name in paths and headers.
    pub key: String,
    /// For people.
    pub name: String,
    /// `ar` or `en`.
    pub locale: String,
    /// Sealed `Contacts`.
    pub contacts: Vec<u8>,
    /// URLs that a customer may be sent back to; one that ends with `*` is a prefix.
    pub return_urls: Json<Vec<String>>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Store {
    /// The language of its texts.
    pub fn locale(&self) -> Locale {
        if self.locale == "en" { Locale::En } else { Locale::Ar }
    }
}

const COLUMNS: &str = "id, key, name, locale, contacts, return_urls, created_at, updated_at";

/// Adds a store; `stores_key_key` (or `stores.key`) is violated where the key is taken.
pub async fn insert(tx: &mut Tx, store: &Store) -> Result<()> {
    const SQL: &str = "INSERT INTO stores (id, key, name, locale, contacts, return_urls, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(store.id.uuid())
        .bind(&store.key)
        .bind(&store.name)
        .bind(&store.locale)
        .bind(&store.contacts)
        .bind(&store.return_urls)
        .bind(store.created_at)
        .bind(store.updated_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// The store of a key.
pub async fn by_key(db: &Db, key: &str) -> Result<Option<Store>> {
    let sql = format!("SELECT {COLUMNS} FROM stores WHERE key = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(key).fetch_optional(pool).await)?)
}

/// The store of an id.
pub async fn by_id(db: &Db, id: StoreId) -> Result<Option<Store>> {
    let sql = format!("SELECT {COLUMNS} FROM stores WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}
