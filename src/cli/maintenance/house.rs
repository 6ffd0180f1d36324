//! What costs money, and what stands beside the weeks: certificates, the log, work that was given up, what waits for a person.

use schemas::{Currency, Money};
use serde_json::{Value, json};

use super::Review;
use super::figures::whole_days;
use super::gather::table;
use super::sheet::Table;
use super::text;
use crate::cli::CommandError;
use crate::db::monthly::{self, Undecided};
use crate::db::provider_accounts::ProviderAccount;
use crate::db::tasks::{self, Depth};
use crate::db::{DbError, Time};
use crate::reports::ServiceReport;

/// The log is tidied every six hours: it may reach back so much further than it is kept, on PostgreSQL a month more.
const TIDYING_DAYS: u64 = 33;

impl Review {
    /// What providers keep of what was paid, where the settings know it.
    pub(super) async fn costs(&self) -> Result<Table, CommandError> {
        let mut rows = Vec::new();
        for account in &self.accounts {
            let (from, to) = (self.range.from, self.range.to);
            for paid in monthly::paid(&self.db, account.id, from, to).await? {
                let Some(fee) = self.config.payments.fee_of(&account.provider, &paid.gateway) else { continue };
                let share = monthly::share(&self.db, account.id, &paid, fee.basis_points, from, to).await?;
                let fees = share.saturating_add(fee.fixed.saturating_mul(paid.count));
                let (amount, fees) = (money(paid.amount, &paid.currency), money(fees, &paid.currency));
                let name = self.name(account.integration_id);
                rows.push(
                    [json!(name), json!(paid.gateway), json!(paid.currency), json!(paid.count), amount, fees].to_vec(),
                );
            }
        }
        let heads = &[text::SERVICE, text::GATEWAY, text::CURRENCY, text::COUNT, text::AMOUNT, text::FEES];
        Ok(Table { none: text::NO_FEES, ..table("costs", text::COSTS, heads, rows) })
    }

    /// What stands beside the weeks.
    pub(super) async fn house(&self) -> Result<Vec<Table>, DbError> {
        Ok(vec![self.certificates(), self.log().await?, self.buried().await?, self.undecided().await?, self.idle()])
    }

    /// The first to end first.
    fn certificates(&self) -> Table {
        let until = |account: &ProviderAccount| {
            let until = self.health.get(&account.id)?.certificate_until?;
            Some((until, self.name(account.integration_id)))
        };
        let mut found: Vec<(Time, &str)> = self.accounts.iter().filter_map(until).collect();
        found.sort();
        found.dedup();
        let least = self.config.alerts.certificate_days;
        let rows = found.into_iter().map(|(until, name)| {
            let days = whole_days(until.since(self.now));
            vec![json!(name), json!(until.to_string()), json!(days), json!(days >= least)]
        });
        let heads = &[text::SERVICE, text::UNTIL, text::DAYS, text::READY];
        table("certificates", text::CERTIFICATES, heads, rows.collect())
    }

    async fn log(&self) -> Result<Table, DbError> {
        let reach = monthly::log_reach(&self.db).await?;
        let kept = self.config.retention.logs_days;
        let oldest_at = reach.oldest.map(|oldest| oldest.to_string());
        let tidy = reach.oldest.is_none_or(|oldest| whole_days(self.now.since(oldest)) <= kept + TIDYING_DAYS);
        let mut rows = vec![
            vec![json!("retention_days"), json!(kept), Value::Null],
            vec![json!("oldest_call"), json!(oldest_at), json!(tidy)],
        ];
        if let Some(partitions) = reach.partitions {
            let month = self.now.timestamp().strftime("integration_logs_y%Ym%m").to_string();
            let ahead = partitions.iter().filter(|name| **name > month).count();
            let ready = ahead > 0 && partitions.contains(&month);
            rows.push(vec![json!("partitions_ahead"), json!(ahead), json!(ready)]);
        }
        Ok(table("log", text::LOG, &[text::WHAT, text::VALUE, text::READY], rows))
    }

    async fn buried(&self) -> Result<Table, DbError> {
        let depths = tasks::depth(&self.db).await?.into_iter().filter(|depth| depth.buried > 0);
        let rows = depths.map(|Depth { kind, buried, .. }| vec![json!(kind), json!(buried)]);
        Ok(table("buried_tasks", text::BURIED, &[text::KIND, text::COUNT], rows.collect()))
    }

    async fn undecided(&self) -> Result<Table, DbError> {
        let found = monthly::undecided(&self.db, self.livemode).await?.into_iter();
        let rows = found.map(|Undecided { service, count, lines }| vec![json!(service), json!(count), json!(lines)]);
        Ok(table("undecided", text::UNDECIDED, &[text::SERVICE, text::COUNT, text::LINES], rows.collect()))
    }

    fn idle(&self) -> Table {
        let idle = self.reports.iter().filter(|report| report.calls == 0);
        let rows = idle.map(|ServiceReport { service, .. }| vec![json!(service)]);
        table("idle", text::IDLE, &[text::SERVICE], rows.collect())
    }
}

fn money(minor: i64, currency: &str) -> Value {
    let shown = Currency::from_code(currency).map(|currency| Money::new(minor, currency).to_string());
    json!(shown.unwrap_or_else(|| minor.to_string()))
}
