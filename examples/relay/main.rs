//! The relay test: nothing that was answered 202 is lost, whatever dies: the gateway under SIGKILL, or its database.
//!
//! The merchants are a sink in this process, so that they survive; the gateways are the real program, children that share
//! one database. `scripts/relay` builds both and runs this.

mod audit;
mod client;
mod database;
mod duplicates;
mod gateway;
mod kill;
mod ledger;
mod load;
mod outage;
mod report;
mod rows;
mod settle;
mod sink;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use client::Client;
use database::RelayDatabase;
use gateway::Gateway;
use ledger::Ledger;
use sink::Sink;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Proves that notifications arrive.
#[derive(Parser)]
struct Arguments {
    /// The program `jisr`.
    #[arg(long)]
    jisr: PathBuf,
    /// Where databases and logs are kept while they are of use.
    #[arg(long)]
    output: PathBuf,
    /// Notifications a second.
    #[arg(long, default_value_t = 250)]
    rate: u32,
    #[command(subcommand)]
    proof: Proof,
}

#[derive(Subcommand)]
enum Proof {
    /// Gateways are killed under load, one after another, again and again.
    Kill(kill::Kill),
    /// The database stops under load, and comes back.
    Outage(outage::Outage),
}

/// What all the tasks of a run reach.
struct World {
    clients: Vec<Client>,
    sink: Sink,
    ledger: Ledger,
}

/// What is thrown away after a run that went well, and kept after one that did not.
struct Stage {
    database: RelayDatabase,
    gateways: Vec<Gateway>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tokio::select! {
        done = run(&arguments) => done.unwrap_or_else(|error| {
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }),
        // Leaving drops the children, which ends them.
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

async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(&arguments.output)?;
    let output = arguments.output.canonicalize()?;
    let (stage, outcome) = match &arguments.proof {
        Proof::Kill(kill) => kill.run(arguments, &output).await?,
        Proof::Outage(outage) => outage.run(arguments, &output).await?,
    };
    report::print(&outcome);
    report::keep_notes(&outcome, &output.join("duplicates.txt"))?;
    stage.leave(outcome.violations.is_empty()).await?;
    Ok(if outcome.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Stage {
    /// Gateways on a database of their own, started one after another, and a key to all of them.
    async fn set(database: RelayDatabase, processes: usize, arguments: &Arguments) -> Result<(Self, String), Failure> {
        let output = arguments.output.canonicalize()?;
        let mut gateways = Vec::new();
        for number in 0..processes {
            gateways.push(Gateway::new(&arguments.jisr, &database, &output, number)?);
        }
        let key = gateways.first().ok_or("there is no gateway")?.key().await?;
        for gateway in &mut gateways {
            gateway.start()?;
            gateway.ready().await?;
        }
        Ok((Self { database, gateways }, key))
    }

    fn clients(&self, key: &str) -> Vec<Client> {
        let http = client::http();
        self.gateways.iter().map(|gateway| Client::new(&http, &gateway.base(), key)).collect()
    }

    async fn leave(mut self, well: bool) -> Result<(), Failure> {
        for gateway in &mut self.gateways {
            gateway.stop().await?;
            if well {
                gateway.forget_log()?;
            }
        }
        if !well {
            eprintln!("== kept: {}, and the logs beside {}", self.database.shown(), self.gateways[0].log().display());
            return Ok(());
        }
        self.database.remove().await
    }
}
