//! `jisr serve` with its merchants, and a load of notifications for them.

use std::net::{TcpListener, TcpStream};
use std::process::{Child as Process, Command, Stdio};
use std::time::{Duration, Instant};

use kit::Ambient;
use tokio::runtime::Runtime;

use crate::Failure;
use crate::child::{Child, Role, Serving};
use crate::database::{self, Database};
use crate::load::{Outcome, Plan};
use crate::measure::{cpu, postgres_cpu};
use crate::options::{Kind, Options};
use crate::sink::Arrived;

/// How long everything may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(240);

/// A gateway, its database and its merchants; all of it goes when this is dropped.
pub struct Scene {
    /// The merchants.
    pub sink: Child,
    /// Where they are.
    pub merchants: String,
    /// The database.
    pub database: Database,
    program: Program,
    address: String,
    key: String,
}

struct Program(Process);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody left to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a load came to.
pub struct Run {
    /// The requests.
    pub outcome: Outcome,
    /// The deliveries.
    pub arrived: Arrived,
    /// From the first request to the last arrival.
    pub seconds: f64,
    /// Processor time of the gateway and of the database, for each.
    pub micros: (f64, f64),
}

impl Scene {
    /// Starts everything on an empty database.
    pub fn set(kind: Kind, options: &Options, runtime: &Runtime) -> Result<Self, Failure> {
        let database = runtime.block_on(Database::create(kind, options))?;
        let (sink, Serving { address: merchants, .. }) = Child::serve(&Role::Sink)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let program = start(&database, &address)?;
        let key = runtime.block_on(async {
            let db = database.open().await?;
            let (_, key) = database::key(&db, &Ambient::system()).await?;
            db.close().await;
            Ok::<_, Failure>(key)
        })?;
        Ok(Self { sink, merchants, database, program, address, key })
    }

    /// A plan of this many notifications to `http://<merchants>/<path>/<0 to spread>`.
    pub fn plan(&self, path: &str, spread: u64, total: u64) -> Plan {
        let text = "x".repeat(170);
        let url = format!("http://{}/{path}/{{e}}", self.merchants);
        Plan {
            address: self.address.clone(),
            path: "/v1/notifications".to_owned(),
            key: self.key.clone(),
            body: format!(
                r#"{{"notify_url":"{url}","event":"order.paid","order_no":"{{}}","payload":{{"order":"{{}}","at":{{at}},"note":"{text}"}}}}"#
            ),
            prefix: Ambient::system().uuid().simple().to_string(),
            connections: 64,
            rate: None,
            window: PATIENCE,
            total: Some(total),
            spread,
        }
    }

    /// One notification to each of these endpoints, so that all are there and known.
    pub fn warm(&mut self, path: &str, spread: u64) -> Result<(), Failure> {
        let answering = if path == "h" { spread - spread.div_ceil(10) } else { spread };
        let plan = Plan { connections: 8, ..self.plan(path, spread, spread) };
        self.run(plan, answering)?;
        Ok(())
    }

    /// Carries a plan out and waits until so many have arrived, each for the first time.
    pub fn run(&mut self, plan: Plan, expected: u64) -> Result<Run, Failure> {
        let _: Arrived = self.sink.ask("reset")?;
        let before = (cpu(self.program.0.id()), postgres_cpu());
        let began = Instant::now();
        let mut load = Child::start(&Role::Load(plan))?;
        let outcome: Outcome = load.hear()?;
        let arrived = self.await_arrivals(expected, began)?;
        let seconds = began.elapsed().as_secs_f64();
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / expected.max(1) as f64;
        let micros = (each(cpu(self.program.0.id()) - before.0), each(postgres_cpu().saturating_sub(before.1)));
        Ok(Run { outcome, arrived, seconds, micros })
    }

    fn await_arrivals(&mut self, expected: u64, began: Instant) -> Result<Arrived, Failure> {
        loop {
            let arrived: Arrived = self.sink.ask("count")?;
            if arrived.distinct >= expected {
                return Ok(arrived);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("only {} of {expected} arrived", arrived.distinct).into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until an SQL text counts as many rows.
    pub fn until(&self, runtime: &Runtime, sql: &str, expected: u64) -> Result<u64, Failure> {
        let began = Instant::now();
        loop {
            let found = runtime.block_on(self.database.count(sql))?;
            if found == expected || began.elapsed() > Duration::from_secs(20) {
                return Ok(found);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Ends everything.
    pub fn strike(mut self, runtime: &Runtime) -> Result<(), Failure> {
        drop(self.program);
        runtime.block_on(self.database.remove())
    }
}

fn start(database: &Database, address: &str) -> Result<Program, Failure> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.arg("serve").env_clear().envs(database::settings(&database.url)).env("RUST_LOG", "warn");
    let port = address.rsplit(':').next().unwrap_or_default();
    command.env("JISR_PORT", port).stdin(Stdio::null()).stdout(Stdio::null());
    let mut program = Program(command.spawn()?);
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if TcpStream::connect(address).is_ok() {
            return Ok(program);
        }
        if let Some(status) = program.0.try_wait()? {
            return Err(format!("`jisr serve` ended: {status}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err("`jisr serve` did not listen in time".into())
}
