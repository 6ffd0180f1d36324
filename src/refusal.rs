//! Why a request is not done: what every area answers and `http/problem.rs` turns into a problem, once.

use std::sync::Arc;
use std::time::Duration;

use schemas::{FieldError, Text};

use crate::accounts::AccountError;
use crate::db::DbError;

/// A request that is not done, and had no effect.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields are at fault.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or it is another store's.
    #[error("not found")]
    NotFound,
    /// The proof does not fit.
    #[error("the proof does not fit")]
    Unauthorized,
    /// Another payment that stands has the reference.
    #[error("the reference is in use by {0}")]
    ReferenceInUse(String),
    /// The idempotency key was used for another body.
    #[error("the idempotency key was used for another request")]
    KeyMismatch,
    /// It is in a state that does not allow this.
    #[error("{}", .0.en)]
    Conflict(Text),
    /// Too many, for now.
    #[error("{}", text.en)]
    TooMany {
        /// Of what.
        text: Text,
        /// How long until there may be more.
        wait: Duration,
    },
    /// Another of the kind is under way.
    #[error("{} is under way", .0)]
    UnderWay(String),
    /// No provider can do this; these could do it another way.
    #[error("{}", text.en)]
    Unsupported {
        /// What cannot be done.
        text: Text,
        /// What could.
        alternatives: Vec<String>,
    },
    /// The provider cannot be had now; these could.
    #[error("the provider cannot be had")]
    ProviderUnavailable {
        /// What could.
        alternatives: Option<Vec<String>>,
    },
    /// The provider refused, or failed.
    #[error(transparent)]
    Provider(#[from] kit::Error),
    /// An account is not as it should be: a fault of its configuration.
    #[error("an account cannot be used")]
    Account(#[source] Arc<AccountError>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A fault of ours.
    #[error("{0}")]
    Internal(&'static str),
}

impl Refusal {
    /// One field at fault.
    pub fn field(field: impl Into<String>, en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, Text::new(en, ar))])
    }
}

impl From<Arc<AccountError>> for Refusal {
    fn from(error: Arc<AccountError>) -> Self {
        match &*error {
            AccountError::Db(DbError::Unavailable(_)) => Self::Db(DbError::Unavailable(sqlx::Error::PoolTimedOut)),
            _ => Self::Account(error),
        }
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => Self::Db(error),
            AccountError::Config(error) => Self::Invalid(vec![FieldError::new(error.field, error.text)]),
            other => Self::Account(Arc::new(other)),
        }
    }
}
