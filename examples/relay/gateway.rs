//! The real program as one of several children: started, watched, killed by its own id, and never left behind.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::Failure;
use crate::client::{self, Client};
use crate::database::RelayDatabase;

/// Below the ports that the system gives to outgoing connections: ours must be free again after every kill.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
/// A start takes a second or two, however busy the machine is.
const START: Duration = Duration::from_secs(30);

/// How long a claim holds, in milliseconds: as short as the other figures let it be.
pub const LEASE_MS: u64 = 20_000;
/// How long one try may take.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// Deliveries under way at once in one gateway, and as many again that have ended and are not written down yet: so many
/// does it do again when it was killed.
pub const UNWRITTEN: usize = 2 * 50;
/// When a delivery that failed is tried again.
pub const SCHEDULE_MS: [u64; 5] = [500, 1_000, 2_000, 4_000, 8_000];

/// The figures that belong together fit: a lease outlasts a deadline and a try by five seconds.
const SETTINGS: &[(&str, &str)] = &[
    ("JISR_HOST", "127.0.0.1"),
    ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
    ("JISR_ENCRYPTION_KEY", "c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5"),
    ("JISR_POLICY__DEFAULT__DEADLINE_MS", "10000"),
    ("JISR_WORK__LEASE_MS", "20000"),
    ("JISR_NOTIFY__TIMEOUT_MS", "5000"),
    ("JISR_NOTIFY__CONCURRENCY", "50"),
    ("JISR_NOTIFY__SHORT_MS", "[500,1000,2000,4000,8000]"),
    // The merchant that always refuses is asked again soon.
    ("JISR_NOTIFY__BREAKER_OPEN_MS", "200"),
    ("JISR_DATABASE__CONNECTIONS", "12"),
    ("RUST_LOG", "warn"),
];

/// A gateway, living or dead.
pub struct Gateway {
    program: PathBuf,
    port: u16,
    database: String,
    log: PathBuf,
    child: Option<Child>,
}

impl Gateway {
    pub fn new(program: &Path, database: &RelayDatabase, output: &Path, number: usize) -> Result<Self, Failure> {
        let name = format!("{}_{number}", database.name);
        // A copy: a build meanwhile must not change what is started again.
        let copy = output.join(format!("{name}.program"));
        std::fs::copy(program, &copy)?;
        let log = output.join(format!("{name}.log"));
        Ok(Self { program: copy, port: free_port(number)?, database: database.url(), log, child: None })
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn forget_log(&self) -> std::io::Result<()> {
        std::fs::remove_file(&self.log)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, Failure> {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        // Nothing of the caller's environment may reach it.
        command.args(arguments).env_clear().envs(SETTINGS.iter().copied());
        command.env("JISR_PORT", self.port.to_string()).env("DATABASE_URL", &self.database);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        Ok(command)
    }

    /// Makes a key of the default store by the command line, before any gateway runs.
    pub async fn key(&self) -> Result<String, Failure> {
        let mut command = self.command(&["keys", "create", "--name", "relay", "--scopes", "all", "--json"])?;
        let output = command.stdout(Stdio::piped()).output().await?;
        let made: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("no key ({error}); see {}", self.log.display()))?;
        Ok(made["key"].as_str().ok_or("the answer has no key")?.to_owned())
    }

    pub fn start(&mut self) -> Result<(), Failure> {
        self.child = Some(self.command(&["serve"])?.spawn()?);
        Ok(())
    }

    /// Waits until it can work.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        let until = Instant::now() + START;
        while !self.is_ready().await {
            self.still_lives()?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            if Instant::now() > until {
                return Err(format!("a gateway is not ready; see {}", self.log.display()).into());
            }
        }
        Ok(())
    }

    pub async fn is_ready(&self) -> bool {
        let client = Client::new(&client::http(), &self.base(), "");
        client.get("/ready").await.is_ok_and(|answer| answer.status == 200)
    }

    /// It must not end by itself.
    pub fn still_lives(&mut self) -> Result<(), Failure> {
        let Some(child) = &mut self.child else { return Err("a gateway was not started".into()) };
        match child.try_wait()? {
            None => Ok(()),
            Some(ended) => Err(format!("a gateway ended by itself ({ended}); see {}", self.log.display()).into()),
        }
    }

    /// SIGKILL, to this child and no other.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        match &mut self.child {
            Some(child) => Ok(child.kill().await?),
            None => Ok(()),
        }
    }

    /// The end of the run.
    pub async fn stop(&mut self) -> Result<(), Failure> {
        self.kill().await?;
        self.child = None;
        Ok(std::fs::remove_file(&self.program)?)
    }
}

/// A port of its own for each, which is free now.
fn free_port(number: usize) -> Result<u16, Failure> {
    let offset = u16::try_from(std::process::id() % 9_000).unwrap_or_default() + 100 * u16::try_from(number)?;
    let mut ports = (PORTS.start + offset..PORTS.end).chain(PORTS);
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.ok_or_else(|| "there is no free port".into())
}
