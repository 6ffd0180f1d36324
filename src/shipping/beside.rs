//! What is kept beside what was told, in one transaction, so that neither is there without the other.

use schemas::AccountId;

use crate::db::callbacks::{self, Callback};
use crate::db::carrier_files::{self, CarrierFile};
use crate::db::carrier_streams;
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, Tx};

/// What told it.
pub(super) enum Beside<'a> {
    /// A callback.
    Callback(&'a Callback),
    /// A stream, with where it stands now, as far as that is known.
    Stream(&'a Task, &'a Position),
    /// A file.
    File(&'a Task, &'a CarrierFile),
}

/// Where a stream stands.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) account: AccountId,
    pub(super) cursor: Option<String>,
    pub(super) at: Time,
}

impl Beside<'_> {
    /// Keeps it; whether whoever takes in still is the one to. Tasks come first.
    pub(super) async fn keep(&self, tx: &mut Tx) -> Result<bool, DbError> {
        match self {
            Self::Callback(callback) => callbacks::keep(tx, callback).await.map(|_| true),
            Self::Stream(task, position) => {
                if !tasks::hold(tx, task).await? {
                    return Ok(false);
                }
                if let Some(cursor) = &position.cursor {
                    carrier_streams::keep(tx, position.account, cursor, position.at).await?;
                }
                Ok(true)
            }
            Self::File(task, file) => Ok(tasks::hold(tx, task).await? && carrier_files::keep(tx, file).await?),
        }
    }
}
