//! So many at once, and then one every so often, counted for every process together: the port for providers that count
//! our calls, and for codes that cost their receivers something.

use std::time::Duration;

use async_trait::async_trait;

/// How much of something may be had. In any span of time it is at most `burst` and one for each `every` of the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// So many at once.
    pub burst: u32,
    /// Then one in each of these.
    pub every: Duration,
}

/// Something could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Not yet.
    #[error("used up for now; the next one can be had in {} ms", .0.as_millis())]
    Later(Duration),
    /// What counts cannot be reached.
    #[error("what counts cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Counts for every process that shares it.
#[async_trait]
pub trait Allowances: Send + Sync {
    /// 1. Takes one of a scope's, or says in how long there will be one; it never waits. 2. What was denied has not been
    ///    counted. 3. A scope holds no personal data: whoever counts by a telephone number hands in its hash.
    async fn take(&self, scope: &str, allowance: Allowance) -> Result<(), Denied>;
}
