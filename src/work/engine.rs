//! The loop: looks for lanes that hold something due, claims from many of them at once, and starts a group for each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kit::Ambient;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::group::Group;
use super::lanes::{Key, Lanes};
use super::{Handler, Waker};
use crate::config::Work as Settings;
use crate::db::tasks::{self, Task, Wanted};
use crate::db::{Db, DbError, Time};

/// The time between two claims at the least: a claim is a commit.
const GATHER: Duration = Duration::from_millis(5);
/// Looking at every lane may take this share of the time at the most.
const LOOKING: u32 = 20;
/// The lane and key of the one task of a kind that comes again for ever.
const RECURRING: &str = "recurring";

/// The loop.
pub struct Work {
    db: Db,
    ambient: Ambient,
    settings: Settings,
    waker: Waker,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    lanes: Lanes,
    groups: JoinSet<Key>,
    /// When something was claimed last.
    claimed: Instant,
    /// When every lane is looked at next.
    look: Instant,
    /// Before when nothing makes it look again.
    earliest_look: Instant,
    recurring: bool,
}

impl Work {
    /// A loop over these handlers; kinds without one stay unclaimed and visible.
    pub fn new(db: Db, ambient: Ambient, settings: Settings, waker: Waker, handlers: Vec<Arc<dyn Handler>>) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let (lanes, groups) = (Lanes::default(), JoinSet::new());
        Self {
            db,
            ambient,
            settings,
            waker,
            handlers,
            lanes,
            groups,
            claimed: Instant::now(),
            look: Instant::now(),
            earliest_look: Instant::now(),
            recurring: false,
        }
    }

    /// Works until told to stop, and then ends what is under way.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.waker.works();
        let kinds = self.handlers.keys().copied().collect();
        let signals = tokio::spawn(self.waker.clone().connect(self.db.clone(), kinds, stop.clone()));
        while !*stop.borrow() {
            while let Some(Ok(key)) = self.groups.try_join_next() {
                self.ended(key);
            }
            let wait = match self.step().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "due work cannot be looked at");
                    self.poll()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait), if !wait.is_zero() => {}
                () = std::future::ready(()), if wait.is_zero() => {}
                () = self.waker.notified() => {}
                Some(Ok(key)) = self.groups.join_next(), if !self.groups.is_empty() => self.ended(key),
                _ = stop.changed() => {}
            }
        }
        self.handlers.values().for_each(|handler| handler.drain());
        while self.groups.join_next().await.is_some() {}
        drop(signals.await);
    }

    /// Starts what is due, if there is room; answers how long to wait.
    async fn step(&mut self) -> Result<Duration, DbError> {
        self.hear();
        if self.settings.concurrency == 0 {
            return Ok(self.poll());
        }
        if Instant::now() >= self.look {
            self.look_around().await?;
        }
        // Under load a claim every few milliseconds takes many tasks; alone, a task is claimed at once.
        let gathering = GATHER.saturating_sub(self.claimed.elapsed());
        if !gathering.is_zero() {
            return Ok(gathering);
        }
        let now = self.now();
        let wanted = self.lanes.pick(now, self.handlers.values().map(Arc::as_ref), self.settings.concurrency);
        if wanted.is_empty() {
            let due = self.lanes.next_due().map_or(self.poll(), |due| due.since(now));
            // A moment at least: a time that is reached is reached by the clock, too.
            return Ok(due.min(self.look.saturating_duration_since(Instant::now())).max(Duration::from_millis(1)));
        }
        self.claimed = Instant::now();
        let claimed = tasks::claim(&self.db, &wanted, now, now.after(self.lease())).await;
        if claimed.is_err() {
            for Wanted { kind, lane, .. } in wanted {
                self.wake((kind, lane), now);
            }
            return claimed.map(|_| Duration::ZERO);
        }
        self.start(wanted, claimed?);
        Ok(Duration::ZERO)
    }

    fn start(&mut self, wanted: Vec<Wanted>, claimed: Vec<Task>) {
        let mut by_lane: BTreeMap<(String, String), Vec<Task>> = BTreeMap::new();
        for task in claimed {
            by_lane.entry((task.kind.clone(), task.lane.clone())).or_default().push(task);
        }
        for Wanted { kind, lane, most, .. } in wanted {
            let tasks = by_lane.remove(&(kind.to_owned(), lane.clone())).unwrap_or_default();
            let key = (kind, lane);
            let Some(handler) = self.handlers.get(kind).filter(|_| !tasks.is_empty()) else {
                self.lanes.tidy(&key);
                continue;
            };
            let full = tasks.len() as i64 >= most;
            if let Some(last) = tasks.last() {
                self.lanes.claimed(&key, last.due_at);
            }
            let group = Group::new(&self.db, &self.ambient, self.lease(), Arc::clone(handler), tasks);
            self.lanes.begin(key.clone());
            let ended = key.clone();
            self.groups.spawn(async move {
                group.run().await;
                ended
            });
            if full {
                // There may be more than was wanted.
                self.wake(key, self.now());
            }
        }
    }

    fn ended(&mut self, key: Key) {
        let most = self.groups_per_lane(key.0);
        let now = self.now();
        self.lanes.end(key.clone(), now, most);
        self.lanes.tidy(&key);
    }

    fn wake(&mut self, key: Key, due: Time) {
        let most = self.groups_per_lane(key.0);
        let now = self.now();
        self.lanes.wake(key, due, now, most);
    }

    /// Takes in the wake-ups that have come.
    fn hear(&mut self) {
        let hints = self.waker.take();
        if hints.all {
            self.look = self.earliest_look.max(Instant::now());
        }
        let now = self.now();
        for (key, due) in hints.lanes {
            if self.handlers.contains_key(key.0) {
                self.wake(key, due.unwrap_or(now));
            }
        }
    }

    /// Looks at every lane there is: the net under the wake-ups, and how work that waited for its time is found.
    async fn look_around(&mut self) -> Result<(), DbError> {
        let began = Instant::now();
        self.look = began + self.poll();
        if !self.recurring {
            self.ensure_recurring().await?;
            self.recurring = true;
        }
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        for kind in kinds {
            let now = self.now();
            let most = self.groups_per_lane(kind);
            for (lane, due) in tasks::lanes(&self.db, kind, now).await? {
                self.lanes.learn((kind, lane), due, now, most);
            }
        }
        let resting = began.elapsed() * LOOKING;
        self.earliest_look = Instant::now() + resting;
        self.look = Instant::now() + self.poll().max(resting);
        Ok(())
    }

    async fn ensure_recurring(&self) -> Result<(), DbError> {
        let now = self.now();
        let kinds = self.handlers.values().filter(|handler| handler.every().is_some()).map(|handler| handler.kind());
        let recurring: Vec<Task> =
            kinds.map(|kind| Task::new(self.ambient.uuid(), kind, RECURRING, RECURRING, now)).collect();
        let mut tx = self.db.begin().await?;
        tasks::ensure(&mut tx, &recurring.iter().collect::<Vec<_>>()).await?;
        tx.commit().await
    }

    fn groups_per_lane(&self, kind: &str) -> usize {
        self.handlers.get(kind).map_or(1, |handler| handler.pace().groups_per_lane)
    }

    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    fn lease(&self) -> Duration {
        Duration::from_millis(self.settings.lease_ms)
    }

    fn poll(&self) -> Duration {
        Duration::from_millis(self.settings.poll_ms.max(1))
    }
}
