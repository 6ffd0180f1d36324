//! The table `integration_logs`, and the only place where an intent is made.

use kit::{Entry, Intent};
use schemas::{LogId, StoreId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{Backend, on, read, write};
use super::{Db, Result, Time, Tx, postgres, sqlite};

/// One row, as it is read back.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Log {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: LogId,
    /// The service's name.
    pub service_name: String,
    /// Whose request it was for.
    pub store_id: Uuid,
    /// Whether real money moves.
    pub livemode: bool,
    /// The first row of the same acting call.
    pub intent_id: Option<Uuid>,
    /// 1 for the first; 0 for a call that was never attempted.
    pub attempt: i32,
    /// The provider's own word.
    pub operation: String,
    /// Our wire reference.
    pub reference: Option<String>,
    /// On whose behalf.
    pub request_id: Option<String>,
    /// The URL, masked.
    pub endpoint: String,
    /// `GET`, …
    pub method: String,
    /// Masked.
    pub request_headers: Option<Json<Value>>,
    /// Masked.
    pub request_body: Option<String>,
    /// HTTP status.
    pub response_status: Option<i32>,
    /// Masked.
    pub response_headers: Option<Json<Value>>,
    /// Masked.
    pub response_body: Option<String>,
    /// Milliseconds.
    pub request_duration: Option<f64>,
    /// When it left.
    pub started_at: Time,
    /// When it ended.
    pub completed_at: Option<Time>,
    /// How it ended.
    pub status: String,
    /// Can the provider have acted?
    pub delivery: String,
    /// The error's sentence.
    pub error_message: Option<String>,
    /// The error's word.
    pub error_code: Option<String>,
}

const SELECT: &str = "SELECT l.id, i.service_name, l.store_id, l.livemode, l.intent_id, l.attempt, l.operation, l.reference,
    l.request_id, l.endpoint, l.method, l.request_headers, l.request_body, l.response_status, l.response_headers,
    l.response_body, l.request_duration, l.started_at, l.completed_at, l.status, l.delivery, l.error_message, l.error_code
    FROM integration_logs l JOIN external_integrations i ON i.id = l.integration_id";

pub(super) const INSERT: &str = "INSERT INTO integration_logs (id, integration_id, store_id, account_id, livemode, intent_id,
    attempt, operation, reference, request_id, endpoint, method, request_headers, request_body, response_status,
    response_headers, response_body, request_duration, started_at, completed_at, status, delivery, error_message, error_code,
    ip_address, user_agent) ";

/// Commits a transaction together with the row of the call that it is about: after this, and only after this, the
/// call may leave.
pub async fn commit_intent(mut tx: Tx, entry: Entry) -> Result<Intent> {
    insert(&mut tx, std::slice::from_ref(&entry)).await?;
    tx.commit().await?;
    Ok(Intent::committed(entry))
}

/// Adds rows, as they are, in the caller's transaction.
pub(super) async fn insert(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(INSERT);
        builder.push_values(entries, |mut row, entry| {
            let started = Time::from(entry.started_at);
            row.push_bind(entry.id)
                .push_bind(entry.account.integration)
                .push_bind(entry.account.store.uuid())
                .push_bind(entry.account.id.uuid())
                .push_bind(entry.account.livemode)
                .push_bind(entry.intent)
                .push_bind(entry.attempt as i32)
                .push_bind(entry.operation)
                .push_bind(&entry.reference)
                .push_bind(request_id(entry))
                .push_bind(&entry.endpoint)
                .push_bind(&entry.method)
                .push_bind(json(Some(&entry.request_headers)))
                .push_bind(&entry.request_body)
                .push_bind(entry.response_status.map(i32::from))
                .push_bind(json(entry.response_headers.as_deref()))
                .push_bind(&entry.response_body)
                .push_bind(millis(entry))
                .push_bind(started)
                .push_bind(entry.duration.map(|duration| started.after(duration)))
                .push_bind(entry.status.as_str())
                .push_bind(entry.delivery.as_str())
                .push_bind(&entry.error_message)
                .push_bind(entry.error_code)
                .push_bind(&entry.origin.ip_address)
                .push_bind(&entry.origin.user_agent);
        });
        builder.build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// The header objects are JSON text already; the database takes them as JSON without another copy being built.
pub(super) fn json(text: Option<&str>) -> Option<Json<Box<serde_json::value::RawValue>>> {
    text.and_then(|text| serde_json::value::RawValue::from_string(text.to_owned()).ok()).map(Json)
}

pub(super) fn request_id(entry: &Entry) -> Option<&str> {
    Some(entry.origin.request_id.as_str()).filter(|id| !id.is_empty())
}

pub(super) fn millis(entry: &Entry) -> Option<f64> {
    // Whole microseconds, as the guide has it: what a clock tells beyond them is noise.
    entry.duration.map(|duration| duration.as_micros() as f64 / 1_000.0)
}

/// Completes the row of an acting call. It is durable when this returns.
pub(super) async fn complete(db: &Db, entry: &Entry) -> Result<()> {
    const SQL: &str =
        "UPDATE integration_logs SET attempt = $3, response_status = $4, response_headers = $5, response_body = $6,
            request_duration = $7, completed_at = $8, status = $9, delivery = $10, error_message = $11, error_code = $12
        WHERE id = $1 AND started_at = $2";
    let started = Time::from(entry.started_at);
    write!(db, |pool| sqlx::query(SQL)
        .bind(entry.id)
        .bind(started)
        .bind(entry.attempt as i32)
        .bind(entry.response_status.map(i32::from))
        .bind(json(entry.response_headers.as_deref()))
        .bind(&entry.response_body)
        .bind(millis(entry))
        .bind(entry.duration.map(|duration| started.after(duration)))
        .bind(entry.status.as_str())
        .bind(entry.delivery.as_str())
        .bind(&entry.error_message)
        .bind(entry.error_code)
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}

/// What a list of rows is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The service's name.
    pub integration: Option<String>,
    /// The provider's own word.
    pub operation: Option<String>,
    /// How they ended.
    pub status: Option<String>,
    /// On whose behalf.
    pub request_id: Option<String>,
    /// Our wire reference.
    pub reference: Option<String>,
    /// Began at or after.
    pub from: Option<Time>,
    /// Began before.
    pub to: Option<Time>,
    /// Of real money, or not.
    pub livemode: Option<bool>,
    /// Older than this one.
    pub before: Option<LogId>,
    /// How many at the most.
    pub limit: i64,
}

/// The rows of a store, or of all stores, newest first.
pub async fn list(db: &Db, store: Option<(StoreId, bool)>, filter: &Filter) -> Result<Vec<Log>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(SELECT);
        builder.push(" WHERE 1 = 1");
        if let Some((store, livemode)) = store {
            builder.push(" AND l.store_id = ").push_bind(store.uuid()).push(" AND l.livemode = ").push_bind(livemode);
        }
        let texts = [
            (" AND i.service_name = ", &filter.integration),
            (" AND l.operation = ", &filter.operation),
            (" AND l.status = ", &filter.status),
            (" AND l.request_id = ", &filter.request_id),
            (" AND l.reference = ", &filter.reference),
        ];
        for (test, value) in texts {
            if let Some(value) = value {
                builder.push(test).push_bind(value);
            }
        }
        for (test, moment) in [(" AND l.started_at >= ", filter.from), (" AND l.started_at < ", filter.to)] {
            if let Some(moment) = moment {
                builder.push(test).push_bind(moment);
            }
        }
        if let Some(livemode) = filter.livemode {
            builder.push(" AND l.livemode = ").push_bind(livemode);
        }
        if let Some(before) = filter.before {
            builder.push(" AND l.id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY l.started_at DESC, l.id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// One row of a store, or of any.
pub async fn by_id(db: &Db, store: Option<(StoreId, bool)>, id: LogId) -> Result<Option<Log>> {
    let sql = format!("{SELECT} WHERE l.id = $1");
    let found: Option<Log> =
        read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?;
    Ok(found
        .filter(|log| store.is_none_or(|(store, livemode)| log.store_id == store.uuid() && log.livemode == livemode)))
}

/// Makes the room that rows of these months need; on SQLite there is nothing to make.
pub async fn make_room(db: &Db, moments: &[Time]) -> Result<()> {
    if let Backend::Postgres(pool) = &db.0 {
        for moment in moments {
            postgres::make_log_partition(pool, *moment).await?;
        }
    }
    Ok(())
}

/// Drops what is older than a moment: whole months on PostgreSQL, rows on SQLite. Answers what was dropped.
pub async fn drop_before(db: &Db, moment: Time) -> Result<u64> {
    match &db.0 {
        Backend::Postgres(pool) => {
            let kept = format!("integration_logs_y{}", moment.timestamp().strftime("%Ym%m"));
            let old = postgres::log_partitions(pool).await?.into_iter().filter(|name| *name < kept);
            let mut dropped = 0;
            for name in old {
                postgres::drop_log_partition(pool, &name).await?;
                dropped += 1;
            }
            Ok(dropped)
        }
        Backend::Sqlite { writer, .. } => sqlite::prune_logs(writer, moment.first_id()).await,
    }
}
