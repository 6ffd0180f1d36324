//! Breaker: refuses calls to a provider that is down, and learns from every answer whether it is.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Lanes, Next, Pass, Stage};
use crate::breaker::{Admission, Breaker};
use crate::{Error, Fault, Kind, Reply};

pub(crate) struct Break {
    lanes: Arc<Lanes>,
}

impl Break {
    pub(crate) fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes }
    }
}

#[async_trait]
impl Stage for Break {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        // A probe finds out whether a shut provider is back; who judges it decides what follows.
        if pass.probes {
            return next.run(pass).await;
        }
        let breaker = self.lanes.breaker(&pass.call.account, pass.call.provider);
        let admission = breaker.admit(Instant::now());
        if let Admission::Refused(wait) = admission {
            let message = "not sent: the provider has been failing and is left alone for a while";
            let mut error = Error::refused(Kind::Unavailable, pass.call.provider, pass.call.operation, message);
            error.retry_after = Some(wait);
            return Err(error);
        }
        let mut verdict = Verdict { breaker: &breaker, admission, told: false };
        let result = next.run(pass).await;
        match &result {
            // Our own refusals, and being asked to slow down, say nothing of the provider's health.
            Err(error) if error.origin == Fault::Us || error.kind == Kind::RateLimited => {}
            Err(error) if error.kind.is_failure() => {
                verdict.told = true;
                breaker.failed(admission, Instant::now());
            }
            _ => {
                verdict.told = true;
                breaker.succeeded(admission);
            }
        }
        result
    }
}

/// A trial that ends without a verdict, dropped half-way included, must not shut the breaker for ever.
struct Verdict<'a> {
    breaker: &'a Breaker,
    admission: Admission,
    told: bool,
}

impl Drop for Verdict<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.breaker.abandoned(self.admission);
        }
    }
}
