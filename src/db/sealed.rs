//! Every sealed column, wherever it stands: what a rotation of the encryption key goes through.

use uuid::Uuid;

use super::backend::{read, write};
use super::{Db, Result};

/// A column of sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The field.
    pub field: &'static str,
    /// Where the row names its store.
    store: &'static str,
}

const fn column(table: &'static str, field: &'static str, store: &'static str) -> SealedColumn {
    SealedColumn { table, field, store }
}

/// All of them. A migration that adds a sealed column adds its line.
pub const SEALED_COLUMNS: [SealedColumn; 21] = [
    column("stores", "contacts", "id"),
    column("provider_accounts", "credentials", "store_id"),
    column("payments", "customer", "store_id"),
    column("attempts", "evidence", "store_id"),
    column("refunds", "evidence", "store_id"),
    column("callbacks", "raw", "store_id"),
    column("settlements", "original", "store_id"),
    column("settlement_lines", "evidence", "store_id"),
    column("endpoints", "secret", "store_id"),
    column("endpoints", "old_secret", "store_id"),
    column("wallet_services", "subject", "store_id"),
    column("wallet_services", "evidence", "store_id"),
    column("shipments", "subject", "store_id"),
    column("shipments", "evidence", "store_id"),
    column("pickups", "address", "store_id"),
    column("pickups", "evidence", "store_id"),
    column("carrier_files", "original", "store_id"),
    column("carrier_oddities", "raw", "store_id"),
    column("remittances", "original", "store_id"),
    column("remittance_lines", "raw", "store_id"),
    column("remittance_decisions", "evidence", "store_id"),
];

/// Rows in one page.
const PAGE: i64 = 500;

/// The next rows with a value: id, store, value.
pub async fn page(db: &Db, column: SealedColumn, after: Uuid) -> Result<Vec<(Uuid, Uuid, Vec<u8>)>> {
    let SealedColumn { table, field, store } = column;
    let sql =
        format!("SELECT id, {store}, {field} FROM {table} WHERE {field} IS NOT NULL AND id > $1 ORDER BY id LIMIT $2");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(after).bind(PAGE).fetch_all(pool).await)?)
}

/// Replaces a value, if it still is the one that was read.
pub async fn replace(db: &Db, column: SealedColumn, id: Uuid, old: &[u8], new: &[u8]) -> Result<bool> {
    let SealedColumn { table, field, .. } = column;
    let sql = format!("UPDATE {table} SET {field} = $3 WHERE id = $1 AND {field} = $2");
    let changed = write!(db, |pool| sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .bind(old)
        .bind(new)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}
