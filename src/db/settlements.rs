//! The table `settlements`: one row for an account's books of a day, or for a statement.

use schemas::settlement::{SettlementSource, SettlementStatus};
use schemas::{AccountId, Currency, SettlementId, StoreId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx};

/// One settlement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Settlement {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: SettlementId,
    /// Whose account it is about.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// The account.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// Who serves it.
    pub provider: String,
    /// ISO 8601, in Africa/Tripoli.
    pub day: String,
    /// What it is made from.
    #[sqlx(try_from = "String")]
    pub source: SettlementSource,
    /// Of a statement's bytes.
    pub digest: String,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: SettlementStatus,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// How many lines count.
    pub lines: i64,
    /// How many of them wait for a person.
    pub undecided: i64,
    /// The lines by kind, and what is left out.
    pub summary: Json<Value>,
    /// How a statement is to be read.
    pub reading: Json<Value>,
    /// Why the books could not be had.
    pub error: Option<String>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

const COLUMNS: &str =
    "id, store_id, livemode, account_id, provider, day, source, digest, status, currency, lines, undecided,
    summary, reading, error, version, created_at, updated_at";

/// Adds a settlement with the statement it is made from, or finds the one that is there; nobody else changes it until the
/// transaction ends. Answers it as it is, and whether it is new.
pub async fn ensure(tx: &mut Tx, new: &Settlement, original: Option<&[u8]>) -> Result<(Settlement, bool)> {
    let sql = format!(
        "INSERT INTO settlements (id, store_id, livemode, account_id, provider, day, source, digest, status, currency, summary,
            reading, error, original, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
        ON CONFLICT (store_id, account_id, day, source, digest) DO UPDATE SET version = settlements.version
        RETURNING {COLUMNS}"
    );
    let row: Settlement = on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(new.id.uuid())
        .bind(new.store_id.uuid())
        .bind(new.livemode)
        .bind(new.account_id.uuid())
        .bind(&new.provider)
        .bind(&new.day)
        .bind(new.source.as_str())
        .bind(&new.digest)
        .bind(new.status.as_str())
        .bind(new.currency.code())
        .bind(&new.summary)
        .bind(&new.reading)
        .bind(&new.error)
        .bind(original)
        .bind(new.created_at)
        .fetch_one(connection)
        .await)?;
    let is_new = row.id == new.id;
    Ok((row, is_new))
}

/// The same by its id, held until the transaction ends.
pub async fn hold(tx: &mut Tx, id: SettlementId) -> Result<Option<Settlement>> {
    let sql = format!("UPDATE settlements SET version = version WHERE id = $1 RETURNING {COLUMNS}");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, settlement: &mut Settlement, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE settlements SET status = $3, lines = $4, undecided = $5, summary = $6, error = $7,
        updated_at = $8, version = version + 1 WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(settlement.id.uuid())
        .bind(settlement.version)
        .bind(settlement.status.as_str())
        .bind(settlement.lines)
        .bind(settlement.undecided)
        .bind(&settlement.summary)
        .bind(&settlement.error)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    settlement.version += 1;
    settlement.updated_at = now;
    Ok(changed == 1)
}

/// One settlement of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: SettlementId) -> Result<Option<Settlement>> {
    let sql = format!("SELECT {COLUMNS} FROM settlements WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One settlement, for work of our own.
pub async fn by_id(db: &Db, id: SettlementId) -> Result<Option<Settlement>> {
    let sql = format!("SELECT {COLUMNS} FROM settlements WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// The sealed statement of a settlement.
pub async fn original(db: &Db, id: SettlementId) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "SELECT original FROM settlements WHERE id = $1";
    let found: Option<Option<Vec<u8>>> =
        read!(db, |pool| sqlx::query_scalar(SQL).bind(id.uuid()).fetch_optional(pool).await)?;
    Ok(found.flatten())
}

/// The accounts and days from a day on whose books have been had.
pub async fn settled_since(db: &Db, day: &str) -> Result<Vec<(Uuid, String)>> {
    const SQL: &str =
        "SELECT account_id, day FROM settlements WHERE day >= $1 AND source = 'books' AND status <> 'unavailable'";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(day).fetch_all(pool).await)?)
}

/// What a list is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The day.
    pub day: Option<String>,
    /// The account.
    pub account: Option<AccountId>,
    /// Where they stand.
    pub status: Option<SettlementStatus>,
    /// What they are made from.
    pub source: Option<SettlementSource>,
    /// Older than this one.
    pub before: Option<SettlementId>,
    /// How many at the most.
    pub limit: i64,
}

/// The settlements of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<Settlement>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM settlements WHERE store_id = "));
        builder.push_bind(store.uuid()).push(" AND livemode = ").push_bind(livemode);
        if let Some(day) = &filter.day {
            builder.push(" AND day = ").push_bind(day);
        }
        if let Some(account) = filter.account {
            builder.push(" AND account_id = ").push_bind(account.uuid());
        }
        if let Some(status) = filter.status {
            builder.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(source) = filter.source {
            builder.push(" AND source = ").push_bind(source.as_str());
        }
        if let Some(before) = filter.before {
            builder.push(" AND id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}
