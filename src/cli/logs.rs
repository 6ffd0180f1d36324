//! `jisr logs`.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{CommandError, database, output};
use crate::config::Config;
use crate::db::integration_logs::{self, Filter, Log};
use crate::db::{Db, Time};

/// Show the log of calls.
#[derive(Args)]
pub(super) struct Logs {
    #[command(subcommand)]
    command: Option<LogsCommand>,
    /// The service's name.
    #[arg(long)]
    integration: Option<String>,
    /// `sending`, `success`, `error`, `timeout`, `refused`, `unknown`.
    #[arg(long)]
    status: Option<String>,
    /// The wire reference.
    #[arg(long)]
    reference: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 50)]
    limit: i64,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum LogsCommand {
    /// Go on showing what comes.
    Tail,
}

impl Logs {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let (db, _) = database(&config).await?;
        let filter = Filter {
            integration: self.integration,
            status: self.status,
            reference: self.reference,
            limit: self.limit.clamp(1, 10_000),
            ..Filter::default()
        };
        let mut found = integration_logs::list(&db, None, &filter).await?;
        found.reverse();
        show(&found, self.json)?;
        match self.command {
            Some(LogsCommand::Tail) => tail(&db, filter, found.last().map(|log| log.started_at), self.json).await,
            None => Ok(()),
        }
    }
}

/// Rows reach the database a moment after they began; a second is asked for again and what was shown is left out.
async fn tail(db: &Db, filter: Filter, last: Option<Time>, as_json: bool) -> Result<(), CommandError> {
    let mut since = last.unwrap_or(Time::from_second(0));
    let mut shown = std::collections::HashSet::new();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let from = Some(since.before(Duration::from_secs(1)));
        let mut found = integration_logs::list(db, None, &Filter { from, limit: 1_000, ..filter.clone() }).await?;
        found.reverse();
        found.retain(|log| log.started_at > last.unwrap_or(Time::from_second(0)) && shown.insert(log.id));
        since = found.last().map_or(since, |log| log.started_at);
        if !found.is_empty() {
            show(&found, as_json)?;
        }
    }
}

fn show(found: &[Log], as_json: bool) -> Result<(), CommandError> {
    if as_json {
        let rows: Vec<_> = found.iter().map(|log| json!({
            "id": log.id, "started_at": log.started_at.to_string(), "integration": log.service_name, "operation": log.operation,
            "reference": log.reference, "status": log.status, "delivery": log.delivery, "response_status": log.response_status,
            "duration_ms": log.request_duration, "error_code": log.error_code, "error_message": log.error_message,
        })).collect();
        return output::json(&rows);
    }
    let rows = found.iter().map(|log| {
        let millis = log.request_duration.map_or(String::new(), |millis| format!("{millis:.1}"));
        let error = log.error_message.clone().unwrap_or_default();
        vec![
            log.started_at.to_string(),
            log.service_name.clone(),
            log.operation.clone(),
            log.status.clone(),
            log.delivery.clone(),
            millis,
            error,
        ]
    });
    output::table(&["started", "service", "operation", "status", "delivery", "ms", "error"], rows)
}
