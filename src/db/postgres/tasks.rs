//! Claiming and ending tasks in one statement each, whatever their number.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::column;
use crate::db::tasks::{COLUMNS, Task, Wanted};
use crate::db::{Result, Time};

/// Claims what is due in these lanes, and passes over what another process is claiming this instant.
pub(in crate::db) async fn claim(pool: &PgPool, wanted: &[Wanted], now: Time, until: Time) -> Result<Vec<Task>> {
    // The ids are an array of their own, so that the rows are found by them whatever the planner thinks of the limit.
    let sql = format!(
        "UPDATE tasks SET woken_at = NULL, fence = fence + 1, leased_until = $5
        WHERE id = ANY(ARRAY(
            SELECT picked.id FROM UNNEST($1::text[], $2::text[], $3::bigint[], $6::timestamptz[])
                AS wanted (kind, lane, most, since)
            CROSS JOIN LATERAL (
                SELECT id FROM tasks
                WHERE kind = wanted.kind AND lane = wanted.lane AND buried_at IS NULL AND due_at <= $4
                    AND due_at >= wanted.since
                    AND (leased_until IS NULL OR leased_until < $4)
                ORDER BY due_at LIMIT wanted.most FOR UPDATE SKIP LOCKED
            ) AS picked
        )) RETURNING {COLUMNS}"
    );
    let mut claimed: Vec<Task> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(column(wanted, |wanted| wanted.kind))
        .bind(column(wanted, |wanted| wanted.lane.as_str()))
        .bind(column(wanted, |wanted| wanted.most))
        .bind(now)
        .bind(until)
        .bind(column(wanted, |wanted| wanted.from))
        .fetch_all(pool)
        .await?;
    claimed.sort_by_key(|task| task.due_at);
    Ok(claimed)
}

/// Deletes what is done; what was woken meanwhile is due again.
pub(in crate::db) async fn finish(connection: &mut PgConnection, tasks: &[&Task]) -> Result<()> {
    const DONE: &str = "DELETE FROM tasks USING UNNEST($1::uuid[], $2::bigint[]) AS done (id, fence)
        WHERE tasks.id = done.id AND tasks.fence = done.fence AND woken_at IS NULL";
    const AGAIN: &str = "UPDATE tasks SET leased_until = NULL, due_at = woken_at, attempts = 0
        FROM UNNEST($1::uuid[], $2::bigint[]) AS done (id, fence)
        WHERE tasks.id = done.id AND tasks.fence = done.fence AND woken_at IS NOT NULL";
    let (ids, fences) = (column(tasks, |task| task.id), column(tasks, |task| task.fence));
    let done = sqlx::query(DONE).bind(&ids).bind(&fences).execute(&mut *connection).await?;
    if done.rows_affected() < tasks.len() as u64 {
        sqlx::query(AGAIN).bind(&ids).bind(&fences).execute(connection).await?;
    }
    Ok(())
}

/// Takes away what still is ours; answers the ids.
pub(in crate::db) async fn end(connection: &mut PgConnection, tasks: &[&Task]) -> Result<Vec<Uuid>> {
    const SQL: &str = "DELETE FROM tasks USING UNNEST($1::uuid[], $2::bigint[]) AS done (id, fence)
        WHERE tasks.id = done.id AND tasks.fence = done.fence RETURNING tasks.id";
    let (ids, fences) = (column(tasks, |task| task.id), column(tasks, |task| task.fence));
    Ok(sqlx::query_scalar(SQL).bind(ids).bind(fences).fetch_all(connection).await?)
}

/// Extends leases; answers the tasks whose fence is over. A row that is locked is being ended, and is passed over.
pub(in crate::db) async fn renew(pool: &PgPool, tasks: &[(Uuid, i64)], until: Time) -> Result<Vec<Uuid>> {
    const RENEW: &str = "UPDATE tasks SET leased_until = $3 WHERE id IN (
        SELECT tasks.id FROM tasks JOIN UNNEST($1::uuid[], $2::bigint[]) AS held (id, fence)
            ON tasks.id = held.id AND tasks.fence = held.fence
        WHERE leased_until IS NOT NULL FOR UPDATE OF tasks SKIP LOCKED)";
    const LOST: &str = "SELECT tasks.id FROM tasks JOIN UNNEST($1::uuid[], $2::bigint[]) AS held (id, fence)
        ON tasks.id = held.id WHERE tasks.fence <> held.fence";
    let (ids, fences) = (column(tasks, |task| task.0), column(tasks, |task| task.1));
    sqlx::query(RENEW).bind(&ids).bind(&fences).bind(until).execute(pool).await?;
    Ok(sqlx::query_scalar(LOST).bind(ids).bind(fences).fetch_all(pool).await?)
}
