//! For tests: a scripted wire, a recorder that keeps a list, a clock set by hand, sequences in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::wire::{Wire, WireError};
use crate::{
    Allowance, Allowances, Ambient, Call, Clock, Delivery, Denied, Entropy, Entry, Intent, Kind, RecordError, Recorder,
    Reply, SequenceError, Sequences, Urgency,
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
