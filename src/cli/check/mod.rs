//! `jisr check`: whether the gateway could work, from its configuration to the answer of each account's provider.

mod account;
mod finding;
mod gateway;
mod skew;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kit::Ambient;
use serde_json::json;

use super::{CommandError, output};
use crate::app::App;
use crate::config::{Config, ConfigError, listed};
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::http::Facade;
use finding::{Finding, Findings, Verdict};

/// Find out whether the gateway could work: settings, database, encryption key, accounts, and whether providers answer.
///
/// Each test account's provider is asked once, by a free read that changes nothing (its probe); live accounts are opened
/// and built, and nobody is asked. The exit code is 1 where something is wrong.
#[derive(Args)]
pub(super) struct Check {
    /// One service only, such as `moamalat`.
    service: Option<String>,
    /// Ask live accounts too, and ask all of them more: payment providers that can be asked for a reference that nobody has, and
    /// carriers for their list of places. These are reads: nothing is booked, charged or sent to anybody, but they count
    /// against what a provider lets an account ask.
    #[arg(long)]
    live: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) async fn run(self, config: Result<Config, ConfigError>) -> Result<ExitCode, CommandError> {
        if let Some(service) = &self.service
            && !listed().iter().any(|listed| listed.name == service)
        {
            return Err(CommandError::Refused(format!("there is no service {service}: see `jisr providers`")));
        }
        let mut findings = Findings::default();
        match config {
            Ok(config) => self.look(config, &mut findings).await?,
            Err(error) => findings.bad("gateway", "configuration", error.to_string()),
        }
        self.show(&findings.0)
    }

    async fn look(&self, config: Config, findings: &mut Findings) -> Result<(), CommandError> {
        findings.good("gateway", "configuration", "can be read");
        let ambient = Ambient::system();
        if !gateway::database(&config, findings).await || !gateway::key(&config, &ambient, findings) {
            return Ok(());
        }
        let public_url = config.server.public_url.clone();
        let facade = match App::build(config, ambient).await {
            Ok(app) => app.facade,
            Err(error) => {
                findings.bad("gateway", "start", error.to_string());
                return Ok(());
            }
        };
        let looked = self.accounts(&facade, &public_url, findings).await;
        facade.logs.drain().await;
        facade.db.close().await;
        looked
    }

    async fn accounts(&self, facade: &Facade, public_url: &str, findings: &mut Findings) -> Result<(), CommandError> {
        let mut rows = provider_accounts::all(&facade.db).await?;
        let live = rows.iter().any(|row| row.livemode && account::is_remote(&row.provider));
        gateway::public_url(public_url, live, findings);
        rows.retain(|row| self.service.as_ref().is_none_or(|service| *service == row.provider));
        if rows.is_empty() {
            findings.note(self.service.as_deref().unwrap_or("accounts"), "account", "there is none");
        }
        let style =
            ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let progress = ProgressBar::new(rows.len() as u64).with_style(style);
        progress.enable_steady_tick(Duration::from_millis(120));
        for row in rows {
            progress.set_message(format!("{} {}", row.provider, row.id));
            account::look(facade, &row, self.live, findings).await;
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(())
    }

    fn show(&self, findings: &[Finding]) -> Result<ExitCode, CommandError> {
        let sound = findings.iter().all(|finding| finding.verdict != Verdict::Bad);
        if self.json {
            output::json(&json!({"ok": sound, "findings": findings}))?;
        } else {
            let rows = findings.iter().map(|finding| {
                let Finding { verdict, subject, check, says } = finding;
                vec![verdict.sign().to_owned(), subject.clone(), (*check).to_owned(), says.clone()]
            });
            output::table(&["", "of", "check", "found"], rows)?;
        }
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// How an account is named in what is found.
fn name(row: &ProviderAccount) -> String {
    format!("{} {} {}", row.provider, if row.livemode { "live" } else { "test" }, row.id)
}
