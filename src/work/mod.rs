//! Durable due work: one loop claims tasks with a lease and a fence and hands them to their handlers, lane by lane.

mod sequences;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kit::{Ambient, Origin};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::config::Work as Settings;
use crate::db::tasks::{self, Task, Wanted};
use crate::db::{Db, DbError, Time};

pub use sequences::DbSequences;

/// Tasks in one claim at the most.
const BATCH: i64 = 500;
/// The pause after tasks that could not be worked on, doubling to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Does the tasks of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// 1. Gets the due tasks of one lane together. 2. Finishes or reschedules each in the transaction of its effect,
    ///    comparing the fence. 3. Is idempotent: a task whose lease ran out comes again. 4. An error reschedules all.
    async fn run(&self, tasks: &[Task]) -> Result<(), DbError>;
}

/// Tells the loop of this process that something is due. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Call it after the commit that enqueued.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// The loop.
pub struct Work {
    db: Db,
    ambient: Ambient,
    settings: Settings,
    waker: Waker,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    busy: Arc<Mutex<HashSet<(&'static str, String)>>>,
}

impl Work {
    /// A loop over these handlers; kinds without one stay unclaimed and visible.
    pub fn new(db: Db, ambient: Ambient, settings: Settings, waker: Waker, handlers: Vec<Arc<dyn Handler>>) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        Self { db, ambient, settings, waker, handlers, busy: Arc::default() }
    }

    /// Works until told to stop, and then ends what is under way.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut groups = JoinSet::new();
        while !*stop.borrow() {
            while groups.try_join_next().is_some() {}
            let wait = match self.step(&mut groups).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "due work cannot be looked at");
                    self.poll()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.waker.0.notified() => {}
                Some(_) = groups.join_next(), if !groups.is_empty() => {}
                _ = stop.changed() => {}
            }
        }
        while groups.join_next().await.is_some() {}
    }

    /// Claims what is due, if there is room, and starts it; answers how long to wait.
    async fn step(&self, groups: &mut JoinSet<()>) -> Result<Duration, DbError> {
        if groups.len() >= self.settings.concurrency {
            return Ok(self.poll());
        }
        let wanted =
            Wanted { kinds: self.handlers.keys().copied().collect(), busy: self.lock().iter().cloned().collect() };
        let now = self.now();
        match tasks::next_due(&self.db, &wanted, now).await? {
            Some(due) if due <= now => {}
            Some(due) => return Ok(due.since(now).min(self.poll())),
            None => return Ok(self.poll()),
        }
        let claimed = tasks::claim(&self.db, &wanted, now, now.after(self.lease()), BATCH).await?;
        let mut lanes: BTreeMap<(String, String), Vec<Task>> = BTreeMap::new();
        for task in claimed {
            lanes.entry((task.kind.clone(), task.lane.clone())).or_default().push(task);
        }
        for ((kind, lane), tasks) in lanes {
            let Some((kind, handler)) = self.handlers.get_key_value(kind.as_str()) else { continue };
            self.lock().insert((kind, lane.clone()));
            let group = Group {
                db: self.db.clone(),
                ambient: self.ambient.clone(),
                lease: self.lease(),
                handler: Arc::clone(handler),
                tasks,
                _busy: Busy { lane: (kind, lane), set: Arc::clone(&self.busy) },
            };
            groups.spawn(group.run());
        }
        // There may be more than one batch.
        Ok(Duration::ZERO)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<(&'static str, String)>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    fn lease(&self) -> Duration {
        Duration::from_millis(self.settings.lease_ms)
    }

    fn poll(&self) -> Duration {
        Duration::from_millis(self.settings.poll_ms)
    }
}

/// Tasks of one lane under way.
struct Group {
    db: Db,
    ambient: Ambient,
    lease: Duration,
    handler: Arc<dyn Handler>,
    tasks: Vec<Task>,
    _busy: Busy,
}

/// Marks a lane as being worked in, a handler that panics included.
struct Busy {
    lane: (&'static str, String),
    set: Arc<Mutex<HashSet<(&'static str, String)>>>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.set.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.lane);
    }
}

impl Group {
    async fn run(self) {
        let origin = Origin { request_id: format!("task_{}", self.tasks[0].id.simple()), ..Origin::default() };
        let work = Arc::new(origin).scope(self.handler.run(&self.tasks));
        let done = tokio::select! {
            done = work => done,
            () = self.renew() => return,
        };
        if let Err(error) = done {
            tracing::warn!(kind = self.handler.kind(), error = &error as &dyn std::error::Error, "tasks come again");
            self.again(&error).await;
        }
    }

    /// Keeps the lease while the handler runs. A database that is away does not end the work: the fence decides.
    async fn renew(&self) {
        let held: Vec<_> = self.tasks.iter().map(|task| (task.id, task.fence)).collect();
        loop {
            tokio::time::sleep(self.lease / 3).await;
            let until = Time::from(self.ambient.now()).after(self.lease);
            if let Err(error) = tasks::renew(&self.db, &held, until).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a lease cannot be renewed");
            }
        }
    }

    /// What cannot be rescheduled now comes again when its lease has run out.
    async fn again(&self, error: &DbError) {
        let tried = self.tasks.iter().map(|task| task.attempts).max().unwrap_or(0).clamp(0, 16);
        let pause = FIRST_PAUSE.saturating_mul(1 << tried).min(LONGEST_PAUSE);
        let due = Time::from(self.ambient.now()).after(pause.mul_f64(0.5 + self.ambient.fraction() / 2.0));
        let rescheduled = async {
            let mut tx = self.db.begin().await?;
            tasks::again(&mut tx, &self.tasks.iter().collect::<Vec<_>>(), due, Some(&error.to_string())).await?;
            tx.commit().await
        };
        if let Err(error) = rescheduled.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "tasks wait for their lease to run out");
        }
    }
}
