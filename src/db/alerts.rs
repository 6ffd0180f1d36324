//! The table `alerts`: when something was last told, so that no process tells it again too soon.

use super::backend::on;
use super::{Result, Time, Tx};

/// Whether something may be told now: not if it was since `quiet_since`. If so it counts as told.
pub async fn may_tell(tx: &mut Tx, key: &str, quiet_since: Time, now: Time) -> Result<bool> {
    const SQL: &str = "INSERT INTO alerts (key, told_at) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET told_at = excluded.told_at WHERE alerts.told_at < $3";
    let told = on!(tx, |connection| sqlx::query(SQL)
        .bind(key)
        .bind(now)
        .bind(quiet_since)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(told == 1)
}
