//! `jisr serve`.

use clap::{Args, ValueEnum};
use kit::Ambient;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::CommandError;
use crate::app::{App, Roles};
use crate::config::Config;
use crate::telemetry::Telemetry;

/// Answer requests and do due work.
#[derive(Args)]
pub(super) struct Serve {
    /// What this process does.
    #[arg(long, value_delimiter = ',', default_values_t = [Role::Api, Role::Worker, Role::Probe])]
    roles: Vec<Role>,
}

/// What a process can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Answer requests.
    Api,
    /// Do due work.
    Worker,
    /// Watch providers.
    Probe,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Probe => "probe",
        })
    }
}

impl Serve {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let telemetry = Telemetry::start(&config.traces).map_err(|error| CommandError::Refused(error.to_string()))?;
        trace(telemetry.as_ref());
        let does = |role| self.roles.contains(&role);
        let roles = Roles { api: does(Role::Api), worker: does(Role::Worker), probe: does(Role::Probe) };
        let running = App::build(config, Ambient::system()).await?.start(roles).await?;
        tracing::info!(address = %running.address, "ready");
        stop_asked().await?;
        tracing::info!("leaving: what is under way is ended");
        running.stop().await;
        if let Some(telemetry) = telemetry {
            telemetry.stop().await;
        }
        Ok(())
    }
}

/// Clients of brokers: lapin logs bodies, both log what a stranger's server says. What counts of a try is in its receipt.
const SILENT: [&str; 2] = ["lapin=off", "async_nats=off"];

/// Logs on standard error: text for a terminal, JSON lines otherwise. `RUST_LOG` says how much. Traces beside them.
fn trace(telemetry: Option<&Telemetry>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let filter =
        SILENT.iter().fold(filter, |filter, silent| filter.add_directive(silent.parse().expect("a directive")));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        true => lines.boxed(),
        false => lines.json().boxed(),
    };
    let layers = tracing_subscriber::registry().with(telemetry.map(Telemetry::layer)).with(lines.with_filter(filter));
    // A second subscriber in one process would be an error; the first one stays.
    drop(layers.try_init());
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn stop_asked() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}
