//! One service's report, from groups of its calls. Pure.

use std::collections::BTreeMap;

use super::times::{self, Times};
use crate::config::Promised;
use crate::db::integration_report::Group;

/// What a service's calls came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceReport {
    /// Its name.
    pub service: String,
    /// Its kind.
    pub kind: String,
    /// Calls, each repeat counted.
    pub calls: i64,
    /// Those that did what was asked.
    pub succeeded: i64,
    /// Those that never left: over a limit, or while the service was left alone.
    pub not_sent: i64,
    /// The share of those that left and have ended that succeeded, from 0 to 1.
    pub success_rate: Option<f64>,
    /// How long those took that left.
    pub times: Option<Times>,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, i64>,
    /// The same by operation.
    pub operations: Vec<OperationReport>,
    /// The share of the time in which it was not down, from 0 to 1.
    pub uptime: Option<f64>,
    /// What it promises.
    pub promise: Promise,
}

/// What the calls of one operation came to.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationReport {
    /// The provider's own word.
    pub operation: String,
    /// How many.
    pub calls: i64,
    /// How long they took.
    pub times: Option<Times>,
}

/// What a service promises, against what was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Promise {
    /// Percent of the time.
    pub uptime: Option<Kept>,
    /// Milliseconds.
    pub p95_ms: Option<Kept>,
}

/// One promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// What was promised.
    pub promised: f64,
    /// What was measured; nothing where there was nothing to measure.
    pub measured: Option<f64>,
    /// Whether it was kept.
    pub met: Option<bool>,
}

impl Kept {
    fn of(promised: f64, measured: Option<f64>, met: impl Fn(f64) -> bool) -> Self {
        Self { promised, measured, met: measured.map(met) }
    }
}

pub(super) fn report(
    service: String,
    kind: String,
    groups: &[Group],
    bounds: &[u64],
    uptime: Option<f64>,
    promised: Promised,
) -> ServiceReport {
    let count =
        |which: &dyn Fn(&Group) -> bool| groups.iter().filter(|group| which(group)).map(|group| group.calls).sum();
    let ended: i64 = count(&|group| has_left(group) && group.status != "sending");
    let succeeded: i64 = count(&|group| group.status == "success");
    let times = times::of(groups.iter().filter(|group| has_left(group)), bounds);
    let percent = uptime.map(|share| share * 100.0);
    let p95 = times.as_ref().map(|times| times.p95);
    ServiceReport {
        service,
        kind,
        calls: count(&|_| true),
        succeeded,
        not_sent: count(&|group| !has_left(group)),
        success_rate: (ended > 0).then(|| succeeded as f64 / ended as f64),
        times,
        errors: errors(groups),
        operations: operations(groups, bounds),
        uptime,
        promise: Promise {
            uptime: promised.uptime.map(|promised| Kept::of(promised, percent, |measured| measured >= promised)),
            p95_ms: promised
                .p95_ms
                .map(|promised| promised as f64)
                .map(|promised| Kept::of(promised, p95, |measured| measured <= promised)),
        },
    }
}

fn has_left(group: &Group) -> bool {
    group.status != "refused"
}

/// By the error's word; what has none is counted by how it ended.
fn errors(groups: &[Group]) -> BTreeMap<String, i64> {
    let mut errors = BTreeMap::new();
    for group in groups.iter().filter(|group| !matches!(group.status.as_str(), "success" | "sending")) {
        let word = if group.error_code.is_empty() { &group.status } else { &group.error_code };
        *errors.entry(word.clone()).or_default() += group.calls;
    }
    errors
}

fn operations(groups: &[Group], bounds: &[u64]) -> Vec<OperationReport> {
    let mut by_operation: BTreeMap<&str, Vec<&Group>> = BTreeMap::new();
    for group in groups.iter().filter(|group| has_left(group)) {
        by_operation.entry(&group.operation).or_default().push(group);
    }
    let report = |(operation, groups): (&str, Vec<&Group>)| OperationReport {
        operation: operation.to_owned(),
        calls: groups.iter().map(|group| group.calls).sum(),
        times: times::of(groups, bounds),
    };
    by_operation.into_iter().map(report).collect()
}
