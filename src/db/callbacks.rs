//! The table `callbacks`: what providers sent, as it came and sealed. A repeat only counts up.

use schemas::{AccountId, AttemptId, StoreId};
use uuid::Uuid;

use super::backend::{on, write};
use super::{Db, Result, Time, Tx};

/// A callback whose proof fits.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Ours.
    pub id: Uuid,
    /// Whose attempt it names; of a carrier's, whose account it is.
    pub store_id: StoreId,
    /// The account whose key it was proved with.
    pub account_id: AccountId,
    /// The attempt it names; a carrier's names parcels, one or many.
    pub attempt_id: Option<AttemptId>,
    /// Who sent it.
    pub provider: String,
    /// SHA-256 of query and body.
    pub digest: Vec<u8>,
    /// Headers, query and body, sealed.
    pub raw: Vec<u8>,
    /// When it came first.
    pub received_at: Time,
}

/// Keeps it; answers how often it has come.
pub async fn keep(tx: &mut Tx, callback: &Callback) -> Result<i32> {
    const SQL: &str = "INSERT INTO callbacks (id, store_id, account_id, attempt_id, provider, digest, raw, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (account_id, digest) DO UPDATE SET times = callbacks.times + 1 RETURNING times";
    Ok(on!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(callback.id)
        .bind(callback.store_id.uuid())
        .bind(callback.account_id.uuid())
        .bind(callback.attempt_id.map(AttemptId::uuid))
        .bind(&callback.provider)
        .bind(&callback.digest)
        .bind(&callback.raw)
        .bind(callback.received_at)
        .fetch_one(connection)
        .await)?)
}

/// Forgets what came before a moment; answers how many.
pub async fn prune(db: &Db, before: Time) -> Result<u64> {
    const SQL: &str = "DELETE FROM callbacks WHERE id IN (SELECT id FROM callbacks WHERE received_at < $1 LIMIT 1000)";
    let mut pruned = 0;
    loop {
        let batch =
            write!(db, |pool| sqlx::query(SQL).bind(before).execute(pool).await.map(|done| done.rows_affected()))?;
        pruned += batch;
        if batch == 0 {
            return Ok(pruned);
        }
    }
}
