//! The table `external_integrations`.

use uuid::Uuid;

use super::backend::{on, read, write};
use super::{Db, Result, Time, Tx};

/// A service that is integrated.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Integration {
    /// Ours.
    pub id: Uuid,
    /// Its name in paths and logs.
    pub service_name: String,
    /// `payment`, `shipping`, …
    pub service_type: String,
    /// Who provides it.
    pub provider: String,
    /// `active`, `inactive`, `error` or `maintenance`.
    pub status: String,
}

/// Makes sure that a service has its row, and answers the row's id.
pub async fn ensure(db: &Db, id: Uuid, name: &str, service_type: &str, now: Time) -> Result<Uuid> {
    const SQL: &str =
        "INSERT INTO external_integrations (id, service_name, service_type, provider, created_at, updated_at)
        VALUES ($1, $2, $3, $2, $4, $4)
        ON CONFLICT (service_name, provider) DO UPDATE SET service_type = excluded.service_type RETURNING id";
    Ok(write!(db, |pool| sqlx::query_scalar(SQL)
        .bind(id)
        .bind(name)
        .bind(service_type)
        .bind(now)
        .fetch_one(pool)
        .await)?)
}

/// Every service.
pub async fn all(db: &Db) -> Result<Vec<Integration>> {
    const SQL: &str =
        "SELECT id, service_name, service_type, provider, status FROM external_integrations ORDER BY service_name";
    Ok(read!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?)
}

/// One service.
pub async fn by_name(db: &Db, name: &str) -> Result<Option<Integration>> {
    const SQL: &str = "SELECT id, service_name, service_type, provider, status FROM external_integrations
        WHERE service_name = $1";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(name).fetch_optional(pool).await)?)
}

/// Switches a service on or off; whether there is one of the name.
pub async fn set_status(db: &Db, name: &str, status: &str, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE external_integrations SET status = $2, updated_at = $3 WHERE service_name = $1";
    let changed = write!(db, |pool| sqlx::query(SQL)
        .bind(name)
        .bind(status)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

/// What health finds of a service, beside its status.
pub async fn set_health(tx: &mut Tx, id: Uuid, health: &str, checked_at: Time) -> Result<()> {
    const SQL: &str = "UPDATE external_integrations SET health_status = $2, last_health_check = $3 WHERE id = $1";
    on!(tx, |connection| sqlx::query(SQL).bind(id).bind(health).bind(checked_at).execute(connection).await.map(drop))?;
    Ok(())
}
