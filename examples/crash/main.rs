//! The crash test: kills the gateway again and again under load, and then checks that nothing was lost or done twice.
//!
//! The provider is the mock, in this process, so that it survives; the gateway is the real program, a child that is
//! killed by SIGKILL and started again at once on the same database. `scripts/crash` builds both and runs this.

mod audit;
mod client;
mod database;
mod faults;
mod gateway;
mod ledger;
mod load;
mod provider;
mod refunds;
mod report;
mod settle;
mod shops;
mod trail;
mod view;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use mocks::Mocks;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::signal::unix::{SignalKind, signal};

use database::{Backend, CrashDatabase};
use gateway::Gateway;
use ledger::Ledger;
use report::Outcome;
use shops::Shop;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Terminals, each of a store of its own.
const SHOPS: usize = 24;
/// How long the gateway lives before it is killed, from its start: about three seconds on average…
const LIFE_MS: std::ops::Range<u64> = 800..6_200;
/// …but each sixth time it hardly starts.
const START_MS: std::ops::Range<u64> = 5..250;
/// It is started again at once, but for each sixth time: then notifications find nobody at home until they give up.
const DEAD: Duration = Duration::from_millis(3_200);

/// Kills the gateway under load and checks what is left.
#[derive(Parser)]
struct Arguments {
    /// The program `jisr`.
    #[arg(long)]
    jisr: PathBuf,
    /// How often it is killed.
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// On which databases.
    #[arg(long, value_delimiter = ',', required = true)]
    backend: Vec<Backend>,
    /// A PostgreSQL server on which databases may be made.
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: String,
    /// Where databases and logs are kept while they are of use.
    #[arg(long)]
    output: PathBuf,
    /// The seed of every choice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What all the tasks of a run reach.
struct World {
    mocks: Mocks,
    shops: Vec<Shop>,
    ledger: Ledger,
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tokio::select! {
        done = run_all(&arguments) => done.unwrap_or_else(|error| {
            eprintln!("crash: {error}");
            ExitCode::FAILURE
        }),
        // Leaving drops the child, which ends it.
        () = interrupted() => ExitCode::FAILURE,
    }
}

async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn run_all(arguments: &Arguments) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(&arguments.output)?;
    let output = arguments.output.canonicalize()?;
    let mut outcomes = Vec::new();
    for backend in &arguments.backend {
        outcomes.push(run(arguments, *backend, &output).await?);
    }
    report::print(&outcomes);
    let clean = outcomes.iter().all(|outcome| outcome.violations.is_empty());
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(arguments: &Arguments, backend: Backend, output: &Path) -> Result<Outcome, Failure> {
    let database = CrashDatabase::create(backend, &arguments.postgres, output).await?;
    eprintln!("== {backend}: {} rounds over {SHOPS} terminals, seed {}", arguments.rounds, arguments.seed);
    let settings =
        mocks::Settings { merchants: shops::merchants(SHOPS), seed: arguments.seed, ..mocks::Settings::default() };
    let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), settings).await?;
    let mut gateway = Gateway::new(&arguments.jisr, database.url(), output, &database.name)?;
    mocks.set_gateway_url(&gateway.base());
    let key = gateway.platform_key().await?;
    gateway.start()?;
    gateway.ready().await?;
    let shops = shops::open(&gateway.base(), &key, &mocks).await?;
    let world = Arc::new(World { mocks, shops, ledger: Ledger::default(), seed: arguments.seed });
    let load = load::start(&world);
    let killed_early = kill_again_and_again(&mut gateway, arguments, &world.ledger).await?;
    let mut waited = settle::Waited::from_now();
    gateway.ready().await?;
    load.stop().await;
    settle::until_decided(&world, &mut waited).await;
    let mut outcome = report::gather(&world, backend, arguments.rounds, killed_early, &waited);
    audit::everything(&world, &waited, &mut outcome).await;
    match database.deadlocks().await? {
        0 => {}
        count => outcome.violation(format!("{count} pairs of transactions waited for each other")),
    }
    gateway.stop().await?;
    if outcome.violations.is_empty() {
        gateway.forget_log()?;
        database.remove().await?;
    } else {
        eprintln!("== kept: {} and {}", database.url(), gateway.log().display());
    }
    Ok(outcome)
}

/// Answers how many of the kills came before the gateway was ready.
async fn kill_again_and_again(gateway: &mut Gateway, arguments: &Arguments, ledger: &Ledger) -> Result<u32, Failure> {
    let mut chance = StdRng::seed_from_u64(arguments.seed);
    let mut early = 0;
    for round in 1..=arguments.rounds {
        let life = if chance.random_ratio(1, 6) { START_MS } else { LIFE_MS };
        let life = Duration::from_millis(chance.random_range(life));
        gateway.live_for(life).await?;
        let ready = gateway.is_ready().await;
        gateway.kill().await?;
        ledger.killed();
        tokio::time::sleep(if chance.random_ratio(1, 6) { DEAD } else { Duration::ZERO }).await;
        gateway.start()?;
        early += u32::from(!ready);
        eprintln!("   killed {round:>2} after {life:?}{}", if ready { "" } else { ", while it was starting" });
    }
    Ok(early)
}
