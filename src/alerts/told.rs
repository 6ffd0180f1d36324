//! What a task tells of: its payload, the facts that the database adds, and the message made of both.

use std::time::Duration;

use messaging_adapters::Audience;
use schemas::EndpointId;
use schemas::store::Mode;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::types::Json;
use url::Url;

use super::catalogue::{self, Entry};
use super::text::{self, Facts, Manner};
use super::{Alerts, audience, word};
use crate::db::alerts::Alert;
use crate::db::{DbError, Time, endpoint_health, endpoints, stores};
use crate::notify::admin::merchant_key;
use crate::notify::health;

/// The payload of a task.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    alert: String,
    /// What it is about, where that is no endpoint.
    key: Option<String>,
    endpoint: Option<String>,
    at: Option<String>,
    failures: Option<i64>,
    mean_ms: Option<u64>,
    percent: Option<i64>,
    value: Option<String>,
    limit: Option<String>,
    tries: Option<i64>,
    livemode: Option<bool>,
    task: Option<String>,
    count: Option<i64>,
    since: Option<String>,
    account: Option<String>,
    day: Option<String>,
    differences: Option<i64>,
    /// The service that it is about.
    service: Option<String>,
    severity: Option<String>,
    cause: Option<String>,
    error: Option<String>,
    began: Option<String>,
    estimated: Option<String>,
    days: Option<i64>,
    balance: Option<String>,
    audience: Option<String>,
    manual: bool,
    resolved: bool,
}

/// An alert that is ready to be sent.
pub(super) struct Told {
    /// The row that keeps it.
    pub row: Alert,
    /// What it is called.
    pub entry: &'static Entry,
    /// For whom.
    pub audience: Audience,
    /// In both languages.
    pub text: String,
    /// It tells that something is over.
    pub over: bool,
    /// A person wants it told, whatever was told before.
    pub by_hand: bool,
    /// The service that it is about: it must not travel through it.
    pub service: Option<String>,
    /// What it says is over, by their keys.
    pub resolves: Vec<String>,
}

/// The payload of a test.
pub(super) fn test(audience: Audience, now: Time) -> Value {
    json!({"alert": "test", "key": format!("test:{}", word(audience)), "audience": word(audience), "at": now.to_string()})
}

impl Alerts {
    /// Reads a payload; `None` where nothing in the catalogue is meant.
    pub(super) async fn told(&self, payload: &Value) -> Result<Option<Told>, DbError> {
        let read: Result<Payload, _> = serde_json::from_value(payload.clone());
        let Ok(read) = read else { return Ok(None) };
        let Some(entry) = catalogue::entry(&read.alert) else { return Ok(None) };
        let at = read.at.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok()).map_or(self.now(), Time::from);
        let mut facts = self.facts(&read, at);
        let mut manner = Manner { by_hand: read.manual, over: read.resolved, not_open: false };
        let mut resolves = Vec::new();
        if let Some(id) = read.endpoint.as_deref().and_then(|id| id.parse::<EndpointId>().ok()) {
            let open = self.add_endpoint(id, at, &mut facts).await?;
            manner.not_open = read.manual && entry.kind == "breaker" && !open;
            if entry.kind == "recovered" {
                resolves = ["breaker", "failing"].map(|kind| format!("{kind}:{id}")).into();
            }
        }
        let subject = || read.endpoint.as_ref().map(|endpoint| format!("{}:{endpoint}", entry.kind));
        let row = Alert {
            key: read.key.clone().or_else(subject).unwrap_or_else(|| entry.kind.to_owned()),
            kind: entry.kind.to_owned(),
            data: Json(payload.clone()),
            outcome: "waiting".to_owned(),
            told_at: at,
            resolved_at: None,
        };
        Ok(Some(Told {
            row,
            entry,
            audience: read.audience.as_deref().and_then(audience).unwrap_or(entry.audience),
            text: text::message(entry, &facts, manner),
            over: read.resolved,
            by_hand: read.manual,
            service: read.service,
            resolves,
        }))
    }

    /// What the payload says, and the settings.
    fn facts(&self, read: &Payload, at: Time) -> Facts {
        let minutes = Duration::from_millis(self.thresholds.breaker_open_ms).as_secs_f64() / 60.0;
        let clock = |time: &String| time.parse::<jiff::Timestamp>().ok().map(|time| text::clock(time.into()));
        let severity = read.severity.as_deref().and_then(|word| word.parse().ok()).map(crate::health::severity_text);
        let cause = read.cause.as_deref().map(crate::health::cause_text);
        let known = [
            ("time", Some(text::clock(at))),
            ("pause", Some(trimmed(minutes))),
            ("slow", Some(seconds(self.thresholds.slow_ms))),
            ("failures", read.failures.map(|number| number.to_string())),
            ("mean", read.mean_ms.map(seconds)),
            ("percent", read.percent.map(|number| number.to_string())),
            ("value", read.value.clone()),
            ("limit", read.limit.clone()),
            ("tries", read.tries.map(|number| number.to_string())),
            ("mode", read.livemode.map(|live| Mode::from_livemode(live).to_string())),
            ("task", read.task.clone()),
            ("count", read.count.map(|number| number.to_string())),
            ("since", read.since.as_ref().and_then(clock)),
            ("account", read.account.clone()),
            ("day", read.day.clone()),
            ("differences", read.differences.map(|number| number.to_string())),
            ("service", read.service.clone()),
            ("severity", severity.as_ref().map(|text| text.en.clone())),
            ("severity_ar", severity.map(|text| text.ar)),
            ("cause", cause.as_ref().map(|text| text.en.clone())),
            ("cause_ar", cause.map(|text| text.ar)),
            ("error", read.error.clone()),
            ("began", read.began.as_ref().and_then(clock)),
            ("estimated", read.estimated.as_ref().and_then(clock)),
            ("days", read.days.map(|days| days.to_string())),
            ("balance", read.balance.clone()),
        ];
        known.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
    }

    /// Whose endpoint it is, and how it does where the payload did not say; whether its breaker is open. Of its URL only
    /// the host is told: the rest may hold a secret.
    async fn add_endpoint(&self, id: EndpointId, at: Time, facts: &mut Facts) -> Result<bool, DbError> {
        let Some(endpoint) = endpoints::by_id(&self.db, id).await? else { return Ok(false) };
        facts.insert("merchant", merchant_key(&endpoint.url));
        let url = Url::parse(&endpoint.url).ok();
        facts.extend(url.and_then(|url| Some(("host", url.host_str()?.to_owned()))));
        let store = stores::by_id(&self.db, endpoint.store_id).await?;
        facts.extend(store.map(|store| ("store", store.key)));
        let Some(health) = endpoint_health::read(&self.db, id).await? else { return Ok(false) };
        facts.entry("failures").or_insert_with(|| health.failures.to_string());
        facts.entry("mean").or_insert_with(|| seconds(health::mean(&health).as_millis() as u64));
        Ok(health::is_open(&health, at))
    }
}

/// Milliseconds as seconds, without zeros at the end.
pub(super) fn seconds(millis: u64) -> String {
    trimmed(Duration::from_millis(millis).as_secs_f64())
}

/// At most three places.
pub(super) fn trimmed(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_zeros_at_the_end() {
        assert_eq!((seconds(5_234), seconds(3_000), seconds(0)), ("5.234".into(), "3".into(), "0".into()));
        assert_eq!((trimmed(5.0), trimmed(94.5), trimmed(100.0)), ("5".into(), "94.5".into(), "100".into()));
    }
}
