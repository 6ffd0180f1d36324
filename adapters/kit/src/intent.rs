//! Proof that the database knows of an acting call before it leaves.

use uuid::Uuid;

use crate::{Call, Entry, mask};

/// A committed row of the log with status `sending`. Without one, no `Keyed` or `Once` call is sent.
///
/// It can be neither copied nor made anywhere but in `src/db/integration_logs.rs` (clippy says so), which makes it
/// only after the transaction that holds the row and the state change has committed.
#[derive(Debug)]
pub struct Intent {
    id: Uuid,
    entry: Entry,
}

impl Intent {
    /// Only for the module that has just committed the row.
    pub fn committed(entry: Entry) -> Self {
        Self { id: entry.id, entry }
    }

    /// The id of the row; retries name it.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The row as it was committed.
    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Whether the row was written for this call.
    pub(crate) fn covers(&self, call: &Call) -> bool {
        self.entry.account == call.account
            && self.entry.provider == call.provider
            && self.entry.operation == call.operation
            && self.entry.reference == call.reference
            && self.entry.request_body == mask::body(&call.request.body, call.secrets.body)
    }
}
