//! The table `routing_rules`: how operators have requests routed, a list for each owner, port and mode.

use schemas::StoreId;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{read, write};
use super::{Db, Result, Time};

/// Whose rules, for what, and in which mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The store; none for the platform.
    pub store: Option<StoreId>,
    /// `payments` or `shipping`.
    pub port: &'static str,
    /// Whether they shape what moves real money.
    pub livemode: bool,
}

/// A list as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// Whose it is; none for the platform's.
    pub store_id: Option<Uuid>,
    /// For compare-and-set; it counts from 1.
    pub version: i64,
    /// In their order.
    pub rules: Json<Value>,
    /// When it was replaced last.
    pub updated_at: Time,
}

const COLUMNS: &str = "store_id, version, rules, updated_at";

/// A list; none where nobody has made one.
pub async fn of(db: &Db, owner: Owner) -> Result<Option<Kept>> {
    let store = owner.store.map(Uuid::from);
    let sql = format!("SELECT {COLUMNS} FROM routing_rules WHERE {} AND livemode = $2 AND port = $3", whose(store));
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store)
        .bind(owner.livemode)
        .bind(owner.port)
        .fetch_optional(pool)
        .await)?)
}

/// The lists that hold for a store: its own before the platform's.
pub async fn holding(db: &Db, store: StoreId, port: &str, livemode: bool) -> Result<Vec<Kept>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM routing_rules WHERE (store_id = $1 OR store_id IS NULL) AND livemode = $2 AND port = $3
         ORDER BY CASE WHEN store_id IS NULL THEN 1 ELSE 0 END"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .bind(port)
        .fetch_all(pool)
        .await)?)
}

/// Replaces a list whole; whether its version still was the one that was read. Nothing has been read of version 0.
pub async fn replace(db: &Db, id: Uuid, owner: Owner, version: i64, rules: &Value, now: Time) -> Result<bool> {
    const INSERT: &str = "INSERT INTO routing_rules (id, store_id, livemode, port, version, rules, updated_at)
        VALUES ($1, $2, $3, $4, 1, $5, $6) ON CONFLICT DO NOTHING";
    let (store, rules) = (owner.store.map(Uuid::from), Json(rules));
    if version == 0 {
        let made = write!(db, |pool| sqlx::query(INSERT)
            .bind(id)
            .bind(store)
            .bind(owner.livemode)
            .bind(owner.port)
            .bind(rules)
            .bind(now)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        return Ok(made == 1);
    }
    let sql = format!(
        "UPDATE routing_rules SET version = version + 1, rules = $5, updated_at = $6
         WHERE {} AND livemode = $2 AND port = $3 AND version = $4",
        whose(store)
    );
    let changed = write!(db, |pool| sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(store)
        .bind(owner.livemode)
        .bind(owner.port)
        .bind(version)
        .bind(rules)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Either index is used only where it is said which rows are meant.
fn whose(store: Option<Uuid>) -> &'static str {
    if store.is_some() { "store_id = $1" } else { "store_id IS NULL AND $1 IS NULL" }
}
