//! Journal: a span and a metric for every call, and a row for one that never became an attempt.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

use super::{Next, Pass, Stage};
use crate::{Ambient, Entry, EntryStatus, Error, Recorder, Reply};

pub(crate) struct Journal {
    ambient: Ambient,
    recorder: Arc<dyn Recorder>,
}

impl Journal {
    pub(crate) fn new(ambient: Ambient, recorder: Arc<dyn Recorder>) -> Self {
        Self { ambient, recorder }
    }

    /// An intent whose call was refused here is closed as such: nothing has left.
    async fn refused(&self, pass: &Pass<'_>, error: &Error) {
        let mut entry = match pass.intent {
            Some(intent) => intent.entry().clone(),
            None => Entry::sending(pass.call, self.ambient.uuid(), self.ambient.now()),
        };
        entry.ended(Err(error), std::time::Duration::ZERO);
        entry.status = EntryStatus::Refused;
        entry.attempt = 0;
        if pass.intent.is_none() {
            self.recorder.note(entry);
        } else if let Err(failure) = self.recorder.complete(&entry).await {
            tracing::error!(error = &failure as &dyn std::error::Error, "a refused call stays recorded as sending");
        }
    }
}

#[async_trait]
impl Stage for Journal {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        let (provider, operation) = (pass.call.provider, pass.call.operation);
        // For whoever looks closely, and for traces: at the level of every day it costs nothing.
        let span = tracing::debug_span!(
            "call",
            otel.name = operation,
            otel.kind = "client",
            otel.status_code = Empty,
            provider,
            operation,
            account = %pass.call.account.id,
            outcome = Empty
        );
        let started = Instant::now();
        let result = next.run(pass).instrument(span.clone()).await;
        let outcome = result.as_ref().map_or_else(|error| error.kind.as_str(), |_| "success");
        span.record("outcome", outcome);
        if result.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        metrics::histogram!("jisr_provider_call_seconds", "provider" => provider, "operation" => operation, "outcome" => outcome)
            .record(started.elapsed());
        if let Err(error) = &result
            && pass.attempts == 0
        {
            self.refused(pass, error).await;
        }
        result
    }
}
