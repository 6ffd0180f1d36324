//! The composition root: the only place that knows all the parts. Nothing but the command line imports it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kit::guard::AllowList;
use kit::wire::HttpWire;
use kit::{Ambient, Transport};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::{self, Accounts};
use crate::config::Config;
use crate::db::intake::Intake;
use crate::db::log_writer::LogWriter;
use crate::db::{Db, DbError, Durability, Time, callbacks, idempotency, integration_logs};
use crate::http::{self, Areas, Auth, Facade, Ready};
use crate::payments::{Confirmations, Payments, RefundWork};
use crate::routing::Routing;
use crate::vault::{Vault, VaultError};
use crate::work::{DbSequences, Waker, Work};

/// Months of log partitions that are made ahead.
const MONTHS_AHEAD: i64 = 6;
/// How often the house is kept: partitions made, what is too old forgotten.
const UPKEEP: Duration = Duration::from_secs(6 * 3_600);
/// How often what was measured is folded into its buckets: until then every single measurement is kept in memory.
const FOLD: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(86_400);

/// A gateway that is not listening yet.
pub struct App {
    /// What handlers reach.
    pub facade: Facade,
    config: Config,
    waker: Waker,
    handlers: (Confirmations, RefundWork),
}

/// A gateway that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What handlers reach.
    pub facade: Facade,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    drain: Duration,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Answers requests.
    pub api: bool,
    /// Does due work.
    pub worker: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Self { api: true, worker: true }
    }
}

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// The encryption key.
    #[error("the encryption key: {0}")]
    Vault(#[from] VaultError),
    /// No key where one must be given.
    #[error(
        "PostgreSQL needs an encryption key: set JISR_ENCRYPTION_KEY or JISR_ENCRYPTION_KEY_FILE (64 hexadecimal digits)"
    )]
    NoKey,
    /// A database without the key that sealed what is in it.
    #[error("the database is there, but its encryption key {0} is not: put it back, or set JISR_ENCRYPTION_KEY")]
    KeyLost(String),
    /// A file or a socket.
    #[error("{what}: {source}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client.
    #[error(transparent)]
    Wire(#[from] kit::wire::WireSetupError),
    /// An account of the environment.
    #[error("an account of the environment: {0}")]
    Account(#[from] accounts::AccountError),
    /// The metrics recorder.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(String),
}

impl App {
    /// Connects, migrates, and puts the parts together.
    pub async fn build(config: Config, ambient: Ambient) -> Result<Self, StartError> {
        let vault = open_vault(&config, &ambient)?;
        let db = Db::connect(&config.database.url, config.database.connections).await?;
        db.migrate().await?;
        if db.durability().await? == Durability::Weakened {
            tracing::warn!(
                "the database server may lose its last commits in a crash: fsync or synchronous_commit is off"
            );
        }
        integration_logs::make_room(&db, &months_ahead(ambient.now().into())).await?;
        let networks = config.network.networks().unwrap_or_default();
        let wire = Arc::new(HttpWire::new(AllowList::new(networks))?);
        let logs = LogWriter::start(db.clone());
        let transport = Arc::new(Transport::new(ambient.clone(), config.policy.clone(), logs.clone(), wire));
        let sequences = Arc::new(DbSequences::new(db.clone(), ambient.clone()));
        let accounts =
            Accounts::new(db.clone(), vault.clone(), ambient.clone(), transport, sequences, config.accounts.clone());
        accounts::ensure_defaults(&accounts).await?;
        let waker = Waker::default();
        let payments = Payments {
            db: db.clone(),
            intake: Intake::start(db.clone()),
            accounts: accounts.clone(),
            routing: Routing::new(accounts.clone(), config.payments.fallbacks.clone()),
            vault: vault.clone(),
            ambient: ambient.clone(),
            waker: waker.clone(),
            settings: Arc::new(config.payments.clone()),
            public_url: config.server.public_url.trim_end_matches('/').into(),
        };
        let facade = Facade::new(Areas {
            payments: payments.clone(),
            accounts,
            auth: Auth::new(db.clone(), &config.limits),
            db,
            vault,
            ambient,
            logs,
            metrics: metrics_handle()?,
            ready: Ready::default(),
            document: http::document(),
        });
        Ok(Self { facade, config, waker, handlers: (Confirmations(payments.clone()), RefundWork(payments)) })
    }

    /// Listens and works until it is stopped.
    pub async fn start(self, roles: Roles) -> Result<Running, StartError> {
        let router = http::build(self.facade.clone());
        self.start_with(roles, router).await
    }

    /// The same with a router of one's own, for benchmarks.
    pub async fn start_with(self, roles: Roles, router: axum::Router) -> Result<Running, StartError> {
        let Self { facade, config, waker, handlers } = self;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        let listener = listen(&config.server.host, config.server.port).await?;
        let address =
            listener.local_addr().map_err(|source| StartError::Io { what: "listening".to_owned(), source })?;
        if roles.api {
            tasks.push(tokio::spawn(serve(listener, router, stopped.clone())));
        }
        if config.server.admin_port != 0 {
            let listener = listen(&config.server.host, config.server.admin_port).await?;
            tasks.push(tokio::spawn(serve(listener, admin(facade.metrics.clone()), stopped.clone())));
        }
        if roles.worker {
            let handlers: Vec<Arc<dyn crate::work::Handler>> = vec![Arc::new(handlers.0), Arc::new(handlers.1)];
            let work = Work::new(facade.db.clone(), facade.ambient.clone(), config.work.clone(), waker, handlers);
            tasks.push(tokio::spawn(work.run(stopped.clone())));
            tasks.push(tokio::spawn(upkeep(
                facade.db.clone(),
                config.clone(),
                facade.ambient.clone(),
                stopped.clone(),
            )));
        }
        tasks.push(tokio::spawn(fold_metrics(facade.metrics.clone(), stopped)));
        facade.ready.set(true);
        Ok(Running { address, facade, stop, tasks, drain: Duration::from_millis(config.server.drain_ms) })
    }
}

impl Running {
    /// Takes no more requests, ends those under way and the work under way, and writes the last log rows.
    pub async fn stop(self) {
        self.facade.ready.set(false);
        self.stop.send_replace(true);
        let ended = futures_util::future::join_all(self.tasks);
        if tokio::time::timeout(self.drain, ended).await.is_err() {
            tracing::warn!("requests or tasks are cut off: they took longer than server.drain_ms");
        }
        self.facade.logs.drain().await;
        self.facade.db.close().await;
    }
}

async fn listen(host: &str, port: u16) -> Result<TcpListener, StartError> {
    let what = || format!("listening on {host}:{port}");
    TcpListener::bind((host, port)).await.map_err(|source| StartError::Io { what: what(), source })
}

async fn serve(listener: TcpListener, router: axum::Router, mut stopped: watch::Receiver<bool>) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
        tracing::error!(error = &error as &dyn std::error::Error, "the listener ended");
    }
}

/// The second listener: whoever can reach it may see the metrics.
fn admin(metrics: PrometheusHandle) -> axum::Router {
    axum::Router::new().route("/metrics", axum::routing::get(move || async move { metrics.render() }))
}

/// One recorder for the process, however many gateways a test starts in it.
fn metrics_handle() -> Result<PrometheusHandle, StartError> {
    static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let install = || {
        PrometheusBuilder::new()
            .set_buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0])
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|error| error.to_string())
    };
    HANDLE.get_or_init(install).clone().map_err(StartError::Metrics)
}

/// Whether or not anybody reads the metrics, they must not grow.
async fn fold_metrics(metrics: PrometheusHandle, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(FOLD) => metrics.run_upkeep(),
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

async fn upkeep(db: Db, config: Config, ambient: Ambient, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = keep_house(&db, &config, &ambient).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the house could not be kept this time");
        }
        tokio::select! {
            () = tokio::time::sleep(UPKEEP) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Makes room ahead and forgets what is too old. Any number of processes may do it at once.
async fn keep_house(db: &Db, config: &Config, ambient: &Ambient) -> Result<(), DbError> {
    let now = Time::from(ambient.now());
    integration_logs::make_room(db, &months_ahead(now)).await?;
    let days = |days: u64| now.before(DAY * u32::try_from(days).unwrap_or(u32::MAX));
    integration_logs::drop_before(db, days(config.retention.logs_days)).await?;
    callbacks::prune(db, days(config.retention.callbacks_days)).await?;
    idempotency::prune(db, now).await?;
    Ok(())
}

/// The first moments of this month and of those that follow, by the calendar.
fn months_ahead(now: Time) -> Vec<Time> {
    let today = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    let first = today.first_of_month().and_then(|first| first.start_of_day());
    (0..=MONTHS_AHEAD)
        .filter_map(|month| first.as_ref().ok()?.checked_add(jiff::Span::new().months(month)).ok())
        .map(|month| month.timestamp().into())
        .collect()
}

/// The vault with the keys of the settings.
pub fn open_vault(config: &Config, ambient: &Ambient) -> Result<Vault, StartError> {
    Ok(Vault::new(&encryption_key(config, ambient)?, ambient.clone())?)
}

/// The key from the settings; beside a SQLite file one is made when there is none.
fn encryption_key(config: &Config, ambient: &Ambient) -> Result<SecretString, StartError> {
    if !config.encryption.key.expose_secret().is_empty() {
        return Ok(config.encryption.key.clone());
    }
    if !config.encryption.key_file.is_empty() {
        return read_key(Path::new(&config.encryption.key_file));
    }
    let Some(file) = config.database.url.strip_prefix("sqlite:") else { return Err(StartError::NoKey) };
    let file = file.trim_start_matches("//").split('?').next().unwrap_or_default();
    let path = Path::new(file).with_extension("key");
    if path.exists() {
        return read_key(&path);
    }
    if Path::new(file).exists() {
        return Err(StartError::KeyLost(path.display().to_string()));
    }
    make_key(&path, &hex::encode(ambient.bytes::<32>()))?;
    tracing::info!(file = %path.display(), "an encryption key was made: keep it, the database cannot be read without it");
    read_key(&path)
}

fn read_key(path: &Path) -> Result<SecretString, StartError> {
    let text = std::fs::read_to_string(path);
    text.map(SecretString::from).map_err(|source| StartError::Io { what: path.display().to_string(), source })
}

/// Only its owner can read it, from the first byte on; a process that is faster wins.
fn make_key(path: &Path, key: &str) -> Result<(), StartError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    match opened.and_then(|mut file| writeln!(file, "{key}").and_then(|()| file.sync_all())) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        done => done.map_err(|source| StartError::Io { what: path.display().to_string(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_ahead_is_there_whatever_the_day() {
        for day in ["2026-01-31T23:59:59Z", "2026-12-01T00:00:00Z", "2028-02-29T12:00:00Z"] {
            let now: jiff::Timestamp = day.parse().expect("a time");
            let months: Vec<String> = months_ahead(now.into())
                .iter()
                .map(|month| month.timestamp().strftime("%Y-%m-%d %H:%M").to_string())
                .collect();
            assert_eq!(months.len(), 7, "{day}: {months:?}");
            assert!(months.iter().all(|month| month.ends_with("-01 00:00")), "{day}: {months:?}");
            assert_eq!(months[0][..7], day[..7], "this month is the first");
            assert!(months.windows(2).all(|pair| pair[0] < pair[1]), "{day}: {months:?}");
        }
    }
}
