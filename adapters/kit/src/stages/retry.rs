//! Retry: repeats what is safe to repeat, with jitter, inside a budget and the deadline.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Lanes, Next, Pass, Stage};
use crate::{Ambient, Delivery, Error, Policy, Reply, Safety};

pub(crate) struct Retry {
    ambient: Ambient,
    lanes: Arc<Lanes>,
}

impl Retry {
    pub(crate) fn new(ambient: Ambient, lanes: Arc<Lanes>) -> Self {
        Self { ambient, lanes }
    }

    /// The pause before the repeat, or `None` where there must be no repeat.
    fn pause(&self, pass: &Pass<'_>, error: &Error, policy: &Policy, repeats: u32) -> Option<Duration> {
        let repeatable = match pass.call.safety {
            Safety::Read | Safety::Keyed(_) => true,
            Safety::Once => error.delivery == Delivery::Never,
            Safety::Counted => false,
        };
        // What no attempt was made of (breaker, limits) would meet the same refusal again.
        if !error.kind.is_transient() || !repeatable || repeats >= policy.retries || pass.attempts <= repeats {
            return None;
        }
        let ceiling = policy.backoff_ms.saturating_mul(1 << repeats.min(20)).min(policy.backoff_max_ms);
        let jittered = Duration::from_millis((self.ambient.fraction() * ceiling as f64) as u64);
        let pause = error.retry_after.map_or(jittered, |wanted| wanted.max(jittered));
        let deadline = pass.deadline.unwrap_or_else(Instant::now);
        (Instant::now() + pause < deadline).then_some(pause)
    }
}

#[async_trait]
impl Stage for Retry {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        // What a probe finds out is what it found out first.
        if pass.probes {
            return next.run(pass).await;
        }
        let lane = self.lanes.of(pass.call.account.id, pass.call.provider);
        lane.budget.deposit();
        let mut earlier = None;
        for repeats in 0.. {
            let error = match next.run(pass).await {
                Ok(reply) => return Ok(reply),
                Err(error) => together(earlier, error, pass.attempts > repeats),
            };
            match self.pause(pass, &error, &lane.policy, repeats) {
                Some(pause) if lane.budget.withdraw() => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
            earlier = Some(error);
        }
        unreachable!("the loop ends by returning")
    }
}

/// What the attempts say together: a repeat that was refused here leaves the last answer standing, and one that never
/// arrived does not unsay an earlier one that may have.
fn together(earlier: Option<Error>, latest: Error, attempted: bool) -> Error {
    match earlier {
        Some(earlier) if !attempted => earlier,
        Some(Error { delivery: Delivery::Maybe | Delivery::Done, .. }) if latest.delivery == Delivery::Never => {
            Error { delivery: Delivery::Maybe, ..latest }
        }
        _ => latest,
    }
}

/// Repeats that may be made: a share of the calls, and a small floor for a quiet account.
pub(crate) struct Budget {
    share: f64,
    most: f64,
    tokens: Mutex<f64>,
}

impl Budget {
    pub(crate) fn new(policy: &Policy) -> Self {
        let floor = f64::from(policy.retry_floor);
        Self { share: policy.retry_budget, most: floor.max(1.0) * 10.0, tokens: Mutex::new(floor) }
    }

    fn deposit(&self) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *tokens = (*tokens + self.share).min(self.most);
    }

    fn withdraw(&self) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *tokens >= 1.0;
        if enough {
            *tokens -= 1.0;
        }
        enough
    }
}
