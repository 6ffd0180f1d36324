//! The sections of watching: what operators are told, how services are watched, what becomes of incidents, where traces go.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Where traces go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// A collector that speaks OTLP over HTTP; empty is off.
    pub endpoint: String,
    /// The share of the traces that begin here.
    pub sample: f64,
}

impl Traces {
    /// Where spans are posted to; none where traces are off.
    pub fn url(&self) -> Option<url::Url> {
        let base = self.endpoint.trim_end_matches('/');
        let base = base.strip_suffix("/v1/traces").unwrap_or(base);
        url::Url::parse(&format!("{base}/v1/traces")).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }
}

/// How services are watched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// How often an account is probed; 0 is never.
    pub every_ms: u64,
    /// The same while it is not healthy.
    pub soon_ms: u64,
    /// One probe's time.
    pub timeout_ms: u64,
    /// The same of providers that have one of their own.
    pub timeouts: BTreeMap<String, u64>,
    /// `host:port`s of which one at least can be connected to while we are online.
    pub online: Vec<String>,
    /// What makes an account ill, and well again.
    pub thresholds: HealthThresholds,
    /// What services promise, by their names: reports say whether it was kept.
    pub promised: BTreeMap<String, Promised>,
}

/// What a service promises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Promised {
    /// The percent of the time in which it is not down.
    pub uptime: Option<f64>,
    /// The milliseconds that 95 calls of a hundred do not exceed.
    pub p95_ms: Option<u64>,
}

/// When an account counts as ill, and as well again.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthThresholds {
    /// Failures in a row, of probes and calls together.
    pub fail: u32,
    /// Good signs in a row after that.
    pub recover: u32,
    /// How long calls are remembered for their shares and times.
    pub window_ms: u64,
    /// Calls that shares need before they mean anything.
    pub least_calls: u32,
    /// The share of failed calls, in percent, that makes it degraded; below half of it that is over.
    pub failed_percent: f64,
    /// The same for calls that were declined.
    pub declined_percent: f64,
    /// The share of declined calls that makes it unhealthy: it answers, and serves nobody.
    pub useless_percent: f64,
    /// The time that one call in twenty exceeds when it is degraded; below four fifths of it that is over.
    pub slow_ms: u64,
}

/// The life of an incident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incidents {
    /// How often services are looked at.
    pub look_ms: u64,
    /// How long a service may be degraded before that is an incident.
    pub degraded_ms: u64,
    /// How long all must be well before it is over.
    pub close_ms: u64,
    /// How long it may last before it is escalated.
    pub escalate_ms: u64,
    /// How often it is told of again.
    pub remind_ms: u64,
    /// What one is expected to last where there were none before.
    pub usual_ms: u64,
}

/// Alerts to operators.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// How often thresholds are looked at.
    pub watch_ms: u64,
    /// Tries that an hour needs before its figures mean anything.
    pub least_tries: i64,
    /// How long a due task may wait before it is told of.
    pub overdue_ms: u64,
    /// Days that a certificate must be valid for.
    pub certificate_days: u64,
    /// What an account must hold, in minor units; 0 is any.
    pub least_balance: i64,
    /// From when in Tripoli ordinary alerts wait.
    pub quiet_from: jiff::civil::Time,
    /// Until when.
    pub quiet_to: jiff::civil::Time,
    /// The first pause of an alert that cannot be sent; it doubles.
    pub retry_ms: u64,
    /// The longest.
    pub retry_longest_ms: u64,
    /// When an alert that cannot be sent is given up.
    pub give_up_ms: u64,
}
