//! The four weeks, put together from what was read.

use schemas::health::Verdict;
use serde_json::{Value, json};

use super::Review;
use super::figures::{percent, rounded, whole_days};
use super::sheet::{Head, Sheet, Table, Week};
use super::text::{self, Words};
use crate::cli::CommandError;
use crate::db::Time;
use crate::db::account_health::AccountHealth;
use crate::db::incidents::Incident;
use crate::db::provider_accounts::ProviderAccount;
use crate::reports::{Kept, ServiceReport};

/// From this age on credentials are to be renewed.
const OLD_DAYS: u64 = 90;
/// The lines of a list of the worst.
const WORST: usize = 10;

pub(super) fn table(key: &'static str, title: Words, heads: &'static [Head], rows: Vec<Vec<Value>>) -> Table {
    Table { key, title, heads, rows, none: text::NONE }
}

impl Review {
    /// The whole review.
    pub(super) async fn sheet(&self) -> Result<Sheet, CommandError> {
        let week = |title, tables, boxes| Week { title, tables, boxes };
        let costs = self.costs().await?;
        let first = vec![self.state(), self.credentials(), self.errors(), self.slow_operations(), self.probes()];
        let weeks = vec![
            week(text::FIRST, first, text::FIRST_BOXES),
            week(text::SECOND, vec![self.told_incidents(), self.performance()], text::SECOND_BOXES),
            week(text::THIRD, vec![self.promises()], text::THIRD_BOXES),
            week(text::FOURTH, vec![self.evaluation(), costs], text::FOURTH_BOXES),
            week(text::BESIDE, self.house().await?, &[]),
        ];
        let mode = if self.livemode { "live" } else { "test" };
        Ok(Sheet { from: self.range.from.to_string(), to: self.range.to.to_string(), mode, weeks })
    }

    /// The account of a service that does worst.
    fn worst(&self, service: &str) -> Option<&AccountHealth> {
        let own = self.accounts.iter().filter(|account| self.name(account.integration_id) == service);
        own.filter_map(|account| self.health.get(&account.id)).max_by_key(|health| health.verdict)
    }

    pub(super) fn name(&self, integration: uuid::Uuid) -> &str {
        self.names.get(&integration).map_or("", String::as_str)
    }

    fn state(&self) -> Table {
        let row = |report: &ServiceReport| {
            let worst = self.worst(&report.service);
            let verdict = worst.map_or(Verdict::Unknown, |worst| worst.verdict);
            let cause = worst.and_then(|worst| worst.cause.clone()).filter(|_| verdict != Verdict::Healthy);
            let day = worst.and_then(|worst| worst.uptime_24h);
            vec![json!(report.service), json!(verdict.as_str()), json!(cause), percent(day), percent(report.uptime)]
        };
        let heads = &[text::SERVICE, text::VERDICT, text::CAUSE, text::UPTIME_DAY, text::UPTIME];
        table("state", text::STATE, heads, self.reports.iter().map(row).collect())
    }

    /// The oldest first. Nobody writes down since when the environment says what it says: each start writes such an account anew.
    fn credentials(&self) -> Table {
        let mut accounts: Vec<_> = self.accounts.iter().filter(|account| has_credentials(account)).collect();
        accounts.sort_by_key(|account| (!is_kept(account), account.updated_at));
        let row = |account: &&ProviderAccount| {
            let changed = Some(account.updated_at).filter(|_| is_kept(account));
            let days = changed.map(|changed| whole_days(self.now.since(changed)));
            let (changed, renew) = (changed.map(|changed| changed.to_string()), days.map(|days| days > OLD_DAYS));
            let (name, id) = (self.name(account.integration_id), account.id.to_string());
            vec![json!(name), json!(id), json!(account.origin), json!(changed), json!(days), json!(renew)]
        };
        let heads = &[text::SERVICE, text::ACCOUNT, text::ORIGIN, text::CHANGED, text::AGE, text::RENEW];
        table("credentials", text::CREDENTIALS, heads, accounts.iter().map(row).collect())
    }

    fn errors(&self) -> Table {
        let all = |report: &ServiceReport| {
            let errors = report.errors.clone().into_iter();
            let service = report.service.clone();
            errors.map(move |(error, count)| (service.clone(), error, count)).collect::<Vec<_>>()
        };
        let mut errors: Vec<_> = self.reports.iter().flat_map(all).collect();
        errors.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        let rows = errors
            .into_iter()
            .take(WORST)
            .map(|(service, error, count)| vec![json!(service), json!(error), json!(count)]);
        table("errors", text::ERRORS, &[text::SERVICE, text::ERROR, text::COUNT], rows.collect())
    }

    fn slow_operations(&self) -> Table {
        let mut slow = Vec::new();
        for report in &self.reports {
            for operation in &report.operations {
                if let Some(times) = &operation.times {
                    slow.push((&report.service, operation, times));
                }
            }
        }
        slow.sort_by(|one, other| other.2.p95.total_cmp(&one.2.p95));
        let rows = slow.into_iter().take(WORST).map(|(service, operation, times)| {
            vec![
                json!(service),
                json!(operation.operation),
                json!(operation.calls),
                rounded(times.p95),
                rounded(times.p99),
            ]
        });
        let heads = &[text::SERVICE, text::OPERATION, text::CALLS, text::P95, text::P99];
        Table { none: text::NO_CALLS, ..table("slow_operations", text::SLOW, heads, rows.collect()) }
    }

    fn probes(&self) -> Table {
        let row = |report: &ServiceReport| {
            let worst = self.worst(&report.service);
            let at = worst.and_then(|worst| worst.checked_at).map(|at| at.to_string());
            let took = worst.and_then(|worst| worst.response_ms);
            vec![json!(report.service), json!(at), took.map_or(Value::Null, rounded)]
        };
        let heads = &[text::SERVICE, text::PROBED, text::TOOK];
        table("probes", text::PROBES, heads, self.reports.iter().map(row).collect())
    }

    fn told_incidents(&self) -> Table {
        let row = |incident: &Incident| {
            let closed = incident.closed_at.is_some();
            // It was over when all was well, not when that was certain.
            let end: Time = incident.well_since.filter(|_| closed).or(incident.closed_at).unwrap_or(self.now);
            let minutes = end.since(incident.opened_at).as_secs() / 60;
            let (severity, status) = (incident.severity.as_str(), incident.status.as_str());
            let opened = incident.opened_at.to_string();
            vec![
                json!(incident.service),
                json!(severity),
                json!(incident.cause),
                json!(status),
                json!(opened),
                json!(minutes),
            ]
        };
        let heads = &[text::SERVICE, text::SEVERITY, text::CAUSE, text::STATUS, text::OPENED, text::MINUTES];
        table("incidents", text::INCIDENTS, heads, self.incidents.iter().map(row).collect())
    }

    fn performance(&self) -> Table {
        let row = |report: &ServiceReport| {
            let times = report.times.as_ref()?;
            let [mean, p50, p95, p99] = [times.mean, times.p50, times.p95, times.p99].map(rounded);
            Some(vec![json!(report.service), json!(report.calls), mean, p50, p95, p99])
        };
        let heads = &[text::SERVICE, text::CALLS, text::MEAN, text::P50, text::P95, text::P99];
        let rows = self.reports.iter().filter_map(row).collect();
        Table { none: text::NO_CALLS, ..table("performance", text::PERFORMANCE, heads, rows) }
    }

    fn promises(&self) -> Table {
        let mut rows = Vec::new();
        for report in &self.reports {
            for (level, kept) in [("uptime", report.promise.uptime), ("p95_ms", report.promise.p95_ms)] {
                let Some(Kept { promised, measured, met }) = kept else { continue };
                let measured = measured.map_or(Value::Null, rounded);
                rows.push(vec![json!(report.service), json!(level), json!(promised), measured, json!(met)]);
            }
        }
        let heads = &[text::SERVICE, text::LEVEL, text::PROMISED, text::MEASURED, text::MET];
        Table { none: text::NO_PROMISES, ..table("promises", text::PROMISES, heads, rows) }
    }

    fn evaluation(&self) -> Table {
        let called = self.reports.iter().filter(|report| report.calls > 0);
        let row = |report: &ServiceReport| {
            vec![json!(report.service), json!(report.calls), percent(report.success_rate), json!(report.not_sent)]
        };
        let heads = &[text::SERVICE, text::CALLS, text::SUCCESS, text::NOT_SENT];
        Table { none: text::NO_CALLS, ..table("evaluation", text::EVALUATION, heads, called.map(row).collect()) }
    }
}

/// Whether the database keeps its credentials.
fn is_kept(account: &ProviderAccount) -> bool {
    account.origin == "api"
}

/// Whether there are any: cash on delivery needs none.
pub(super) fn has_credentials(account: &ProviderAccount) -> bool {
    account.credentials.is_some() || !is_kept(account) && crate::config::has_credentials(&account.provider)
}
