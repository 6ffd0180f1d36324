//! Watch: tells whoever judges how each attempt ended, and of one that should have ended by now.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::{Lanes, Next, Pass, Stage};
use crate::signal::{Sign, Signal};
use crate::{Ambient, Error, Reply};

/// An attempt that has taken so long is a reason to look; most of them end well.
pub(crate) const SHOULD_HAVE_ENDED: Duration = Duration::from_secs(1);

pub(crate) struct Watch {
    ambient: Ambient,
    lanes: Arc<Lanes>,
}

impl Watch {
    pub(crate) fn new(ambient: Ambient, lanes: Arc<Lanes>) -> Self {
        Self { ambient, lanes }
    }
}

#[async_trait]
impl Stage for Watch {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let Some(witness) = self.lanes.witness() else { return next.run(pass).await };
        let (call, probe, started) = (pass.call, pass.probes, Instant::now());
        let tell = |sign, error| {
            witness.saw(Signal {
                account: call.account.id,
                provider: call.provider,
                operation: call.operation,
                probe,
                sign,
                error,
                took: started.elapsed(),
                at: self.ambient.now(),
            });
        };
        let mut attempt = Box::pin(next.run(pass));
        let result = match timeout(SHOULD_HAVE_ENDED, &mut attempt).await {
            Ok(result) => result,
            Err(_) => {
                tell(Sign::Pending, None);
                attempt.await
            }
        };
        if let Some(sign) = Sign::of(&result) {
            tell(sign, result.as_ref().err().map(|error| (error.kind, error.status)));
        }
        result
    }
}
