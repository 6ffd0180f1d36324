//! For tests: a scripted wire, a recorder that keeps a list, a clock set by hand, sequences in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use schemas::store::Mode;
use schemas::{AccountId, StoreId};
use secrecy::SecretString;

use crate::wire::{Wire, WireError};
use crate::{
    Account, Allowance, Allowances, Ambient, Call, Clock, Delivery, Denied, Destination, Entropy, Entry, Intent, Kind,
    Parts, Policies, Policy, RecordError, Recorder, Reply, SequenceError, Sequences, Token, Tokens, TokensError,
    Transport, Turn, Urgency,
};

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at this time.
    pub fn at(time: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time)))
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.0);
        *now += SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

/// Bytes that count up: unique, and the same in every run.
#[derive(Debug, Default)]
pub struct Counting(Mutex<u64>);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let mut count = lock(&self.0);
        *count += 1;
        buffer.fill(0);
        let bytes = count.to_be_bytes();
        let length = buffer.len().min(bytes.len());
        let start = buffer.len() - length;
        buffer[start..].copy_from_slice(&bytes[bytes.len() - length..]);
    }
}

/// A world that stands still.
pub fn ambient() -> Ambient {
    Ambient::new(ManualClock::at(Timestamp::UNIX_EPOCH), Arc::new(Counting::default()))
}

/// The proof that a row was committed for this call, as the database would hand it out.
#[expect(clippy::disallowed_methods, reason = "tests stand in for the database")]
pub fn intent(call: &Call) -> Intent {
    Intent::committed(Entry::sending(call, ambient().uuid(), Timestamp::UNIX_EPOCH))
}

/// Everything an adapter is built from: the real transport over a scripted wire, without repeats, at a moment that stands.
pub fn parts(wire: Arc<ScriptedWire>, now: Timestamp) -> Parts {
    let ambient = Ambient::new(ManualClock::at(now), Arc::new(Counting::default()));
    let policies = Policies { default: Policy { retries: 0, ..Policy::default() }, ..Policies::default() };
    let transport = Transport::new(ambient.clone(), policies, Arc::new(ListRecorder::default()), wire);
    parts_over(Arc::new(transport), ambient)
}

/// The same over a road and a world of one's own.
pub fn parts_over(transport: Arc<Transport>, ambient: Ambient) -> Parts {
    let id = ambient.uuid();
    Parts {
        transport,
        sequences: Arc::new(CountingSequences::default()),
        allowances: Arc::new(Plenty),
        tokens: Arc::new(MemoryTokens::new(ambient.clone())),
        account: Account { id: AccountId::from(id), store: StoreId::from(id), integration: id, livemode: false },
        ambient,
        mode: Mode::Test,
        destination: Destination::Trusted,
    }
}

/// What the scripted wire does with one attempt.
#[derive(Debug, Clone)]
pub enum Script {
    /// Answers with a status and a body.
    Answer(u16, &'static str),
    /// Answers late.
    Late(Duration, u16, &'static str),
    /// No connection.
    Refused,
    /// The connection ends after the request has arrived.
    Cut,
}

/// A wire that plays a script, one line an attempt, and then answers 200 `{}`.
#[derive(Default)]
pub struct ScriptedWire {
    script: Mutex<VecDeque<Script>>,
    carried: Mutex<Vec<Call>>,
}

impl ScriptedWire {
    /// A wire with its script.
    pub fn new(script: impl IntoIterator<Item = Script>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into_iter().collect()), carried: Mutex::default() })
    }

    /// What reached the wire.
    pub fn carried(&self) -> Vec<Call> {
        lock(&self.carried).clone()
    }
}

#[async_trait]
impl Wire for ScriptedWire {
    async fn carry(&self, call: &Call) -> Result<Reply, WireError> {
        lock(&self.carried).push(call.clone());
        let line = lock(&self.script).pop_front().unwrap_or(Script::Answer(200, "{}"));
        let answer = |status, body: &'static str| Reply { status, headers: http::HeaderMap::new(), body: body.into() };
        let error = |delivery, message: &str| WireError {
            kind: Kind::Unavailable,
            delivery,
            message: message.into(),
            source: None,
        };
        match line {
            Script::Answer(status, body) => Ok(answer(status, body)),
            Script::Late(delay, status, body) => {
                tokio::time::sleep(delay).await;
                Ok(answer(status, body))
            }
            Script::Refused => Err(error(Delivery::Never, "no connection could be made")),
            Script::Cut => Err(error(Delivery::Maybe, "the connection ended before an answer")),
        }
    }
}

/// A recorder that keeps everything in a list.
#[derive(Default)]
pub struct ListRecorder {
    rows: Mutex<Vec<(&'static str, Entry)>>,
    /// Refuses to make anything durable, as a stopped database would.
    pub broken: std::sync::atomic::AtomicBool,
}

impl ListRecorder {
    /// What was written, with the verb that wrote it.
    pub fn rows(&self) -> Vec<(&'static str, Entry)> {
        lock(&self.rows).clone()
    }

    fn durable(&self, verb: &'static str, entry: &Entry) -> Result<(), RecordError> {
        if self.broken.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(RecordError("the database is stopped".into()));
        }
        lock(&self.rows).push((verb, entry.clone()));
        Ok(())
    }
}

#[async_trait]
impl Recorder for ListRecorder {
    fn note(&self, entry: Entry) {
        lock(&self.rows).push(("note", entry));
    }

    async fn begin(&self, entry: &Entry) -> Result<(), RecordError> {
        self.durable("begin", entry)
    }

    async fn complete(&self, entry: &Entry) -> Result<(), RecordError> {
        self.durable("complete", entry)
    }
}

/// Allows everything.
#[derive(Debug, Default)]
pub struct Plenty;

#[async_trait]
impl Allowances for Plenty {
    async fn take(&self, _: &str, _: Allowance) -> Result<(), Denied> {
        Ok(())
    }
}

/// Seconds from a counter, without waiting.
#[derive(Debug, Default)]
pub struct CountingSequences(Mutex<HashMap<String, i64>>);

#[async_trait]
impl Sequences for CountingSequences {
    async fn next_second(&self, scope: &str, _: Urgency) -> Result<Timestamp, SequenceError> {
        let mut seconds = lock(&self.0);
        let second = seconds.entry(scope.to_owned()).or_insert(1_738_332_645);
        *second += 1;
        Timestamp::from_second(*second).map_err(|error| SequenceError::Unreachable(Box::new(error)))
    }
}

/// Tokens in memory, as the database keeps them; share one between several adapters to stand for several processes.
pub struct MemoryTokens {
    ambient: Ambient,
    kept: Mutex<HashMap<String, Kept>>,
}

#[derive(Default)]
struct Kept {
    number: i64,
    token: Option<(SecretString, Timestamp)>,
    turn_until: Option<Timestamp>,
}

/// How long a turn is.
const TURN: SignedDuration = SignedDuration::from_secs(60);

impl MemoryTokens {
    /// None yet.
    pub fn new(ambient: Ambient) -> Self {
        Self { ambient, kept: Mutex::default() }
    }
}

#[async_trait]
impl Tokens for MemoryTokens {
    async fn turn(&self, scope: &str, refused: Option<i64>) -> Result<Turn, TokensError> {
        let now = self.ambient.now();
        let mut kept = lock(&self.kept);
        let kept = kept.entry(scope.to_owned()).or_default();
        if let Some((secret, until)) = &kept.token
            && *until > now
            && refused != Some(kept.number)
        {
            return Ok(Turn::Use(Token { number: kept.number, secret: secret.clone() }));
        }
        if kept.turn_until.is_some_and(|until| until > now) {
            return Ok(Turn::Wait);
        }
        kept.number += 1;
        kept.token = None;
        kept.turn_until = Some(now + TURN);
        Ok(Turn::LogIn(kept.number))
    }

    async fn keep(&self, scope: &str, number: i64, token: &SecretString, until: Timestamp) -> Result<(), TokensError> {
        let mut kept = lock(&self.kept);
        if let Some(kept) = kept.get_mut(scope).filter(|kept| kept.number == number) {
            kept.token = Some((token.clone(), until));
            kept.turn_until = None;
        }
        Ok(())
    }

    async fn give_back(&self, scope: &str, number: i64) -> Result<(), TokensError> {
        let mut kept = lock(&self.kept);
        if let Some(kept) = kept.get_mut(scope).filter(|kept| kept.number == number) {
            kept.turn_until = None;
        }
        Ok(())
    }
}
