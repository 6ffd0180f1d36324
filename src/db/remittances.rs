//! The table `remittances`: one row for each statement of a carrier.

use schemas::remittance::RemittanceStatus;
use schemas::{Currency, RemittanceId, StoreId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx, postgres};

/// One remittance.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Remittance {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: RemittanceId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// Who collected.
    pub carrier: String,
    /// SHA-256 of the statement's bytes, in hex.
    pub digest: String,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: RemittanceStatus,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// What stands before the decimals.
    pub decimal: String,
    /// How many lines count.
    pub lines: i64,
    /// How many of them wait for a person.
    pub undecided: i64,
    /// The lines by outcome.
    pub summary: Json<Value>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

const COLUMNS: &str = "id, store_id, livemode, carrier, digest, status, currency, decimal, lines, undecided, summary,
    created_at, updated_at";

/// Has nobody else compare or decide on statements of a carrier for a store until the transaction ends.
pub async fn lock(tx: &mut Tx, store: StoreId, livemode: bool, carrier: &str) -> Result<()> {
    match tx {
        Tx::Postgres(connection) => {
            postgres::lock(connection, &format!("remittances/{store}/{livemode}/{carrier}")).await
        }
        // It has one writer.
        Tx::Sqlite(_) => Ok(()),
    }
}

/// Adds a remittance with its statement, or finds the one of the same statement; nobody else changes it until the
/// transaction ends. Answers it as it is, and whether it is new.
pub async fn ensure(tx: &mut Tx, new: &Remittance, original: &[u8]) -> Result<(Remittance, bool)> {
    let sql = format!(
        "INSERT INTO remittances (id, store_id, livemode, carrier, digest, status, currency, decimal, summary, original,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        ON CONFLICT (store_id, livemode, carrier, digest) DO UPDATE SET digest = remittances.digest
        RETURNING {COLUMNS}"
    );
    let row: Remittance = on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(new.id.uuid())
        .bind(new.store_id.uuid())
        .bind(new.livemode)
        .bind(&new.carrier)
        .bind(&new.digest)
        .bind(new.status.as_str())
        .bind(new.currency.code())
        .bind(&new.decimal)
        .bind(&new.summary)
        .bind(original)
        .bind(new.created_at)
        .fetch_one(connection)
        .await)?;
    let is_new = row.id == new.id;
    Ok((row, is_new))
}

/// Writes what its lines come to.
pub async fn update(tx: &mut Tx, remittance: &Remittance) -> Result<()> {
    const SQL: &str = "UPDATE remittances SET status = $2, lines = $3, undecided = $4, summary = $5, updated_at = $6
        WHERE id = $1";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(remittance.id.uuid())
        .bind(remittance.status.as_str())
        .bind(remittance.lines)
        .bind(remittance.undecided)
        .bind(&remittance.summary)
        .bind(remittance.updated_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// One remittance of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: RemittanceId) -> Result<Option<Remittance>> {
    let sql = format!("SELECT {COLUMNS} FROM remittances WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One remittance as it now is, for a transaction that holds the lock of its carrier.
pub async fn held(tx: &mut Tx, id: RemittanceId) -> Result<Option<Remittance>> {
    let sql = format!("SELECT {COLUMNS} FROM remittances WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// The sealed statement of a remittance.
pub async fn original(db: &Db, id: RemittanceId) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "SELECT original FROM remittances WHERE id = $1";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// What a list is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who collected.
    pub carrier: Option<String>,
    /// Where they stand.
    pub status: Option<RemittanceStatus>,
    /// Older than this one.
    pub before: Option<RemittanceId>,
    /// How many at the most.
    pub limit: i64,
}

/// The remittances of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<Remittance>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM remittances WHERE store_id = "));
        builder.push_bind(store.uuid()).push(" AND livemode = ").push_bind(livemode);
        if let Some(carrier) = &filter.carrier {
            builder.push(" AND carrier = ").push_bind(carrier);
        }
        if let Some(status) = filter.status {
            builder.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(before) = filter.before {
            builder.push(" AND id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}
