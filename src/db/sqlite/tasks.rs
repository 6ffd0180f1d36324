//! Claiming and ending tasks: a statement a lane or a task, in one transaction of the one writer.

use sqlx::{SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::db::tasks::{COLUMNS, Task, Wanted};
use crate::db::{Result, Time};

/// Claims what is due in these lanes.
pub(in crate::db) async fn claim(writer: &SqlitePool, wanted: &[Wanted], now: Time, until: Time) -> Result<Vec<Task>> {
    let sql = format!(
        "UPDATE tasks SET woken_at = NULL, fence = fence + 1, leased_until = $5 WHERE rowid IN (
            SELECT rowid FROM tasks
            WHERE kind = $1 AND lane = $2 AND buried_at IS NULL AND due_at <= $4 AND due_at >= $6
                AND (leased_until IS NULL OR leased_until < $4)
            ORDER BY due_at LIMIT $3
        ) RETURNING {COLUMNS}"
    );
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut claimed: Vec<Task> = Vec::new();
    for Wanted { kind, lane, from, most } in wanted {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql.clone())).bind(*kind).bind(lane).bind(most);
        claimed.extend(query.bind(now).bind(until).bind(*from).fetch_all(&mut *tx).await?);
    }
    tx.commit().await?;
    claimed.sort_by_key(|task| task.due_at);
    Ok(claimed)
}

/// Deletes what is done; what was woken meanwhile is due again.
pub(in crate::db) async fn finish(connection: &mut SqliteConnection, tasks: &[&Task]) -> Result<()> {
    const DONE: &str = "DELETE FROM tasks WHERE id = $1 AND fence = $2 AND woken_at IS NULL";
    const AGAIN: &str = "UPDATE tasks SET leased_until = NULL, due_at = woken_at, attempts = 0
        WHERE id = $1 AND fence = $2 AND woken_at IS NOT NULL";
    for task in tasks {
        let done = sqlx::query(DONE).bind(task.id).bind(task.fence).execute(&mut *connection).await?;
        if done.rows_affected() == 0 {
            sqlx::query(AGAIN).bind(task.id).bind(task.fence).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Takes away what still is ours; answers the ids.
pub(in crate::db) async fn end(connection: &mut SqliteConnection, tasks: &[&Task]) -> Result<Vec<Uuid>> {
    const SQL: &str = "DELETE FROM tasks WHERE id = $1 AND fence = $2";
    let mut ended = Vec::with_capacity(tasks.len());
    for task in tasks {
        if sqlx::query(SQL).bind(task.id).bind(task.fence).execute(&mut *connection).await?.rows_affected() == 1 {
            ended.push(task.id);
        }
    }
    Ok(ended)
}

/// Extends leases; answers the tasks whose fence is over.
pub(in crate::db) async fn renew(writer: &SqlitePool, tasks: &[(Uuid, i64)], until: Time) -> Result<Vec<Uuid>> {
    const RENEW: &str = "UPDATE tasks SET leased_until = $3 WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL";
    const LOST: &str = "SELECT id FROM tasks WHERE id = $1 AND fence <> $2";
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut lost = Vec::new();
    for (id, fence) in tasks {
        sqlx::query(RENEW).bind(id).bind(fence).bind(until).execute(&mut *tx).await?;
        lost.extend(sqlx::query_scalar::<_, Uuid>(LOST).bind(id).bind(fence).fetch_optional(&mut *tx).await?);
    }
    tx.commit().await?;
    Ok(lost)
}
