//! The table `terminal_sequences`: seconds handed out once per terminal, to every process that shares the database.

use super::backend::write;
use super::{Db, Result};

/// How many seconds questions stand back once a refund has asked in vain.
const STAND_BACK: i64 = 3;

/// Takes the second `now` for the scope, if nobody has taken it or a later one.
pub async fn take(db: &Db, scope: &str, now: i64, urgent: bool) -> Result<bool> {
    const FIRST: &str = "INSERT INTO terminal_sequences (scope, last_second) VALUES ($1, $2)
        ON CONFLICT (scope) DO UPDATE SET last_second = excluded.last_second
        WHERE terminal_sequences.last_second < excluded.last_second";
    const ORDINARY: &str = "INSERT INTO terminal_sequences (scope, last_second) VALUES ($1, $2)
        ON CONFLICT (scope) DO UPDATE SET last_second = excluded.last_second
        WHERE terminal_sequences.last_second < excluded.last_second AND terminal_sequences.urgent_until < excluded.last_second";
    let sql = if urgent { FIRST } else { ORDINARY };
    let taken =
        write!(db, |pool| sqlx::query(sql).bind(scope).bind(now).execute(pool).await.map(|done| done.rows_affected()))?;
    if taken == 0 && urgent {
        reserve(db, scope, now).await?;
    }
    Ok(taken == 1)
}

/// Makes questions stand back for a refund.
async fn reserve(db: &Db, scope: &str, now: i64) -> Result<()> {
    const SQL: &str = "UPDATE terminal_sequences SET urgent_until = $2 WHERE scope = $1 AND urgent_until < $2";
    write!(db, |pool| sqlx::query(SQL).bind(scope).bind(now + STAND_BACK).execute(pool).await.map(drop))?;
    Ok(())
}

/// The refund has had its turn.
pub async fn release(db: &Db, scope: &str) -> Result<()> {
    const SQL: &str = "UPDATE terminal_sequences SET urgent_until = 0 WHERE scope = $1 AND urgent_until > 0";
    write!(db, |pool| sqlx::query(SQL).bind(scope).execute(pool).await.map(drop))?;
    Ok(())
}
