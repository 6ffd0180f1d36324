//! Timeout: the time of one attempt, never past the deadline. What is cut off may have arrived.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use super::{Lanes, Next, Pass, Stage};
use crate::{Delivery, Error, Kind, Reply};

pub(crate) struct Timeout {
    lanes: Arc<Lanes>,
}

impl Timeout {
    pub(crate) fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes }
    }
}

#[async_trait]
impl Stage for Timeout {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let policy = &self.lanes.of(pass.call.account.id, pass.call.provider).policy;
        let own = Instant::now() + pass.call.timeout.unwrap_or_else(|| policy.timeout());
        let end = pass.deadline.map_or(own, |deadline| deadline.min(own));
        let (provider, operation) = (pass.call.provider, pass.call.operation);
        timeout_at(end, next.run(pass)).await.unwrap_or_else(|_| {
            Err(Error::provider(Kind::Timeout, Delivery::Maybe, provider, operation, "no answer in time"))
        })
    }
}
