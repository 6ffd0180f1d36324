//! The table `tasks`: due work, claimed lane by lane with a lease and a fence that every later write compares.

mod view;

use std::collections::HashSet;

use kit::Origin;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{Backend, on, read, write};
use super::{Db, Result, Time, Tx, postgres, sqlite};

pub use view::{Depth, Filter, LaneDepth, Row, bury_by_hand, by_id, depth, lane_depths, list, revive, waiting_keys};

/// Something to be done at a time.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Task {
    /// Ours.
    pub id: Uuid,
    /// Who does it.
    pub kind: String,
    /// What it is done together with, and must not crowd out.
    pub lane: String,
    /// One task per kind and key.
    pub key: String,
    /// Ids, never secrets or personal data.
    pub payload: Json<Value>,
    /// When.
    pub due_at: Time,
    /// How often it has failed.
    pub attempts: i32,
    /// Counts up with every claim.
    pub fence: i64,
    /// The request or task that it comes from.
    pub enqueued_by: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

impl Task {
    /// Something that is due now, and comes from the request or task that runs now.
    pub fn new(id: Uuid, kind: &str, lane: impl Into<String>, key: impl Into<String>, now: Time) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            lane: lane.into(),
            key: key.into(),
            payload: Json(Value::Object(serde_json::Map::new())),
            due_at: now,
            attempts: 0,
            fence: 0,
            enqueued_by: Origin::current_id(),
            created_at: now,
        }
    }
}

pub(super) const COLUMNS: &str = "id, kind, lane, key, payload, due_at, attempts, fence, enqueued_by, created_at";
const INSERT: &str = "INSERT INTO tasks (id, kind, lane, key, payload, due_at, enqueued_by, created_at) ";
/// A task that is there already is due at the earlier of both times, and whoever is at it now will find it due again.
const WAKE: &str = " ON CONFLICT (kind, key) DO UPDATE SET woken_at = excluded.due_at, buried_at = NULL,
    due_at = CASE WHEN excluded.due_at < tasks.due_at THEN excluded.due_at ELSE tasks.due_at END";

/// Adds tasks whose keys are new.
pub async fn insert_all(tx: &mut Tx, tasks: &[&Task]) -> Result<()> {
    add(tx, tasks, "").await
}

/// Adds tasks, or wakes those of their keys, buried ones too. No two of them may have the same key.
pub async fn enqueue_all(tx: &mut Tx, tasks: &[&Task]) -> Result<()> {
    add(tx, tasks, WAKE).await
}

/// Adds tasks where nobody has one of their keys.
pub async fn ensure(tx: &mut Tx, tasks: &[&Task]) -> Result<()> {
    add(tx, tasks, " ON CONFLICT (kind, key) DO NOTHING").await
}

/// Adds tasks; those of their keys that nobody is at are due at once instead, and the others are left to whoever is.
pub async fn hasten_all(tx: &mut Tx, tasks: &[&Task]) -> Result<()> {
    add(
        tx,
        tasks,
        " ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, buried_at = NULL
        WHERE tasks.leased_until IS NULL OR tasks.leased_until < excluded.due_at",
    )
    .await
}

/// Adds a task, or wakes the one of its key.
pub async fn enqueue(tx: &mut Tx, task: &Task) -> Result<()> {
    enqueue_all(tx, &[task]).await
}

async fn add(tx: &mut Tx, tasks: &[&Task], conflict: &'static str) -> Result<()> {
    // SQLite takes 32 766 parameters in a statement.
    for tasks in tasks.chunks(1_000) {
        on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(INSERT);
            builder.push_values(tasks, |mut row, task| {
                row.push_bind(task.id)
                    .push_bind(&task.kind)
                    .push_bind(&task.lane)
                    .push_bind(&task.key)
                    .push_bind(&task.payload)
                    .push_bind(task.due_at)
                    .push_bind(&task.enqueued_by)
                    .push_bind(task.created_at);
            });
            builder.push(conflict).build().execute(connection).await.map(drop)
        })?;
    }
    Ok(())
}

/// The lanes of a kind that hold anything, each with the time at which its first free task is due; a lane whose tasks
/// are all at work has none. It costs a few steps in an index for each lane, however many tasks wait in it.
pub async fn lanes(db: &Db, kind: &str, now: Time) -> Result<Vec<(String, Option<Time>)>> {
    const SQL: &str = "WITH RECURSIVE walk (lane) AS (
            SELECT MIN(lane) FROM tasks WHERE kind = $1 AND buried_at IS NULL
            UNION ALL
            SELECT (SELECT MIN(lane) FROM tasks WHERE kind = $1 AND buried_at IS NULL AND lane > walk.lane)
            FROM walk WHERE walk.lane IS NOT NULL
        )
        SELECT walk.lane, (
            SELECT due_at FROM tasks
            WHERE kind = $1 AND tasks.lane = walk.lane AND buried_at IS NULL
                AND (leased_until IS NULL OR leased_until < $2)
            ORDER BY due_at LIMIT 1
        ) FROM walk WHERE walk.lane IS NOT NULL";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(kind).bind(now).fetch_all(pool).await)?)
}

/// A lane and how many of its tasks are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The kind.
    pub kind: &'static str,
    /// The lane.
    pub lane: String,
    /// Due from then on: what is done before it need not be stepped over again. What is due earlier is found by `lanes`.
    pub from: Time,
    /// Tasks at the most.
    pub most: i64,
}

/// Claims due tasks of these lanes until `leased_until`, the longest due first. Two claimants never get the same one;
/// the fence counts up.
pub async fn claim(db: &Db, wanted: &[Wanted], now: Time, leased_until: Time) -> Result<Vec<Task>> {
    match &db.0 {
        Backend::Postgres(pool) => postgres::tasks::claim(pool, wanted, now, leased_until).await,
        Backend::Sqlite { writer, .. } => sqlite::tasks::claim(writer, wanted, now, leased_until).await,
    }
}

/// Whether the task still is this claimant's; if so nobody else can take it before the transaction ends.
pub async fn hold(tx: &mut Tx, task: &Task) -> Result<bool> {
    const SQL: &str = "UPDATE tasks SET fence = fence WHERE id = $1 AND fence = $2";
    let held = on!(tx, |connection| sqlx::query(SQL)
        .bind(task.id)
        .bind(task.fence)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(held == 1)
}

/// Extends the lease of tasks that are still being worked on; answers those that are somebody else's by now. What has
/// been put back already, or is being ended this instant, stays as it is.
pub async fn renew(db: &Db, tasks: &[(Uuid, i64)], leased_until: Time) -> Result<Vec<Uuid>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    match &db.0 {
        Backend::Postgres(pool) => postgres::tasks::renew(pool, tasks, leased_until).await,
        Backend::Sqlite { writer, .. } => sqlite::tasks::renew(writer, tasks, leased_until).await,
    }
}

/// The task is done. One that was woken meanwhile is due again instead.
pub async fn finish(tx: &mut Tx, task: &Task) -> Result<()> {
    finish_all(tx, &[task]).await
}

/// The same for many.
pub async fn finish_all(tx: &mut Tx, tasks: &[&Task]) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    match tx {
        Tx::Postgres(transaction) => postgres::tasks::finish(transaction, tasks).await,
        Tx::Sqlite(transaction) => sqlite::tasks::finish(transaction, tasks).await,
    }
}

/// Takes tasks away that still are this claimant's, woken or not; answers the ids of those that were.
pub async fn end_all(tx: &mut Tx, tasks: &[&Task]) -> Result<HashSet<Uuid>> {
    if tasks.is_empty() {
        return Ok(HashSet::new());
    }
    let ended = match tx {
        Tx::Postgres(transaction) => postgres::tasks::end(transaction, tasks).await?,
        Tx::Sqlite(transaction) => sqlite::tasks::end(transaction, tasks).await?,
    };
    Ok(ended.into_iter().collect())
}

/// The tasks are due again at a time, or when they were woken meanwhile. `error` counts as an attempt; without one it
/// is a deferral, counts as none, and ends a row of failures.
pub async fn again(tx: &mut Tx, tasks: &[&Task], due_at: Time, error: Option<&str>) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder =
            sqlx::QueryBuilder::new("UPDATE tasks SET leased_until = NULL, due_at = CASE WHEN woken_at IS NULL THEN ");
        builder.push_bind(due_at).push(" ELSE woken_at END, attempts = ");
        builder.push(if error.is_some() { "attempts + 1" } else { "0" }).push(", last_error = ").push_bind(error);
        builder.push(" WHERE leased_until IS NOT NULL AND (id, fence) IN (");
        builder.push_values(tasks, |mut row, task| {
            row.push_bind(task.id).push_bind(task.fence);
        });
        builder.push(")").build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// The tasks are due again at a time through no fault of theirs: what they have failed before stays counted.
pub async fn put_off(tx: &mut Tx, tasks: &[&Task], due_at: Time) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder =
            sqlx::QueryBuilder::new("UPDATE tasks SET leased_until = NULL, due_at = CASE WHEN woken_at IS NULL THEN ");
        builder.push_bind(due_at).push(" ELSE woken_at END WHERE leased_until IS NOT NULL AND (id, fence) IN (");
        builder.push_values(tasks, |mut row, task| {
            row.push_bind(task.id).push_bind(task.fence);
        });
        builder.push(")").build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// One task is due again at a time in this or another lane, having been tried so often; `false` where it is this
/// claimant's no more.
pub async fn retry(
    tx: &mut Tx,
    task: &Task,
    lane: &str,
    due_at: Time,
    attempts: i32,
    error: Option<&str>,
) -> Result<bool> {
    const SQL: &str = "UPDATE tasks SET leased_until = NULL, lane = $3, due_at = $4, attempts = $5, last_error = $6
        WHERE id = $1 AND fence = $2";
    let held = on!(tx, |connection| sqlx::query(SQL)
        .bind(task.id)
        .bind(task.fence)
        .bind(lane)
        .bind(due_at)
        .bind(attempts)
        .bind(error)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(held == 1)
}

/// Gives tasks back untouched: whoever comes next may have them at once.
pub async fn release(db: &Db, tasks: &[&Task]) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    write!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("UPDATE tasks SET leased_until = NULL WHERE (id, fence) IN (");
        builder.push_values(tasks, |mut row, task| {
            row.push_bind(task.id).push_bind(task.fence);
        });
        builder.push(")").build().execute(pool).await.map(drop)
    })?;
    Ok(())
}

/// Buries tasks that have failed too often: nobody claims them any more until they are revived.
pub async fn bury(tx: &mut Tx, tasks: &[&Task], now: Time, error: &str) -> Result<()> {
    const SQL: &str = "UPDATE tasks SET leased_until = NULL, woken_at = NULL, attempts = attempts + 1, buried_at = $3,
        last_error = $4 WHERE id = $1 AND fence = $2";
    for task in tasks {
        on!(tx, |connection| sqlx::query(SQL)
            .bind(task.id)
            .bind(task.fence)
            .bind(now)
            .bind(error)
            .execute(connection)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Deletes a task by its key, whoever is at it: there is nothing left to do.
pub async fn drop_key(tx: &mut Tx, kind: &str, key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM tasks WHERE kind = $1 AND key = $2";
    on!(tx, |connection| sqlx::query(SQL).bind(kind).bind(key).execute(connection).await.map(drop))?;
    Ok(())
}
