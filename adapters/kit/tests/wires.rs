//! Wires that the scripted one cannot stand for: one that computes its answer, one that takes its time and counts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kit::wire::{Wire, WireError};
use kit::{Call, Delivery, Kind, Reply};
use tokio::time::Instant;

/// What a wire brings back.
pub(crate) type Carried = Result<Reply, WireError>;

/// A reply with one header.
pub(crate) fn reply(status: u16, header: Option<(&'static str, &'static str)>, body: &'static str) -> Reply {
    let mut headers = ::http::HeaderMap::new();
    if let Some((name, value)) = header {
        headers.insert(name, value.parse().expect("a header's value"));
    }
    Reply { status, headers, body: body.into() }
}

/// An error of the wire.
pub(crate) fn wire_error(kind: Kind, delivery: Delivery) -> WireError {
    WireError { kind, delivery, message: "the wire says no".to_owned(), source: None }
}

/// Answers each attempt, counted from 0, by a function, and remembers when it was asked.
pub(crate) struct Computed<F> {
    answer: F,
    asked: Mutex<Vec<Instant>>,
}

impl<F: Fn(usize) -> Carried + Send + Sync> Computed<F> {
    pub(crate) fn new(answer: F) -> Arc<Self> {
        Arc::new(Self { answer, asked: Mutex::default() })
    }

    /// How many attempts there were.
    pub(crate) fn count(&self) -> usize {
        self.asked.lock().expect("no panic").len()
    }

    /// The time from each attempt to the next.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.asked.lock().expect("no panic").windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

#[async_trait]
impl<F: Fn(usize) -> Carried + Send + Sync> Wire for Computed<F> {
    async fn carry(&self, _: &Call) -> Carried {
        let number = {
            let mut asked = self.asked.lock().expect("no panic");
            asked.push(Instant::now());
            asked.len() - 1
        };
        (self.answer)(number)
    }
}

/// Takes the same time for every attempt, and knows how many were under way at once.
pub(crate) struct Slow {
    time: Duration,
    under_way: AtomicUsize,
    most: AtomicUsize,
    carried: AtomicUsize,
}

impl Slow {
    pub(crate) fn new(time: Duration) -> Arc<Self> {
        let (under_way, most, carried) = Default::default();
        Arc::new(Self { time, under_way, most, carried })
    }

    /// The most that were under way at once.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// How many attempts there were.
    pub(crate) fn carried(&self) -> usize {
        self.carried.load(Ordering::SeqCst)
    }
}

/// Gives the place back even when the attempt is dropped.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Wire for Slow {
    async fn carry(&self, _: &Call) -> Carried {
        self.carried.fetch_add(1, Ordering::SeqCst);
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let _place = UnderWay(&self.under_way);
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(self.time).await;
        Ok(reply(200, None, "{}"))
    }
}
