//! What only SQLite does: pruning the one log table in batches.

pub(super) mod events;
pub(super) mod notify;
pub(super) mod tasks;

use sqlx::SqlitePool;

use super::Result;

/// Rows in one statement, so that the writer is never held for long.
const BATCH: i64 = 1_000;

/// Deletes the log rows whose id (a UUIDv7) is older than this one; answers how many.
pub(super) async fn prune_logs(writer: &SqlitePool, before: uuid::Uuid) -> Result<u64> {
    const SQL: &str = "DELETE FROM integration_logs WHERE rowid IN (
        SELECT rowid FROM integration_logs WHERE id < $1 AND status <> 'sending' LIMIT $2)";
    let mut pruned = 0;
    loop {
        let done = sqlx::query(SQL).bind(before).bind(BATCH).execute(writer).await?.rows_affected();
        pruned += done;
        if done < BATCH as u64 {
            return Ok(pruned);
        }
    }
}
