//! What the log of calls comes to in a time, counted by the database: of a store by `idx_integration_logs_store`, of all stores
//! service by service by `idx_integration_logs_integration`, so that no more is read than the time has.

use schemas::StoreId;
use uuid::Uuid;

use super::backend::read;
use super::{Db, Result, Time, integrations};

/// Calls that are alike: of one service and operation, that ended in one way, in one class of times.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Group {
    /// The service.
    pub integration_id: Uuid,
    /// The provider's own word.
    pub operation: String,
    /// How they ended.
    pub status: String,
    /// The error's word; empty where there is none.
    pub error_code: String,
    /// The number of the first bound that their times do not exceed; the number of bounds, where they exceed all; -1 for those
    /// without a time.
    pub class: i64,
    /// How many.
    pub calls: i64,
    /// Their times together, in milliseconds.
    pub total_ms: f64,
    /// The least of these.
    pub least_ms: f64,
    /// The greatest of these.
    pub most_ms: f64,
}

/// Which calls are counted.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// Of one store, or of all.
    pub store: Option<StoreId>,
    /// Test or live.
    pub livemode: bool,
    /// Began at or after.
    pub from: Time,
    /// Began before.
    pub to: Time,
    /// Where classes of times end, in milliseconds, ascending.
    pub bounds: &'a [u64],
}

/// Calls, grouped. Only those that a request or a task stands behind: of probes the log has nothing but failures, and they
/// would count against a service that nobody has called.
pub async fn groups(db: &Db, which: Which<'_>) -> Result<Vec<Group>> {
    if let Some(store) = which.store {
        return some(db, which, "store_id", store.uuid()).await;
    }
    let mut found = Vec::new();
    for service in integrations::all(db).await? {
        found.extend(some(db, which, "integration_id", service.id).await?);
    }
    Ok(found)
}

async fn some(db: &Db, which: Which<'_>, column: &str, value: Uuid) -> Result<Vec<Group>> {
    let sql = format!(
        "SELECT integration_id, operation, status, COALESCE(error_code, '') AS error_code, class, COUNT(*) AS calls,
            COALESCE(SUM(request_duration), 0.0) AS total_ms, COALESCE(MIN(request_duration), 0.0) AS least_ms,
            COALESCE(MAX(request_duration), 0.0) AS most_ms
        FROM (SELECT integration_id, operation, status, error_code, request_duration, {} AS class FROM integration_logs
            WHERE {column} = $1 AND livemode = $2 AND started_at >= $3 AND started_at < $4 AND request_id IS NOT NULL) AS calls
        GROUP BY integration_id, operation, status, COALESCE(error_code, ''), class",
        class(which.bounds)
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(value)
        .bind(which.livemode)
        .bind(which.from)
        .bind(which.to)
        .fetch_all(pool)
        .await)?)
}

/// The class of a call's time, in SQL.
fn class(bounds: &[u64]) -> String {
    let mut text = "CAST(CASE WHEN request_duration IS NULL THEN -1".to_owned();
    for (number, bound) in bounds.iter().enumerate() {
        text.push_str(&format!(" WHEN request_duration <= {bound} THEN {number}"));
    }
    text.push_str(&format!(" ELSE {} END AS BIGINT)", bounds.len()));
    text
}
