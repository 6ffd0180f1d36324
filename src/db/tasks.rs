//! The table `tasks`: due work, claimed with a lease and a fence that every later write compares.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{Backend, on, read, write};
use super::{Db, Result, Time, Tx};

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
    /// How often it has been tried.
    pub attempts: i32,
    /// Counts up with every claim.
    pub fence: i64,
    /// When it was made.
    pub created_at: Time,
}

const COLUMNS: &str = "id, kind, lane, key, payload, due_at, attempts, fence, created_at";

/// Adds tasks whose keys are new.
pub async fn insert_all(tx: &mut Tx, tasks: &[&Task]) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder =
            sqlx::QueryBuilder::new("INSERT INTO tasks (id, kind, lane, key, payload, due_at, created_at) ");
        builder.push_values(tasks, |mut row, task| {
            row.push_bind(task.id)
                .push_bind(&task.kind)
                .push_bind(&task.lane)
                .push_bind(&task.key)
                .push_bind(&task.payload)
                .push_bind(task.due_at)
                .push_bind(task.created_at);
        });
        builder.build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// Adds a task, or wakes the one of its key: it is due at the earlier of both times, and whoever is at it now
/// will find it due again.
pub async fn enqueue(tx: &mut Tx, task: &Task) -> Result<()> {
    const SQL: &str =
        "INSERT INTO tasks (id, kind, lane, key, payload, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (kind, key) DO UPDATE SET woken_at = excluded.due_at,
            due_at = CASE WHEN excluded.due_at < tasks.due_at THEN excluded.due_at ELSE tasks.due_at END";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(task.id)
        .bind(&task.kind)
        .bind(&task.lane)
        .bind(&task.key)
        .bind(&task.payload)
        .bind(task.due_at)
        .bind(task.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// What a process looks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The kinds it has handlers for.
    pub kinds: Vec<&'static str>,
    /// Lanes it is at work in already, by kind: what becomes due there waits for that work to end.
    pub busy: Vec<(&'static str, String)>,
}

/// Adds the test for a free task that is wanted; the builders of the two databases have different types.
///
/// `kind || ''` keeps SQLite from the index on kinds: it would read and sort every task there is to find the first due.
macro_rules! push_wanted {
    ($builder:expr, $wanted:expr, $now:expr) => {
        $builder.push("(leased_until IS NULL OR leased_until < ").push_bind($now).push(") AND kind || '' IN (");
        let mut list = $builder.separated(", ");
        for kind in &$wanted.kinds {
            list.push_bind(*kind);
        }
        $builder.push(")");
        if !$wanted.busy.is_empty() {
            $builder.push(" AND (kind, lane) NOT IN (");
            $builder.push_values(&$wanted.busy, |mut row, (kind, lane)| {
                row.push_bind(*kind).push_bind(lane);
            });
            $builder.push(")");
        }
    };
}

/// When the next free task that is wanted is due.
pub async fn next_due(db: &Db, wanted: &Wanted, now: Time) -> Result<Option<Time>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT due_at FROM tasks WHERE ");
        push_wanted!(builder, wanted, now);
        builder.push(" ORDER BY due_at LIMIT 1").build_query_scalar().fetch_optional(pool).await
    })?)
}

/// Claims due tasks until `leased_until`. Two claimants never get the same one; the fence counts up.
pub async fn claim(db: &Db, wanted: &Wanted, now: Time, leased_until: Time, limit: i64) -> Result<Vec<Task>> {
    // SQLite has one writer; PostgreSQL must pass over what another process is claiming this instant.
    let skip = if matches!(db.0, Backend::Postgres(_)) { " FOR UPDATE SKIP LOCKED" } else { "" };
    Ok(write!(db, |pool| {
        let mut builder =
            sqlx::QueryBuilder::new("UPDATE tasks SET woken_at = NULL, fence = fence + 1, leased_until = ");
        builder.push_bind(leased_until).push(" WHERE id IN (SELECT id FROM tasks WHERE due_at <= ").push_bind(now);
        builder.push(" AND ");
        push_wanted!(builder, wanted, now);
        builder.push(" ORDER BY due_at LIMIT ").push_bind(limit).push(skip).push(") RETURNING ").push(COLUMNS);
        builder.build_query_as().fetch_all(pool).await
    })?)
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

/// Extends the lease of tasks that are still being worked on.
pub async fn renew(db: &Db, tasks: &[(Uuid, i64)], leased_until: Time) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    write!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("UPDATE tasks SET leased_until = ");
        builder.push_bind(leased_until).push(" WHERE (id, fence) IN (");
        builder.push_values(tasks, |mut row, (id, fence)| {
            row.push_bind(*id).push_bind(*fence);
        });
        builder.push(")").build().execute(pool).await.map(drop)
    })?;
    Ok(())
}

/// The task is done. One that was woken meanwhile is due again instead.
pub async fn finish(tx: &mut Tx, task: &Task) -> Result<()> {
    const AGAIN: &str = "UPDATE tasks SET leased_until = NULL, due_at = woken_at, attempts = 0
        WHERE id = $1 AND fence = $2 AND woken_at IS NOT NULL";
    const DONE: &str = "DELETE FROM tasks WHERE id = $1 AND fence = $2 AND woken_at IS NULL";
    for sql in [AGAIN, DONE] {
        on!(tx, |connection| sqlx::query(sql).bind(task.id).bind(task.fence).execute(connection).await.map(drop))?;
    }
    Ok(())
}

/// The tasks are due again at a time, or when they were woken meanwhile. `error` counts as an attempt; without one it
/// is a deferral and counts as none.
pub async fn again(tx: &mut Tx, tasks: &[&Task], due_at: Time, error: Option<&str>) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder =
            sqlx::QueryBuilder::new("UPDATE tasks SET leased_until = NULL, due_at = CASE WHEN woken_at IS NULL THEN ");
        builder.push_bind(due_at).push(" ELSE woken_at END, attempts = attempts + ");
        builder.push_bind(i32::from(error.is_some())).push(", last_error = ").push_bind(error);
        builder.push(" WHERE (id, fence) IN (");
        builder.push_values(tasks, |mut row, task| {
            row.push_bind(task.id).push_bind(task.fence);
        });
        builder.push(")").build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// Deletes a task by its key, whoever is at it: there is nothing left to do.
pub async fn drop_key(tx: &mut Tx, kind: &str, key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM tasks WHERE kind = $1 AND key = $2";
    on!(tx, |connection| sqlx::query(SQL).bind(kind).bind(key).execute(connection).await.map(drop))?;
    Ok(())
}

/// How many tasks of each kind wait, and since when the oldest due one has: `(kind, depth, oldest due)`.
pub async fn depth(db: &Db) -> Result<Vec<(String, i64, Time)>> {
    const SQL: &str = "SELECT kind, COUNT(*), MIN(due_at) FROM tasks GROUP BY kind ORDER BY kind";
    Ok(read!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?)
}
