//! What a process knows of the lanes: which hold something due, in whose turn, and which are at work. It knows no database.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::{Handler, Room};
use crate::db::Time;
use crate::db::tasks::Wanted;

/// Lanes of a kind in one claim at the most.
const LANES: usize = 128;
/// Tasks of a kind in one claim at the most.
const TASKS: usize = 1_024;

/// Tasks may be committed so much later than they say that they were made; what is later still is found by looking around.
const LATE: Duration = Duration::from_secs(1);
/// Lanes whose last claim is remembered.
const FLOORS: usize = 50_000;

/// A kind and one of its lanes.
pub(super) type Key = (&'static str, String);

/// The lanes that are known to hold something.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Key, Lane>,
    /// By kind, in the order of their turns. A lane that left the state `Ready` meanwhile is passed over.
    ready: HashMap<&'static str, VecDeque<String>>,
    later: BTreeSet<(Time, Key)>,
    groups: HashMap<&'static str, usize>,
    /// What was claimed last of a lane was due then; what is done lies before it.
    floors: HashMap<Key, Time>,
}

#[derive(Debug, Default)]
struct Lane {
    groups: usize,
    /// When its next free task is due, as far as we know.
    next: Option<Time>,
    queued: Queued,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Queued {
    #[default]
    No,
    Ready,
    Later(Time),
}

impl Lanes {
    /// Something in the lane is due at a time.
    pub fn wake(&mut self, key: Key, due: Time, now: Time, most_groups: usize) {
        let lane = self.lanes.entry(key.clone()).or_default();
        lane.next = Some(lane.next.map_or(due, |next| next.min(due)));
        self.settle(key, now, most_groups);
    }

    /// What the database says of a lane. It never takes a turn away: a claim finds out by itself.
    pub fn learn(&mut self, key: Key, due: Option<Time>, now: Time, most_groups: usize) {
        // Something is due that lies before what was claimed: committed late, put back, or left by one who died.
        if let (Some(due), Some(floor)) = (due, self.floors.get_mut(&key)) {
            *floor = (*floor).min(due);
        }
        match due {
            Some(due) if self.lanes.get(&key).is_none_or(|lane| lane.queued != Queued::Ready) => {
                self.lanes.entry(key.clone()).or_default().next = Some(due);
                self.settle(key, now, most_groups);
            }
            _ => {}
        }
    }

    /// Whose turn it is: lanes that have something due and room for it, each kind within its pace.
    pub fn pick<'h>(
        &mut self,
        now: Time,
        handlers: impl Iterator<Item = &'h dyn Handler>,
        most_groups: usize,
    ) -> Vec<Wanted> {
        self.ripen(now);
        let mut wanted = Vec::new();
        for handler in handlers {
            let (kind, pace) = (handler.kind(), handler.pace());
            // Kinds do not wait for each other: each has a share of its own in the claim.
            let (mut lanes, mut tasks) = (0, 0);
            let mut free =
                pace.groups.unwrap_or(most_groups).saturating_sub(self.groups.get(kind).copied().unwrap_or(0));
            let turns = self.ready.get(kind).map_or(0, VecDeque::len);
            for _ in 0..turns {
                if free == 0 || lanes == LANES || tasks >= TASKS {
                    break;
                }
                let Some(lane) = self.ready.get_mut(kind).and_then(VecDeque::pop_front) else { break };
                let key = (kind, lane);
                let Some(known) = self.lanes.get_mut(&key) else { continue };
                if known.queued != Queued::Ready {
                    continue;
                }
                known.queued = Queued::No;
                match handler.room(&key.1, now) {
                    Room::For(room) => {
                        let most = room.clamp(1, pace.batch);
                        free -= 1;
                        tasks += most;
                        lanes += 1;
                        known.next = None;
                        let from = self.floors.get(&key).copied().unwrap_or(Time::BEGINNING);
                        wanted.push(Wanted { kind, lane: key.1, from, most: most as i64 });
                    }
                    Room::Until(moment) => {
                        known.next = Some(moment);
                        self.settle(key, now, pace.groups_per_lane);
                    }
                }
            }
        }
        wanted
    }

    /// Tasks of the lane were claimed, the last of them due then.
    pub fn claimed(&mut self, key: &Key, last: Time) {
        if self.floors.len() >= FLOORS {
            self.floors.clear();
        }
        let floor = last.before(LATE);
        self.floors.entry(key.clone()).and_modify(|known| *known = floor.max(*known)).or_insert(floor);
    }

    /// A group of the lane begins.
    pub fn begin(&mut self, key: Key) {
        *self.groups.entry(key.0).or_default() += 1;
        self.lanes.entry(key).or_default().groups += 1;
    }

    /// A group of the lane has ended.
    pub fn end(&mut self, key: Key, now: Time, most_groups: usize) {
        if let Some(groups) = self.groups.get_mut(key.0) {
            *groups = groups.saturating_sub(1);
        }
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.groups = lane.groups.saturating_sub(1);
        }
        self.settle(key, now, most_groups);
    }

    /// Forgets a lane that a claim found empty.
    pub fn tidy(&mut self, key: &Key) {
        if self.lanes.get(key).is_some_and(|lane| lane.groups == 0 && lane.next.is_none()) {
            self.lanes.remove(key);
        }
    }

    /// When something that is known is due next.
    pub fn next_due(&self) -> Option<Time> {
        self.later.first().map(|(due, _)| *due)
    }

    fn ripen(&mut self, now: Time) {
        while let Some((due, _)) = self.later.first()
            && *due <= now
        {
            let Some((_, key)) = self.later.pop_first() else { break };
            if let Some(lane) = self.lanes.get_mut(&key) {
                lane.queued = Queued::Ready;
                self.ready.entry(key.0).or_default().push_back(key.1);
            }
        }
    }

    /// Puts a lane where it belongs.
    fn settle(&mut self, key: Key, now: Time, most_groups: usize) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        let queued = match lane.next {
            Some(_) if lane.groups >= most_groups => Queued::No,
            Some(next) if next <= now => Queued::Ready,
            Some(next) => Queued::Later(next),
            None => Queued::No,
        };
        if queued == lane.queued {
            return;
        }
        if let Queued::Later(due) = lane.queued {
            self.later.remove(&(due, key.clone()));
        }
        // A lane that has its turn keeps it.
        if lane.queued == Queued::Ready && queued != Queued::No {
            return;
        }
        lane.queued = queued;
        match queued {
            Queued::Ready => self.ready.entry(key.0).or_default().push_back(key.1),
            Queued::Later(due) => drop(self.later.insert((due, key))),
            Queued::No if lane.groups == 0 && lane.next.is_none() => drop(self.lanes.remove(&key)),
            Queued::No => {}
        }
    }
}

#[cfg(test)]
mod tests;
