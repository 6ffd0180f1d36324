//! The lease of the tasks under way: a worker that was away for too long must send nothing on resuming.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use uuid::Uuid;

tokio::task_local! {
    static LEASE: Arc<Lease>;
}

/// Until when some tasks are ours, as far as this process knows.
#[derive(Debug)]
pub(super) struct Lease(Mutex<Known>);

#[derive(Debug)]
struct Known {
    until: Instant,
    lost: HashSet<Uuid>,
}

impl Lease {
    /// Claimed until then.
    pub fn new(until: Instant) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Known { until, lost: HashSet::new() })))
    }

    /// Renewed until then, but for those that are somebody else's by now.
    pub fn renew(&self, until: Instant, lost: impl Iterator<Item = Uuid>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.until = until;
        known.lost.extend(lost);
    }

    fn holds(&self, task: Uuid) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Instant::now() < known.until && !known.lost.contains(&task)
    }

    /// Runs a handler under this lease.
    pub fn scope<F: Future>(self: Arc<Self>, future: F) -> impl Future<Output = F::Output> {
        LEASE.scope(self, future)
    }
}

/// Whether a task that is under way still is ours. Ask it right before something leaves; outside the loop it always is.
pub fn is_held(task: Uuid) -> bool {
    LEASE.try_with(|lease| lease.holds(task)).unwrap_or(true)
}
