//! `jisr reconcile`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use jiff::civil::Date;
use kit::Ambient;
use schemas::AccountId;
use schemas::settlement::{Settlement as Shown, SettlementStatus};

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::db::provider_accounts::ProviderAccount;
use crate::db::stores;
use crate::http::Facade;
use crate::settlement::{Settled, view};

/// Settle a day now: compare what we hold with the providers' own books.
///
/// Without a date the last day that is closed. The exit code is 1 where something waits for a person.
#[derive(Args)]
pub(super) struct Reconcile {
    /// The day in Africa/Tripoli, such as 2026-11-20.
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// One account only.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// What accounts have brought their stores, by the settlements that are there, instead.
    #[arg(long, requires = "from", requires = "to", conflicts_with_all = ["date", "account"])]
    payouts: bool,
    /// The first day of the payouts.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last one.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Reconcile {
    pub(super) async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let facade = App::build(config, Ambient::system()).await?.facade;
        let done = match (self.payouts, self.from, self.to) {
            (true, Some(from), Some(to)) => self.pay(&facade, from, to).await,
            _ => self.settle(&facade).await,
        };
        facade.logs.drain().await;
        facade.db.close().await;
        done
    }

    async fn settle(&self, facade: &Facade) -> Result<ExitCode, CommandError> {
        let day = self.date.unwrap_or_else(|| facade.settlements.last_closed());
        let progress = ProgressBar::new_spinner();
        progress.enable_steady_tick(Duration::from_millis(120));
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        for account in self.accounts(facade).await? {
            progress.set_message(format!("{} {}: asking for {day}", account.provider, account.id));
            match facade.settlements.settle_day(account.id, day, None).await? {
                Settled::Done(row) | Settled::Unavailable { row: Some(row), .. } => {
                    let store = stores::by_id(&facade.db, row.store_id).await?;
                    found.push(view::settlement(*row, &store.map(|store| store.key).unwrap_or_default()));
                }
                Settled::Unavailable { row: None, error } => failed.push((account, error)),
                Settled::NoBooks | Settled::Lost => {}
            }
        }
        progress.finish_and_clear();
        show(&found, self.json)?;
        for (account, error) in &failed {
            eprintln!("jisr: {} {}: {error}", account.provider, account.id);
        }
        let settled = |one: &Shown| matches!(one.status, SettlementStatus::Matched | SettlementStatus::Resolved);
        let clean = failed.is_empty() && found.iter().all(settled);
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The report; it settles nothing.
    async fn pay(&self, facade: &Facade, from: Date, to: Date) -> Result<ExitCode, CommandError> {
        let payouts = facade.settlements.payouts(None, from, to).await?;
        if self.json {
            output::json(&payouts)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = payouts.into_iter().map(|one| {
            let mode = if one.livemode { "live" } else { "test" };
            let counts = [one.sales.to_string(), one.sales_amount, one.refunds.to_string(), one.refunds_amount];
            let head = [one.store, mode.to_owned(), one.provider, one.account.to_string()];
            let rest = [one.fees, one.net, one.undecided.to_string()];
            head.into_iter().chain(counts).chain(rest).collect()
        });
        let heads =
            ["store", "mode", "provider", "account", "sales", "amount", "refunds", "back", "fees", "net", "undecided"];
        output::table(&heads, rows)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn accounts(&self, facade: &Facade) -> Result<Vec<ProviderAccount>, CommandError> {
        let mut accounts = facade.settlements.accounts().await?;
        if let Some(id) = self.account {
            accounts.retain(|account| account.id == id);
            if accounts.is_empty() {
                return Err(CommandError::Refused(format!("there is no account {id}")));
            }
        }
        Ok(accounts)
    }
}

fn show(found: &[Shown], as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return output::json(&found);
    }
    let mut rows = Vec::new();
    for one in found {
        let head = |first: bool, text: String| if first { text } else { String::new() };
        let status = one.error.as_ref().map_or(one.status.to_string(), |error| format!("{}: {error}", one.status));
        if one.totals.is_empty() {
            rows.push(vec![one.id.to_string(), one.provider.clone(), one.date.clone(), status.clone()]);
        }
        for (index, (kind, total)) in one.totals.iter().enumerate() {
            rows.push(vec![
                head(index == 0, one.id.to_string()),
                head(index == 0, one.provider.clone()),
                head(index == 0, one.date.clone()),
                head(index == 0, status.clone()),
                kind.to_string(),
                total.count.to_string(),
                total.ours.clone(),
                total.theirs.clone(),
                total.fees.clone(),
            ]);
        }
    }
    output::table(&["settlement", "provider", "date", "status", "lines", "count", "ours", "theirs", "fees"], rows)
}
