//! What every test here needs: a call, an intent, a policy and a road with a scripted wire at its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use kit::testing::{ListRecorder, ManualClock, Script, ScriptedWire, ambient};
use kit::wire::Wire;
use kit::{
    Account, Ambient, Call, Destination, Entropy, Entry, EntryStatus, Intent, Kind, Policies, Policy, Request, Safety,
    Secrets, Transport,
};
use uuid::Uuid;

/// Every kind of error, for tables.
pub(crate) const KINDS: [Kind; 11] = [
    Kind::Invalid,
    Kind::Unauthorized,
    Kind::NotFound,
    Kind::Rejected,
    Kind::Conflict,
    Kind::RateLimited,
    Kind::Unavailable,
    Kind::Timeout,
    Kind::Protocol,
    Kind::Unsupported,
    Kind::Internal,
];

pub(crate) const NO_SECRETS: &Secrets = &Secrets { headers: &[], query: &[], path: &[], body: &[] };

/// One of several accounts.
pub(crate) fn account(number: u128) -> Account {
    Account {
        id: Uuid::from_u128(number).into(),
        store: Uuid::from_u128(1_000 + number).into(),
        integration: Uuid::from_u128(2_000 + number),
        livemode: false,
    }
}

/// A call of the first account.
pub(crate) fn call(safety: Safety) -> Call {
    let url = "https://provider.example/pay".parse().expect("a url");
    Call {
        account: account(1),
        provider: "provider",
        operation: "pay",
        reference: Some("REF-1".to_owned()),
        safety,
        secrets: NO_SECRETS,
        outcome: |_| Ok(()),
        explain: kit::no_explanation,
        answers: &[],
        timeout: None,
        request: Request::post_json(url, Destination::Trusted, r#"{"amount":5}"#),
    }
}

pub(crate) fn read() -> Call {
    call(Safety::Read)
}

pub(crate) fn once() -> Call {
    call(Safety::Once)
}

pub(crate) fn keyed() -> Call {
    call(Safety::Keyed("key-1".to_owned()))
}

/// The id of the row that `intent` stands for.
pub(crate) const INTENT: Uuid = Uuid::from_u128(0xabc);

/// The proof that a row was committed, as the database would hand it out.
#[expect(clippy::disallowed_methods, reason = "tests stand in for the database")]
pub(crate) fn intent(call: &Call) -> Intent {
    Intent::committed(Entry::sending(call, INTENT, Timestamp::UNIX_EPOCH))
}

/// A policy in which nothing but the stage under test has a say: no repeats, a breaker that never opens.
pub(crate) fn calm() -> Policy {
    Policy { retries: 0, breaker_failures: 1_000, ..Policy::default() }
}

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Bytes that are all ones: every pause is as long as it can be.
struct Longest;

impl Entropy for Longest {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0xff);
    }
}

/// A world whose jitter is always the longest.
pub(crate) fn longest() -> Ambient {
    Ambient::new(ManualClock::at(Timestamp::UNIX_EPOCH), Arc::new(Longest))
}

/// A transport and what it writes.
pub(crate) struct Road {
    pub(crate) transport: Transport,
    pub(crate) recorder: Arc<ListRecorder>,
}

impl Road {
    pub(crate) fn over(policy: Policy, wire: Arc<dyn Wire>) -> Self {
        Self::new(ambient(), policy, Arc::default(), wire)
    }

    pub(crate) fn new(world: Ambient, policy: Policy, recorder: Arc<ListRecorder>, wire: Arc<dyn Wire>) -> Self {
        let policies = Policies { default: policy, ..Policies::default() };
        let transport = Transport::new(world, policies, Arc::clone(&recorder) as _, wire);
        Self { transport, recorder }
    }

    /// Acts with an intent of its own.
    pub(crate) async fn act(&self, call: &Call) -> Result<kit::Reply, kit::Error> {
        self.transport.act(call, intent(call)).await
    }

    /// Sends or acts, whichever the call's safety asks for.
    pub(crate) async fn go(&self, call: &Call) -> Result<kit::Reply, kit::Error> {
        if call.safety.acts() { self.act(call).await } else { self.transport.send(call).await }
    }

    /// The rows alone.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.recorder.rows().into_iter().map(|(_, entry)| entry).collect()
    }

    /// The verbs alone.
    pub(crate) fn verbs(&self) -> Vec<&'static str> {
        self.recorder.rows().into_iter().map(|(verb, _)| verb).collect()
    }

    pub(crate) fn statuses(&self) -> Vec<EntryStatus> {
        self.entries().iter().map(|entry| entry.status).collect()
    }

    /// Stops the database, or starts it again.
    pub(crate) fn stop_database(&self, stopped: bool) {
        self.recorder.broken.store(stopped, Ordering::Relaxed);
    }
}

/// A road with a scripted wire.
pub(crate) fn scripted(policy: Policy, script: impl IntoIterator<Item = Script>) -> (Road, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (Road::over(policy, Arc::clone(&wire) as _), wire)
}
