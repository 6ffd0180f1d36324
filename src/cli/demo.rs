//! `jisr demo`.

use std::process::ExitCode;

use clap::Args;

use super::CommandError;

/// Play a shop's day against mocks of every provider, and stay up to be explored.
#[derive(Args)]
pub(super) struct Demo {
    /// The gateway's port; the shop takes the next one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Play the day, print the summary and exit 0 or 1.
    #[arg(long)]
    once: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) async fn run(self) -> Result<ExitCode, CommandError> {
        Err(CommandError::Refused(format!("{} {} {}", self.port, self.once, self.json)))
    }
}
