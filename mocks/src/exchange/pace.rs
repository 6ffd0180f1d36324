//! Who has sent too much, and until when.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Until when whoever sent too much is to be quiet, by provider and account.
#[derive(Default)]
pub(crate) struct Paces(Mutex<HashMap<(&'static str, String), Instant>>);

impl Paces {
    /// From now on, for so long.
    pub(super) fn begin(&self, provider: &'static str, account: &str, time: Duration) {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paces.insert((provider, account.to_owned()), Instant::now() + time);
    }

    /// The seconds that are left, rounded up; none when it may send.
    pub(super) fn seconds_left(&self, provider: &'static str, account: &str) -> Option<u64> {
        let paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = if paces.is_empty() { None } else { paces.get(&(provider, account.to_owned())) }?;
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }
}
