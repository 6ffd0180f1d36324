//! The table `maintenance_windows`: when a service is not to be called, and nobody is to be told that it fails.

use uuid::Uuid;

use super::backend::{read, write};
use super::{Db, Result, Time};

/// One window.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Window {
    /// Ours.
    pub id: Uuid,
    /// Of which service.
    pub integration_id: Uuid,
    /// The service's name.
    pub service: String,
    /// From when.
    pub starts_at: Time,
    /// Until when.
    pub ends_at: Time,
    /// For people, in English.
    pub reason: String,
    /// The same in Arabic.
    pub reason_ar: Option<String>,
    /// Since when it is called off.
    pub cancelled_at: Option<Time>,
    /// When it was announced.
    pub created_at: Time,
}

const SELECT: &str = "SELECT w.id, w.integration_id, i.service_name AS service, w.starts_at, w.ends_at, w.reason,
    w.reason_ar, w.cancelled_at, w.created_at
    FROM maintenance_windows w JOIN external_integrations i ON i.id = w.integration_id";

/// Announces one.
pub async fn insert(db: &Db, window: &Window) -> Result<()> {
    const SQL: &str =
        "INSERT INTO maintenance_windows (id, integration_id, starts_at, ends_at, reason, reason_ar, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    write!(db, |pool| sqlx::query(SQL)
        .bind(window.id)
        .bind(window.integration_id)
        .bind(window.starts_at)
        .bind(window.ends_at)
        .bind(&window.reason)
        .bind(&window.reason_ar)
        .bind(window.created_at)
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}

/// Calls one off; whether there was one that was not over.
pub async fn cancel(db: &Db, id: Uuid, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE maintenance_windows SET cancelled_at = $2
        WHERE id = $1 AND cancelled_at IS NULL AND ends_at > $2";
    let cancelled =
        write!(db, |pool| sqlx::query(SQL).bind(id).bind(now).execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(cancelled > 0)
}

/// One by its id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<Window>> {
    let sql = format!("{SELECT} WHERE w.id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await)?)
}

/// Those that are not over, the next first; at most a thousand.
pub async fn coming(db: &Db, now: Time) -> Result<Vec<Window>> {
    let sql = format!("{SELECT} WHERE w.ends_at > $1 AND w.cancelled_at IS NULL ORDER BY w.starts_at, w.id LIMIT 1000");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).fetch_all(pool).await)?)
}
