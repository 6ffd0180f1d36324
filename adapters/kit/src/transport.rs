//! The transport: one road for every call, through the stages, to the wire.

use std::sync::Arc;

use schemas::AccountId;
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::signal::Witness;
use crate::stages::{self, Lanes, Next, Pass, Stage};
use crate::wire::{Subscription, Wire};
use crate::{Account, Ambient, Call, Error, Intent, Kind, Policies, Recorder, Reply, Safety};

tokio::task_local! {
    /// Set while somebody finds out how a provider does.
    static PROBING: ();
}

/// Carries calls out. Cheap to share.
pub struct Transport {
    stages: Vec<Box<dyn Stage>>,
    lanes: Arc<Lanes>,
    wire: Arc<dyn Wire>,
}

impl Transport {
    /// The real road.
    pub fn new(ambient: Ambient, policies: Policies, recorder: Arc<dyn Recorder>, wire: Arc<dyn Wire>) -> Self {
        let lanes = Arc::new(Lanes::new(policies));
        Self { stages: stages::in_order(&ambient, &lanes, &recorder), lanes, wire }
    }

    /// Sends a `Read`.
    pub async fn send(&self, call: &Call) -> Result<Reply, Error> {
        if call.safety.acts() {
            let message = "an acting call needs an intent";
            return Err(Error::refused(Kind::Internal, call.provider, call.operation, message));
        }
        self.run(call, None).await
    }

    /// Sends a call that acts; the intent is used up.
    pub async fn act(&self, call: &Call, intent: Intent) -> Result<Reply, Error> {
        if !intent.covers(call) {
            let message = "the intent was written for another call";
            return Err(Error::refused(Kind::Internal, call.provider, call.operation, message));
        }
        self.run(call, Some(&intent)).await
    }

    /// Opens a stream: a `Read` whose URL is that of a WebSocket. The stages are those of any call, up to the handshake's
    /// answer; what comes afterwards is the caller's to read, and holds up nobody.
    pub async fn open(&self, call: &Call) -> Result<Subscription, Error> {
        if call.safety != Safety::Read || !call.request.is_socket() {
            let message = "only a read over a WebSocket opens a stream";
            return Err(Error::refused(Kind::Internal, call.provider, call.operation, message));
        }
        let mut pass = Pass::opening(call);
        Next::new(&self.stages, self.wire.as_ref()).run(&mut pass).await?;
        let opened = pass.opened.take();
        Ok(*opened.expect("Classify answers an opening with a stream or an error"))
    }

    /// Asks how the provider does: past the breaker and the limits, once. Only a `Read` may ask.
    pub async fn probe(&self, call: &Call) -> Result<Reply, Error> {
        if call.safety != Safety::Read {
            let message = "only a read probes";
            return Err(Error::refused(Kind::Internal, call.provider, call.operation, message));
        }
        Self::while_probing(self.run(call, None)).await
    }

    /// Every call that is made in here finds out how the provider does: a token that a probe needs is fetched past a shut
    /// breaker too, or nobody would ever learn that the provider is back.
    pub async fn while_probing<T>(work: impl Future<Output = T>) -> T {
        PROBING.scope((), work).await
    }

    /// Whoever is told of every attempt from now on; the first stays.
    pub fn set_witness(&self, witness: Arc<dyn Witness>) {
        self.lanes.set_witness(witness);
    }

    /// The breaker of an account, for routing and for people.
    pub fn breaker(&self, account: &Account, provider: &str) -> Arc<Breaker> {
        self.lanes.breaker(account, provider)
    }

    /// The same by the account's id alone.
    pub fn breaker_of(&self, account: AccountId, provider: &str) -> Arc<Breaker> {
        Arc::clone(&self.lanes.of(account, provider).breaker)
    }

    /// Whether routing may choose the account.
    pub fn is_shut(&self, account: &Account, provider: &str) -> bool {
        self.breaker(account, provider).is_shut(Instant::now())
    }

    async fn run(&self, call: &Call, intent: Option<&Intent>) -> Result<Reply, Error> {
        let probes = PROBING.try_with(|()| ()).is_ok();
        let mut pass = Pass { probes, ..Pass::new(call, intent) };
        Next::new(&self.stages, self.wire.as_ref()).run(&mut pass).await
    }
}
