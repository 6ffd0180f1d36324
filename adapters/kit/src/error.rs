//! The one error of the waist: what went wrong, whose fault it is, and whether the provider can have acted.

use std::fmt;
use std::time::Duration;

/// What a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The provider refuses the request as it is.
    Invalid,
    /// The provider refuses our credentials or our address.
    Unauthorized,
    /// The provider knows no such thing.
    NotFound,
    /// The provider understood and said no.
    Rejected,
    /// The thing exists already, or is in another state.
    Conflict,
    /// The provider, or our own limit, wants fewer calls.
    RateLimited,
    /// Not reachable, down, or shut off by the breaker.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// An answer that cannot be what the provider says it answers.
    Protocol,
    /// The provider cannot do this.
    Unsupported,
    /// Our own fault.
    Internal,
}

impl Kind {
    /// The stable word in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
        }
    }

    /// Whether the same call may go better a moment later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Timeout)
    }

    /// Whether it speaks against the provider's health.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout | Self::Protocol)
    }
}

/// Who has to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Who called us.
    Caller,
    /// We.
    Us,
    /// The provider.
    Provider,
}

/// Can the provider have acted?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Certainly not.
    Never,
    /// Nobody here knows.
    Maybe,
    /// Certainly.
    Done,
}

impl Delivery {
    /// The stable word in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Maybe => "maybe",
            Self::Done => "done",
        }
    }
}

/// A call that did not bring what was wanted.
#[derive(Debug)]
pub struct Error {
    /// What a caller can act on.
    pub kind: Kind,
    /// Who has to mend it.
    pub origin: Fault,
    /// Can the provider have acted?
    pub delivery: Delivery,
    /// The HTTP status or its like, when there was one.
    pub status: Option<u16>,
    /// Who was called.
    pub provider: &'static str,
    /// For what.
    pub operation: &'static str,
    /// For people; without secrets.
    pub message: String,
    /// How long the provider wants to be left alone.
    pub retry_after: Option<Duration>,
    /// What lay below.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of ours, before anything was sent.
    pub fn refused(kind: Kind, provider: &'static str, operation: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            origin: Fault::Us,
            delivery: Delivery::Never,
            status: None,
            provider,
            operation,
            message: message.into(),
            retry_after: None,
            source: None,
        }
    }

    /// An error at the provider's end.
    pub fn provider(
        kind: Kind,
        delivery: Delivery,
        provider: &'static str,
        operation: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { origin: Fault::Provider, delivery, ..Self::refused(kind, provider, operation, message) }
    }

    /// Adds what lay below.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Adds the status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} ({})", self.provider, self.operation, self.message, self.kind.as_str())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
