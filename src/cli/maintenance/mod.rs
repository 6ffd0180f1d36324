//! `jisr maintenance`: the month's review, week by week: what a machine can answer with figures, and the rest as check boxes.

mod figures;
mod gather;
mod house;
mod sheet;
mod text;

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use kit::Ambient;
use schemas::AccountId;
use uuid::Uuid;

use super::{CommandError, database, output};
use crate::config::Config;
use crate::db::account_health::{self, AccountHealth};
use crate::db::incidents::{self, Incident};
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::{Db, Time, integrations};
use crate::refusal::Refusal;
use crate::reports::{self, Question, Range, ServiceReport};
use sheet::Sheet;

/// The days of a review that nobody says the beginning of.
const USUAL_DAYS: u32 = 30;
/// Incidents of a month that are looked through.
const MOST_INCIDENTS: i64 = 10_000;

/// Write the month's review: four weeks of maintenance, with every figure that the gateway knows.
#[derive(Args)]
pub(super) struct Maintenance {
    /// From when on: a day in Africa/Tripoli or a moment (RFC 3339); 30 days before the end when absent.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when; a day is meant whole. Now when absent; at most 31 days.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Of real money or not; live where there is a live account.
    #[arg(long, value_parser = ["test", "live"])]
    mode: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// How the tables are written.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
    /// In which language.
    #[arg(long, value_enum, default_value_t = Language::En)]
    locale: Language,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With lines, for a terminal.
    Terminal,
    /// For a document.
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// العربية.
    Ar,
    /// English.
    En,
}

/// What is looked at, read once.
struct Review {
    db: Db,
    config: Config,
    now: Time,
    range: Range,
    livemode: bool,
    accounts: Vec<ProviderAccount>,
    health: BTreeMap<AccountId, AccountHealth>,
    /// The names of services.
    names: BTreeMap<Uuid, String>,
    reports: Vec<ServiceReport>,
    incidents: Vec<Incident>,
}

impl Maintenance {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let (db, ambient) = database(&config).await?;
        let review = self.read(db, &ambient, config).await?;
        let sheet = review.sheet().await?;
        review.db.close().await;
        self.show(&sheet)
    }

    async fn read(&self, db: Db, ambient: &Ambient, config: Config) -> Result<Review, CommandError> {
        let now = Time::from(ambient.now());
        let range = Range::read(self.from.as_deref(), self.to.as_deref(), now, USUAL_DAYS).map_err(refused)?;
        let mut accounts = provider_accounts::all(&db).await?;
        let livemode = match &self.mode {
            Some(mode) => mode == "live",
            None => accounts.iter().any(|account| account.livemode && gather::has_credentials(account)),
        };
        accounts.retain(|account| account.livemode == livemode);
        let services = reports::every_service(&db, livemode).await?;
        let question = Question { store: None, livemode, range, promised: &config.health.promised, now };
        let reports = reports::of_services(&db, &question, &services).await?;
        let health = account_health::all(&db).await?.into_iter().map(|row| (row.account_id, row)).collect();
        let names = integrations::all(&db).await?.into_iter().map(|row| (row.id, row.service_name)).collect();
        let filter = incidents::Filter { livemode, limit: MOST_INCIDENTS, ..incidents::Filter::default() };
        let mut incidents = incidents::list(&db, &filter).await?;
        incidents.retain(|one| one.opened_at < range.to && one.closed_at.is_none_or(|closed| closed > range.from));
        Ok(Review { db, config, now, range, livemode, accounts, health, names, reports, incidents })
    }

    fn show(&self, sheet: &Sheet) -> Result<(), CommandError> {
        match (self.json, self.format) {
            (true, _) => output::json(&sheet.json(self.locale)),
            (false, Format::Markdown) => output::line(sheet.markdown(self.locale).trim_end()),
            (false, Format::Terminal) => sheet.print(self.locale),
        }
    }
}

/// A field at fault is an option here.
fn refused(refusal: Refusal) -> CommandError {
    match refusal {
        Refusal::Invalid(fields) => {
            let told =
                fields.iter().map(|fault| format!("--{}: {} ({})", fault.field, fault.message, fault.message_ar));
            CommandError::Refused(told.collect::<Vec<_>>().join("; "))
        }
        other => CommandError::Refused(other.to_string()),
    }
}
