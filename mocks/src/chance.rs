//! Seeded randomness: the same seed and the same order of calls give the same run.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};

/// The one source of randomness.
pub(crate) struct Chance(Mutex<StdRng>);

/// The median of a delay fault that names no duration.
const MEDIAN_MS: f64 = 300.0;
/// The spread of such a delay: about one in twenty is longer than three times the median.
const SPREAD: f64 = 0.7;

impl Chance {
    /// A source that starts at `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// A number below `limit`.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..limit)
    }

    /// A log-normal delay, as answer times are; at most ten seconds.
    pub(crate) fn delay(&self) -> Duration {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Box-Muller; the first number must not be zero, whose logarithm has no value.
        let first: f64 = 1.0 - source.random::<f64>();
        let second: f64 = source.random();
        let normal = (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        Duration::from_secs_f64((MEDIAN_MS * (SPREAD * normal).exp()).min(10_000.0) / 1000.0)
    }
}
