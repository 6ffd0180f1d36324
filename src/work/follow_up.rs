//! What follows an answer: named tasks that are rows in the caller's transaction, so that no crash loses one.

use kit::Ambient;
use serde_json::Value;
use sqlx::types::Json;

use crate::db::tasks::{self, Task};
use crate::db::{Result, Time, Tx};

/// A task that is done after the answer. It carries ids, never objects: whoever does it reads what then is.
#[derive(Debug, Clone)]
pub struct FollowUp {
    /// What it is done together with, and must not crowd out.
    pub lane: String,
    /// What it is about: of one name and key there is one task.
    pub key: String,
    /// Ids.
    pub payload: Value,
}

/// Has a task done after the caller's commit, by whichever process has a handler of this name. Nobody waits for it, and
/// its failure touches no other.
pub async fn run_after_response(tx: &mut Tx, ambient: &Ambient, name: &str, task: FollowUp) -> Result<()> {
    run_multiple(tx, ambient, vec![(name, task)]).await
}

/// The same for several, by name, in one statement.
pub async fn run_multiple(tx: &mut Tx, ambient: &Ambient, tasks: Vec<(&str, FollowUp)>) -> Result<()> {
    let now = Time::from(ambient.now());
    let rows: Vec<Task> = tasks
        .into_iter()
        .map(|(name, FollowUp { lane, key, payload })| Task {
            payload: Json(payload),
            ..Task::new(ambient.uuid(), name, lane, key, now)
        })
        .collect();
    tasks::ensure(tx, &rows.iter().collect::<Vec<_>>()).await?;
    for task in &rows {
        tracing::info!(kind = task.kind, key = task.key, "scheduled");
    }
    Ok(())
}
