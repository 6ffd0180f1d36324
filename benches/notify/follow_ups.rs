//! What an answer pays for its follow-ups: five tasks in the transaction of a change, each of which then takes five seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jisr::config::{Config, Variables};
use jisr::db::tasks::{self, Task};
use jisr::db::{Db, DbError};
use jisr::work::{FollowUp, Handler, Pace, Waker, Work, run_multiple};
use kit::Ambient;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::Failure;
use crate::database::Database;
use crate::measure::percentile;
use crate::options::{Kind, Options};
use crate::report::{Report, Target};

const NAMES: [&str; 5] = ["bench.mail", "bench.admin", "bench.delivery", "bench.analytics", "bench.webhook"];
const EACH: Duration = Duration::from_secs(5);
/// Answers a second.
const RATE: u32 = 50;

struct Slow(&'static str, Db);

#[async_trait]
impl Handler for Slow {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn pace(&self) -> Pace {
        Pace { groups: Some(1_000), ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        tokio::time::sleep(EACH).await;
        let mut tx = self.1.begin().await?;
        tasks::finish_all(&mut tx, &tasks.iter().collect::<Vec<_>>()).await?;
        tx.commit().await
    }
}

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let mut database = runtime.block_on(Database::create(kind, options))?;
    let (bare, with) = runtime.block_on(async {
        let db = database.open().await?;
        let work = Config::load(None, &Variables::from_pairs(std::iter::empty()))?.work;
        let handlers: Vec<Arc<dyn Handler>> =
            NAMES.iter().map(|name| Arc::new(Slow(name, db.clone())) as Arc<dyn Handler>).collect();
        let (stop, stopped) = watch::channel(false);
        let waker = Waker::default();
        let work = tokio::spawn(Work::new(db.clone(), Ambient::system(), work, waker.clone(), handlers).run(stopped));
        let count = if options.quick { 50 } else { 500 };
        let bare = transactions(&db, &waker, count, false).await?;
        let with = transactions(&db, &waker, count, true).await?;
        stop.send_replace(true);
        work.await?;
        db.close().await;
        Ok::<_, Failure>((bare, with))
    })?;
    let title = format!("{}, five follow-ups of five seconds each", kind.title());
    let millis = |micros: u64| micros as f64 / 1e3;
    report.add(format!("{title}: p50 of a commit with them"), millis(percentile(&with, 50.0)), "ms", Target::None);
    report.add(
        format!("{title}: p99 of a commit with them"),
        millis(percentile(&with, 99.0)),
        "ms",
        Target::Most(50.0),
    );
    let added = millis(percentile(&with, 50.0)) - millis(percentile(&bare, 50.0));
    report.add(format!("{title}: added by scheduling, p50"), added, "ms", Target::Most(2.0));
    runtime.block_on(database.remove())
}

/// The durations of transactions at a steady pace, sorted, in microseconds.
async fn transactions(db: &Db, waker: &Waker, count: u32, with: bool) -> Result<Vec<u64>, Failure> {
    let ambient = Ambient::system();
    let mut took = Vec::new();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
    for number in 0..count {
        pace.tick().await;
        let began = Instant::now();
        let mut tx = db.begin().await?;
        // The change that the answer is about.
        let change = FollowUp { lane: "change".to_owned(), key: format!("{with} {number}"), payload: json!({}) };
        run_multiple(&mut tx, &ambient, vec![("bench.change", change)]).await?;
        if with {
            let task = |name| {
                (
                    name,
                    FollowUp { lane: format!("store {}", number % 100), key: number.to_string(), payload: json!({}) },
                )
            };
            run_multiple(&mut tx, &ambient, NAMES.map(task).into()).await?;
        }
        tx.commit().await?;
        NAMES.iter().for_each(|name| waker.wake(name, &format!("store {}", number % 100)));
        took.push(began.elapsed().as_micros() as u64);
    }
    took.sort_unstable();
    Ok(took)
}
