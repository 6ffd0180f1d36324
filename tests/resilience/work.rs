//! The loop of due work: turns, rooms, failures, burial, recurrence, wake-ups between processes, and what follows an answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jisr::config::{Config, Variables, Work as Settings};
use jisr::db::tasks::{self, Task};
use jisr::db::{Db, DbError, Time};
use jisr::work::{FollowUp, Handler, Pace, Waker, Work, run_after_response, run_multiple};
use kit::Ambient;
use serde_json::json;
use sqlx::types::Json;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::harness::{Backend, TestDatabase, eventually, on_both};

const MILLIS: Duration = Duration::from_millis(1);

/// What a handler of these tests does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Finish,
    FinishAfter(Duration),
    Fail,
    Panic,
    Nothing,
}

type Acts = dyn Fn(&Task) -> Act + Send + Sync;

/// A handler that writes down what it did.
struct Recorded {
    kind: &'static str,
    db: Db,
    pace: Pace,
    every: Option<Duration>,
    act: Box<Acts>,
    done: Mutex<Vec<(String, Instant)>>,
    under_way: Mutex<HashMap<String, usize>>,
    most: AtomicUsize,
}

impl Recorded {
    fn new(db: &Db, kind: &'static str, act: impl Fn(&Task) -> Act + Send + Sync + 'static) -> Self {
        let pace = Pace { first_pause: 20 * MILLIS, longest_pause: 50 * MILLIS, batch: 4, ..Pace::default() };
        Self {
            kind,
            db: db.clone(),
            pace,
            every: None,
            act: Box::new(act),
            done: Mutex::default(),
            under_way: Mutex::default(),
            most: AtomicUsize::new(0),
        }
    }

    fn done(&self) -> usize {
        self.done.lock().expect("a lock").len()
    }
}

#[async_trait]
impl Handler for Recorded {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn every(&self) -> Option<Duration> {
        self.every
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        let lane = tasks[0].lane.clone();
        {
            let mut under_way = self.under_way.lock().expect("a lock");
            let groups = under_way.entry(lane.clone()).or_default();
            *groups += 1;
            self.most.fetch_max(*groups, Ordering::Relaxed);
        }
        let mut result = Ok(());
        for task in tasks {
            match (self.act)(task) {
                Act::Finish => {}
                Act::FinishAfter(pause) => tokio::time::sleep(pause).await,
                Act::Fail => result = Err(DbError::Constraint("as told".to_owned())),
                Act::Panic => panic!("as told"),
                Act::Nothing => continue,
            }
            if result.is_ok() {
                let mut tx = self.db.begin().await?;
                tasks::finish(&mut tx, task).await?;
                tx.commit().await?;
                self.done.lock().expect("a lock").push((task.key.clone(), Instant::now()));
            }
        }
        *self.under_way.lock().expect("a lock").entry(lane).or_default() -= 1;
        result
    }
}

async fn open(backend: Backend) -> (TestDatabase, Db) {
    let database = TestDatabase::create(backend).await;
    let db = Db::connect(&database.url, 8).await.expect("a database");
    db.migrate().await.expect("a schema");
    (database, db)
}

fn settings(poll_ms: u64) -> Settings {
    let work = Config::load(None, &Variables::from_pairs(std::iter::empty())).expect("the defaults").work;
    Settings { poll_ms, ..work }
}

/// A process's loop.
struct Loop {
    stop: watch::Sender<bool>,
    work: tokio::task::JoinHandle<()>,
}

impl Loop {
    fn start(db: &Db, poll_ms: u64, waker: &Waker, handlers: Vec<Arc<dyn Handler>>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let work = Work::new(db.clone(), Ambient::system(), settings(poll_ms), waker.clone(), handlers);
        Self { stop, work: tokio::spawn(work.run(stopped)) }
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        self.work.await.expect("no panic");
    }
}

fn task(kind: &str, lane: &str, key: &str) -> Task {
    let now = Time::from(Ambient::system().now());
    Task {
        id: Ambient::system().uuid(),
        kind: kind.to_owned(),
        lane: lane.to_owned(),
        key: key.to_owned(),
        payload: Json(json!({})),
        due_at: now,
        attempts: 0,
        fence: 0,
        enqueued_by: Some("req_of_a_test".to_owned()),
        created_at: now,
    }
}

async fn enqueue(db: &Db, tasks: Vec<Task>) {
    let mut tx = db.begin().await.expect("a transaction");
    tasks::insert_all(&mut tx, &tasks.iter().collect::<Vec<_>>()).await.expect("the tasks");
    tx.commit().await.expect("a commit");
}

on_both! {
    async fn a_lane_that_is_full_and_slow_holds_up_no_other(backend) {
        let (_database, db) = open(backend).await;
        let slow = |task: &Task| if task.lane == "slow" { Act::FinishAfter(30 * MILLIS) } else { Act::Finish };
        let handler = Arc::new(Recorded::new(&db, "test.turns", slow));
        // The slow lane has been waiting longer than the others, and for more.
        enqueue(&db, (0..2_000).map(|n| task("test.turns", "slow", &format!("slow {n}"))).collect()).await;
        enqueue(&db, (0..200).map(|n| task("test.turns", &format!("lane {}", n % 20), &format!("quick {n}"))).collect()).await;
        let began = Instant::now();
        let work = Loop::start(&db, 50, &Waker::default(), vec![handler.clone()]);
        eventually("the quick ones are done", || async {
            handler.done.lock().expect("a lock").iter().filter(|(key, _)| key.starts_with("quick")).count() == 200
        })
        .await;
        let took = began.elapsed();
        let slow = handler.done.lock().expect("a lock").iter().filter(|(key, _)| key.starts_with("slow")).count();
        assert!(slow < 1_000, "the slow ones are far from done after {took:?}: {slow}");
        assert_eq!(handler.most.load(Ordering::Relaxed), 1, "one group of a lane at a time");
        work.stop().await;
        let left = tasks::depth(&db).await.expect("a depth");
        assert_eq!(left[0].waiting as usize + handler.done(), 2_200, "none is lost by stopping");
    }
}

on_both! {
    async fn what_fails_is_put_off_and_buried_at_last_and_can_be_revived(backend) {
        let (_database, db) = open(backend).await;
        let tried = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&tried);
        let fails = move |_: &Task| if count.fetch_add(1, Ordering::Relaxed) < 3 { Act::Fail } else { Act::Finish };
        let mut handler = Recorded::new(&db, "test.fails", fails);
        handler.pace.most_attempts = Some(3);
        let handler = Arc::new(handler);
        enqueue(&db, vec![task("test.fails", "lane", "one")]).await;
        let work = Loop::start(&db, 10, &Waker::default(), vec![handler.clone()]);
        let buried = || async { tasks::depth(&db).await.expect("a depth").first().is_some_and(|depth| depth.buried == 1) };
        eventually("it is buried", buried).await;
        assert_eq!(tried.load(Ordering::Relaxed), 3);
        let filter = tasks::Filter { limit: 10, buried: Some(true), ..tasks::Filter::default() };
        let row = tasks::list(&db, &filter).await.expect("the rows").remove(0);
        assert_eq!((row.task.attempts, row.task.enqueued_by.as_deref()), (3, Some("req_of_a_test")));
        assert!(row.last_error.expect("a reason").contains("as told"));
        tasks::revive(&db, row.task.id, Time::from(Ambient::system().now())).await.expect("a row").expect("the task");
        eventually("it is done", || async { handler.done() == 1 }).await;
        work.stop().await;
        assert!(tasks::depth(&db).await.expect("a depth").is_empty());
    }
}

on_both! {
    async fn a_handler_that_panics_has_failed_and_harms_nobody(backend) {
        let (_database, db) = open(backend).await;
        let tried = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&tried);
        let panics = move |task: &Task| match task.lane.as_str() {
            "bad" if count.fetch_add(1, Ordering::Relaxed) == 0 => Act::Panic,
            _ => Act::Finish,
        };
        let handler = Arc::new(Recorded::new(&db, "test.panics", panics));
        enqueue(&db, vec![task("test.panics", "bad", "one"), task("test.panics", "good", "two")]).await;
        let work = Loop::start(&db, 10, &Waker::default(), vec![handler.clone()]);
        eventually("both are done", || async { handler.done() == 2 }).await;
        assert_eq!(tried.load(Ordering::Relaxed), 2);
        work.stop().await;
    }
}

on_both! {
    async fn what_recurs_is_one_task_of_all_processes(backend) {
        let (database, db) = open(backend).await;
        let second = Db::connect(&database.url, 4).await.expect("a database");
        let handlers: Vec<Arc<Recorded>> = [&db, &second]
            .map(|db| {
                let counted = Recorded::new(db, "test.recurs", |_| Act::Nothing);
                Arc::new(Recorded { every: Some(300 * MILLIS), ..counted })
            })
            .into();
        let runs = || handlers.iter().map(|one| one.under_way.lock().expect("a lock").len()).sum::<usize>();
        let loops = [
            Loop::start(&db, 20, &Waker::default(), vec![handlers[0].clone()]),
            Loop::start(&second, 20, &Waker::default(), vec![handlers[1].clone()]),
        ];
        eventually("it runs", || async { runs() > 0 }).await;
        let depth = tasks::depth(&db).await.expect("a depth");
        assert_eq!((depth.len(), depth[0].waiting), (1, 1));
        let row = tasks::list(&db, &tasks::Filter { limit: 10, ..tasks::Filter::default() }).await.expect("the rows").remove(0);
        let began = Instant::now();
        eventually("it has come three times more", || async {
            let later = tasks::by_id(&db, row.task.id).await.expect("a row").expect("the same task");
            later.task.fence >= row.task.fence + 3
        })
        .await;
        // Of two processes that each did it every 300 ms, the third time would come after 300.
        assert!(began.elapsed() >= 550 * MILLIS, "not twice as often: {:?}", began.elapsed());
        for one in loops {
            one.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_enqueues_another_begins_at_once() {
    let (database, db) = open(Backend::Postgres).await;
    let other = Db::connect(&database.url, 4).await.expect("a database");
    let handler = Arc::new(Recorded::new(&other, "test.signal", |_| Act::Finish));
    // It polls once a minute: without a signal nothing would come of it.
    let work = Loop::start(&other, 60_000, &Waker::default(), vec![handler.clone()]);
    let waker = Waker::default();
    let (stop, stopped) = watch::channel(false);
    let telling = tokio::spawn(waker.clone().connect(db.clone(), Vec::new(), stopped));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut waits = Vec::new();
    for round in 0..20 {
        let began = Instant::now();
        enqueue(&db, vec![task("test.signal", "lane", &format!("task {round}"))]).await;
        waker.wake("test.signal", "lane");
        eventually("it is done", || async { handler.done() == round + 1 }).await;
        waits.push(began.elapsed());
    }
    waits.sort();
    assert!(waits[10] < Duration::from_secs(2), "{waits:?}");
    stop.send_replace(true);
    telling.await.expect("no panic");
    work.stop().await;
}

on_both! {
    async fn what_follows_an_answer_is_there_with_its_commit_or_not_at_all(backend) {
        let (_database, db) = open(backend).await;
        let ambient = Ambient::system();
        let names = ["follow.one", "follow.two", "follow.three", "follow.four", "follow.five"];
        let five_seconds = |_: &Task| Act::FinishAfter(Duration::from_secs(5));
        let handlers: Vec<Arc<Recorded>> = names.map(|name| Arc::new(Recorded::new(&db, name, five_seconds))).into();
        let work = Loop::start(&db, 50, &Waker::default(), handlers.iter().map(|one| one.clone() as Arc<dyn Handler>).collect());
        let follow_up = || FollowUp { lane: "store".to_owned(), key: "pay_1".to_owned(), payload: json!({"payment": "pay_1"}) };
        let mut tx = db.begin().await.expect("a transaction");
        run_after_response(&mut tx, &ambient, "follow.one", follow_up()).await.expect("scheduled");
        drop(tx);
        assert!(tasks::depth(&db).await.expect("a depth").is_empty(), "what was not committed never was");
        let mut tx = db.begin().await.expect("a transaction");
        run_multiple(&mut tx, &ambient, names.map(|name| (name, follow_up())).into()).await.expect("scheduled");
        tx.commit().await.expect("a commit");
        let began = Instant::now();
        eventually("all five are done", || async { handlers.iter().all(|one| one.done() == 1) }).await;
        assert!(began.elapsed() < Duration::from_secs(15), "side by side, not one after the other: {:?}", began.elapsed());
        work.stop().await;
    }
}
