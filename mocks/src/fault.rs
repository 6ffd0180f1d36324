//! The faults that wait to happen.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::{Deserialize, Serialize};

/// The operation name of a fault that closes every connection, as if the provider were down.
pub(crate) const CONNECT: &str = "connect";
/// The operation name of a provider's callbacks.
pub(crate) const CALLBACK: &str = "callback";

/// The operation name of what a provider streams.
pub(crate) const FRAME: &str = "frame";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The call is answered with `status` (503) and not acted on.
    Status,
    /// The call waits `delay_ms` (else a log-normal time around 300 ms), then goes on as usual.
    Delay,
    /// The connection closes without a byte; the call is not acted on.
    CutBefore,
    /// The call is acted on, then the connection closes without a byte.
    ActThenCut,
    /// The call is acted on, but the second half of the answer's body is missing.
    Truncate,
    /// The call is acted on, but the answer is an HTML page with status 200.
    WrongBody,
    /// The answer has status 200 and reports an error; the call is not acted on.
    ErrorIn200,
    /// The account has sent too much: for `delay_ms` (1000) from the first call on, every one is answered with 429 and
    /// not acted on. Only where the provider is known to answer so.
    Pace,
    /// The next callback is sent again at once, `times` more.
    DuplicateCallback,
    /// The next callback is sent after `delay_ms` (2000).
    LateCallback,
    /// The next callback is held until the one after it was sent.
    ReorderedCallback,
    /// Forgeries are sent in place of the next callback.
    ForgedCallback,
    /// A stream is cut after `times` frames (1).
    Disconnect,
}

impl FaultKind {
    /// What happens to a frame of a stream as well, for the operation `frame`: repeated, late, held until the one after it;
    /// half of it, and then a cut; garbage before it.
    fn of_frames(self) -> bool {
        matches!(
            self,
            Self::Disconnect
                | Self::DuplicateCallback
                | Self::LateCallback
                | Self::ReorderedCallback
                | Self::Truncate
                | Self::WrongBody
        )
    }

    pub(crate) fn of_callbacks(self) -> bool {
        matches!(self, Self::DuplicateCallback | Self::LateCallback | Self::ReorderedCallback | Self::ForgedCallback)
    }
}

/// A fault to happen to the next matching call or callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The provider's name, such as `moamalat`.
    pub provider: String,
    /// The operation on the wire, such as `RefundTransaction` (case and underscores do not matter); any when absent.
    /// `connect` together with [`FaultKind::CutBefore`] closes every connection to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many calls it happens to: 1 when absent, but for `connect` every one until the faults are cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The status of [`FaultKind::Status`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The time of [`FaultKind::Delay`], [`FaultKind::Pace`] and [`FaultKind::LateCallback`] in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Only calls and callbacks of this terminal or account (the bot's number, the store id); any when absent. An
    /// extension for tests that share one mock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
}

impl Fault {
    /// A fault of `kind` for the next call of `provider`.
    pub fn new(provider: &str, kind: FaultKind) -> Self {
        let provider = provider.to_owned();
        Self { provider, operation: None, kind, times: None, status: None, delay_ms: None, terminal: None }
    }

    /// The same fault for one operation only.
    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// Says why the fault could never happen, given the operations of its provider.
    pub(crate) fn check(&self, operations: &[&str]) -> Result<(), String> {
        if self.times == Some(0) {
            return Err("times must be at least 1".to_owned());
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("status must be between 200 and 599".to_owned());
        }
        let Some(operation) = self.operation.as_deref() else { return Ok(()) };
        let fits = if same(operation, CONNECT) {
            self.kind == FaultKind::CutBefore
        } else if self.is_of_frames() {
            same(operation, FRAME) && self.kind.of_frames()
        } else if self.kind.of_callbacks() {
            same(operation, CALLBACK)
        } else {
            operations.iter().any(|known| same(operation, known))
        };
        if fits { Ok(()) } else { Err(format!("no operation {operation} can have this fault")) }
    }

    /// Whether it happens to what is streamed.
    pub(crate) fn is_of_frames(&self) -> bool {
        self.kind == FaultKind::Disconnect || self.operation.as_deref().is_some_and(|name| same(name, FRAME))
    }

    fn is_connect(&self) -> bool {
        self.kind == FaultKind::CutBefore && self.operation.as_deref().is_some_and(|name| same(name, CONNECT))
    }

    fn is_for(&self, operation: &str, terminal: Option<&str>) -> bool {
        self.operation.as_deref().is_none_or(|name| same(name, operation))
            && self.terminal.as_deref().is_none_or(|wanted| terminal == Some(wanted))
    }
}

/// `RefundTransaction`, `refundtransaction` and `refund_transaction` are one name.
fn same(left: &str, right: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|letter| *letter != '_').collect::<String>();
    letters(left).eq_ignore_ascii_case(&letters(right))
}

/// The queue, oldest first.
#[derive(Default)]
pub(crate) struct Faults {
    queue: Mutex<VecDeque<Fault>>,
    /// How many wait: a call without faults around it, as in a bench, does not touch the lock.
    waiting: AtomicUsize,
}

impl Faults {
    /// Queues a fault.
    pub(crate) fn add(&self, fault: Fault) {
        let mut queue = self.lock();
        queue.push_back(fault);
        self.waiting.store(queue.len(), Ordering::Release);
    }

    /// Forgets every fault.
    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.waiting.store(0, Ordering::Release);
    }

    /// Those that still wait, `times` being what is left of them.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.lock().iter().cloned().collect()
    }

    /// Whether the provider is down at present.
    pub(crate) fn take_connect(&self, provider: &str) -> bool {
        self.take(|fault| fault.provider == provider && fault.is_connect()).is_some()
    }

    /// The fault of this call, if there is one.
    pub(crate) fn take_call(&self, provider: &str, operation: &str, terminal: Option<&str>) -> Option<Fault> {
        self.take(|fault| {
            let of_calls = !fault.kind.of_callbacks() && !fault.is_of_frames();
            fault.provider == provider && of_calls && fault.is_for(operation, terminal)
        })
    }

    /// The fault of this callback, if there is one.
    pub(crate) fn take_callback(&self, provider: &str, terminal: &str) -> Option<Fault> {
        self.take(|fault| {
            fault.provider == provider && fault.kind.of_callbacks() && fault.is_for(CALLBACK, Some(terminal))
        })
    }

    /// The fault of this frame, if there is one.
    pub(crate) fn take_frame(&self, provider: &str, terminal: &str) -> Option<Fault> {
        self.take(|fault| fault.provider == provider && fault.is_of_frames() && fault.is_for(FRAME, Some(terminal)))
    }

    fn take(&self, matches: impl Fn(&Fault) -> bool) -> Option<Fault> {
        if self.waiting.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut queue = self.lock();
        let position = queue.iter().position(matches)?;
        let fault = queue[position].clone();
        let left = match (fault.times, fault.kind) {
            (None, _) if fault.is_connect() => None,
            // Its `times` counts the copies of one callback.
            (_, FaultKind::DuplicateCallback) => Some(0),
            (times, _) => Some(times.unwrap_or(1).saturating_sub(1)),
        };
        match left {
            Some(0) => {
                queue.remove(position);
            }
            left => queue[position].times = left,
        }
        self.waiting.store(queue.len(), Ordering::Release);
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
