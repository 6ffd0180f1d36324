//! The table `carrier_files`: files that carriers left and that were taken in, each name once, as they came and sealed.

use schemas::{AccountId, StoreId};
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// A file that is taken in.
#[derive(Debug, Clone)]
pub struct CarrierFile {
    /// Ours.
    pub id: Uuid,
    /// Whose carrier left it.
    pub account: AccountId,
    /// Whose account it is.
    pub store: StoreId,
    /// Its name over there.
    pub name: String,
    /// As it came, sealed.
    pub original: Vec<u8>,
    /// What could be read of it.
    pub entries: i64,
    /// What could not.
    pub malformed: i64,
    /// When.
    pub taken_at: Time,
}

/// Keeps it, in the transaction of what it tells; whether it had not been taken in before.
pub async fn keep(tx: &mut Tx, file: &CarrierFile) -> Result<bool> {
    const SQL: &str =
        "INSERT INTO carrier_files (id, account_id, store_id, name, original, entries, malformed, taken_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, name) DO NOTHING";
    let kept = on!(tx, |connection| sqlx::query(SQL)
        .bind(file.id)
        .bind(file.account.uuid())
        .bind(file.store.uuid())
        .bind(&file.name)
        .bind(&file.original)
        .bind(file.entries)
        .bind(file.malformed)
        .bind(file.taken_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(kept == 1)
}

/// Whether a file has been taken in.
pub async fn is_taken(db: &Db, account: AccountId, name: &str) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM carrier_files WHERE account_id = $1 AND name = $2";
    let found: i64 = read!(db, |pool| sqlx::query_scalar(SQL).bind(account.uuid()).bind(name).fetch_one(pool).await)?;
    Ok(found > 0)
}
