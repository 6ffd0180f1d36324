//! Record: one masked row per attempt; an acting call is on disk before its caller hears of it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Next, Pass, Stage};
use crate::{Ambient, Delivery, Entry, EntryStatus, Error, Kind, RecordError, Recorder, Reply};

pub(crate) struct Record {
    ambient: Ambient,
    recorder: Arc<dyn Recorder>,
}

impl Record {
    pub(crate) fn new(ambient: Ambient, recorder: Arc<dyn Recorder>) -> Self {
        Self { ambient, recorder }
    }

    /// The row of this attempt: the intent's own for the first, a new durable one for a repeat of an acting call.
    async fn open(&self, pass: &Pass<'_>) -> Result<Entry, RecordError> {
        let fresh = || Entry::sending(pass.call, self.ambient.uuid(), self.ambient.now());
        match pass.intent {
            None => Ok(Entry { attempt: pass.attempts, ..fresh() }),
            Some(intent) if pass.attempts == 1 => Ok(intent.entry().clone()),
            Some(intent) => {
                let entry = Entry { attempt: pass.attempts, intent: Some(intent.id()), ..fresh() };
                self.recorder.begin(&entry).await?;
                Ok(entry)
            }
        }
    }
}

#[async_trait]
impl Stage for Record {
    async fn run(&self, pass: &mut Pass<'_>, next: Next<'_>) -> Result<Reply, Error> {
        pass.attempts += 1;
        pass.reply = None;
        let entry = self.open(pass).await.map_err(|error| unrecorded(pass, Delivery::Never, error))?;
        let mut row = Row {
            recorder: self.recorder.as_ref(),
            started: Instant::now(),
            entry: Some(entry),
            acts: pass.intent.is_some(),
        };
        let result = next.run(pass).await;
        let mut entry = row.take();
        if let Some(reply) = result.as_ref().ok().or(pass.reply.as_ref()) {
            entry.answered(pass.call, reply);
        }
        entry.ended(result.as_ref().map(|_| ()), row.started.elapsed());
        if row.acts {
            // Done or not, nobody may act on an answer that the database does not have.
            self.recorder.complete(&entry).await.map_err(|error| unrecorded(pass, Delivery::Maybe, error))?;
        } else if !pass.probes || result.is_err() {
            // A probe that went well is counted by whoever judges: a row for each would be most of the log.
            self.recorder.note(entry);
        }
        result
    }
}

fn unrecorded(pass: &Pass<'_>, delivery: Delivery, source: RecordError) -> Error {
    let message = "the call could not be recorded";
    Error { delivery, ..Error::refused(Kind::Internal, pass.call.provider, pass.call.operation, message) }
        .with_source(source)
}

/// A read whose caller goes away half-way leaves its row all the same; an acting call's row stays `sending`.
struct Row<'a> {
    recorder: &'a dyn Recorder,
    started: Instant,
    entry: Option<Entry>,
    acts: bool,
}

impl Row<'_> {
    fn take(&mut self) -> Entry {
        self.entry.take().expect("the row is taken once, right after the attempt")
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        if let Some(mut entry) = self.entry.take()
            && !self.acts
        {
            entry.status = EntryStatus::Unknown;
            entry.duration = Some(self.started.elapsed());
            self.recorder.note(entry);
        }
    }
}
