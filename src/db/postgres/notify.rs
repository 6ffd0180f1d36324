//! Notifications by the hundred: an array a column, so that each statement is the same for any number of rows.

use schemas::{DeliveryId, EndpointId};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::column;
use crate::db::deliveries::{LOAD, Load, Stand};
use crate::db::delivery_attempts::DeliveryAttempt;
use crate::db::endpoint_health::{COLUMNS as HEALTH, Health};
use crate::db::notifications::{DELIVER, NewNotification, Target};
use crate::db::{Result, Time};

/// Adds notifications with their deliveries and tasks.
pub(in crate::db) async fn insert(connection: &mut PgConnection, new: &[&NewNotification]) -> Result<()> {
    const NOTIFICATIONS: &str =
        "INSERT INTO notifications (id, store_id, livemode, event, order_no, payload, created_at)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::bool[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
        ON CONFLICT (id) DO NOTHING";
    const DELIVERIES: &str =
        "INSERT INTO deliveries (id, notification_id, store_id, livemode, endpoint_id, shared, status,
        next_attempt_at, created_at, updated_at) SELECT id, notification_id, store_id, livemode, endpoint_id, shared,
        'pending', at, at, at FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bool[], $5::uuid[], $6::bool[],
        $7::timestamptz[]) AS row (id, notification_id, store_id, livemode, endpoint_id, shared, at)";
    const TASKS: &str = "INSERT INTO tasks (id, kind, lane, key, payload, due_at, enqueued_by, created_at)
        SELECT id, $1, lane, key, '{}', at, enqueued_by, at FROM UNNEST($2::uuid[], $3::text[], $4::text[],
        $5::timestamptz[], $6::text[]) AS row (id, lane, key, at, enqueued_by)";
    if new.is_empty() {
        return Ok(());
    }
    sqlx::query(NOTIFICATIONS)
        .bind(column(new, |new| new.notification.id.uuid()))
        .bind(column(new, |new| new.notification.store_id.uuid()))
        .bind(column(new, |new| new.notification.livemode))
        .bind(column(new, |new| new.notification.event.as_str()))
        .bind(column(new, |new| new.notification.order_no.as_deref()))
        .bind(column(new, |new| new.notification.payload.as_str()))
        .bind(column(new, |new| new.notification.created_at))
        .execute(&mut *connection)
        .await?;
    let rows: Vec<(&NewNotification, &Target)> =
        new.iter().flat_map(|new| new.targets.iter().map(move |target| (*new, target))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(DELIVERIES)
        .bind(column(&rows, |(_, target)| target.delivery.uuid()))
        .bind(column(&rows, |(new, _)| new.notification.id.uuid()))
        .bind(column(&rows, |(new, _)| new.notification.store_id.uuid()))
        .bind(column(&rows, |(new, _)| new.notification.livemode))
        .bind(column(&rows, |(_, target)| target.endpoint.uuid()))
        .bind(column(&rows, |(_, target)| target.shared))
        .bind(column(&rows, |(new, _)| new.notification.created_at))
        .execute(&mut *connection)
        .await?;
    sqlx::query(TASKS)
        .bind(DELIVER)
        .bind(column(&rows, |(_, target)| target.task))
        .bind(column(&rows, |(_, target)| target.endpoint.to_string()))
        .bind(column(&rows, |(_, target)| target.delivery.to_string()))
        .bind(column(&rows, |(new, _)| new.notification.created_at))
        .bind(column(&rows, |(new, _)| new.enqueued_by.as_deref()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds tries.
pub(in crate::db) async fn insert_attempts(connection: &mut PgConnection, rows: &[&DeliveryAttempt]) -> Result<()> {
    const SQL: &str =
        "INSERT INTO delivery_attempts (id, delivery_id, notification_id, store_id, livemode, endpoint_id,
        number, event, order_no, succeeded, reason, response_status, response_body, error, duration_us, started_at)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bool[], $6::uuid[], $7::int4[],
        $8::text[], $9::text[], $10::bool[], $11::text[], $12::int4[], $13::text[], $14::text[], $15::int8[],
        $16::timestamptz[]) ON CONFLICT (id) DO NOTHING";
    sqlx::query(SQL)
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.delivery_id.uuid()))
        .bind(column(rows, |row| row.notification_id.uuid()))
        .bind(column(rows, |row| row.store_id.uuid()))
        .bind(column(rows, |row| row.livemode))
        .bind(column(rows, |row| row.endpoint_id.uuid()))
        .bind(column(rows, |row| row.number))
        .bind(column(rows, |row| row.event.as_str()))
        .bind(column(rows, |row| row.order_no.as_deref()))
        .bind(column(rows, |row| row.succeeded))
        .bind(column(rows, |row| row.reason.as_deref()))
        .bind(column(rows, |row| row.response_status))
        .bind(column(rows, |row| row.response_body.as_deref()))
        .bind(column(rows, |row| row.error.as_deref()))
        .bind(column(rows, |row| row.duration_us))
        .bind(column(rows, |row| row.started_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes how deliveries stand.
pub(in crate::db) async fn update_deliveries(connection: &mut PgConnection, rows: &[&Stand]) -> Result<()> {
    const SQL: &str =
        "UPDATE deliveries SET endpoint_id = row.endpoint_id, status = row.status,
        attempts = COALESCE(row.attempts, deliveries.attempts),
        last_status = CASE WHEN row.attempts IS NULL THEN deliveries.last_status ELSE row.last_status END,
        last_error = COALESCE(row.last_error, CASE WHEN row.attempts IS NULL THEN deliveries.last_error END), next_attempt_at = row.next_attempt_at,
        updated_at = row.at FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::int4[], $6::text[],
        $7::timestamptz[], $8::timestamptz[])
        AS row (id, endpoint_id, status, attempts, last_status, last_error, next_attempt_at, at)
        WHERE deliveries.id = row.id";
    sqlx::query(SQL)
        .bind(column(rows, |row| row.id.uuid()))
        .bind(column(rows, |row| row.endpoint_id.uuid()))
        .bind(column(rows, |row| row.status))
        .bind(column(rows, |row| row.attempts))
        .bind(column(rows, |row| row.last_status))
        .bind(column(rows, |row| row.last_error.as_deref()))
        .bind(column(rows, |row| row.next_attempt_at))
        .bind(column(rows, |row| row.at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes the health of endpoints.
pub(in crate::db) async fn update_health(connection: &mut PgConnection, rows: &[&Health]) -> Result<()> {
    const SQL: &str = "UPDATE endpoint_health SET failures = row.failures, open_until = row.open_until,
        paused_until = row.paused_until, failing_since = row.failing_since, warned = row.warned,
        slow_told_at = row.slow_told_at, recent = row.recent, succeeded = row.succeeded, failed = row.failed,
        last_success_at = row.last_success_at, last_failure_at = row.last_failure_at
        FROM UNNEST($1::uuid[], $2::int4[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int4[],
        $7::timestamptz[], $8::bytea[], $9::int8[], $10::int8[], $11::timestamptz[], $12::timestamptz[])
        AS row (endpoint_id, failures, open_until, paused_until, failing_since, warned, slow_told_at, recent, succeeded,
        failed, last_success_at, last_failure_at) WHERE endpoint_health.endpoint_id = row.endpoint_id";
    if rows.is_empty() {
        return Ok(());
    }
    let time = |value: fn(&Health) -> Option<Time>| column(rows, |row| value(row));
    sqlx::query(SQL)
        .bind(column(rows, |row| row.endpoint_id.uuid()))
        .bind(column(rows, |row| row.failures))
        .bind(time(|row| row.open_until))
        .bind(time(|row| row.paused_until))
        .bind(time(|row| row.failing_since))
        .bind(column(rows, |row| row.warned))
        .bind(time(|row| row.slow_told_at))
        .bind(column(rows, |row| row.recent.as_slice()))
        .bind(column(rows, |row| row.succeeded))
        .bind(column(rows, |row| row.failed))
        .bind(time(|row| row.last_success_at))
        .bind(time(|row| row.last_failure_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// The health of endpoints, locked in one order, so that two processes do not wait for each other.
pub(in crate::db) async fn lock_health(connection: &mut PgConnection, ids: &[EndpointId]) -> Result<Vec<Health>> {
    let sql =
        format!("SELECT {HEALTH} FROM endpoint_health WHERE endpoint_id = ANY($1) ORDER BY endpoint_id FOR UPDATE");
    let ids = column(ids, |id| id.uuid());
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(ids).fetch_all(connection).await?)
}

/// What deliveries carry.
pub(in crate::db) async fn load(pool: &PgPool, ids: &[DeliveryId]) -> Result<Vec<Load>> {
    let ids = column(ids, |id| id.uuid());
    Ok(sqlx::query_as(AssertSqlSafe(format!("{LOAD} = ANY($1)"))).bind(ids).fetch_all(pool).await?)
}

/// The health of endpoints.
pub(in crate::db) async fn health_of(pool: &PgPool, ids: &[EndpointId]) -> Result<Vec<Health>> {
    let sql = format!("SELECT {HEALTH} FROM endpoint_health WHERE endpoint_id = ANY($1)");
    let ids = column(ids, |id| id.uuid());
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(ids).fetch_all(pool).await?)
}
