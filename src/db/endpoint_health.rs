//! The table `endpoint_health`: how endpoints do, as all processes together see it.

use schemas::EndpointId;
use uuid::Uuid;

use super::backend::{Backend, read};
use super::{Db, Result, Time, Tx, postgres, sqlite};

/// How an endpoint does.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Health {
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub endpoint_id: EndpointId,
    /// Failures in a row.
    pub failures: i32,
    /// The breaker is open until then; afterwards one delivery at a time finds out.
    pub open_until: Option<Time>,
    /// It asked for time.
    pub paused_until: Option<Time>,
    /// Since when nothing has succeeded.
    pub failing_since: Option<Time>,
    /// The percentage of the way to being disabled that was last told.
    pub warned: i32,
    /// When its slowness was last told.
    pub slow_told_at: Option<Time>,
    /// The durations of the last hundred tries in milliseconds, four bytes each, oldest first.
    pub recent: Vec<u8>,
    /// Deliveries that arrived.
    pub succeeded: i64,
    /// Tries that failed.
    pub failed: i64,
    /// The last one that arrived.
    pub last_success_at: Option<Time>,
    /// The last one that failed.
    pub last_failure_at: Option<Time>,
}

pub(super) const COLUMNS: &str =
    "endpoint_id, failures, open_until, paused_until, failing_since, warned, slow_told_at, recent,
    succeeded, failed, last_success_at, last_failure_at";

/// The health of some endpoints, which nobody else changes before the transaction ends.
pub async fn lock(tx: &mut Tx, ids: &[EndpointId]) -> Result<Vec<Health>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match tx {
        Tx::Postgres(transaction) => postgres::notify::lock_health(transaction, ids).await,
        Tx::Sqlite(transaction) => sqlite::notify::read_health(transaction, ids).await,
    }
}

/// Writes the health of endpoints that were locked.
pub async fn update(tx: &mut Tx, rows: &[&Health]) -> Result<()> {
    match tx {
        Tx::Postgres(transaction) => postgres::notify::update_health(transaction, rows).await,
        Tx::Sqlite(transaction) => sqlite::notify::update_health(transaction, rows).await,
    }
}

/// The health of some endpoints.
pub async fn of_endpoints(db: &Db, ids: &[EndpointId]) -> Result<Vec<Health>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(COLUMNS).push(" FROM endpoint_health WHERE endpoint_id IN (");
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(")").build_query_as().fetch_all(pool).await
    })?)
}

/// The health of some endpoints.
pub async fn read_all(db: &Db, ids: &[EndpointId]) -> Result<Vec<Health>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match &db.0 {
        Backend::Postgres(pool) => postgres::notify::health_of(pool, ids).await,
        Backend::Sqlite { readers, .. } => {
            let mut connection = readers.acquire().await?;
            sqlite::notify::read_health(&mut connection, ids).await
        }
    }
}

/// The health of one endpoint.
pub async fn read(db: &Db, id: EndpointId) -> Result<Option<Health>> {
    let sql = format!("SELECT {COLUMNS} FROM endpoint_health WHERE endpoint_id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}
