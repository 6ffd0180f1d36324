//! Notifications by the hundred: a statement a row, prepared once, in one transaction of the one writer.

use schemas::{DeliveryId, EndpointId};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};

use crate::db::Result;
use crate::db::deliveries::{LOAD, Load, Stand};
use crate::db::delivery_attempts::DeliveryAttempt;
use crate::db::endpoint_health::{COLUMNS as HEALTH, Health};
use crate::db::notifications::{DELIVER, NewNotification};

/// Adds notifications with their deliveries and tasks.
pub(in crate::db) async fn insert(connection: &mut SqliteConnection, new: &[&NewNotification]) -> Result<()> {
    const NOTIFICATION: &str =
        "INSERT INTO notifications (id, store_id, livemode, event, order_no, payload, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    const DELIVERY: &str =
        "INSERT INTO deliveries (id, notification_id, store_id, livemode, endpoint_id, shared, status,
        next_attempt_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $7, $7)";
    const TASK: &str = "INSERT INTO tasks (id, kind, lane, key, payload, due_at, enqueued_by, created_at)
        VALUES ($1, $2, $3, $4, '{}', $5, $6, $5)";
    for NewNotification { notification, targets, enqueued_by, .. } in new {
        sqlx::query(NOTIFICATION)
            .bind(notification.id.uuid())
            .bind(notification.store_id.uuid())
            .bind(notification.livemode)
            .bind(&notification.event)
            .bind(&notification.order_no)
            .bind(&notification.payload)
            .bind(notification.created_at)
            .execute(&mut *connection)
            .await?;
        for target in targets {
            sqlx::query(DELIVERY)
                .bind(target.delivery.uuid())
                .bind(notification.id.uuid())
                .bind(notification.store_id.uuid())
                .bind(notification.livemode)
                .bind(target.endpoint.uuid())
                .bind(target.shared)
                .bind(notification.created_at)
                .execute(&mut *connection)
                .await?;
            sqlx::query(TASK)
                .bind(target.task)
                .bind(DELIVER)
                .bind(target.endpoint.to_string())
                .bind(target.delivery.to_string())
                .bind(notification.created_at)
                .bind(enqueued_by)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Adds tries.
pub(in crate::db) async fn insert_attempts(connection: &mut SqliteConnection, rows: &[&DeliveryAttempt]) -> Result<()> {
    const SQL: &str =
        "INSERT INTO delivery_attempts (id, delivery_id, notification_id, store_id, livemode, endpoint_id,
        number, event, order_no, succeeded, reason, response_status, response_body, error, duration_us, started_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING";
    for row in rows {
        sqlx::query(SQL)
            .bind(row.id)
            .bind(row.delivery_id.uuid())
            .bind(row.notification_id.uuid())
            .bind(row.store_id.uuid())
            .bind(row.livemode)
            .bind(row.endpoint_id.uuid())
            .bind(row.number)
            .bind(&row.event)
            .bind(&row.order_no)
            .bind(row.succeeded)
            .bind(&row.reason)
            .bind(row.response_status)
            .bind(&row.response_body)
            .bind(&row.error)
            .bind(row.duration_us)
            .bind(row.started_at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Writes how deliveries stand.
pub(in crate::db) async fn update_deliveries(connection: &mut SqliteConnection, rows: &[&Stand]) -> Result<()> {
    const SQL: &str = "UPDATE deliveries SET endpoint_id = $2, status = $3, attempts = COALESCE($4, attempts),
        last_status = CASE WHEN $4 IS NULL THEN last_status ELSE $5 END,
        last_error = COALESCE($6, CASE WHEN $4 IS NULL THEN last_error END), next_attempt_at = $7, updated_at = $8 WHERE id = $1";
    for row in rows {
        sqlx::query(SQL)
            .bind(row.id.uuid())
            .bind(row.endpoint_id.uuid())
            .bind(row.status)
            .bind(row.attempts)
            .bind(row.last_status)
            .bind(&row.last_error)
            .bind(row.next_attempt_at)
            .bind(row.at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Writes the health of endpoints.
pub(in crate::db) async fn update_health(connection: &mut SqliteConnection, rows: &[&Health]) -> Result<()> {
    const SQL: &str =
        "UPDATE endpoint_health SET failures = $2, open_until = $3, paused_until = $4, failing_since = $5,
        warned = $6, slow_told_at = $7, recent = $8, succeeded = $9, failed = $10, last_success_at = $11,
        last_failure_at = $12 WHERE endpoint_id = $1";
    for row in rows {
        sqlx::query(SQL)
            .bind(row.endpoint_id.uuid())
            .bind(row.failures)
            .bind(row.open_until)
            .bind(row.paused_until)
            .bind(row.failing_since)
            .bind(row.warned)
            .bind(row.slow_told_at)
            .bind(&row.recent)
            .bind(row.succeeded)
            .bind(row.failed)
            .bind(row.last_success_at)
            .bind(row.last_failure_at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The health of endpoints; the one writer is the lock.
pub(in crate::db) async fn read_health(connection: &mut SqliteConnection, ids: &[EndpointId]) -> Result<Vec<Health>> {
    let sql = format!("SELECT {HEALTH} FROM endpoint_health WHERE endpoint_id = $1");
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let query = sqlx::query_as(AssertSqlSafe(sql.clone())).bind(id.uuid());
        found.extend(query.fetch_optional(&mut *connection).await?);
    }
    Ok(found)
}

/// What deliveries carry.
pub(in crate::db) async fn load(readers: &SqlitePool, ids: &[DeliveryId]) -> Result<Vec<Load>> {
    let mut connection = readers.acquire().await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let query = sqlx::query_as(AssertSqlSafe(format!("{LOAD} = $1"))).bind(id.uuid());
        found.extend(query.fetch_optional(&mut *connection).await?);
    }
    Ok(found)
}
