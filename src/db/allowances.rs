//! The table `allowances`: what may be had only so often, counted for every process that shares the database.

use std::time::Duration;

use super::backend::{read, write};
use super::{Db, Result, Time};

/// Takes one of a scope's: so many at once, then one every so often. Where it is spent, how long until there is one.
pub async fn take(db: &Db, scope: &str, burst: u32, every: Duration, now: Time) -> Result<Option<Duration>> {
    // What is spent may lie ahead of the clock by all but one of the burst.
    const SQL: &str = "INSERT INTO allowances (scope, spent_until) VALUES ($1, $2)
        ON CONFLICT (scope) DO UPDATE SET spent_until = CASE
            WHEN allowances.spent_until > $3 THEN allowances.spent_until + $4 ELSE excluded.spent_until END
        WHERE allowances.spent_until <= $5";
    let every = micros(every);
    let now = now.micros();
    let ahead = now.saturating_add(every.saturating_mul(i64::from(burst.max(1)) - 1));
    let taken = write!(db, |pool| sqlx::query(SQL)
        .bind(scope)
        .bind(now.saturating_add(every))
        .bind(now)
        .bind(every)
        .bind(ahead)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
    if taken == 1 {
        return Ok(None);
    }
    const SPENT: &str = "SELECT spent_until FROM allowances WHERE scope = $1";
    let spent: Option<i64> = read!(db, |pool| sqlx::query_scalar(SPENT).bind(scope).fetch_optional(pool).await)?;
    let wait = spent.unwrap_or(now).saturating_sub(ahead).max(1);
    Ok(Some(Duration::from_micros(wait.unsigned_abs())))
}

/// Forgets what has not been had for long.
pub async fn forget(db: &Db, before: Time) -> Result<()> {
    const SQL: &str = "DELETE FROM allowances WHERE spent_until < $1";
    write!(db, |pool| sqlx::query(SQL).bind(before.micros()).execute(pool).await.map(drop))?;
    Ok(())
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
