//! `jisr alerts`.

use clap::{Args, Subcommand};
use kit::Ambient;

use super::{CommandError, output};
use crate::alerts::{Alerts, Came, audience};
use crate::app::App;
use crate::config::Config;

/// Test whether operators can be told.
#[derive(Args)]
pub(super) struct AlertsCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Send a test alert at once, and say what came back.
    Test {
        /// Whose chat; both when absent.
        #[arg(long, value_name = "AUDIENCE", value_parser = ["admin", "monitor"])]
        to: Option<String>,
    },
}

impl AlertsCommand {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let Action::Test { to } = self.command;
        let app = App::build(config, Ambient::system()).await?;
        let wanted = to.as_deref().map_or_else(|| vec!["admin", "monitor"], |one| vec![one]);
        let mut failures = Vec::new();
        for word in wanted {
            match test(&app.facade.alerts, word).await? {
                Ok(told) => output::line(&told)?,
                Err(failure) => failures.push(failure),
            }
        }
        app.facade.logs.drain().await;
        if failures.is_empty() { Ok(()) } else { Err(CommandError::Refused(failures.join("; "))) }
    }
}

/// What came of it, for people: a success or a failure.
async fn test(alerts: &Alerts, word: &str) -> Result<Result<String, String>, CommandError> {
    let Some(audience) = audience(word) else { return Ok(Err(format!("{word}: nobody is called so"))) };
    Ok(match alerts.test_now(audience).await? {
        Came::Sent { chat, id: Some(id) } => Ok(format!("{word}: sent to chat {chat} as message {id}.")),
        Came::Sent { chat, id: None } => Ok(format!("{word}: sent to chat {chat}.")),
        Came::Logged(why) => Err(format!("{word}: only logged: {why}")),
        Came::Unknown(error) => Err(format!("{word}: nobody knows whether it arrived: {error}")),
        Came::Refused(error) => Err(format!("{word}: refused: {error}")),
        Came::Later { error, .. } => Err(format!("{word}: not sent: {error}")),
        Came::Nothing => Err(format!("{word}: not sent")),
    })
}
