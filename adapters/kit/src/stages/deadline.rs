//! Deadline: when everything must have ended. The stages below keep to it; nothing is cut off here.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Lanes, Next, Pass, Stage};
use crate::{Error, Reply};

pub(crate) struct Deadline {
    lanes: Arc<Lanes>,
}

impl Deadline {
    pub(crate) fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes }
    }
}

#[async_trait]
impl Stage for Deadline {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let lane = self.lanes.of(pass.call.account.id, pass.call.provider);
        pass.deadline = Some(Instant::now() + lane.policy.deadline());
        next.run(pass).await
    }
}
