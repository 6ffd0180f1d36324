//! Durable due work: one loop claims tasks with a lease and a fence and hands them to their handlers, lane by lane.

mod allowances;
mod engine;
mod follow_up;
mod group;
mod lanes;
mod lease;
mod sequences;
mod signal;

use std::time::Duration;

use async_trait::async_trait;

use crate::db::tasks::Task;
use crate::db::{DbError, Time};

pub use allowances::DbAllowances;
pub use engine::Work;
pub use follow_up::{FollowUp, run_after_response, run_multiple};
pub use lease::is_held;
pub use sequences::DbSequences;
pub use signal::Waker;

/// Does the tasks of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// How many of them at once.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// How many tasks of a lane may be claimed now, or when to ask again.
    fn room(&self, _lane: &str, _now: Time) -> Room {
        Room::For(usize::MAX)
    }

    /// Where the one task of the kind comes again for ever: how long after it was done.
    fn every(&self) -> Option<Duration> {
        None
    }

    /// 1. Gets due tasks of one lane together. 2. Finishes or reschedules each in the transaction of its effect,
    ///    comparing the fence. 3. Is idempotent: a task whose lease ran out comes again. 4. An error reschedules all,
    ///    with the pace's back-off.
    async fn run(&self, tasks: &[Task]) -> Result<(), DbError>;

    /// We are leaving: nothing new is begun, what is under way ends, and what has not begun is given back.
    fn drain(&self) {}
}

/// How many tasks of a kind a process does at once, and what follows when they fail.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Groups of the kind; without a number as many as the settings say.
    pub groups: Option<usize>,
    /// Groups of one lane.
    pub groups_per_lane: usize,
    /// Tasks in a group.
    pub batch: usize,
    /// The pause after the first failure; it doubles.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// A task that has failed so often is buried; `None` never gives up.
    pub most_attempts: Option<i32>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            groups: None,
            groups_per_lane: 1,
            batch: 500,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(300),
            most_attempts: None,
        }
    }
}

impl Pace {
    /// The pause after so many failures, from half of it to the whole by chance.
    pub fn pause(&self, attempts: i32, chance: f64) -> Duration {
        let doublings = u32::try_from(attempts).unwrap_or(0).min(20);
        let pause = self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause);
        pause.mul_f64(0.5 + chance / 2.0)
    }
}

/// Whether a lane's tasks may be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// So many, at least one.
    For(usize),
    /// None before this moment.
    Until(Time),
}
