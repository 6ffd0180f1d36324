//! Seconds that are handed out once: the port for providers that want a timestamp unique to a terminal.

use async_trait::async_trait;
use jiff::Timestamp;

/// Who goes first when one second is wanted twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Questions.
    Ordinary,
    /// Refunds: questions stand back while one waits.
    First,
}

/// A second could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    /// Too many wait for this terminal; come again.
    #[error("every second of the terminal is taken for now")]
    Busy,
    /// What keeps the sequences cannot be reached.
    #[error("the sequence cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hands out strictly increasing whole seconds per scope, to every process that shares it.
#[async_trait]
pub trait Sequences: Send + Sync {
    /// 1. The second is greater than every one handed out before for the scope, whatever the clock did.
    /// 2. It is never ahead of the clock: one call a second at most.
    /// 3. It waits a few seconds for its turn and then answers `Busy`.
    async fn next_second(&self, scope: &str, urgency: Urgency) -> Result<Timestamp, SequenceError>;
}
