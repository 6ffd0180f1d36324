//! Due work, statement by statement: leases, fences, lanes and wake-ups.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use jisr::db::tasks::{self, Task, Wanted};
use jisr::db::{Db, Time};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::harness::{Backend, TestDatabase, on_both};

const KIND: &str = "test.kind";
const LEASE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const START: Time = Time::from_second(1_800_000_000);

/// Two processes' handles of one database.
async fn two(backend: Backend) -> (Db, Db) {
    let database = TestDatabase::create(backend).await;
    let one = Db::connect(&database.url, 8).await.expect("a database");
    one.migrate().await.expect("a schema");
    (one, Db::connect(&database.url, 8).await.expect("a database"))
}

fn task(number: u128, lane: &str, due_at: Time) -> Task {
    Task {
        id: Uuid::from_u128(number),
        kind: KIND.to_owned(),
        lane: lane.to_owned(),
        key: number.to_string(),
        payload: Json(json!({"number": number.to_string()})),
        due_at,
        attempts: 0,
        fence: 0,
        enqueued_by: None,
        created_at: START,
    }
}

/// A task of a key that another one may have.
fn keyed(key: &str, number: u128, due_at: Time) -> Task {
    Task { key: key.to_owned(), ..task(number, "lane", due_at) }
}

async fn enqueue(db: &Db, tasks: &[Task]) {
    let mut tx = db.begin().await.expect("a transaction");
    for task in tasks {
        tasks::enqueue(&mut tx, task).await.expect("a task");
    }
    tx.commit().await.expect("a commit");
}

/// Of every lane of the kind so many.
async fn claim(db: &Db, now: Time, most: i64) -> Vec<Task> {
    let lanes = tasks::lanes(db, KIND, now).await.expect("the lanes");
    let wanted: Vec<Wanted> =
        lanes.into_iter().map(|(lane, _)| Wanted { kind: KIND, lane, from: Time::BEGINNING, most }).collect();
    tasks::claim(db, &wanted, now, now.after(LEASE)).await.expect("a claim")
}

/// When the first free task of the one lane is due.
async fn next_due(db: &Db, now: Time) -> Option<Time> {
    tasks::lanes(db, KIND, now).await.expect("the lanes").into_iter().find_map(|(_, due)| due)
}

async fn hold(db: &Db, task: &Task) -> bool {
    let mut tx = db.begin().await.expect("a transaction");
    tasks::hold(&mut tx, task).await.expect("an answer")
}

async fn finish(db: &Db, task: &Task) {
    let mut tx = db.begin().await.expect("a transaction");
    tasks::finish(&mut tx, task).await.expect("an end");
    tx.commit().await.expect("a commit");
}

async fn again(db: &Db, task: &Task, due: Time, error: Option<&str>) {
    let mut tx = db.begin().await.expect("a transaction");
    tasks::again(&mut tx, &[task], due, error).await.expect("another time");
    tx.commit().await.expect("a commit");
}

on_both! {
    async fn a_claimed_task_is_nobody_elses_until_its_lease_has_run_out(backend) {
        let (one, two) = two(backend).await;
        enqueue(&one, &[task(1, "lane", START)]).await;
        assert!(claim(&one, START.before(SECOND), 10).await.is_empty(), "not due");
        let held = claim(&one, START, 10).await;
        assert_eq!((held.len(), held[0].fence), (1, 1));
        assert!(claim(&two, START.after(LEASE - SECOND), 10).await.is_empty(), "leased");
        tasks::renew(&one, &[(held[0].id, held[0].fence)], START.after(LEASE * 2)).await.expect("renewed");
        assert!(claim(&two, START.after(LEASE + SECOND), 10).await.is_empty(), "renewed");
        let taken = claim(&two, START.after(LEASE * 2 + SECOND), 10).await;
        assert_eq!((taken.len(), taken[0].fence), (1, 2));
        // The first one's fence is over: it can neither hold, renew, end nor put it off.
        assert!(!hold(&one, &held[0]).await && hold(&two, &taken[0]).await);
        tasks::renew(&one, &[(held[0].id, held[0].fence)], START.after(LEASE * 100)).await.expect("no error");
        finish(&one, &held[0]).await;
        again(&one, &held[0], START, Some("late")).await;
        assert!(claim(&one, START.after(LEASE * 2 + SECOND), 10).await.is_empty(), "still the second one's");
        let third = claim(&one, START.after(LEASE * 4), 10).await;
        assert_eq!((third.len(), third[0].fence, third[0].attempts), (1, 3, 0));
        finish(&one, &third[0]).await;
        assert!(tasks::depth(&one).await.expect("a depth").is_empty());
    }
}

on_both! {
    async fn two_claimants_never_share_a_task(backend) {
        let (one, two) = two(backend).await;
        let all: Vec<Task> = (1..=300).map(|number| task(number, &format!("lane {}", number % 7), START)).collect();
        enqueue(&one, &all).await;
        let claims = join_all((0..60).map(|index| {
            let db = if index % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move { claim(&db, START.after(SECOND), 7).await })
        }))
        .await;
        let taken: Vec<Uuid> = claims.into_iter().flat_map(|claimed| claimed.expect("no panic")).map(|task| task.id).collect();
        let distinct: HashSet<Uuid> = taken.iter().copied().collect();
        assert_eq!(distinct.len(), taken.len());
        let rest = claim(&one, START.after(SECOND), 500).await;
        assert_eq!(taken.len() + rest.len(), 300, "and none is lost");
        assert!(rest.iter().all(|task| !distinct.contains(&task.id)));
    }
}

on_both! {
    async fn a_task_that_is_woken_while_somebody_is_at_it_comes_again(backend) {
        let (one, two) = two(backend).await;
        for end in ["finish", "again"] {
            enqueue(&one, &[task(1, "lane", START)]).await;
            let held = claim(&one, START, 10).await;
            enqueue(&two, &[keyed("1", 2, START.after(SECOND))]).await;
            assert!(claim(&two, START.after(SECOND), 10).await.is_empty(), "it is leased all the same");
            match end {
                "finish" => finish(&one, &held[0]).await,
                _ => again(&one, &held[0], START.after(LEASE * 10), None).await,
            }
            let woken = claim(&two, START.after(SECOND), 10).await;
            assert_eq!(woken.len(), 1, "{end}: due when it was woken");
            assert_eq!((woken[0].id, woken[0].payload.0["number"].as_str()), (held[0].id, Some("1")), "the same task");
            finish(&two, &woken[0]).await;
            assert!(tasks::depth(&one).await.expect("a depth").is_empty(), "{end}");
        }
    }
}

on_both! {
    async fn waking_only_ever_brings_a_task_forward(backend) {
        let (one, _two) = two(backend).await;
        enqueue(&one, &[task(1, "lane", START.after(LEASE))]).await;
        enqueue(&one, &[keyed("1", 2, START.after(LEASE * 9))]).await;
        assert_eq!(next_due(&one, START).await, Some(START.after(LEASE)));
        enqueue(&one, &[keyed("1", 3, START)]).await;
        assert_eq!(next_due(&one, START).await, Some(START));
        assert_eq!(claim(&one, START, 10).await.len(), 1);
    }
}

on_both! {
    async fn errors_count_as_attempts_and_a_deferral_ends_the_row(backend) {
        let (one, _two) = two(backend).await;
        enqueue(&one, &[task(1, "lane", START)]).await;
        for (error, attempts) in [(None, 0), (Some("away"), 1), (Some("away"), 2), (None, 0), (Some("away"), 1)] {
            let held = claim(&one, START, 10).await;
            again(&one, &held[0], START, error).await;
            let now = tasks::by_id(&one, held[0].id).await.expect("a row").expect("the task");
            assert_eq!((now.task.attempts, now.last_error.as_deref()), (attempts, error));
        }
    }
}

on_both! {
    async fn only_the_lanes_that_are_wanted_are_claimed_and_each_by_itself(backend) {
        let (one, _two) = two(backend).await;
        let strange = Task { kind: "nobody.does".to_owned(), ..task(100, "c", START) };
        let mut all: Vec<Task> = (1..=20).map(|number| task(number, "a", START.before(SECOND))).collect();
        all.extend([task(21, "b", START), task(22, "c", START.after(SECOND)), strange]);
        enqueue(&one, &all).await;
        let lanes = tasks::lanes(&one, KIND, START).await.expect("the lanes");
        let found: Vec<_> = lanes.iter().map(|(lane, due)| (lane.as_str(), *due)).collect();
        assert_eq!(found, [("a", Some(START.before(SECOND))), ("b", Some(START)), ("c", Some(START.after(SECOND)))]);
        let want = |lane: &str, most| Wanted { kind: KIND, lane: lane.to_owned(), from: Time::BEGINNING, most };
        let claim = |wanted: Vec<Wanted>| {
            let one = one.clone();
            async move { tasks::claim(&one, &wanted, START, START.after(LEASE)).await.expect("a claim") }
        };
        let claimed = claim(vec![want("a", 3), want("b", 3), want("c", 3)]).await;
        let of = |lane: &str| claimed.iter().filter(|task| task.lane == lane).count();
        assert_eq!((of("a"), of("b"), of("c")), (3, 1, 0), "what waits in one lane crowds out nothing in another");
        // All that is left of `b` is at work: nothing is free there.
        let lanes = tasks::lanes(&one, KIND, START).await.expect("the lanes");
        assert_eq!(lanes[1], ("b".to_owned(), None));
        assert_eq!(claim(vec![want("b", 3)]).await.len(), 0);
        let depth = tasks::depth(&one).await.expect("a depth");
        let depth: Vec<_> = depth.iter().map(|depth| (depth.kind.as_str(), depth.waiting, depth.buried)).collect();
        assert_eq!(depth, [("nobody.does", 1, 0), (KIND, 22, 0)]);
    }
}

on_both! {
    async fn a_buried_task_is_nobodys_until_it_is_revived_or_woken(backend) {
        let (one, two) = two(backend).await;
        for revival in ["by hand", "woken"] {
            enqueue(&one, &[task(1, "lane", START)]).await;
            let held = claim(&one, START, 10).await;
            let mut tx = one.begin().await.expect("a transaction");
            tasks::bury(&mut tx, &[&held[0]], START, "seven times").await.expect("buried");
            tx.commit().await.expect("a commit");
            assert!(claim(&two, START.after(LEASE * 9), 10).await.is_empty(), "buried");
            let row = tasks::by_id(&one, held[0].id).await.expect("a row").expect("it is not lost");
            assert_eq!((row.buried_at, row.last_error.as_deref()), (Some(START), Some("seven times")));
            assert_eq!(tasks::depth(&one).await.expect("a depth")[0].buried, 1);
            match revival {
                "by hand" => drop(tasks::revive(&one, held[0].id, START).await.expect("a row").expect("the task")),
                _ => enqueue(&one, &[keyed("1", 2, START)]).await,
            }
            let again = claim(&two, START, 10).await;
            assert_eq!(again.len(), 1, "{revival}");
            finish(&two, &again[0]).await;
        }
    }
}

on_both! {
    async fn a_task_that_a_person_buries_is_lost_to_whoever_is_at_it(backend) {
        let (one, two) = two(backend).await;
        enqueue(&one, &[task(1, "lane", START)]).await;
        let held = claim(&one, START, 10).await;
        tasks::bury_by_hand(&two, held[0].id, START).await.expect("a row").expect("the task");
        assert!(!hold(&one, &held[0]).await);
        finish(&one, &held[0]).await;
        assert!(tasks::by_id(&one, held[0].id).await.expect("a row").is_some(), "still there");
    }
}

on_both! {
    async fn a_held_task_cannot_be_taken_before_its_holder_is_done(backend) {
        let (one, two) = two(backend).await;
        enqueue(&one, &[task(1, "lane", START)]).await;
        let held = claim(&one, START, 10).await;
        let mut tx = one.begin().await.expect("a transaction");
        assert!(tasks::hold(&mut tx, &held[0]).await.expect("an answer"));
        // The lease is long over, but the holder decides right now.
        let other = two.clone();
        let thief = tokio::spawn(async move { claim(&other, START.after(LEASE * 2), 10).await });
        tasks::finish(&mut tx, &held[0]).await.expect("an end");
        tx.commit().await.expect("a commit");
        assert!(thief.await.expect("no panic").is_empty());
        assert!(claim(&two, START.after(LEASE * 2), 10).await.is_empty());
    }
}
