//! Seconds from the database: the sequence that every process shares.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kit::{Ambient, SequenceError, Sequences, Urgency};
use tokio::time::Instant;

use crate::db::{Db, Time, terminal_sequences};

/// How long a question waits for its turn; a refund waits longer, since questions stand back for it.
const PATIENCE: Duration = Duration::from_secs(5);
const REFUND_PATIENCE: Duration = Duration::from_secs(10);

/// The port, over `terminal_sequences`.
pub struct DbSequences {
    db: Db,
    ambient: Ambient,
}

impl DbSequences {
    /// Over a database and a clock.
    pub fn new(db: Db, ambient: Ambient) -> Self {
        Self { db, ambient }
    }

    /// A little after the next second begins, so that a clock a moment behind agrees.
    fn until_next_second(&self) -> Duration {
        let into_second = self.ambient.now().subsec_nanosecond().unsigned_abs();
        Duration::from_nanos(u64::from(1_000_000_000 - into_second)) + Duration::from_millis(2)
    }
}

#[async_trait]
impl Sequences for DbSequences {
    async fn next_second(&self, scope: &str, urgency: Urgency) -> Result<Timestamp, SequenceError> {
        let urgent = urgency == Urgency::First;
        let until = Instant::now() + if urgent { REFUND_PATIENCE } else { PATIENCE };
        loop {
            let second = Time::from(self.ambient.now()).second();
            let taken = terminal_sequences::take(&self.db, scope, second, urgent).await;
            if taken.map_err(|error| SequenceError::Unreachable(Box::new(error)))? {
                if urgent && let Err(error) = terminal_sequences::release(&self.db, scope).await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "questions stand back a little longer");
                }
                return Timestamp::from_second(second).map_err(|error| SequenceError::Unreachable(Box::new(error)));
            }
            if Instant::now() >= until {
                return Err(SequenceError::Busy);
            }
            tokio::time::sleep(self.until_next_second()).await;
        }
    }
}
