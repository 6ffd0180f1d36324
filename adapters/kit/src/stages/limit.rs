//! Limit: how many calls of one account are under way, and how many begin in a second.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::{Lanes, Next, Pass, Stage};
use crate::{Error, Kind, Policy, Reply};

pub(crate) struct Limit {
    lanes: Arc<Lanes>,
}

/// An account's places and pace.
pub(crate) struct Limits {
    places: Semaphore,
    pace: Option<DefaultDirectRateLimiter>,
}

impl Limits {
    pub(crate) fn new(policy: &Policy) -> Self {
        let pace = NonZeroU32::new(policy.rate).map(|rate| RateLimiter::direct(Quota::per_second(rate)));
        Self { places: Semaphore::new(policy.concurrency.max(1)), pace }
    }

    async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        let place = self.places.acquire().await.ok()?;
        if let Some(pace) = &self.pace {
            pace.until_ready().await;
        }
        Some(place)
    }
}

impl Limit {
    pub(crate) fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes }
    }
}

#[async_trait]
impl Stage for Limit {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        // Calls that hang take all places: a probe that waited for one would find out nothing.
        if pass.probes {
            return next.run(pass).await;
        }
        let lane = self.lanes.of(pass.call.account.id, pass.call.provider);
        let deadline = pass.deadline.unwrap_or_else(Instant::now);
        let place = timeout_at(deadline, lane.limits.turn()).await.ok().flatten();
        // Calls that began together give their places back together, at the deadline: too late for whoever waited.
        let Some(_place) = place.filter(|_| Instant::now() < deadline) else {
            let message = "not sent: too many calls to this provider are waiting";
            return Err(Error::refused(Kind::RateLimited, pass.call.provider, pass.call.operation, message));
        };
        next.run(pass).await
    }
}
