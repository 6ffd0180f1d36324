//! The table `alerts`: what operators were last told, so that no process tells it again too soon; and what they watch.

use serde_json::Value;
use sqlx::types::Json;

use super::backend::{on, read, write};
use super::{Db, Result, Time, Tx};

/// One thing that operators were told of, as it was told last.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Alert {
    /// What it is about: of one key there is one row.
    pub key: String,
    /// What kind of thing it is.
    pub kind: String,
    /// What was told.
    pub data: Json<Value>,
    /// What became of the message: `waiting`, `sent`, `logged`, `unknown` or `refused`.
    pub outcome: String,
    /// When.
    pub told_at: Time,
    /// Since when it is over.
    pub resolved_at: Option<Time>,
}

const COLUMNS: &str = "key, kind, data, outcome, told_at, resolved_at";
const INSERT: &str = "INSERT INTO alerts (key, kind, data, outcome, told_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, data = excluded.data, outcome = excluded.outcome,
        told_at = excluded.told_at, resolved_at = NULL WHERE alerts.told_at ";

/// Whether something may be told now: not if it was since `quiet_since`. If so it counts as told.
pub async fn may_tell(tx: &mut Tx, alert: &Alert, quiet_since: Time) -> Result<bool> {
    let sql = format!("{INSERT} < $6");
    let told = on!(tx, |connection| sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&alert.key)
        .bind(&alert.kind)
        .bind(&alert.data)
        .bind(&alert.outcome)
        .bind(alert.told_at)
        .bind(quiet_since)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(told == 1)
}

/// Keeps what is told, unless it is kept already, or something later.
pub async fn keep(tx: &mut Tx, alert: &Alert) -> Result<()> {
    let sql = format!("{INSERT} < excluded.told_at");
    on!(tx, |connection| sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&alert.key)
        .bind(&alert.kind)
        .bind(&alert.data)
        .bind(&alert.outcome)
        .bind(alert.told_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// What became of the message that was told then.
pub async fn settle(tx: &mut Tx, key: &str, told_at: Time, outcome: &str) -> Result<()> {
    const SQL: &str = "UPDATE alerts SET outcome = $3 WHERE key = $1 AND told_at = $2";
    on!(tx, |connection| sqlx::query(SQL).bind(key).bind(told_at).bind(outcome).execute(connection).await.map(drop))?;
    Ok(())
}

/// It is over; `false` where it was already, or was never told.
pub async fn resolve(tx: &mut Tx, key: &str, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE alerts SET resolved_at = $2 WHERE key = $1 AND resolved_at IS NULL";
    let resolved = on!(tx, |connection| sqlx::query(SQL)
        .bind(key)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(resolved == 1)
}

/// Whether something was told in a time, before the other moment, and is not over.
pub async fn is_told(db: &Db, key: &str, since: Time, before: Time) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM alerts
        WHERE key = $1 AND resolved_at IS NULL AND told_at >= $2 AND told_at < $3";
    let told: i64 = read!(db, |pool| sqlx::query_scalar(SQL).bind(key).bind(since).bind(before).fetch_one(pool).await)?;
    Ok(told > 0)
}

/// What was told of these kinds and is not over.
pub async fn open(db: &Db, kinds: &[&str]) -> Result<Vec<Alert>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(COLUMNS).push(" FROM alerts WHERE resolved_at IS NULL AND kind IN (");
        let mut list = builder.separated(", ");
        for kind in kinds {
            list.push_bind(*kind);
        }
        builder.push(")").build_query_as().fetch_all(pool).await
    })?)
}

/// What was told, the latest first, after the one of a key.
pub async fn list(db: &Db, after: Option<&str>, limit: i64) -> Result<Vec<Alert>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM alerts
        WHERE $1 IS NULL OR (told_at, key) < (SELECT told_at, key FROM alerts WHERE key = $1)
        ORDER BY told_at DESC, key DESC LIMIT $2"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(after).bind(limit).fetch_all(pool).await)?)
}

/// Forgets what was told before a time.
pub async fn prune(db: &Db, before: Time) -> Result<()> {
    const SQL: &str = "DELETE FROM alerts WHERE told_at < $1";
    write!(db, |pool| sqlx::query(SQL).bind(before).execute(pool).await.map(drop))?;
    Ok(())
}

/// How many tasks of a kind wait or are at work. It stops counting at `most`, however many there are.
pub async fn waiting(db: &Db, kind: &str, most: i64) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM (
        SELECT 1 FROM tasks WHERE kind = $1 AND buried_at IS NULL LIMIT $2) AS counted";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL).bind(kind).bind(most).fetch_one(pool).await)?)
}

/// How many tasks of each kind have been given up. It stops counting at a thousand of all kinds together.
pub async fn buried(db: &Db) -> Result<Vec<(String, i64)>> {
    const SQL: &str = "SELECT kind, COUNT(*) FROM (
        SELECT kind FROM tasks WHERE buried_at IS NOT NULL ORDER BY buried_at DESC LIMIT 1000) AS counted
        GROUP BY kind ORDER BY kind";
    Ok(read!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?)
}

/// What tries to deliver came to in some time, test and live apart.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Tries {
    /// Test or live.
    pub livemode: bool,
    /// Tries.
    pub tries: i64,
    /// Those that failed.
    pub failed: i64,
    /// Deliveries that were tried.
    pub deliveries: i64,
    /// Those that arrived.
    pub arrived: i64,
    /// Microseconds of all tries together.
    pub duration_us: i64,
}

/// What tries came to since a time; of very many only the latest, so that it costs little.
pub async fn tries(db: &Db, since: Time) -> Result<Vec<Tries>> {
    // A try's id begins with its time: the newest are at the end of the primary key.
    const SQL: &str = "SELECT livemode, COUNT(*) AS tries, COUNT(CASE WHEN NOT succeeded THEN 1 END) AS failed,
            COUNT(DISTINCT delivery_id) AS deliveries, COUNT(DISTINCT CASE WHEN succeeded THEN delivery_id END) AS arrived,
            CAST(COALESCE(SUM(duration_us), 0) AS BIGINT) AS duration_us
        FROM (SELECT livemode, succeeded, delivery_id, duration_us FROM delivery_attempts
            WHERE id >= $1 ORDER BY id DESC LIMIT 50000) AS latest
        GROUP BY livemode ORDER BY livemode";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(since.first_id()).fetch_all(pool).await)?)
}
