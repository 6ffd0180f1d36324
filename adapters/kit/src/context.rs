//! On whose behalf a call is made: set once at the edge, read when a row is written.

use std::future::Future;
use std::sync::Arc;

tokio::task_local! {
    static ORIGIN: Arc<Origin>;
}

/// What the log tells of the request, task or callback behind a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// `X-Request-Id`, or the id of the task.
    pub request_id: String,
    /// The caller's address.
    pub ip_address: Option<String>,
    /// The caller's program.
    pub user_agent: Option<String>,
}

impl Origin {
    /// The origin of whatever runs now; empty outside any.
    pub fn current() -> Arc<Self> {
        ORIGIN.try_with(Arc::clone).unwrap_or_default()
    }

    /// The id of the request or task that runs now; none outside any.
    pub fn current_id() -> Option<String> {
        Some(Self::current().request_id.clone()).filter(|id| !id.is_empty())
    }

    /// Runs a future under this origin.
    pub fn scope<F: Future>(self: Arc<Self>, future: F) -> impl Future<Output = F::Output> {
        ORIGIN.scope(self, future)
    }
}
