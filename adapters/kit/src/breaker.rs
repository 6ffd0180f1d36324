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
    /// Go, as one of few: the answer decides for everyone.
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
    /// Few calls at once, more with every one that goes well.
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
    /// How far it has opened to calls again.
    ramp: Option<Ramp>,
    /// A person shut it: only a person opens it again.
    forced: bool,
    /// Whoever judges the account's health keeps it shut, until they say otherwise.
    unwell: bool,
    /// Nothing new is begun for a while, whatever the provider's health: it is being maintained. What was begun goes on.
    resting: bool,
    /// It answers and serves nobody: nothing new is begun with it before then, and what was begun goes on.
    avoided_until: Option<Instant>,
    avoid_for: Duration,
}

/// A provider that comes back gets few calls at once, and twice as many with every one that goes well: what has just got up is
/// not knocked over.
#[derive(Debug, Clone, Copy)]
struct Ramp {
    limit: u32,
    under_way: u32,
}

impl Ramp {
    /// Nobody knows whether it is back.
    const FIRST: Self = Self { limit: 1, under_way: 0 };
    /// Somebody has asked, and it answers: what has waited must not keep customers away.
    const KNOWN: Self = Self { limit: 8, under_way: 0 };

    fn is_full(self) -> bool {
        self.under_way >= self.limit
    }
}

/// So many calls at once are as good as no limit.
const WIDE_OPEN: u32 = 64;
/// How long somebody waits who meets a breaker that lets others through.
const MOMENT: Duration = Duration::from_secs(1);

impl Breaker {
    /// A closed breaker with a provider's figures.
    pub fn new(policy: &Policy) -> Self {
        let first_open = Duration::from_millis(policy.breaker_open_ms);
        let inner = Inner {
            failures: 0,
            open_for: first_open,
            opened_until: None,
            ramp: None,
            forced: false,
            unwell: false,
            resting: false,
            avoided_until: None,
            avoid_for: first_open,
        };
        Self {
            threshold: policy.breaker_failures.max(1),
            first_open,
            longest_open: Duration::from_millis(policy.breaker_open_max_ms),
            inner: Mutex::new(inner),
        }
    }

    /// May a call go now? A trial must be ended by `succeeded`, `failed` or `abandoned`.
    pub fn admit(&self, now: Instant) -> Admission {
        let mut inner = self.lock();
        if inner.is_held() {
            return Admission::Refused(self.longest_open);
        }
        if let Some(until) = inner.opened_until {
            if now < until {
                return Admission::Refused(until - now);
            }
            inner.opened_until = None;
            inner.ramp = Some(Ramp::FIRST);
        }
        match &mut inner.ramp {
            None => Admission::Admitted,
            Some(ramp) if ramp.is_full() => Admission::Refused(MOMENT.min(self.first_open)),
            Some(ramp) => {
                ramp.under_way += 1;
                Admission::Trial
            }
        }
    }

    /// A call brought an answer.
    pub fn succeeded(&self, admission: Admission) {
        let mut inner = self.lock();
        inner.end(admission);
        inner.failures = 0;
        inner.opened_until = None;
        inner.open_for = self.first_open;
        if admission == Admission::Trial {
            inner.ramp = inner.ramp.map(|ramp| Ramp { limit: ramp.limit.saturating_mul(2), ..ramp });
            inner.ramp = inner.ramp.filter(|ramp| ramp.limit < WIDE_OPEN);
        }
    }

    /// A call failed in a way that speaks against the provider.
    pub fn failed(&self, admission: Admission, now: Instant) {
        let mut inner = self.lock();
        inner.end(admission);
        inner.failures += 1;
        let spent = inner.opened_until.is_none() && inner.failures >= self.threshold;
        if admission == Admission::Trial || spent {
            inner.open(now, self.longest_open);
        }
    }

    /// A call ended without a word for or against the provider: the next one tries again.
    pub fn abandoned(&self, admission: Admission) {
        self.lock().end(admission);
    }

    /// Whoever judges has seen enough calls fail: it opens, and calls find out by themselves when it may close.
    pub fn open(&self, now: Instant) {
        let mut inner = self.lock();
        if inner.opened_until.is_none() {
            inner.open(now, self.longest_open);
        }
    }

    /// Whoever judges has seen it decline everybody: nothing new is begun with it for a while, longer each time. Calls go.
    pub fn avoid(&self, now: Instant) {
        let mut inner = self.lock();
        if inner.avoided_until.is_none_or(|until| until <= now) {
            inner.avoided_until = Some(now + inner.avoid_for);
            inner.avoid_for = (inner.avoid_for * 2).min(self.longest_open);
        }
    }

    /// Whoever judges keeps it shut, or lets it open again, little by little.
    pub fn set_unwell(&self, unwell: bool) {
        let mut inner = self.lock();
        if inner.unwell && !unwell {
            inner.come_back(self.first_open);
        }
        if !unwell {
            (inner.avoided_until, inner.avoid_for) = (None, self.first_open);
        }
        inner.unwell = unwell;
    }

    /// The provider answers again: the breaker need not wait any longer to find out.
    pub fn answers(&self) {
        let mut inner = self.lock();
        if inner.opened_until.is_some() {
            inner.come_back(self.first_open);
        }
    }

    /// A time begins in which nothing new is begun, or ends.
    pub fn set_resting(&self, resting: bool) {
        self.lock().resting = resting;
    }

    /// A person shuts it, or takes that back.
    pub fn set_forced(&self, forced: bool) {
        self.lock().forced = forced;
    }

    /// A person opens it, and forgets what was.
    pub fn reset(&self) {
        let mut inner = self.lock();
        inner.failures = 0;
        inner.opened_until = None;
        inner.ramp = None;
        inner.open_for = self.first_open;
        inner.unwell = false;
        inner.forced = false;
        (inner.avoided_until, inner.avoid_for) = (None, self.first_open);
    }

    /// Where it stands.
    pub fn state(&self, now: Instant) -> BreakerState {
        let inner = self.lock();
        match (inner.opened_until, inner.ramp) {
            _ if inner.is_held() => BreakerState::Open,
            (Some(until), _) if now < until => BreakerState::Open,
            (None, None) => BreakerState::Closed,
            _ => BreakerState::HalfOpen,
        }
    }

    /// Whether routing may begin nothing new: a call that asked now would be refused, or nobody is served.
    pub fn is_shut(&self, now: Instant) -> bool {
        let inner = self.lock();
        inner.is_held()
            || inner.resting
            || inner.opened_until.is_some_and(|until| now < until)
            || inner.avoided_until.is_some_and(|until| now < until)
            || inner.ramp.is_some_and(Ramp::is_full) && inner.opened_until.is_none()
    }

    /// Whether it is shut for maintenance alone.
    pub fn is_resting(&self) -> bool {
        self.lock().resting
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing in here can panic half-way, so what a poisoned lock holds is whole.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    /// Shut by somebody who alone opens it again.
    fn is_held(&self) -> bool {
        self.forced || self.unwell
    }

    fn open(&mut self, now: Instant, longest: Duration) {
        self.opened_until = Some(now + self.open_for);
        self.open_for = (self.open_for * 2).min(longest);
        self.ramp = None;
    }

    fn come_back(&mut self, first_open: Duration) {
        self.failures = 0;
        self.opened_until = None;
        self.open_for = first_open;
        self.ramp = Some(Ramp::KNOWN);
    }

    /// The place of a call that has ended is free.
    fn end(&mut self, admission: Admission) {
        if admission == Admission::Trial
            && let Some(ramp) = &mut self.ramp
        {
            ramp.under_way = ramp.under_way.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
