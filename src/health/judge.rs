//! The judge of one account: every sign of it, probes and calls alike, becomes one verdict. Pure: the same signs in the same
//! order bring the same verdicts, whenever they are told.

use std::time::Duration;

use kit::Sign;
use schemas::health::{Cause, Verdict};
use serde::{Deserialize, Serialize};

use super::window::{Tally, Window};
use crate::config::HealthThresholds as Thresholds;
use crate::db::Time;

/// One sign, as the judge hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What.
    pub sign: Sign,
    /// Of a probe.
    pub probe: bool,
    /// How long it took.
    pub took: Duration,
}

/// What follows from a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing new.
    Same,
    /// Another verdict.
    Changed {
        /// What it was.
        from: Verdict,
    },
    /// Calls that were let through to find out have found that it is as before.
    StillUseless,
}

/// What is known of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Judge {
    verdict: Verdict,
    cause: Option<Cause>,
    since: Option<Time>,
    /// In a row, of each kind.
    calls_failed: u32,
    probes_failed: u32,
    /// Good signs in a row since it is unhealthy.
    good: u32,
    window: Window,
}

impl Judge {
    /// Of whom nothing is known yet.
    pub fn new(thresholds: &Thresholds) -> Self {
        Self {
            verdict: Verdict::Unknown,
            cause: None,
            since: None,
            calls_failed: 0,
            probes_failed: 0,
            good: 0,
            window: Window::new(Duration::from_millis(thresholds.window_ms)),
        }
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Why it is not healthy.
    pub fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Since when.
    pub fn since(&self) -> Option<Time> {
        self.since
    }

    /// What calls and probes came to in the last minutes.
    pub fn tally(&self, now: Time) -> Tally {
        self.window.tally(now)
    }

    /// Whether good probes alone bring it back: calls find out by themselves whether calls go well.
    pub fn recovers_by_probes(&self) -> bool {
        self.verdict == Verdict::Unhealthy && self.cause == Some(Cause::Unreachable)
    }

    /// Takes over what another process has found.
    pub fn adopt(&mut self, verdict: Verdict, cause: Option<Cause>, since: Time) {
        if self.verdict == Verdict::Unhealthy && verdict != Verdict::Unhealthy {
            self.window.clear();
        }
        (self.verdict, self.cause, self.since) = (verdict, cause, Some(since));
        (self.calls_failed, self.probes_failed, self.good) = (0, 0, 0);
    }

    /// Hears a sign.
    pub fn hear(&mut self, seen: Seen, at: Time, thresholds: &Thresholds) -> Step {
        if seen.sign == Sign::Pending {
            return Step::Same;
        }
        self.window.add(at, seen.sign, seen.probe, seen.took);
        self.count(seen);
        if self.verdict == Verdict::Unhealthy {
            return self.recover(seen, at, thresholds);
        }
        let (verdict, cause) = self.judge(at, thresholds);
        self.turn(verdict, cause, at)
    }

    fn count(&mut self, seen: Seen) {
        let row = if seen.probe { &mut self.probes_failed } else { &mut self.calls_failed };
        *row = if is_failure(seen) { row.saturating_add(1) } else { 0 };
    }

    /// While it is unhealthy: signs of the kind that made it so must be good, in a row.
    fn recover(&mut self, seen: Seen, at: Time, thresholds: &Thresholds) -> Step {
        let counts = seen.probe == self.recovers_by_probes();
        let good = if self.cause == Some(Cause::Useless) { seen.sign == Sign::Good } else { !is_failure(seen) };
        match (counts, good) {
            (false, _) => Step::Same,
            (true, false) => {
                self.good = 0;
                if seen.sign == Sign::Declined { Step::StillUseless } else { Step::Same }
            }
            (true, true) => {
                self.good += 1;
                if self.good < thresholds.recover {
                    return Step::Same;
                }
                // What was before it got up says nothing of how it does now.
                self.window.clear();
                (self.calls_failed, self.probes_failed) = (0, 0);
                self.turn(Verdict::Healthy, None, at)
            }
        }
    }

    fn judge(&self, at: Time, thresholds: &Thresholds) -> (Verdict, Option<Cause>) {
        if self.calls_failed.saturating_add(self.probes_failed) >= thresholds.fail {
            let cause = if self.probes_failed > 0 { Cause::Unreachable } else { Cause::Failing };
            return (Verdict::Unhealthy, Some(cause));
        }
        let tally = self.window.tally(at);
        let calls = tally.calls_count();
        let percent = |part: u32| f64::from(part) * 100.0 / f64::from(calls.max(1));
        let enough = calls >= thresholds.least_calls;
        if enough && percent(tally.declined) >= thresholds.useless_percent {
            return (Verdict::Unhealthy, Some(Cause::Useless));
        }
        let was = |cause| self.verdict == Verdict::Degraded && self.cause == Some(cause);
        let beyond = |value: f64, limit: f64, over: f64, cause| value >= if was(cause) { limit * over } else { limit };
        let slow = tally.times().percentile(0.95).unwrap_or_default();
        let found = [
            (Cause::Failing, beyond(percent(tally.failed), thresholds.failed_percent, 0.5, Cause::Failing)),
            (Cause::Declining, beyond(percent(tally.declined), thresholds.declined_percent, 0.5, Cause::Declining)),
            (Cause::Slow, beyond(slow, thresholds.slow_ms as f64, 0.8, Cause::Slow)),
        ];
        match found.into_iter().find(|(_, beyond)| enough && *beyond) {
            Some((cause, _)) => (Verdict::Degraded, Some(cause)),
            None => (Verdict::Healthy, None),
        }
    }

    fn turn(&mut self, verdict: Verdict, cause: Option<Cause>, at: Time) -> Step {
        let from = self.verdict;
        self.cause = cause;
        if from == verdict {
            return Step::Same;
        }
        (self.verdict, self.since, self.good) = (verdict, Some(at), 0);
        Step::Changed { from }
    }
}

/// A probe that is declined has found an account that cannot be used.
fn is_failure(seen: Seen) -> bool {
    seen.sign == Sign::Failed || seen.probe && seen.sign == Sign::Declined
}

#[cfg(test)]
mod tests;
