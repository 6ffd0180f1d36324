//! The judge of one account: every sign of it, probes and calls alike, becomes one verdict. Pure: the same signs in the same
//! order bring the same verdicts, whenever they are told.

use std::time::Duration;

use kit::Sign;
use kit::signal::SHOULD_HAVE_ENDED;
use schemas::health::{Cause, Verdict};
use serde::{Deserialize, Serialize};

use super::window::{Tally, Window};
use crate::config::HealthThresholds as Thresholds;
use crate::db::Time;

/// An attempt that has not ended by then never will: whoever waited for it went away.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Attempts that hang and are remembered: more say no more.
const MOST_PENDING: usize = 7;
/// So many times the good probes that bring back who was unreachable bring back whose calls failed, where nobody calls.
const QUIET: u32 = 5;

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
    /// Since when attempts have not ended that should have, since somebody was answered.
    pending: Vec<Time>,
    /// Good probes in a row since the verdict fell and since the last bad call.
    probes_good: u32,
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
            pending: Vec::new(),
            probes_good: 0,
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
        (self.calls_failed, self.probes_failed, self.probes_good, self.good) = (0, 0, 0, 0);
        self.pending.clear();
    }

    /// Hears a sign.
    pub fn hear(&mut self, seen: Seen, at: Time, thresholds: &Thresholds) -> Step {
        if seen.sign == Sign::Pending {
            self.pending.retain(|since| at.since(*since) < FORGOTTEN);
            self.pending.truncate(MOST_PENDING);
            self.pending.push(at);
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
        match seen.sign {
            Sign::Failed if seen.took >= SHOULD_HAVE_ENDED => drop(self.pending.pop()),
            Sign::Failed | Sign::Pending => {}
            // What customers come to is no attempt.
            Sign::Served | Sign::Denied => return,
            // Whoever answers one has not forgotten the others.
            Sign::Good | Sign::Declined => self.pending.clear(),
        }
        if seen.probe {
            self.probes_good = if is_failure(seen) { 0 } else { self.probes_good.saturating_add(1) };
        }
        let row = if seen.probe { &mut self.probes_failed } else { &mut self.calls_failed };
        *row = if is_failure(seen) { row.saturating_add(1) } else { 0 };
    }

    /// While it is unhealthy: signs of the kind that made it so must be good, in a row.
    fn recover(&mut self, seen: Seen, at: Time, thresholds: &Thresholds) -> Step {
        let useless = self.cause == Some(Cause::Useless);
        let decides = matches!(seen.sign, Sign::Served | Sign::Denied);
        let counts = !decides && seen.probe == self.recovers_by_probes();
        let good = if useless { seen.sign == Sign::Good } else { !is_failure(seen) };
        if !counts && seen.probe && self.probes_failed >= thresholds.fail {
            // By now it does not even answer: probes will say when it does.
            self.cause = Some(Cause::Unreachable);
            return Step::Changed { from: Verdict::Unhealthy };
        }
        if !counts && seen.probe && self.probes_good >= thresholds.recover.saturating_mul(QUIET) {
            // Nobody has called for long, and it answers: those who call now find out.
            return self.well(at);
        }
        match (counts, good) {
            (false, _) => Step::Same,
            (true, false) => {
                (self.good, self.probes_good) = (0, 0);
                if useless { Step::StillUseless } else { Step::Same }
            }
            (true, true) => {
                self.good += 1;
                if self.good < thresholds.recover {
                    return Step::Same;
                }
                self.well(at)
            }
        }
    }

    /// What was before it got up says nothing of how it does now.
    fn well(&mut self, at: Time) -> Step {
        self.window.clear();
        (self.calls_failed, self.probes_failed) = (0, 0);
        self.turn(Verdict::Healthy, None, at)
    }

    fn judge(&self, at: Time, thresholds: &Thresholds) -> (Verdict, Option<Cause>) {
        // Where a probe has failed, attempts that hang beside it speak the same language: nobody waits for their ends.
        let hanging = if self.probes_failed > 0 { self.pending.len() as u32 } else { 0 };
        if self.calls_failed.saturating_add(self.probes_failed).saturating_add(hanging) >= thresholds.fail {
            let cause = if self.probes_failed > 0 { Cause::Unreachable } else { Cause::Failing };
            return (Verdict::Unhealthy, Some(cause));
        }
        let tally = self.window.tally(at);
        let calls = tally.calls_count();
        let percent = |part: u32| f64::from(part) * 100.0 / f64::from(calls.max(1));
        let enough = calls >= thresholds.least_calls;
        let customers = tally.served.saturating_add(tally.denied);
        let enough_customers = customers >= thresholds.least_calls;
        let denied = f64::from(tally.denied) * 100.0 / f64::from(customers.max(1));
        if enough && percent(tally.declined) >= thresholds.useless_percent {
            return (Verdict::Unhealthy, Some(Cause::Useless));
        }
        let was = |cause| self.verdict == Verdict::Degraded && self.cause == Some(cause);
        let beyond = |value: f64, limit: f64, over: f64, cause| value >= if was(cause) { limit * over } else { limit };
        let slow = tally.times().percentile(0.95).unwrap_or_default();
        let declined = if enough { percent(tally.declined) } else { 0.0 };
        let declined = if enough_customers { declined.max(denied) } else { declined };
        let found = [
            (Cause::Failing, enough && beyond(percent(tally.failed), thresholds.failed_percent, 0.5, Cause::Failing)),
            (Cause::Declining, beyond(declined, thresholds.declined_percent, 0.5, Cause::Declining)),
            (Cause::Slow, enough && beyond(slow, thresholds.slow_ms as f64, 0.8, Cause::Slow)),
        ];
        match found.into_iter().find(|(_, beyond)| *beyond) {
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
        (self.verdict, self.since, self.good, self.probes_good) = (verdict, Some(at), 0, 0);
        Step::Changed { from }
    }
}

/// A probe that is declined has found an account that cannot be used.
fn is_failure(seen: Seen) -> bool {
    seen.sign == Sign::Failed || seen.probe && seen.sign == Sign::Declined
}

#[cfg(test)]
mod tests;
