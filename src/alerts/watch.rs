//! Watching thresholds: what is beyond one is told once, again after the quiet time while it lasts, and once when it is over.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use schemas::{Currency, EndpointId, Money};
use serde_json::{Value, json};
use sqlx::types::Json;

use super::told::{seconds, trimmed};
use super::{Alerts, LANE, follow_up};
use crate::db::account_health::{self, AccountHealth};
use crate::db::alerts::{self, Alert, Tries};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, endpoint_health, provider_accounts};
use crate::notify::{ALERT, DELIVER, health};
use crate::work::{Handler, run_multiple};

/// The kind of the one task that watches.
const KIND: &str = "alerts.watch";
const HOUR: Duration = Duration::from_secs(3_600);
/// What is watched here.
const KINDS: &[&str] = &["waiting", "success", "mean", "errors", "overdue", "buried", "certificate", "balance"];
/// Of these, those that are over when nothing is found any more.
const FOUND_ONLY: &[&str] = &["overdue", "buried", "certificate", "balance"];
/// Lanes of one kind that are looked at closely.
const MOST_LANES: usize = 1_000;

/// The handler of `alerts.watch`.
pub struct Watch {
    alerts: Alerts,
    /// What somebody does.
    kinds: Vec<&'static str>,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq)]
struct Finding {
    kind: &'static str,
    key: String,
    /// Whether it is beyond its threshold.
    beyond: bool,
    data: Value,
}

#[async_trait]
impl Handler for Watch {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.alerts.settings.watch_ms))
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        let now = self.alerts.now();
        let mut findings = vec![self.waiting().await?];
        findings.extend(self.tries(now).await?);
        findings.extend(self.overdue(now).await?);
        findings.extend(self.buried().await?);
        findings.extend(self.accounts(now).await?);
        self.tell(findings, now).await
    }
}

impl Watch {
    /// Over the area, for tasks of these kinds.
    pub fn new(alerts: Alerts, kinds: Vec<&'static str>) -> Self {
        Self { alerts, kinds }
    }

    /// Deliveries that wait.
    async fn waiting(&self) -> Result<Finding, DbError> {
        let limit = self.alerts.thresholds.alert_waiting;
        let waiting = alerts::waiting(&self.alerts.db, DELIVER, limit.saturating_add(1)).await?;
        let beyond = waiting > limit;
        // It stops counting there.
        let value = if beyond { format!("> {limit}") } else { waiting.to_string() };
        let data = json!({"value": value, "limit": limit.to_string()});
        Ok(Finding { kind: "waiting", key: "waiting".to_owned(), beyond, data })
    }

    /// What the tries of the last hour came to, test and live apart.
    async fn tries(&self, now: Time) -> Result<Vec<Finding>, DbError> {
        let found = alerts::tries(&self.alerts.db, now.before(HOUR)).await?;
        let enough = found.iter().filter(|tries| tries.tries >= self.alerts.settings.least_tries);
        Ok(enough.flat_map(|tries| judge(tries, &self.alerts.thresholds)).collect())
    }

    /// Due tasks that nobody does.
    async fn overdue(&self, now: Time) -> Result<Vec<Finding>, DbError> {
        let before = now.before(Duration::from_millis(self.alerts.settings.overdue_ms));
        let mut findings = Vec::new();
        // Its own alerts could not tell of themselves.
        for kind in self.kinds.iter().filter(|kind| **kind != ALERT) {
            let lanes = tasks::lanes(&self.alerts.db, kind, now).await?;
            let mut late: Vec<(String, Time)> =
                lanes.into_iter().filter_map(|(lane, due)| Some((lane, due.filter(|due| *due < before)?))).collect();
            if *kind == DELIVER {
                late = self.unexplained(late, now).await?;
            }
            if let Some(since) = late.iter().map(|(_, due)| *due).min() {
                let data = json!({"task": kind, "since": since.to_string()});
                findings.push(Finding { kind: "overdue", key: format!("overdue:{kind}"), beyond: true, data });
            }
        }
        Ok(findings)
    }

    /// What waits for an endpoint that fails, rests or is slow waits for a reason, which is told by itself.
    async fn unexplained(&self, mut late: Vec<(String, Time)>, now: Time) -> Result<Vec<(String, Time)>, DbError> {
        late.sort_by_key(|(_, due)| *due);
        late.truncate(MOST_LANES);
        let ids: Vec<EndpointId> = late.iter().filter_map(|(lane, _)| lane.parse().ok()).collect();
        let healths = endpoint_health::of_endpoints(&self.alerts.db, &ids).await?;
        let explained = |health: &endpoint_health::Health| {
            health::is_suspect(health, &self.alerts.thresholds) || health::rests_until(health, now).is_some()
        };
        let excused: Vec<String> =
            healths.iter().filter(|health| explained(health)).map(|health| health.endpoint_id.to_string()).collect();
        late.retain(|(lane, _)| !excused.contains(lane));
        Ok(late)
    }

    /// Tasks that were given up.
    async fn buried(&self) -> Result<Vec<Finding>, DbError> {
        let found = alerts::buried(&self.alerts.db).await?;
        let others = found.into_iter().filter(|(kind, _)| kind != ALERT);
        Ok(others
            .map(|(kind, count)| {
                let data = json!({"task": kind, "count": count});
                Finding { kind: "buried", key: format!("buried:{kind}"), beyond: true, data }
            })
            .collect())
    }

    /// Certificates that end soon, and accounts that hold little.
    async fn accounts(&self, now: Time) -> Result<Vec<Finding>, DbError> {
        let settings = &self.alerts.settings;
        let soon = now.after(Duration::from_secs(settings.certificate_days.saturating_mul(86_400)));
        let rows = account_health::all(&self.alerts.db).await?;
        let ends = |row: &AccountHealth| row.certificate_until.is_some_and(|until| until < soon);
        let holds_little = |row: &AccountHealth| row.balance.is_some_and(|balance| balance < settings.least_balance);
        let mut findings = Vec::new();
        for row in rows.iter().filter(|row| ends(row) || holds_little(row)) {
            let Some(account) = provider_accounts::by_id(&self.alerts.db, row.account_id).await? else { continue };
            let found = |kind: &'static str, mut data: Value| {
                data["service"] = json!(account.provider);
                data["livemode"] = json!(account.livemode);
                Finding { kind, key: format!("{kind}:{}", row.account_id), beyond: true, data }
            };
            if let Some(until) = row.certificate_until.filter(|_| ends(row)) {
                findings.push(found("certificate", json!({"days": until.since(now).as_secs() / 86_400})));
            }
            if let Some(balance) = row.balance.filter(|_| holds_little(row)) {
                let currency = row.balance_currency.as_deref().and_then(Currency::from_code).unwrap_or(Currency::Lyd);
                findings.push(found(
                    "balance",
                    json!({"balance": format!("{} {currency}", Money::new(balance, currency))}),
                ));
            }
        }
        Ok(findings)
    }

    /// Tells what is new, and what is over, each in the transaction that counts it as told.
    async fn tell(&self, findings: Vec<Finding>, now: Time) -> Result<(), DbError> {
        let Alerts { db, ambient, thresholds, .. } = &self.alerts;
        let open = alerts::open(db, KINDS).await?;
        let quiet_since = now.before(Duration::from_millis(thresholds.quiet_ms));
        let over = over(&open, &findings);
        let beyond: Vec<Finding> = findings.into_iter().filter(|finding| finding.beyond).collect();
        if beyond.is_empty() && over.is_empty() {
            return Ok(());
        }
        let mut follow_ups = Vec::new();
        let mut tx = db.begin().await?;
        for finding in beyond {
            let row = row(&finding, now);
            if alerts::may_tell(&mut tx, &row, quiet_since).await? {
                follow_ups.push((ALERT, follow_up(ambient, &finding.key, row.data.0)));
            }
        }
        for (key, payload) in over {
            if alerts::resolve(&mut tx, &key, now).await? {
                follow_ups.push((ALERT, follow_up(ambient, &key, patched(payload, now, true))));
            }
        }
        let told = !follow_ups.is_empty();
        if told {
            run_multiple(&mut tx, ambient, follow_ups).await?;
        }
        tx.commit().await?;
        if told {
            self.alerts.waker.wake(ALERT, LANE);
        }
        Ok(())
    }
}

/// What was told and is over, by its key, with what is to be said. What was not looked at stays as it is.
fn over(open: &[Alert], findings: &[Finding]) -> Vec<(String, Value)> {
    let by_key: BTreeMap<&str, &Finding> = findings.iter().map(|finding| (finding.key.as_str(), finding)).collect();
    let over = open.iter().filter_map(|row| match by_key.get(row.key.as_str()) {
        Some(finding) if finding.beyond => None,
        Some(finding) => Some((row.key.clone(), payload(finding))),
        None if FOUND_ONLY.contains(&row.kind.as_str()) => Some((row.key.clone(), row.data.0.clone())),
        None => None,
    });
    over.collect()
}

fn payload(finding: &Finding) -> Value {
    let mut payload = json!({"alert": finding.kind, "key": finding.key});
    if let (Some(payload), Some(data)) = (payload.as_object_mut(), finding.data.as_object()) {
        payload.extend(data.clone());
    }
    payload
}

fn patched(mut payload: Value, now: Time, resolved: bool) -> Value {
    payload["at"] = json!(now.to_string());
    payload["resolved"] = json!(resolved);
    payload
}

fn row(finding: &Finding, now: Time) -> Alert {
    Alert {
        key: finding.key.clone(),
        kind: finding.kind.to_owned(),
        data: Json(patched(payload(finding), now, false)),
        outcome: "waiting".to_owned(),
        told_at: now,
        resolved_at: None,
    }
}

/// Compares the tries of an hour with the thresholds. A success is a delivery that arrived, however many tries it took;
/// an error is a try that failed.
fn judge(tries: &Tries, thresholds: &crate::config::Notify) -> Vec<Finding> {
    let percent = |part: i64, whole: i64| part as f64 * 100.0 / whole.max(1) as f64;
    let success = percent(tries.arrived, tries.deliveries);
    let errors = percent(tries.failed, tries.tries);
    let mean_ms = u64::try_from(tries.duration_us / tries.tries.max(1) / 1_000).unwrap_or(0);
    let shown = |value: f64| format!("{} %", trimmed((value * 10.0).round() / 10.0));
    let limits = thresholds;
    let found = [
        ("success", success < limits.alert_success_percent, shown(success), shown(limits.alert_success_percent)),
        ("mean", mean_ms > limits.alert_mean_ms, seconds(mean_ms) + " s", seconds(limits.alert_mean_ms) + " s"),
        ("errors", errors > limits.alert_error_percent, shown(errors), shown(limits.alert_error_percent)),
    ];
    let mode = if tries.livemode { "live" } else { "test" };
    found
        .map(|(kind, beyond, value, limit)| {
            let data = json!({"value": value, "limit": limit, "tries": tries.tries, "livemode": tries.livemode});
            Finding { kind, key: format!("{kind}:{mode}"), beyond, data }
        })
        .into()
}

#[cfg(test)]
mod tests;
