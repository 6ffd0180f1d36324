//! Wake-ups: within a process at once, between processes by at most one NOTIFY every ten milliseconds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::lanes::Key;
use crate::db::signals::{self, Signals};
use crate::db::{Db, Time};

/// How long lanes are gathered for one NOTIFY.
const GATHER: Duration = Duration::from_millis(10);
/// How long a listener that lost its connection waits.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells the loops that something is due. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    here: Inbox,
    others: Inbox,
    /// Whether there is a loop here that takes what comes in, and somebody who tells others.
    works: AtomicBool,
    tells: AtomicBool,
}

#[derive(Debug, Default)]
struct Inbox {
    hints: Mutex<Hints>,
    notify: Notify,
}

/// What has become due.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Lanes, and when something in them is due.
    pub lanes: BTreeMap<Key, Option<Time>>,
    /// Everything has to be looked at.
    pub all: bool,
}

impl Inbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, Hints> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, kind: &'static str, lane: &str, due: Option<Time>) {
        let mut hints = self.lock();
        match hints.lanes.get_mut(&(kind, lane.to_owned())) {
            // Due now is earlier than any time.
            Some(known) => {
                *known = if let (Some(known), Some(due)) = (*known, due) { Some(known.min(due)) } else { None }
            }
            None => drop(hints.lanes.insert((kind, lane.to_owned()), due)),
        }
        drop(hints);
        self.notify.notify_one();
    }

    fn take(&self) -> Hints {
        std::mem::take(&mut self.lock())
    }
}

impl Waker {
    /// Something in the lane is due now. Call it after the commit that enqueued.
    pub fn wake(&self, kind: &'static str, lane: &str) {
        if self.0.works.load(Ordering::Relaxed) {
            self.0.here.add(kind, lane, None);
        }
        if self.0.tells.load(Ordering::Relaxed) {
            self.0.others.add(kind, lane, None);
        }
    }

    /// Something in the lane will be due; whoever polls finds it anyway, a little later.
    pub fn wake_at(&self, kind: &'static str, lane: &str, due: Time) {
        if self.0.works.load(Ordering::Relaxed) {
            self.0.here.add(kind, lane, Some(due));
        }
    }

    /// Something is due, nobody says where.
    pub fn wake_all(&self) {
        self.0.here.lock().all = true;
        self.0.here.notify.notify_one();
    }

    /// There is a loop here.
    pub(super) fn works(&self) {
        self.0.works.store(true, Ordering::Relaxed);
    }

    /// What has come in since the last time.
    pub(super) fn take(&self) -> Hints {
        self.0.here.take()
    }

    /// Waits for something to come in.
    pub(super) async fn notified(&self) {
        self.0.here.notify.notified().await;
    }

    /// Tells the other processes of what was enqueued here, and hears them, until told to stop.
    pub async fn connect(self, db: Db, kinds: Vec<&'static str>, stop: watch::Receiver<bool>) {
        let Some(signals) = Signals::of(&db) else { return };
        self.0.tells.store(true, Ordering::Relaxed);
        let listen = self.listen(&signals, &kinds, stop.clone());
        tokio::join!(self.tell(&signals, stop), listen);
    }

    async fn tell(&self, signals: &Signals, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = self.0.others.notify.notified() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            tokio::time::sleep(GATHER).await;
            let lanes: Vec<Key> = self.0.others.take().lanes.into_keys().collect();
            if let Err(error) = signals.send(&lanes).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "other processes find it by polling");
            }
        }
    }

    async fn listen(&self, signals: &Signals, kinds: &[&'static str], mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let heard = async {
                let mut listener = signals.listen().await?;
                // Whatever was said before anybody listened.
                self.wake_all();
                loop {
                    match listener.next().await? {
                        signals::Heard::Own => {}
                        signals::Heard::Anything => self.wake_all(),
                        signals::Heard::Lanes(lanes) => {
                            for (kind, lane) in lanes {
                                if let Some(kind) = kinds.iter().find(|known| **known == kind) {
                                    self.0.here.add(kind, &lane, None);
                                }
                            }
                        }
                    }
                }
                #[expect(unreachable_code, reason = "the loop ends by an error only; this names its type")]
                Ok::<(), crate::db::DbError>(())
            };
            tokio::select! {
                heard = heard => if let Err(error) = heard {
                    tracing::debug!(error = &error as &dyn std::error::Error, "nobody is heard; polling finds it");
                },
                _ = stop.wait_for(|stop| *stop) => return,
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}
