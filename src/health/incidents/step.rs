//! What becomes of an incident: opened, told of, graver, well again, closed. Pure.

use std::time::Duration;

use schemas::health::Severity;

use crate::config;
use crate::db::Time;
use crate::db::incidents::Incident;

/// How a service does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Its accounts that are unhealthy.
    pub ill: usize,
    /// All of them.
    pub accounts: usize,
    /// Since when one is degraded, if one is.
    pub degraded_since: Option<Time>,
    /// Since when all that were unhealthy are not, where none is.
    pub well_since: Option<Time>,
    /// How often one became unhealthy since the last look.
    pub falls: i32,
    /// Whether something that is healthy stands in for it.
    pub stood_in: bool,
    /// Whether money depends on it.
    pub money: bool,
    /// Whether it is being maintained, or we are offline ourselves.
    pub excused: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A new incident.
    Open(Severity),
    /// It came back so many times.
    Fall(i32),
    /// All is well, for now.
    Well(Time),
    /// It is graver than it was.
    Worse(Severity),
    /// It has lasted long: others are called.
    Escalate(Severity),
    /// It is told of again.
    Remind,
    /// It is over.
    Close,
}

/// The next thing to be done, if there is one; asked again after each.
pub fn step(incident: Option<&Incident>, facts: &Facts, now: Time, settings: &config::Incidents) -> Option<Act> {
    let after = |since: Time, millis: u64| now.since(since) >= Duration::from_millis(millis);
    let degraded = facts.degraded_since.is_some_and(|since| after(since, settings.degraded_ms));
    let bad = facts.ill > 0 || degraded;
    let Some(incident) = incident else {
        return (bad && !facts.excused).then(|| Act::Open(severity(facts)));
    };
    if facts.falls > 0 {
        return Some(Act::Fall(facts.falls));
    }
    if !bad {
        let Some(since) = incident.well_since else { return Some(Act::Well(facts.well_since.unwrap_or(now).min(now))) };
        return after(since, settings.close_ms).then_some(Act::Close);
    }
    if incident.well_since.is_some() {
        return Some(Act::Fall(1));
    }
    let found = severity(facts);
    if found > incident.severity {
        return Some(Act::Worse(found));
    }
    let last = incident.escalated_at.unwrap_or(incident.opened_at);
    if !facts.excused && incident.severity != Severity::Critical && after(last, settings.escalate_ms) {
        return Some(Act::Escalate(graver(incident.severity)));
    }
    let told = incident.reminded_at.unwrap_or(incident.opened_at);
    (!facts.excused && after(told, settings.remind_ms)).then_some(Act::Remind)
}

/// How grave it is to be without a service that does so.
pub fn severity(facts: &Facts) -> Severity {
    let all = facts.ill == facts.accounts;
    match (facts.ill, facts.stood_in) {
        (0, true) => Severity::Low,
        (0, false) => Severity::Medium,
        (_, true) if all || facts.money => Severity::High,
        (_, true) => Severity::Medium,
        (_, false) if all => Severity::Critical,
        (_, false) => Severity::High,
    }
}

fn graver(severity: Severity) -> Severity {
    match severity {
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}

/// How long an incident is likely to last: as long as the middle one of those before it; where there were few, as is usual.
pub fn estimate(durations: &[i64], usual: Duration) -> Duration {
    const FEW: usize = 3;
    if durations.len() < FEW {
        return usual;
    }
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    Duration::from_secs(u64::try_from(sorted[sorted.len() / 2]).unwrap_or(0)).max(Duration::from_secs(60))
}

#[cfg(test)]
mod tests;
