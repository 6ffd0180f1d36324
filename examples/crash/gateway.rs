//! The real program as a child process: started, watched, killed by its own id, and never left behind.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::Failure;
use crate::client::Client;

/// Below the ports that the system gives to outgoing connections: ours must be free again after every kill.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
/// A start takes a second at the most, however busy the machine is.
const START: Duration = Duration::from_secs(30);

/// Everything is quick, and the figures that belong together fit: a lease outlasts a call's deadline by five seconds.
const SETTINGS: &[(&str, &str)] = &[
    ("JISR_HOST", "127.0.0.1"),
    ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
    ("JISR_ENCRYPTION_KEY", "c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5c0a5"),
    ("JISR_PAYMENTS__SWEEP_MS", "10000"),
    ("JISR_PAYMENTS__CARD_EXPIRES_MS", "3600000"),
    ("JISR_PAYMENTS__UNKNOWN_FIRST_MS", "500"),
    ("JISR_PAYMENTS__UNKNOWN_LONGEST_MS", "5000"),
    ("JISR_PAYMENTS__REVIEW_AFTER_MS", "45000"),
    ("JISR_POLICY__DEFAULT__TIMEOUT_MS", "1500"),
    ("JISR_POLICY__DEFAULT__DEADLINE_MS", "4000"),
    ("JISR_POLICY__DEFAULT__BREAKER_OPEN_MS", "2000"),
    ("JISR_POLICY__DEFAULT__BREAKER_OPEN_MAX_MS", "4000"),
    // A lease is longer than any try.
    ("JISR_NOTIFY__TIMEOUT_MS", "4000"),
    ("JISR_WORK__LEASE_MS", "10000"),
    ("JISR_WORK__POLL_MS", "100"),
    ("RUST_LOG", "warn"),
];

/// The gateway, living or dead.
pub struct Gateway {
    program: PathBuf,
    port: u16,
    database: String,
    log: PathBuf,
    child: Option<Child>,
}

impl Gateway {
    pub fn new(program: &Path, database: String, output: &Path, name: &str) -> Result<Self, Failure> {
        // A copy: a build meanwhile must not change what is started again.
        let copy = output.join(format!("{name}.program"));
        std::fs::copy(program, &copy)?;
        let log = output.join(format!("{name}.log"));
        Ok(Self { program: copy, port: free_port()?, database, log, child: None })
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

    /// Makes a platform key by the command line, before the gateway runs.
    pub async fn platform_key(&self) -> Result<String, Failure> {
        let mut command = self.command(&["keys", "create", "--platform", "--name", "crash", "--json"])?;
        let output = command.stdout(Stdio::piped()).output().await?;
        let made: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("no platform key ({error}); see {}", self.log.display()))?;
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
            self.live_for(Duration::from_millis(50)).await?;
            if Instant::now() > until {
                return Err(format!("the gateway is not ready; see {}", self.log.display()).into());
            }
        }
        Ok(())
    }

    pub async fn is_ready(&self) -> bool {
        Client::new(&self.base()).get("/ready").await.is_ok_and(|answer| answer.status == 200)
    }

    /// Lets it live; it must not end by itself.
    pub async fn live_for(&mut self, life: Duration) -> Result<(), Failure> {
        let Some(child) = &mut self.child else { return Err("the gateway was not started".into()) };
        match tokio::time::timeout(life, child.wait()).await {
            Err(_) => Ok(()),
            Ok(ended) => Err(format!("the gateway ended by itself ({}); see {}", ended?, self.log.display()).into()),
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

fn free_port() -> Result<u16, Failure> {
    let offset = u16::try_from(std::process::id() % 10_000).unwrap_or_default();
    let ports = (PORTS.start + offset..PORTS.end).chain(PORTS);
    let free = ports.into_iter().find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.ok_or_else(|| "there is no free port".into())
}
