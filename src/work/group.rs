//! Tasks of one lane under way: their lease is kept while the handler runs, and what fails comes again or is buried.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use kit::{Ambient, Origin};
use tokio::time::Instant;
use tracing::Instrument;

use super::Handler;
use super::lease::Lease;
use crate::db::tasks::{self, Task};
use crate::db::{Db, DbError, Time};

/// Some tasks that one handler does together.
pub(super) struct Group {
    db: Db,
    ambient: Ambient,
    lease: Duration,
    handler: Arc<dyn Handler>,
    tasks: Vec<Task>,
    held: Arc<Lease>,
}

impl Group {
    pub fn new(db: &Db, ambient: &Ambient, lease: Duration, handler: Arc<dyn Handler>, tasks: Vec<Task>) -> Self {
        let held = Lease::new(Instant::now() + lease);
        Self { db: db.clone(), ambient: ambient.clone(), lease, handler, tasks, held }
    }

    /// Does the tasks. A handler that panics has failed.
    pub async fn run(self) {
        let (kind, started) = (self.handler.kind(), Instant::now());
        let origin = Origin { request_id: format!("task_{}", self.tasks[0].id.simple()), ..Origin::default() };
        let span = self.span();
        let work =
            AssertUnwindSafe(Arc::clone(&self.held).scope(Arc::new(origin).scope(self.handler.run(&self.tasks))))
                .catch_unwind();
        let done = tokio::select! {
            done = work.instrument(span.clone()) => done,
            () = self.renew() => return,
        };
        let outcome = match done {
            Ok(Ok(())) => {
                span.in_scope(|| tracing::debug!("completed"));
                self.comes_again().await;
                "completed"
            }
            Ok(Err(error)) => {
                span.in_scope(|| {
                    tracing::warn!(error = &error as &dyn std::error::Error, "failed: the tasks come again")
                });
                self.failed(&error.to_string(), matches!(error, DbError::Unavailable(_))).await;
                "failed"
            }
            Err(_) => {
                span.in_scope(|| tracing::error!("panicked: the tasks come again"));
                self.failed("the handler panicked", false).await;
                "panicked"
            }
        };
        let labels = [("kind", kind), ("outcome", outcome)];
        metrics::histogram!("jisr_task_seconds", &labels).record(started.elapsed().as_secs_f64());
        metrics::counter!("jisr_task_attempts_total", &labels).increment(self.tasks.len() as u64);
    }

    /// Names the request or task that the first of them comes from.
    fn span(&self) -> tracing::Span {
        let first = &self.tasks[0];
        let enqueued_by = first.enqueued_by.as_deref().unwrap_or_default();
        let (kind, lane, tasks) = (self.handler.kind(), first.lane.as_str(), self.tasks.len());
        let span = tracing::info_span!("tasks", kind, lane, tasks, id = %first.id, enqueued_by);
        span.in_scope(|| tracing::debug!("executing"));
        span
    }

    /// Keeps the lease while the handler runs. A database that is away does not end the work: the fence decides.
    async fn renew(&self) {
        let held: Vec<_> = self.tasks.iter().map(|task| (task.id, task.fence)).collect();
        loop {
            tokio::time::sleep(self.lease / 3).await;
            let (until, began) = (Time::from(self.ambient.now()).after(self.lease), Instant::now());
            match tasks::renew(&self.db, &held, until).await {
                Ok(lost) => self.held.renew(began + self.lease, lost.into_iter()),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "a lease cannot be renewed"),
            }
        }
    }

    /// The one task of a kind that recurs is due again.
    async fn comes_again(&self) {
        let Some(every) = self.handler.every() else { return };
        let due = Time::from(self.ambient.now()).after(every);
        let rescheduled = async {
            let mut tx = self.db.begin().await?;
            tasks::again(&mut tx, &self.tasks.iter().collect::<Vec<_>>(), due, None).await?;
            tx.commit().await
        };
        self.told(rescheduled.await);
    }

    /// What cannot be rescheduled now comes again when its lease has run out. A database that was away is nobody's
    /// failure and counts as no attempt.
    async fn failed(&self, error: &str, excused: bool) {
        let pace = self.handler.pace();
        let now = Time::from(self.ambient.now());
        let mut by_attempts: BTreeMap<i32, Vec<&Task>> = BTreeMap::new();
        for task in &self.tasks {
            by_attempts.entry(task.attempts).or_default().push(task);
        }
        let rescheduled = async {
            let mut tx = self.db.begin().await?;
            for (attempts, tasks) in by_attempts {
                let last = !excused && pace.most_attempts.is_some_and(|most| attempts + 1 >= most);
                if last {
                    tasks::bury(&mut tx, &tasks, now, error).await?;
                    tracing::error!(
                        kind = self.handler.kind(),
                        tasks = tasks.len(),
                        error,
                        "buried after the last attempt"
                    );
                    continue;
                }
                let due = now.after(pace.pause(attempts, self.ambient.fraction()));
                if excused {
                    tasks::put_off(&mut tx, &tasks, due).await?;
                } else {
                    tasks::again(&mut tx, &tasks, due, Some(error)).await?;
                }
            }
            tx.commit().await
        };
        self.told(rescheduled.await);
    }

    fn told(&self, rescheduled: Result<(), DbError>) {
        if let Err(error) = rescheduled {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(kind = self.handler.kind(), error, "tasks wait for their lease to run out");
        }
    }
}
