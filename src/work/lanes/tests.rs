//! Whose turn it is, without a database.

use std::time::Duration;

use async_trait::async_trait;

use super::super::Pace;
use super::*;
use crate::db::DbError;
use crate::db::tasks::Task;

const KIND: &str = "kind";
const START: Time = Time::from_second(1_000);

struct Fake {
    pace: Pace,
    closed: Option<&'static str>,
}

#[async_trait]
impl Handler for Fake {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn room(&self, lane: &str, now: Time) -> Room {
        if self.closed == Some(lane) { Room::Until(now.after(Duration::from_secs(60))) } else { Room::For(4) }
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        Ok(())
    }
}

fn fake(groups: usize, groups_per_lane: usize) -> Fake {
    Fake { pace: Pace { groups: Some(groups), groups_per_lane, batch: 10, ..Pace::default() }, closed: None }
}

fn key(lane: &str) -> Key {
    (KIND, lane.to_owned())
}

fn picked(lanes: &mut Lanes, fake: &Fake, now: Time) -> Vec<String> {
    let wanted = lanes.pick(now, std::iter::once(fake as &dyn Handler), 32);
    for wanted in &wanted {
        lanes.begin(key(&wanted.lane));
    }
    wanted.into_iter().map(|wanted| wanted.lane).collect()
}

#[test]
fn lanes_take_turns_whatever_waits_in_one() {
    let (mut lanes, fake) = (Lanes::default(), fake(2, 1));
    for lane in ["a", "b", "c"] {
        lanes.wake(key(lane), START, START, 1);
    }
    assert_eq!(picked(&mut lanes, &fake, START), ["a", "b"]);
    // `a` has more; it stands behind `c` all the same.
    lanes.wake(key("a"), START, START, 1);
    lanes.end(key("a"), START, 1);
    assert_eq!(picked(&mut lanes, &fake, START), ["c"]);
    lanes.end(key("c"), START, 1);
    assert_eq!(picked(&mut lanes, &fake, START), ["a"]);
}

#[test]
fn a_lane_at_work_waits_unless_it_may_have_several_groups() {
    for (per_lane, expected) in [(1, 0), (2, 1)] {
        let (mut lanes, fake) = (Lanes::default(), fake(8, per_lane));
        lanes.wake(key("a"), START, START, per_lane);
        assert_eq!(picked(&mut lanes, &fake, START), ["a"]);
        lanes.wake(key("a"), START, START, per_lane);
        assert_eq!(picked(&mut lanes, &fake, START).len(), expected, "{per_lane}");
        lanes.wake(key("a"), START, START, per_lane);
        assert_eq!(picked(&mut lanes, &fake, START).len(), 0, "{per_lane}");
        lanes.end(key("a"), START, per_lane);
        assert_eq!(picked(&mut lanes, &fake, START), ["a"], "{per_lane}");
    }
}

#[test]
fn what_is_due_later_waits_and_is_known() {
    let (mut lanes, fake) = (Lanes::default(), fake(8, 1));
    let later = START.after(Duration::from_secs(5));
    lanes.learn(key("a"), Some(later), START, 1);
    lanes.wake(key("b"), START.after(Duration::from_secs(9)), START, 1);
    assert_eq!(lanes.next_due(), Some(later));
    assert!(picked(&mut lanes, &fake, START).is_empty());
    assert_eq!(picked(&mut lanes, &fake, later), ["a"]);
    // An earlier time moves it forward.
    lanes.wake(key("b"), later, later, 1);
    assert_eq!(picked(&mut lanes, &fake, later), ["b"]);
    assert_eq!(lanes.next_due(), None);
}

#[test]
fn a_lane_without_room_rests_and_others_do_not_wait_for_it() {
    let mut lanes = Lanes::default();
    let fake = Fake { closed: Some("a"), ..fake(8, 1) };
    lanes.wake(key("a"), START, START, 1);
    lanes.wake(key("b"), START, START, 1);
    assert_eq!(picked(&mut lanes, &fake, START), ["b"]);
    assert_eq!(lanes.next_due(), Some(START.after(Duration::from_secs(60))));
}

#[test]
fn what_is_empty_is_forgotten() {
    let (mut lanes, fake) = (Lanes::default(), fake(8, 1));
    lanes.wake(key("a"), START, START, 1);
    let wanted = lanes.pick(START, std::iter::once(&fake as &dyn Handler), 32);
    assert_eq!(wanted.len(), 1);
    lanes.tidy(&key("a"));
    assert!(lanes.lanes.is_empty() && lanes.later.is_empty());
}

#[test]
fn what_lies_before_the_last_claim_is_not_stepped_over_again_unless_something_is_due_there() {
    let (mut lanes, fake) = (Lanes::default(), fake(8, 1));
    let from = |lanes: &mut Lanes, now: Time| {
        lanes.wake(key("a"), now, now, 1);
        let wanted = lanes.pick(now, std::iter::once(&fake as &dyn Handler), 32);
        wanted[0].from
    };
    let minute = Duration::from_secs(60);
    assert_eq!(from(&mut lanes, START), Time::BEGINNING);
    lanes.claimed(&key("a"), START);
    assert_eq!(from(&mut lanes, START.after(minute)), START.before(LATE));
    // A claim of something older does not take it back; a look that finds something older does.
    lanes.claimed(&key("a"), START.before(minute));
    assert_eq!(from(&mut lanes, START.after(minute)), START.before(LATE));
    lanes.learn(key("a"), Some(START.before(minute)), START, 1);
    assert_eq!(from(&mut lanes, START.after(minute)), START.before(minute));
}
