//! What calls came to in the last minutes, in slices that are forgotten one by one. Pure.

use kit::Sign;
use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use crate::db::Time;

/// Slices of the window.
const SLICES: usize = 10;

/// Signs by kind, and how long they took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Calls that did what was asked.
    pub good: u32,
    /// Calls that were answered with a no.
    pub declined: u32,
    /// Calls that were not answered, or not in a way that can be understood.
    pub failed: u32,
    /// Customers who got what they wanted of it.
    #[serde(default)]
    pub served: u32,
    /// Customers whom it refused.
    #[serde(default)]
    pub denied: u32,
    /// Probes that were answered well.
    pub probes_good: u32,
    /// Probes that were not.
    pub probes_failed: u32,
    /// How long calls took; where there were none, probes.
    pub calls: Histogram,
    /// How long probes took.
    pub probes: Histogram,
}

impl Tally {
    /// Counts a sign; a call that has not ended is none.
    pub fn add(&mut self, sign: Sign, probe: bool, took: std::time::Duration) {
        let count = match (probe, sign) {
            (_, Sign::Pending) => return,
            (_, Sign::Served) => {
                self.served = self.served.saturating_add(1);
                return;
            }
            (_, Sign::Denied) => {
                self.denied = self.denied.saturating_add(1);
                return;
            }
            (false, Sign::Good) => &mut self.good,
            (false, Sign::Declined) => &mut self.declined,
            (false, Sign::Failed) => &mut self.failed,
            (true, Sign::Good) => &mut self.probes_good,
            (true, _) => &mut self.probes_failed,
        };
        *count = count.saturating_add(1);
        if probe { self.probes.add(took) } else { self.calls.add(took) }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        let Self { good, declined, failed, served, denied, probes_good, probes_failed, calls, probes } = other;
        let counts = [
            (&mut self.good, good),
            (&mut self.declined, declined),
            (&mut self.failed, failed),
            (&mut self.served, served),
            (&mut self.denied, denied),
            (&mut self.probes_good, probes_good),
            (&mut self.probes_failed, probes_failed),
        ];
        for (own, more) in counts {
            *own = own.saturating_add(*more);
        }
        self.calls.merge(calls);
        self.probes.merge(probes);
    }

    /// Calls, without probes.
    pub fn calls_count(&self) -> u32 {
        self.good.saturating_add(self.declined).saturating_add(self.failed)
    }

    /// The share of calls, or without any of probes, that were answered: a no is an answer.
    pub fn success_rate(&self) -> Option<f64> {
        let calls = self.calls_count();
        let (answered, all) = match calls {
            0 => (self.probes_good, self.probes_good.saturating_add(self.probes_failed)),
            _ => (calls - self.failed, calls),
        };
        (all > 0).then(|| f64::from(answered) / f64::from(all))
    }

    /// How long calls took, or without any probes.
    pub fn times(&self) -> &Histogram {
        if self.calls.count() > 0 { &self.calls } else { &self.probes }
    }

    /// Whether anything was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The last minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    slice_ms: i64,
    slices: [(i64, Tally); SLICES],
}

impl Window {
    /// An empty one of so long.
    pub fn new(length: std::time::Duration) -> Self {
        let slice_ms = i64::try_from(length.as_millis()).unwrap_or(i64::MAX) / SLICES as i64;
        Self { slice_ms: slice_ms.max(1), slices: [(i64::MIN, Tally::default()); SLICES] }
    }

    /// Counts a sign of now.
    pub fn add(&mut self, at: Time, sign: Sign, probe: bool, took: std::time::Duration) {
        let number = self.number(at);
        let slice = &mut self.slices[number.rem_euclid(SLICES as i64) as usize];
        // A slice of the future is one from before the clock was set back.
        if slice.0 < number || slice.0 > number + SLICES as i64 {
            *slice = (number, Tally::default());
        }
        // A sign that is older than the window comes too late to count.
        if slice.0 == number {
            slice.1.add(sign, probe, took);
        }
    }

    /// What was counted up to now.
    pub fn tally(&self, now: Time) -> Tally {
        let oldest = self.number(now) - SLICES as i64;
        let mut tally = Tally::default();
        let current = |number: i64| number > oldest && number <= oldest + SLICES as i64;
        self.slices.iter().filter(|(number, _)| current(*number)).for_each(|(_, slice)| tally.merge(slice));
        tally
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slices = [(i64::MIN, Tally::default()); SLICES];
    }

    fn number(&self, at: Time) -> i64 {
        at.timestamp().as_millisecond().div_euclid(self.slice_ms)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let mut window = Window::new(Duration::from_secs(300));
        let start = Time::from_second(1_700_000_000);
        for second in 0..600u32 {
            window.add(start.after(Duration::from_secs(second.into())), Sign::Good, false, Duration::from_millis(7));
        }
        let counted = window.tally(start.after(Duration::from_secs(599))).good;
        assert!((271..=300).contains(&counted), "{counted}");
        assert!(window.tally(start.after(Duration::from_secs(2_000))).is_empty());
    }

    #[test]
    fn a_no_is_an_answer_and_probes_speak_where_calls_are_silent() {
        let mut tally = Tally::default();
        assert_eq!(tally.success_rate(), None);
        tally.add(Sign::Failed, true, Duration::ZERO);
        tally.add(Sign::Good, true, Duration::ZERO);
        assert_eq!(tally.success_rate(), Some(0.5));
        tally.add(Sign::Declined, false, Duration::ZERO);
        tally.add(Sign::Pending, false, Duration::ZERO);
        assert_eq!(tally.success_rate(), Some(1.0));
        tally.add(Sign::Failed, false, Duration::ZERO);
        assert_eq!(tally.success_rate(), Some(0.5));
    }
}
