//! The second proof: the database stops under load; clients are told so in time, and what was accepted arrives.

use std::collections::HashSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::client::Client;
use crate::database::{Backend, RelayDatabase};
use crate::duplicates::Cause;
use crate::gateway::Gateway;
use crate::report::Outcome;
use crate::rows::Rows;
use crate::sink::{self, Arrival, Sink};
use crate::{Arguments, Failure, Ledger, Stage, World, audit, load, settle};

/// How many gateways there are.
const PROCESSES: usize = 2;
/// How long the database is there before it stops, and after it has come back, while the load goes on.
const AROUND: Duration = Duration::from_secs(6);
/// How long anybody may wait to be told that the database is away: the time that a connection is waited for, and one second.
const TOLD_WITHIN: Duration = Duration::from_secs(6);
/// How long `/health` may take, which asks nobody.
const ALIVE_WITHIN: Duration = Duration::from_secs(1);

/// How long the database is away, and how that is done.
#[derive(Args)]
pub struct Outage {
    /// How long.
    #[arg(default_value_t = 30)]
    seconds: u64,
    /// A PostgreSQL server of its own.
    #[arg(long)]
    postgres: String,
    /// A shell command that stops it at once.
    #[arg(long)]
    stop: String,
    /// A shell command that starts it, and ends when it is there.
    #[arg(long)]
    start: String,
}

/// When the database was certainly away.
struct Away {
    from: Timestamp,
    to: Timestamp,
    /// The same by the clock that requests are measured by.
    within: (Instant, Instant),
    /// When it answered again.
    back: Timestamp,
}

/// What `/health` and `/ready` said meanwhile.
#[derive(Default)]
struct Probed {
    times: usize,
    longest: Duration,
    wrong: Vec<String>,
}

impl Outage {
    pub async fn run(&self, arguments: &Arguments, output: &Path) -> Result<(Stage, Outcome), Failure> {
        let (seconds, rate) = (self.seconds, arguments.rate);
        eprintln!("== {seconds} s without PostgreSQL: {PROCESSES} gateways, {rate} notifications a second");
        let mut outcome = Outcome::new(format!("{PROCESSES} gateways, {seconds} s without PostgreSQL"));
        let database = RelayDatabase::create(Backend::Postgres, &self.postgres, output).await?;
        let (mut stage, key) = Stage::set(database, PROCESSES, arguments).await?;
        let (sink, ledger) = (Sink::start().await?, Ledger::default());
        let world = Arc::new(World { clients: stage.clients(&key), sink, ledger });
        let load = load::start(&world, rate);
        tokio::time::sleep(AROUND).await;
        let (away, probed) = self.stop_and_start(&world).await?;
        let back = Instant::now();
        ready_again(&stage.gateways, &mut outcome).await;
        tokio::time::sleep(AROUND).await;
        let sent = load.stop().await?;
        let rows = Rows::open(&stage.database.url()).await?;
        settle::until_done(&rows, back, &mut outcome).await?;
        tell(&world, &away, probed, &mut outcome);
        audit::everything(&world, &rows, sent, &Cause::Away(away.from, away.back), &mut outcome).await?;
        stage.gateways.iter_mut().try_for_each(Gateway::still_lives)?;
        Ok((stage, outcome))
    }

    async fn stop_and_start(&self, world: &World) -> Result<(Away, Vec<Probed>), Failure> {
        let from = sink::now();
        shell(&self.stop).await?;
        let began = Instant::now();
        eprintln!("   the database is away");
        let until = began + Duration::from_secs(self.seconds);
        let probes: Vec<JoinHandle<Probed>> =
            world.clients.iter().map(|client| tokio::spawn(probe(client.clone(), until))).collect();
        tokio::time::sleep_until(until).await;
        // A probe ends before the database comes back: what it asked last is still about the outage.
        let mut probed = Vec::new();
        for one in probes {
            probed.push(one.await?);
        }
        let (ended, to) = (Instant::now(), sink::now());
        shell(&self.start).await?;
        let back = sink::now();
        eprintln!("   the database is back");
        Ok((Away { from, to, within: (began, ended), back }, probed))
    }
}

async fn shell(command: &str) -> Result<(), Failure> {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).stdin(Stdio::null()).stdout(Stdio::null());
    match shell.status().await?.success() {
        true => Ok(()),
        false => Err(format!("this failed: {command}").into()),
    }
}

async fn probe(client: Client, until: Instant) -> Probed {
    let mut probed = Probed::default();
    while Instant::now() + TOLD_WITHIN < until {
        for (path, status, within) in [("/health", 200, ALIVE_WITHIN), ("/ready", 503, TOLD_WITHIN)] {
            match client.get(path).await {
                Ok(answer) if answer.status == status && answer.took <= within => {
                    probed.times += 1;
                    probed.longest = probed.longest.max(answer.took);
                }
                Ok(answer) => probed.wrong.push(format!("{path}: {} after {:?}", answer.status, answer.took)),
                Err(error) => probed.wrong.push(format!("{path}: {error}")),
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    probed
}

async fn ready_again(gateways: &[Gateway], outcome: &mut Outcome) {
    let began = Instant::now();
    for gateway in gateways {
        while !gateway.is_ready().await && began.elapsed() < TOLD_WITHIN * 5 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    outcome.figure("back → every gateway ready", format!("{:.1} s", began.elapsed().as_secs_f64()));
}

fn tell(world: &World, away: &Away, probed: Vec<Probed>, outcome: &mut Outcome) {
    let refusals = world.ledger.refusals();
    outcome.figure("requests refused, by status", format!("{:?}", refusals.by_status));
    outcome.figure("  the longest until a refusal", format!("{:.2} s", refusals.longest.as_secs_f64()));
    outcome.figure("requests without an answer", refusals.unanswered);
    if let Some(first) = &refusals.first_broken {
        outcome.violation(format!("{} refusals were not what they should be, such as {first}", refusals.broken));
    }
    if refusals.by_status.is_empty() || refusals.longest > TOLD_WITHIN || refusals.unanswered > 0 {
        outcome.violation(format!("clients were not told in time that the database was away: {refusals:?}"));
    }
    outcome.figure("/health and /ready asked meanwhile", probed.iter().map(|one| one.times).sum::<usize>());
    let longest = probed.iter().map(|one| one.longest).max().unwrap_or_default();
    outcome.figure("  the longest until an answer", format!("{:.2} s", longest.as_secs_f64()));
    probed.into_iter().flat_map(|one| one.wrong).for_each(|wrong| outcome.violation(wrong));
    let told = world.ledger.all_accepted();
    let longest = told.iter().map(|one| one.took).max().unwrap_or_default();
    outcome.figure("the longest until a 202", format!("{:.2} s", longest.as_secs_f64()));
    let (from, to) = away.within;
    for one in told.iter().filter(|one| one.asked > from && one.asked + one.took < to) {
        outcome.violation(format!("{} was accepted while there was no database", one.id));
    }
    tell_of_arrivals(world, away, outcome);
}

/// How long after the database had come back what was accepted before it went arrived.
fn tell_of_arrivals(world: &World, away: &Away, outcome: &mut Outcome) {
    let told = world.ledger.all_accepted();
    let before: HashSet<&str> = told.iter().filter(|one| one.at < away.to).map(|one| one.id.as_str()).collect();
    let (mut seen, arrivals) = (HashSet::new(), world.sink.arrivals());
    let late: Vec<&Arrival> =
        arrivals.iter().filter(|one| one.taken && seen.insert(&one.id) && one.at > away.to).collect();
    let old = || late.iter().filter(|one| before.contains(one.id.as_str()));
    let after = |at: Option<Timestamp>| {
        at.map_or("none".to_owned(), |at| format!("{:.2} s", at.duration_since(away.back).as_secs_f64()))
    };
    outcome.figure("back → first delivery", after(late.iter().map(|one| one.at).min()));
    outcome.figure("accepted before, delivered after", old().count());
    outcome.figure("  back → the last of them", after(old().map(|one| one.at).max()));
    outcome.figure("back → last delivery of all", after(late.iter().map(|one| one.at).max()));
}
