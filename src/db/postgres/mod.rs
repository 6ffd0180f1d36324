//! What only PostgreSQL does: settings of durability, partitions, locks, arrays.

pub(super) mod events;
pub(super) mod notify;
pub(super) mod tasks;

use kit::Entry;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use uuid::Uuid;

use super::backend::ACQUIRE;
use super::idempotency::{self, Claim};
use super::{Durability, Result, Time, integration_logs};

/// Whether a commit survives a power cut.
pub(super) async fn durability(pool: &PgPool) -> Result<Durability> {
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(pool).await?;
    let commit: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(pool).await?;
    let durable = fsync == "on" && !matches!(commit.as_str(), "off");
    Ok(if durable { Durability::Durable } else { Durability::Weakened })
}

/// Makes the log partition of the month of a moment, if it is missing.
pub(super) async fn make_log_partition(pool: &PgPool, moment: Time) -> Result<()> {
    sqlx::query("SELECT make_integration_logs_partition($1)").bind(moment).execute(pool).await?;
    Ok(())
}

/// The log partitions by name, oldest first: `integration_logs_y2026m11`.
pub(super) async fn log_partitions(pool: &PgPool) -> Result<Vec<String>> {
    const SQL: &str = "SELECT child.relname::text FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
        WHERE parent.relname = 'integration_logs' ORDER BY child.relname";
    Ok(sqlx::query_scalar(SQL).fetch_all(pool).await?)
}

/// Detaches and drops one log partition; writers of other months do not wait.
pub(super) async fn drop_log_partition(pool: &PgPool, name: &str) -> Result<()> {
    // The name is one that `log_partitions` told.
    let detach = format!("ALTER TABLE integration_logs DETACH PARTITION \"{name}\" CONCURRENTLY");
    if sqlx::query(sqlx::AssertSqlSafe(detach)).execute(pool).await.is_err() {
        // A process that was killed half-way has left it pending, and only this ends it.
        let finalize = format!("ALTER TABLE integration_logs DETACH PARTITION \"{name}\" FINALIZE");
        sqlx::query(sqlx::AssertSqlSafe(finalize)).execute(pool).await?;
    }
    sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE \"{name}\""))).execute(pool).await?;
    Ok(())
}

/// Serialises the transactions that decide on one reference of a store, until they end.
pub(super) async fn lock(connection: &mut sqlx::PgConnection, text: &str) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(text).execute(connection).await?;
    Ok(())
}

/// Connections for the log of reads alone. A power cut may take its last moment; a process that dies takes nothing.
pub(super) fn log_pool(pool: &PgPool, connections: u32) -> PgPool {
    let options = pool.connect_options().as_ref().clone().options([("synchronous_commit", "off")]);
    PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE).connect_lazy_with(options)
}

/// Adds many log rows in one statement: an array a column, so that the statement is the same for any number.
pub(super) async fn insert_logs(pool: &PgPool, entries: &[Entry]) -> Result<()> {
    const SELECT: &str = "SELECT id, integration_id, store_id, account_id, livemode, intent_id, attempt, operation, reference,
        request_id, endpoint, method, request_headers::jsonb, request_body, response_status, response_headers::jsonb,
        response_body, request_duration, started_at, completed_at, status, delivery, error_message, error_code, ip_address,
        user_agent
        FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bool[], $6::uuid[], $7::int4[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int4[], $16::text[], $17::text[], $18::float8[],
        $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[])
        AS row (id, integration_id, store_id, account_id, livemode, intent_id, attempt, operation, reference, request_id,
        endpoint, method, request_headers, request_body, response_status, response_headers, response_body, request_duration,
        started_at, completed_at, status, delivery, error_message, error_code, ip_address, user_agent)";
    fn started(entry: &Entry) -> Time {
        entry.started_at.into()
    }
    let statement = format!("{}{SELECT}", integration_logs::INSERT);
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(column(entries, |entry| entry.id))
        .bind(column(entries, |entry| entry.account.integration))
        .bind(column(entries, |entry| entry.account.store.uuid()))
        .bind(column(entries, |entry| entry.account.id.uuid()))
        .bind(column(entries, |entry| entry.account.livemode))
        .bind(column(entries, |entry| entry.intent))
        .bind(column(entries, |entry| entry.attempt as i32))
        .bind(column(entries, |entry| entry.operation))
        .bind(column(entries, |entry| entry.reference.as_deref()))
        .bind(column(entries, integration_logs::request_id))
        .bind(column(entries, |entry| entry.endpoint.as_str()))
        .bind(column(entries, |entry| entry.method.as_str()))
        .bind(column(entries, |entry| entry.request_headers.as_str()))
        .bind(column(entries, |entry| entry.request_body.as_deref()))
        .bind(column(entries, |entry| entry.response_status.map(i32::from)))
        .bind(column(entries, |entry| entry.response_headers.as_deref()))
        .bind(column(entries, |entry| entry.response_body.as_deref()))
        .bind(column(entries, integration_logs::millis))
        .bind(column(entries, started))
        .bind(column(entries, |entry| entry.duration.map(|duration| started(entry).after(duration))))
        .bind(column(entries, |entry| entry.status.as_str()))
        .bind(column(entries, |entry| entry.delivery.as_str()))
        .bind(column(entries, |entry| entry.error_message.as_deref()))
        .bind(column(entries, |entry| entry.error_code))
        .bind(column(entries, |entry| entry.origin.ip_address.as_deref()))
        .bind(column(entries, |entry| entry.origin.user_agent.as_deref()))
        .execute(pool)
        .await?;
    Ok(())
}

/// Claims many idempotency keys in one statement; answers the resources of those that were won.
pub(super) async fn claim_keys(connection: &mut sqlx::PgConnection, claims: &[&Claim]) -> Result<Vec<Uuid>> {
    const ROWS: &str = "SELECT * FROM UNNEST($1::uuid[], $2::bool[], $3::text[], $4::text[], $5::bytea[], $6::uuid[],
        $7::timestamptz[], $8::timestamptz[])";
    let statement = format!("{}{ROWS}{}", idempotency::INSERT, idempotency::CONFLICT);
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(column(claims, |claim| claim.store_id.uuid()))
        .bind(column(claims, |claim| claim.livemode))
        .bind(column(claims, |claim| claim.route.as_str()))
        .bind(column(claims, |claim| claim.key.as_str()))
        .bind(column(claims, |claim| claim.fingerprint.as_slice()))
        .bind(column(claims, |claim| claim.resource_id))
        .bind(column(claims, |claim| claim.created_at))
        .bind(column(claims, |claim| claim.expires_at))
        .fetch_all(connection)
        .await?)
}

/// One field of many rows, as an array.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// The one channel that processes signal each other on.
const CHANNEL: &str = "jisr_work";

/// Says something to every process that listens.
pub(super) async fn notify(pool: &PgPool, payload: &str) -> Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(pool).await?;
    Ok(())
}

/// Listens on a connection of its own.
pub(super) async fn listen(pool: &PgPool) -> Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
