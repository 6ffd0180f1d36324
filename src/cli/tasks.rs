//! `jisr tasks`.

use clap::{Args, Subcommand};
use schemas::TaskId;
use serde_json::json;

use super::{CommandError, database, output};
use crate::config::Config;
use crate::db::Time;
use crate::db::tasks::{self, Filter, Row};

/// Show due work, do it now, or leave it alone.
#[derive(Args)]
pub(super) struct Tasks {
    #[command(subcommand)]
    command: Option<TasksCommand>,
    #[command(flatten)]
    list: List,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum TasksCommand {
    /// Show what waits, what is under way, and what was given up.
    List(List),
    /// Do a task now, one that was given up too.
    Retry {
        /// Its id.
        id: TaskId,
    },
    /// Leave a task alone until it is retried.
    Bury {
        /// Its id.
        id: TaskId,
    },
}

#[derive(Args)]
struct List {
    /// `payment.confirm`, `notification.deliver`, …
    #[arg(long)]
    kind: Option<String>,
    /// What they are done together with.
    #[arg(long)]
    lane: Option<String>,
    /// Only those that were given up.
    #[arg(long)]
    buried: bool,
    /// How many.
    #[arg(long, default_value_t = 50)]
    limit: i64,
}

impl Tasks {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let (db, ambient) = database(&config).await?;
        let now = Time::from(ambient.now());
        let (id, changed) = match self.command.unwrap_or(TasksCommand::List(self.list)) {
            TasksCommand::List(List { kind, lane, buried, limit }) => {
                let buried = buried.then_some(true);
                let filter = Filter { kind, lane, buried, after: None, limit: limit.clamp(1, 10_000) };
                return show(&tasks::list(&db, &filter).await?, now, self.json);
            }
            TasksCommand::Retry { id } => (id, tasks::revive(&db, id.uuid(), now).await?),
            TasksCommand::Bury { id } => (id, tasks::bury_by_hand(&db, id.uuid(), now).await?),
        };
        let row =
            changed.ok_or_else(|| CommandError::Refused(format!("there is no task {id}; what is done is no more")))?;
        show(&[row], now, self.json)
    }
}

fn show(found: &[Row], now: Time, as_json: bool) -> Result<(), CommandError> {
    let id = |row: &Row| TaskId::from(row.task.id).to_string();
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    if as_json {
        let rows: Vec<_> = found.iter().map(|row| json!({
            "id": id(row), "kind": row.task.kind, "lane": row.task.lane, "key": row.task.key, "status": row.status(now),
            "payload": row.task.payload.0, "due_at": row.task.due_at.to_string(), "attempts": row.task.attempts,
            "last_error": row.last_error, "leased_until": time(row.leased_until), "buried_at": time(row.buried_at),
            "enqueued_by": row.task.enqueued_by, "created_at": row.task.created_at.to_string(),
        })).collect();
        return output::json(&rows);
    }
    let rows = found.iter().map(|row| {
        vec![
            id(row),
            row.task.kind.clone(),
            row.task.lane.clone(),
            row.status(now).to_owned(),
            row.task.due_at.to_string(),
            row.task.attempts.to_string(),
            row.last_error.clone().unwrap_or_default(),
        ]
    });
    output::table(&["id", "kind", "lane", "status", "due", "attempts", "error"], rows)
}
