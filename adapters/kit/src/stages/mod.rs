//! The stages of a call, outermost first. Each does one thing and hands on to the next.

mod breaker;
mod classify;
mod deadline;
mod journal;
mod limit;
mod record;
mod retry;
mod timeout;
mod watch;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use async_trait::async_trait;
use schemas::AccountId;
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::signal::Witness;
use crate::wire::{Subscription, Wire};
use crate::{Account, Ambient, Call, Error, Intent, Policies, Policy, Recorder, Reply};

/// The order, and why each stands where it stands.
pub(crate) fn in_order(ambient: &Ambient, lanes: &Arc<Lanes>, recorder: &Arc<dyn Recorder>) -> Vec<Box<dyn Stage>> {
    vec![
        // Sees the final result: gives a row to a call that never became an attempt, a span and a metric to each.
        Box::new(journal::Journal::new(ambient.clone(), Arc::clone(recorder))),
        // Bounds everything below, pauses between attempts included.
        Box::new(deadline::Deadline::new(Arc::clone(lanes))),
        // Above the breaker: a repeat must ask for admission like any other call.
        Box::new(retry::Retry::new(ambient.clone(), Arc::clone(lanes))),
        // Above the limit: a shut provider must not take up a place in the queue.
        Box::new(breaker::Break::new(Arc::clone(lanes))),
        // Above the record: a row's time is the provider's, not the queue's.
        Box::new(limit::Limit::new(Arc::clone(lanes))),
        // Below the limit: the queue's time is ours. Above the timeout: being cut off is what it tells of.
        Box::new(watch::Watch::new(ambient.clone(), Arc::clone(lanes))),
        // Outside the timeout, so that an attempt that was cut off has its row too.
        Box::new(record::Record::new(ambient.clone(), Arc::clone(recorder))),
        // One attempt's time; whatever it cuts off may have arrived.
        Box::new(timeout::Timeout::new(Arc::clone(lanes))),
        // Next to the wire: everything above sees one kind of error and never a status.
        Box::new(classify::Classify),
    ]
}

/// One stage.
#[async_trait]
pub(crate) trait Stage: Send + Sync {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error>;
}

/// A call on its way, and what the stages tell each other of it.
pub(crate) struct Pass<'a> {
    pub(crate) call: &'a Call,
    pub(crate) intent: Option<&'a Intent>,
    /// When everything must have ended; set by Deadline.
    pub(crate) deadline: Option<Instant>,
    /// Attempts that reached Record.
    pub(crate) attempts: u32,
    /// Whether a stream is wanted, and no answer alone.
    pub(crate) opens: bool,
    /// Whether it finds out how the provider does: it waits for nobody, is not repeated, and leaves a row if it fails.
    pub(crate) probes: bool,
    /// The stream, set by Classify.
    pub(crate) opened: Option<Box<Subscription>>,
    /// Set by Classify, read by Record: an answer that was turned into an error is recorded all the same.
    pub(crate) reply: Option<Reply>,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(call: &'a Call, intent: Option<&'a Intent>) -> Self {
        Self { call, intent, deadline: None, attempts: 0, opens: false, probes: false, opened: None, reply: None }
    }

    /// On the way to a stream.
    pub(crate) fn opening(call: &'a Call) -> Self {
        Self { opens: true, ..Self::new(call, None) }
    }
}

/// The rest of the road.
#[derive(Clone, Copy)]
pub(crate) struct Next<'a> {
    stages: &'a [Box<dyn Stage>],
    wire: &'a dyn Wire,
}

impl<'a> Next<'a> {
    pub(crate) fn new(stages: &'a [Box<dyn Stage>], wire: &'a dyn Wire) -> Self {
        Self { stages, wire }
    }

    /// Hands on to the next stage.
    pub(crate) async fn run(self, pass: &mut Pass<'_>) -> Result<Reply, Error> {
        match self.stages.split_first() {
            Some((stage, rest)) => stage.run(pass, Next { stages: rest, wire: self.wire }).await,
            None => unreachable!("Classify ends the road and hands on to no stage"),
        }
    }

    /// The end of the road, for Classify alone.
    pub(crate) fn wire(self) -> &'a dyn Wire {
        self.wire
    }
}

/// What is kept per account: its breaker and limits, with its provider's figures.
pub(crate) struct Lanes {
    policies: Policies,
    lanes: RwLock<HashMap<AccountId, Arc<Lane>>>,
    witness: OnceLock<Arc<dyn Witness>>,
}

/// One account's share.
pub(crate) struct Lane {
    pub(crate) policy: Policy,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) budget: retry::Budget,
    pub(crate) limits: limit::Limits,
}

impl Lanes {
    pub(crate) fn new(policies: Policies) -> Self {
        Self { policies, lanes: RwLock::default(), witness: OnceLock::new() }
    }

    pub(crate) fn of(&self, account: AccountId, provider: &str) -> Arc<Lane> {
        if let Some(lane) = self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(&account) {
            return Arc::clone(lane);
        }
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(account).or_insert_with(|| Arc::new(Lane::new(self.policies.of(provider)))))
    }

    /// Whoever is told what is seen; nobody at first.
    pub(crate) fn witness(&self) -> Option<&dyn Witness> {
        self.witness.get().map(|witness| witness.as_ref())
    }

    pub(crate) fn set_witness(&self, witness: Arc<dyn Witness>) {
        drop(self.witness.set(witness));
    }

    pub(crate) fn breaker(&self, account: &Account, provider: &str) -> Arc<Breaker> {
        Arc::clone(&self.of(account.id, provider).breaker)
    }
}

impl Lane {
    fn new(policy: &Policy) -> Self {
        Self {
            breaker: Arc::new(Breaker::new(policy)),
            budget: retry::Budget::new(policy),
            limits: limit::Limits::new(policy),
            policy: policy.clone(),
        }
    }
}
