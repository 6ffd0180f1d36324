//! The first proof: gateways that share a database are killed under load, one after another, and nothing is lost.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use crate::database::{Backend, RelayDatabase};
use crate::duplicates::Cause;
use crate::gateway::Gateway;
use crate::report::Outcome;
use crate::rows::Rows;
use crate::sink::{self, Sink};
use crate::{Arguments, Failure, Ledger, Stage, World, audit, load, settle};

/// How many gateways share a PostgreSQL.
const PROCESSES: usize = 3;
/// How long one of them lives.
const LIFE: Duration = Duration::from_secs(3);

/// What is killed, and for how long.
#[derive(Args)]
pub struct Kill {
    /// How long.
    #[arg(default_value_t = 60)]
    seconds: u64,
    /// On which database; on SQLite there is one gateway alone.
    #[arg(long, default_value = "postgres")]
    backend: Backend,
    /// A PostgreSQL server on which a database may be made.
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: String,
}

impl Kill {
    pub async fn run(&self, arguments: &Arguments, output: &Path) -> Result<(Stage, Outcome), Failure> {
        let processes = if self.backend == Backend::Sqlite { 1 } else { PROCESSES };
        let Self { seconds, backend, .. } = self;
        eprintln!("== {seconds} s on {backend}: {processes} gateways, {} notifications a second", arguments.rate);
        let mut outcome = Outcome::new(format!("{processes} gateways on {backend}, killed for {seconds} s"));
        let database = RelayDatabase::create(self.backend, &self.postgres, output).await?;
        let (mut stage, key) = Stage::set(database, processes, arguments).await?;
        let rows = Rows::open(&stage.database.url()).await?;
        let (sink, ledger) = (Sink::start().await?, Ledger::default());
        let world = Arc::new(World { clients: stage.clients(&key), sink, ledger });
        let load = load::start(&world, arguments.rate);
        kill_in_turn(&mut stage.gateways, Duration::from_secs(self.seconds), &world.ledger).await?;
        let last_start = Instant::now();
        for gateway in &mut stage.gateways {
            gateway.ready().await?;
        }
        let sent = load.stop().await?;
        settle::until_done(&rows, last_start, &mut outcome).await?;
        tell(&world, &mut outcome);
        let kills = world.ledger.kills();
        audit::everything(&world, &rows, sent, &Cause::Kills(&kills), &mut outcome).await?;
        stage.gateways.iter_mut().try_for_each(Gateway::still_lives)?;
        Ok((stage, outcome))
    }
}

/// Each lives for the same time; they die one after another.
async fn kill_in_turn(gateways: &mut [Gateway], time: Duration, ledger: &Ledger) -> Result<(), Failure> {
    let (between, until) = (LIFE / u32::try_from(gateways.len())?, Instant::now() + time);
    for turn in 0.. {
        tokio::time::sleep(between).await;
        let number = turn % gateways.len();
        let gateway = &mut gateways[number];
        gateway.still_lives()?;
        let from = sink::now();
        gateway.kill().await?;
        ledger.killed(number, from);
        gateway.start()?;
        if Instant::now() > until {
            break;
        }
    }
    Ok(())
}

fn tell(world: &World, outcome: &mut Outcome) {
    let refusals = world.ledger.refusals();
    outcome.figure("kills", world.ledger.kills().len());
    outcome.figure("requests sent again, for want of an answer", refusals.unanswered);
    outcome.figure("requests sent again, by status", format!("{:?}", refusals.by_status));
    if let Some(first) = refusals.first_broken {
        outcome.violation(format!("{} refusals were not what they should be, such as {first}", refusals.broken));
    }
}
