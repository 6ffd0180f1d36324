//! A circuit breaker: straight state, no tasks; it is told what happened and asked whether a call may go.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::Policy;

/// What the breaker says of a new call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Go.
    Admitted,
    /// Go, alone: the answer decides for everyone.
    Trial,
    /// Do not go before this long.
    Refused(Duration),
}

/// Where a breaker stands, for routing and for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls flow.
    Closed,
    /// Calls are refused.
    Open,
    /// One call tries whether the provider is back.
    HalfOpen,
}

impl BreakerState {
    /// The word in answers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// The breaker of one account.
#[derive(Debug)]
pub struct Breaker {
    threshold: u32,
    first_open: Duration,
    longest_open: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    failures: u32,
    /// How long it opens next time.
    open_for: Duration,
    opened_until: Option<Instant>,
    trial: bool,
    /// A person shut it: only a person opens it again.
    forced: bool,
}

impl Breaker {
    /// A closed breaker with a provider's figures.
    pub fn new(policy: &Policy) -> Self {
        let first_open = Duration::from_millis(policy.breaker_open_ms);
        let inner = Inner { failures: 0, open_for: first_open, opened_until: None, trial: false, forced: false };
        Self {
            threshold: policy.breaker_failures.max(1),
            first_open,
            longest_open: Duration::from_millis(policy.breaker_open_max_ms),
            inner: Mutex::new(inner),
        }
    }

    /// May a call go now?
    pub fn admit(&self, now: Instant) -> Admission {
        let mut inner = self.lock();
        if inner.forced {
            return Admission::Refused(self.longest_open);
        }
        match inner.opened_until {
            None => Admission::Admitted,
            Some(until) if now < until => Admission::Refused(until - now),
            Some(_) if inner.trial => Admission::Refused(self.first_open),
            Some(_) => {
                inner.trial = true;
                Admission::Trial
            }
        }
    }

    /// A call brought an answer.
    pub fn succeeded(&self) {
        let mut inner = self.lock();
        inner.failures = 0;
        inner.trial = false;
        inner.opened_until = None;
        inner.open_for = self.first_open;
    }

    /// A call failed in a way that speaks against the provider.
    pub fn failed(&self, now: Instant) {
        let mut inner = self.lock();
        inner.failures += 1;
        let failed_trial = std::mem::take(&mut inner.trial);
        if failed_trial || (inner.opened_until.is_none() && inner.failures >= self.threshold) {
            inner.opened_until = Some(now + inner.open_for);
            inner.open_for = (inner.open_for * 2).min(self.longest_open);
        }
    }

    /// A trial ended without a word for or against the provider: the next call tries again.
    pub fn abandoned(&self) {
        self.lock().trial = false;
    }

    /// A person shuts it, or takes that back.
    pub fn set_forced(&self, forced: bool) {
        self.lock().forced = forced;
    }

    /// A person opens it, and forgets what was.
    pub fn reset(&self) {
        self.succeeded();
        self.set_forced(false);
    }

    /// Where it stands.
    pub fn state(&self, now: Instant) -> BreakerState {
        let inner = self.lock();
        match inner.opened_until {
            _ if inner.forced => BreakerState::Open,
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing in here can panic half-way, so what a poisoned lock holds is whole.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        let policy =
            Policy { breaker_failures: 3, breaker_open_ms: 1_000, breaker_open_max_ms: 3_000, ..Policy::default() };
        Breaker::new(&policy)
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_tries_once_and_closes() {
        let breaker = breaker();
        for _ in 0..3 {
            assert_eq!(breaker.admit(Instant::now()), Admission::Admitted);
            breaker.failed(Instant::now());
        }
        assert!(matches!(breaker.admit(Instant::now()), Admission::Refused(_)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(breaker.state(Instant::now()), BreakerState::HalfOpen);
        assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
        assert!(matches!(breaker.admit(Instant::now()), Admission::Refused(_)));
        breaker.succeeded();
        assert_eq!(breaker.admit(Instant::now()), Admission::Admitted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_trial_keeps_it_open_for_longer() {
        let breaker = breaker();
        (0..3).for_each(|_| breaker.failed(Instant::now()));
        for expected in [2, 3, 3] {
            tokio::time::advance(Duration::from_secs(3)).await;
            assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
            breaker.failed(Instant::now());
            assert_eq!(breaker.admit(Instant::now()), Admission::Refused(Duration::from_secs(expected)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_shut_stays_shut_until_a_person_opens_it() {
        let breaker = breaker();
        breaker.set_forced(true);
        tokio::time::advance(Duration::from_secs(3_600)).await;
        breaker.succeeded();
        assert_eq!(breaker.state(Instant::now()), BreakerState::Open);
        breaker.reset();
        assert_eq!(breaker.state(Instant::now()), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn an_abandoned_trial_lets_the_next_call_try() {
        let breaker = breaker();
        (0..3).for_each(|_| breaker.failed(Instant::now()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
        breaker.abandoned();
        assert_eq!(breaker.admit(Instant::now()), Admission::Trial);
    }
}
