//! Times in few classes: what percentiles of a minute, an hour or 400 days are read from. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Up to how many milliseconds each class reaches; the last one has no end.
const BOUNDS: [u64; 16] = [5, 10, 20, 35, 50, 75, 100, 150, 250, 400, 700, 1_200, 2_500, 5_000, 10_000, 30_000];

/// How many times fell into each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram([u32; BOUNDS.len() + 1]);

impl Histogram {
    /// Counts a time.
    pub fn add(&mut self, took: Duration) {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound < millis);
        self.0[class] = self.0[class].saturating_add(1);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own = own.saturating_add(more);
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// The time that such a share of all did not exceed, in milliseconds: a point inside its class, as if the class were
    /// filled evenly.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let count = self.count();
        let rank = (share * count as f64).max(1.0);
        let mut before = 0.0;
        for (class, inside) in self.0.iter().enumerate().filter(|(_, inside)| **inside > 0) {
            let inside = f64::from(*inside);
            if before + inside >= rank {
                let from = class.checked_sub(1).map_or(0, |below| BOUNDS[below]) as f64;
                let to = BOUNDS.get(class).copied().unwrap_or(2 * BOUNDS[BOUNDS.len() - 1]) as f64;
                return Some(from + (to - from) * (rank - before) / inside);
            }
            before += inside;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_percentile_lies_in_the_class_of_the_time_that_it_is(mut millis in proptest::collection::vec(0u64..60_000, 1..200), share in 0.0..=1.0f64) {
            let mut histogram = Histogram::default();
            millis.iter().for_each(|time| histogram.add(Duration::from_millis(*time)));
            millis.sort_unstable();
            let rank = ((share * millis.len() as f64).max(1.0).ceil() as usize).min(millis.len());
            let class = |time: u64| BOUNDS.partition_point(|bound| *bound < time);
            let told = histogram.percentile(share).expect("something was counted");
            prop_assert_eq!(class(told.ceil() as u64), class(millis[rank - 1]), "{} for {:?}", told, millis);
            prop_assert_eq!(histogram.count(), millis.len() as u64);
        }

        #[test]
        fn merging_is_counting_together(first in proptest::collection::vec(0u64..60_000, 0..50), second in proptest::collection::vec(0u64..60_000, 0..50)) {
            let of = |times: &[u64]| {
                let mut histogram = Histogram::default();
                times.iter().for_each(|time| histogram.add(Duration::from_millis(*time)));
                histogram
            };
            let mut merged = of(&first);
            merged.merge(&of(&second));
            prop_assert_eq!(merged, of(&[first, second].concat()));
        }
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(Histogram::default().percentile(0.5), None);
    }
}
