//! Tasks as people look at them: listed, counted by lane and kind, revived and buried by hand.

use uuid::Uuid;

use super::Task;
use crate::db::backend::{read, write};
use crate::db::{Db, Result, Time};

/// A person wants a task done now, a buried one too: it has all its attempts again. `None` where there is none.
pub async fn revive(db: &Db, id: Uuid, now: Time) -> Result<Option<Row>> {
    let sql = format!(
        "UPDATE tasks SET buried_at = NULL, attempts = 0, due_at = $2, woken_at = $2 WHERE id = $1 RETURNING {ROW}"
    );
    Ok(write!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(now).fetch_optional(pool).await)?)
}

/// A person wants a task left alone. Whoever is at it ends what is under way, and finds that it has lost it.
pub async fn bury_by_hand(db: &Db, id: Uuid, now: Time) -> Result<Option<Row>> {
    let sql = format!(
        "UPDATE tasks SET buried_at = $2, leased_until = NULL, woken_at = NULL, fence = fence + 1 WHERE id = $1
        RETURNING {ROW}"
    );
    Ok(write!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(now).fetch_optional(pool).await)?)
}

macro_rules! push_lanes {
    ($builder:expr, $lanes:expr) => {
        // Of none is none.
        $builder.push(" AND lane IN (NULL");
        for lane in $lanes {
            $builder.push(", ").push_bind(lane);
        }
        $builder.push(")");
    };
}

/// A task as people look at it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    /// The task.
    #[sqlx(flatten)]
    pub task: Task,
    /// Until when somebody is at it.
    pub leased_until: Option<Time>,
    /// Since when it has been given up.
    pub buried_at: Option<Time>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

impl Row {
    /// `waiting`, `working` or `buried`.
    pub fn status(&self, now: Time) -> &'static str {
        if self.buried_at.is_some() {
            "buried"
        } else if self.leased_until.is_some_and(|until| until > now) {
            "working"
        } else {
            "waiting"
        }
    }
}

const ROW: &str = "id, kind, lane, key, payload, due_at, attempts, fence, enqueued_by, created_at, leased_until,
    buried_at, last_error";

/// What to look at.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this lane.
    pub lane: Option<String>,
    /// Only buried ones, or only others.
    pub buried: Option<bool>,
    /// After this id.
    pub after: Option<Uuid>,
    /// At the most.
    pub limit: i64,
}

/// Tasks, oldest first.
pub async fn list(db: &Db, filter: &Filter) -> Result<Vec<Row>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(ROW).push(" FROM tasks WHERE 1 = 1");
        if let Some(kind) = &filter.kind {
            builder.push(" AND kind = ").push_bind(kind);
        }
        if let Some(lane) = &filter.lane {
            builder.push(" AND lane = ").push_bind(lane);
        }
        if let Some(buried) = filter.buried {
            builder.push(if buried { " AND buried_at IS NOT NULL" } else { " AND buried_at IS NULL" });
        }
        if let Some(after) = filter.after {
            builder.push(" AND id > ").push_bind(after);
        }
        builder.push(" ORDER BY id LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// One task.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<Row>> {
    let sql = format!("SELECT {ROW} FROM tasks WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await)?)
}

/// How many tasks wait in a lane.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LaneDepth {
    /// The lane.
    pub lane: String,
    /// Not tried yet.
    pub fresh: i64,
    /// Tried, and to be tried again.
    pub again: i64,
}

/// How many tasks of a kind wait in each lane that has any: in these lanes, or in all.
pub async fn lane_depths(db: &Db, kind: &str, lanes: Option<&[String]>) -> Result<Vec<LaneDepth>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(
            "SELECT lane, COUNT(CASE WHEN attempts = 0 THEN 1 END) AS fresh, COUNT(CASE WHEN attempts > 0 THEN 1 END) AS again
            FROM tasks WHERE buried_at IS NULL AND kind = ",
        );
        builder.push_bind(kind);
        if let Some(lanes) = lanes {
            push_lanes!(builder, lanes);
        }
        builder.push(" GROUP BY lane").build_query_as().fetch_all(pool).await
    })?)
}

/// The keys of tasks that wait in some lanes, the longest due first: only those not tried yet, only the others, or all.
pub async fn waiting_keys(
    db: &Db,
    kind: &str,
    lanes: &[String],
    tried: Option<bool>,
    limit: i64,
    offset: i64,
) -> Result<Vec<String>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT key FROM tasks WHERE buried_at IS NULL AND kind = ");
        builder.push_bind(kind);
        push_lanes!(builder, lanes);
        if let Some(tried) = tried {
            builder.push(if tried { " AND attempts > 0" } else { " AND attempts = 0" });
        }
        builder.push(" ORDER BY due_at, id LIMIT ").push_bind(limit).push(" OFFSET ").push_bind(offset);
        builder.build_query_scalar().fetch_all(pool).await
    })?)
}

/// How many tasks of a kind there are.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Depth {
    /// The kind.
    pub kind: String,
    /// Waiting or at work.
    pub waiting: i64,
    /// Given up.
    pub buried: i64,
    /// When the first of those that wait is, or was, due.
    pub oldest: Option<Time>,
}

/// How many tasks of each kind wait, and since when the oldest has been due.
pub async fn depth(db: &Db) -> Result<Vec<Depth>> {
    const SQL: &str = "SELECT kind, COUNT(*) - COUNT(buried_at) AS waiting, COUNT(buried_at) AS buried,
        MIN(CASE WHEN buried_at IS NULL THEN due_at END) AS oldest FROM tasks GROUP BY kind ORDER BY kind";
    Ok(read!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?)
}
