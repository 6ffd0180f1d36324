//! The composition root: the only place that knows all the parts. Nothing but the command line imports it.

mod key;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kit::guard::AllowList;
use kit::wire::{HttpWire, Wires};
use kit::{Ambient, Transport};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::{self, Accounts};
use crate::alerts::{Alerts, Sending, Watch};
use crate::calendar::Announcements;
use crate::config::Config;
use crate::db::intake;
use crate::db::log_writer::LogWriter;
use crate::db::{Db, DbError, Durability, notifications};
use crate::health::{self, Health, Probing, RollUp};
use crate::http::{self, Areas, Auth, Facade, Ready, Streams};
use crate::notify::{
    Channel, Channels, Deliveries, Directory, FanOut, Fresh, HttpChannel, Lives, Nats, Notify, RabbitMq,
};
use crate::payments::{Confirmations, Payments, RefundWork};
use crate::public_url::PublicUrl;
use crate::remittances::Remittances;
use crate::routing::{Book, Routing};
use crate::services::{ServiceQuestions, WalletServices};
use crate::settlement::{Days, Nights, Settlements, Statements};
use crate::shipping::{BookingQuestions, Feeds, Files, Following, Listening, PickupQuestions, Places, Shipping};
use crate::telemetry;
use crate::upkeep;
use crate::vault::VaultError;
use crate::work::{DbAllowances, DbSequences, Handler, Waker, Work};

pub use key::open_vault;

/// How often what was measured is folded into its buckets: until then every single measurement is kept in memory.
const FOLD: Duration = Duration::from_secs(5);

/// A gateway that is not listening yet.
pub struct App {
    /// What handlers reach.
    pub facade: Facade,
    config: Config,
    waker: Waker,
    handlers: Vec<Arc<dyn Handler>>,
    /// The handlers of whoever probes.
    probes: Vec<Arc<dyn Handler>>,
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
    /// Watches providers.
    pub probe: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Self { api: true, worker: true, probe: true }
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
        upkeep::make_room(&db, &ambient).await?;
        let networks = config.network.networks().unwrap_or_default();
        let allow = AllowList::new(networks);
        let wires = Wires::new(allow.clone())?;
        let wire = Arc::clone(&wires.http);
        let certificates = wires.certificates.clone();
        let logs = LogWriter::start(db.clone());
        let transport = Arc::new(Transport::new(ambient.clone(), config.policy.clone(), logs.clone(), Arc::new(wires)));
        let shared = accounts::Shared {
            transport: Arc::clone(&transport),
            sequences: Arc::new(DbSequences::new(db.clone(), ambient.clone())),
            allowances: Arc::new(DbAllowances::new(db.clone(), ambient.clone())),
            tokens: Arc::new(accounts::DbTokens::new(db.clone(), vault.clone(), ambient.clone())),
        };
        let accounts = Accounts::new(db.clone(), vault.clone(), ambient.clone(), shared, config.accounts.clone());
        accounts::ensure_defaults(&accounts).await?;
        let waker = Waker::default();
        let settings = Arc::new(config.payments.clone());
        let book = Book::new(db.clone(), vault.clone(), ambient.clone());
        let payments = Payments {
            db: db.clone(),
            intake: intake::start(db.clone()),
            accounts: accounts.clone(),
            routing: Routing::new(accounts.clone(), Arc::clone(&settings), book.clone()),
            vault: vault.clone(),
            ambient: ambient.clone(),
            waker: waker.clone(),
            settings,
            public_url: PublicUrl::new(&config.server.public_url),
        };
        let services = WalletServices {
            db: db.clone(),
            accounts: accounts.clone(),
            vault: vault.clone(),
            ambient: ambient.clone(),
            waker: waker.clone(),
            settings: Arc::clone(&payments.settings),
        };
        let calendar = Announcements::new(db.clone(), ambient.clone());
        let shipping = Shipping {
            db: db.clone(),
            accounts: accounts.clone(),
            vault: vault.clone(),
            ambient: ambient.clone(),
            waker: waker.clone(),
            settings: Arc::new(config.shipping.clone()),
            calendar: calendar.clone(),
            book: book.clone(),
            places: Places::new(db.clone(), ambient.clone(), Duration::from_millis(config.shipping.places_ms)),
            public_url: payments.public_url.clone(),
        };
        let notify = Notify {
            db: db.clone(),
            intake: notifications::start(db.clone()),
            vault: vault.clone(),
            ambient: ambient.clone(),
            waker: waker.clone(),
            settings: Arc::new(config.notify.clone()),
            directory: Directory::default(),
            lives: Lives::new(&config.notify),
            fresh: Fresh::default(),
            channels: channels(wire, allow),
        };
        let alerts = Alerts {
            db: db.clone(),
            ambient: ambient.clone(),
            accounts: accounts.clone(),
            waker: waker.clone(),
            thresholds: Arc::clone(&notify.settings),
            settings: Arc::new(config.alerts.clone()),
        };
        alerts.look().await?;
        let health = Health::new(
            &transport,
            health::Parts {
                db: db.clone(),
                ambient: ambient.clone(),
                accounts: accounts.clone(),
                waker: waker.clone(),
                certificates: certificates.clone(),
                settings: config.health.clone(),
                incidents: config.incidents.clone(),
                stand_ins: config
                    .payments
                    .fallbacks
                    .clone()
                    .into_iter()
                    .chain(config.shipping.fallbacks.clone())
                    .collect(),
            },
        );
        let settlements = Settlements {
            payments: payments.clone(),
            alerts: alerts.clone(),
            settings: Arc::new(config.settlement.clone()),
        };
        let remittances = Remittances {
            db: db.clone(),
            vault: vault.clone(),
            ambient: ambient.clone(),
            waker: waker.clone(),
            settings: Arc::new(config.cash_on_delivery.clone()),
        };
        let facade = Facade::new(Areas {
            payments: payments.clone(),
            services: services.clone(),
            shipping: shipping.clone(),
            settlements: settlements.clone(),
            remittances,
            notify: notify.clone(),
            alerts: alerts.clone(),
            health: health.clone(),
            calendar,
            book,
            accounts,
            auth: Auth::new(db.clone(), &config.limits),
            db,
            vault,
            ambient,
            logs,
            metrics: metrics_handle()?,
            ready: Ready::default(),
            streams: Streams::new(&config.streams),
            document: http::document(),
            certificates,
        });
        let keeping = upkeep::Keeping {
            db: facade.db.clone(),
            ambient: facade.ambient.clone(),
            settings: config.retention.clone(),
        };
        let mut handlers: Vec<Arc<dyn Handler>> = vec![
            Arc::new(Confirmations(payments.clone())),
            Arc::new(RefundWork(payments)),
            Arc::new(ServiceQuestions(services)),
            Arc::new(BookingQuestions(shipping.clone())),
            Arc::new(Following(shipping.clone())),
            Arc::new(Feeds(shipping.clone())),
            Arc::new(Listening::new(shipping.clone())),
            Arc::new(Files::new(shipping.clone())),
            Arc::new(PickupQuestions(shipping)),
            Arc::new(FanOut(notify.clone())),
            Arc::new(Deliveries::new(notify)),
            Arc::new(keeping),
            Arc::new(Nights(settlements.clone())),
            Arc::new(Days(settlements.clone())),
            Arc::new(Statements(settlements)),
            Arc::new(Sending::new(alerts.clone())),
        ];
        let kinds = handlers.iter().map(|handler| handler.kind()).collect();
        handlers.push(Arc::new(Watch::new(alerts, kinds)));
        let probes: Vec<Arc<dyn Handler>> = vec![
            Arc::new(Probing::new(health.clone())),
            Arc::new(RollUp(health.clone())),
            Arc::new(health::Incidents(health)),
        ];
        Ok(Self { facade, config, waker, handlers, probes })
    }

    /// Listens and works until it is stopped.
    pub async fn start(self, roles: Roles) -> Result<Running, StartError> {
        let router = http::build(self.facade.clone());
        self.start_with(roles, router).await
    }

    /// The same with a router of one's own, for benchmarks.
    pub async fn start_with(self, roles: Roles, router: axum::Router) -> Result<Running, StartError> {
        let Self { facade, config, waker, mut handlers, probes } = self;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        let listener = listen(&config.server.host, config.server.port).await?;
        let address =
            listener.local_addr().map_err(|source| StartError::Io { what: "listening".to_owned(), source })?;
        facade.payments.public_url.tell(&format!("http://{address}"));
        if roles.api {
            tasks.push(tokio::spawn(serve(listener, router, stopped.clone())));
        }
        if config.server.admin_port != 0 {
            let listener = listen(&config.server.host, config.server.admin_port).await?;
            tasks.push(tokio::spawn(serve(listener, admin(facade.clone()), stopped.clone())));
        }
        tasks.push(tokio::spawn(facade.health.clone().attend(stopped.clone())));
        if !roles.worker {
            handlers.clear();
        }
        if roles.probe {
            handlers.extend(probes);
        }
        if !handlers.is_empty() {
            let work = Work::new(facade.db.clone(), facade.ambient.clone(), config.work.clone(), waker, handlers);
            tasks.push(tokio::spawn(work.run(stopped.clone())));
        } else {
            // What is enqueued here is for others to do.
            tasks.push(tokio::spawn(waker.connect(facade.db.clone(), Vec::new(), stopped.clone())));
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
        let tasks = futures_util::future::join_all(self.tasks);
        let ended = futures_util::future::join(tasks, self.facade.streams.ended());
        if tokio::time::timeout(self.drain, ended).await.is_err() {
            tracing::warn!("requests or tasks are cut off: they took longer than server.drain_ms");
        }
        self.facade.logs.drain().await;
        self.facade.db.close().await;
    }
}

/// The ways to reach a merchant; each guards addresses.
fn channels(wire: Arc<HttpWire>, allow: AllowList) -> Channels {
    let channels: [Arc<dyn Channel>; 3] =
        [Arc::new(HttpChannel::new(wire)), Arc::new(RabbitMq::new(allow.clone())), Arc::new(Nats::new(allow))];
    Channels::new(channels.into())
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
fn admin(facade: Facade) -> axum::Router {
    axum::Router::new().route("/metrics", axum::routing::get(http::metrics)).with_state(facade)
}

/// One recorder for the process, however many gateways a test starts in it.
fn metrics_handle() -> Result<PrometheusHandle, StartError> {
    static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let install = || {
        PrometheusBuilder::new()
            .set_buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0])
            .and_then(PrometheusBuilder::install_recorder)
            .inspect(|_| telemetry::measures::describe())
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
