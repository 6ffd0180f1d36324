//! (a) `Transport::send` with every stage and its row in the database, against a bare client on the same server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jisr::db::Db;
use jisr::db::log_writer::LogWriter;
use kit::guard::AllowList;
use kit::wire::HttpWire;
use kit::{Account, Ambient, Entry, Policies, RecordError, Recorder, Transport};
use tokio::runtime::Runtime;
use url::Url;

use crate::child::{Child, Role};
use crate::database::Database;
use crate::measure::{median, own_cpu, postgres_cpu};
use crate::options::{Kind, Options};
use crate::report::{Report, Target};
use crate::{Failure, bare, body, roles};

/// Calls under way at once.
const TASKS: usize = 32;

/// A recorder that keeps nothing: what the stages cost without the log.
struct Nothing;

#[async_trait]
impl Recorder for Nothing {
    fn note(&self, entry: Entry) {
        drop(entry);
    }

    async fn begin(&self, _: &Entry) -> Result<(), RecordError> {
        Ok(())
    }

    async fn complete(&self, _: &Entry) -> Result<(), RecordError> {
        Ok(())
    }
}

/// One round of calls.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Calls, every one of them answered.
    pub calls: u64,
    /// Rows that were lost.
    pub dropped: u64,
    /// Until the last row was in the database.
    pub seconds: f64,
    /// Processor time of this process, in microseconds a call.
    pub cpu: f64,
    /// Processor time of PostgreSQL, in microseconds a call.
    pub server_cpu: f64,
}

impl Round {
    fn rate(&self) -> f64 {
        self.calls as f64 / self.seconds
    }
}

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let (server, serving) = Child::serve(&Role::Server)?;
    let url: Url = format!("http://{}/", serving.address).parse()?;
    let mut database = runtime.block_on(Database::create(kind, options))?;
    let db = runtime.block_on(database.open())?;
    let (mut without, mut unlogged, mut logged) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds() {
        without.push(runtime.block_on(bare_round(&url, options.window()))?);
        unlogged.push(runtime.block_on(round(Arc::new(Nothing), &url, options.window()))?);
        logged.push(runtime.block_on(logged_round(&db, &url, options.window()))?);
    }
    drop(server);
    let title = format!("(a) {}", kind.title());
    let of = |rounds: &[Round], value: fn(&Round) -> f64| median(rounds.iter().map(value));
    let ratio = |rounds: &[Round]| median(rounds.iter().zip(&without).map(|(ours, bare)| ours.rate() / bare.rate()));
    report.add(format!("{title}: bare client"), of(&without, Round::rate), "calls/s", Target::None);
    report.add(format!("{title}: transport, no log"), of(&unlogged, Round::rate), "calls/s", Target::None);
    report.add(format!("{title}: transport, logged"), of(&logged, Round::rate), "calls/s", Target::None);
    report.add(format!("{title}: ratio without log"), ratio(&unlogged), "×", Target::None);
    report.add(format!("{title}: ratio"), ratio(&logged), "×", Target::Least(0.6));
    report.add(format!("{title}: CPU, bare"), of(&without, |round| round.cpu), "µs/call", Target::None);
    report.add(format!("{title}: CPU, no log"), of(&unlogged, |round| round.cpu), "µs/call", Target::None);
    report.add(format!("{title}: CPU, logged"), of(&logged, |round| round.cpu), "µs/call", Target::None);
    if kind == Kind::Postgres {
        let server = of(&logged, |round| round.server_cpu);
        report.add(format!("{title}: CPU of the database, logged"), server, "µs/call", Target::None);
    }
    let calls = logged.iter().map(|round| round.calls).sum();
    let dropped: u64 = logged.iter().map(|round| round.dropped).sum();
    report.add(format!("{title}: rows dropped"), dropped as f64, "rows", Target::Most(0.0));
    let found = runtime.block_on(database.count("SELECT COUNT(*) FROM integration_logs"))?;
    report.expect(&format!("{title}: rows"), calls, found);
    runtime.block_on(async {
        db.close().await;
        database.remove().await
    })
}

/// A round with the gateway's own log writer; it ends when the last row is in the database.
pub async fn logged_round(db: &Db, url: &Url, window: Duration) -> Result<Round, Failure> {
    let logs = LogWriter::start(db.clone());
    let (started, cpu, server_cpu) = (Instant::now(), own_cpu(), postgres_cpu());
    let round = round(logs.clone(), url, window).await?;
    logs.drain().await;
    let micros = |spent: Duration| spent.as_secs_f64() * 1e6 / round.calls as f64;
    Ok(Round {
        seconds: started.elapsed().as_secs_f64(),
        dropped: logs.dropped(),
        cpu: micros(own_cpu().saturating_sub(cpu)),
        server_cpu: micros(postgres_cpu().saturating_sub(server_cpu)),
        ..round
    })
}

async fn round(recorder: Arc<dyn Recorder>, url: &Url, window: Duration) -> Result<Round, Failure> {
    let ambient = Ambient::system();
    let wire = Arc::new(HttpWire::new(AllowList::new(vec!["127.0.0.0/8".parse()?]))?);
    let transport = Arc::new(Transport::new(ambient.clone(), Policies::default(), recorder, wire));
    let account = Account {
        id: ambient.uuid().into(),
        store: ambient.uuid().into(),
        integration: ambient.uuid(),
        livemode: false,
    };
    let (url, body) = (url.clone(), bytes::Bytes::from(body("question")));
    repeat(window, move || {
        let (transport, call) = (Arc::clone(&transport), roles::call(account, &url, body.clone()));
        async move { transport.send(&call).await.map(drop).map_err(Failure::from) }
    })
    .await
}

async fn bare_round(url: &Url, window: Duration) -> Result<Round, Failure> {
    let client = bare::client()?;
    let (url, body) = (url.to_string(), bytes::Bytes::from(body("question")));
    repeat(window, move || {
        let (client, url, body) = (client.clone(), url.clone(), body.clone());
        async move { bare::send(&client, &url, body).await.map(drop).map_err(Failure::from) }
    })
    .await
}

/// Calls by 32 tasks, each as soon as its last one was answered, for a while.
async fn repeat<F>(window: Duration, call: impl Fn() -> F + Clone + Send + Sync + 'static) -> Result<Round, Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    // A first call makes connections and lanes.
    call().await?;
    let (over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(1)));
    let (started, cpu) = (Instant::now(), own_cpu());
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (call, over, calls) = (call.clone(), Arc::clone(&over), Arc::clone(&calls));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    call().await?;
                    calls.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, Failure>(())
            })
        })
        .collect();
    tokio::time::sleep(window).await;
    over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await??;
    }
    let calls = calls.load(Ordering::Relaxed);
    let spent = own_cpu() - cpu;
    Ok(Round {
        calls,
        dropped: 0,
        seconds: started.elapsed().as_secs_f64(),
        cpu: spent.as_secs_f64() * 1e6 / calls as f64,
        server_cpu: 0.0,
    })
}
