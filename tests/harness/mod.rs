//! A whole gateway for one test: its own database, its own mocks, its own key; everything over real sockets.

mod database;
mod http;
mod port;
mod process;
mod sink;
mod trace;

use std::time::Duration;

use jisr::app::{App, Roles, Running};
use jisr::config::{Config, Variables};
use jisr::http::Facade;
use kit::Ambient;
use mocks::{Fault, FaultKind, Mocks, Outcome, Pay, Settings};
use schemas::store::Mode;
use serde_json::{Value, json};

pub use database::{Backend, TestDatabase};
pub use http::{Answer, Client, uuid};
pub use port::shut_port;
pub use process::{api_process, leave, process};
pub use sink::{Received, Reply, Sink};

/// Settings that make a test quick; a test's own come after them.
const QUICK: &[(&str, &str)] = &[
    ("JISR_PORT", "0"),
    ("JISR_DATABASE__CONNECTIONS", "6"),
    ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
    ("JISR_WORK__POLL_MS", "50"),
    // The tests share one server and its hundred connections.
    ("JISR_DATABASE__CONNECTIONS", "8"),
    ("JISR_SERVER__DRAIN_MS", "5000"),
    // A sweep comes with the clock's own multiples: in a test that counts questions it would be one too many.
    ("JISR_PAYMENTS__SWEEP_MS", "86400000"),
    ("JISR_PAYMENTS__UNKNOWN_FIRST_MS", "200"),
    ("JISR_PAYMENTS__UNKNOWN_LONGEST_MS", "1000"),
    // Probes would be counted among a test's own calls: who wants them says so.
    ("JISR_HEALTH__EVERY_MS", "0"),
    // Nor does a test that has calls fail want its provider to be left alone.
    ("JISR_HEALTH__THRESHOLDS__FAIL", "1000"),
    ("JISR_HEALTH__THRESHOLDS__LEAST_CALLS", "100000"),
    ("JISR_POLICY__MOAMALAT__TIMEOUT_MS", "1500"),
    ("JISR_POLICY__MOAMALAT__RETRIES", "0"),
    ("JISR_ENCRYPTION_KEY", "7f8e9dacbb0a192837465564738291a0bfcedddcebfa09182736455463728190"),
];

/// A gateway, its mocks and its database.
pub struct Gateway {
    /// With an `all` key of the store `default`.
    pub client: Client,
    /// The provider's side.
    pub mocks: Mocks,
    /// What handlers reach.
    pub facade: Facade,
    /// The store `default`.
    pub store: schemas::StoreId,
    pub database: TestDatabase,
    running: Option<Running>,
    settings: Vec<(String, String)>,
}

impl Gateway {
    /// Starts one with the quick settings.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// Starts one with settings of the test's own, and an account with Moamalat alone: nothing else takes cards.
    pub async fn start_with(backend: Backend, own: &[(&str, &str)]) -> Self {
        Self::start_among(backend, &["MOAMALAT_", "TELEGRAM_"], own).await
    }

    /// Starts one with an account of every provider.
    pub async fn start_with_all(backend: Backend, own: &[(&str, &str)]) -> Self {
        Self::start_among(backend, &[""], own).await
    }

    /// Starts one with the accounts whose variables begin so.
    async fn start_among(backend: Backend, accounts: &[&str], own: &[(&str, &str)]) -> Self {
        trace::start();
        let database = TestDatabase::create(backend).await;
        let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await.expect("the mocks start");
        let mut settings: Vec<(String, String)> = mocks.environment();
        settings.retain(|(name, _)| accounts.iter().any(|account| name.starts_with(account)));
        settings.push(("DATABASE_URL".to_owned(), database.url.clone()));
        settings.extend(QUICK.iter().chain(own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let running = run(&settings, Roles::default()).await;
        let facade = running.facade.clone();
        mocks.set_gateway_url(&format!("http://{}", running.address));
        let store = facade.auth.store("default").await.ok().flatten().expect("the default store is there").id;
        let client = Client::new(running.address);
        let client = client.with_key(&key(&facade, Some(store), &["all"]).await);
        Self { client, mocks, facade, store, database, running: Some(running), settings }
    }

    /// What a process of its own needs to be one more of it.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Another process's gateway on the same database: it answers requests, and works if told so.
    pub async fn another(&self, roles: Roles) -> Running {
        run(&self.settings, roles).await
    }

    /// Stops it gracefully and starts it again on the same database.
    pub async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        let running = run(&self.settings, Roles::default()).await;
        self.mocks.set_gateway_url(&format!("http://{}", running.address));
        self.client = self.client.clone().at(running.address);
        self.facade = running.facade.clone();
        self.running = Some(running);
    }

    /// Stops it; the database is kept for the scan of secrets.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.mocks.stop().await;
    }

    /// A card payment of 12.500 LYD.
    pub async fn card(&self, reference: &str) -> Payment {
        let body = json!({"reference": reference, "amount": "12.500", "currency": "LYD", "method": "card"});
        self.create(body).await
    }

    /// A payment that must be created.
    pub async fn create(&self, body: Value) -> Payment {
        let answer = self.client.post("/v1/payments", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        Payment { id: answer.text("id"), wire: answer.at("/next_action/parameters/MerchantReference"), answer }
    }

    /// The customer's act of 12.500 LYD; the mock sends its callback.
    pub async fn pay(&self, payment: &Payment, outcome: Outcome) {
        self.mocks.pay(Pay::new("moamalat", &payment.wire, outcome, "12.500")).await.expect("the mock takes it");
    }

    /// The same without a callback.
    pub async fn pay_quietly(&self, payment: &Payment, outcome: Outcome) {
        let act = Pay { notify: Some(false), ..Pay::new("moamalat", &payment.wire, outcome, "12.500") };
        self.mocks.pay(act).await.expect("the mock takes it");
    }

    /// A card payment that has been paid and proved.
    pub async fn paid_card(&self, reference: &str) -> Payment {
        let payment = self.card(reference).await;
        self.pay(&payment, Outcome::Approved).await;
        self.until(&payment.id, "paid").await;
        payment
    }

    /// Queues a fault of the provider.
    pub fn fault(&self, operation: &str, kind: FaultKind) {
        self.mocks.fault(Fault::new("moamalat", kind).on(operation));
    }

    /// The payment as it is now.
    pub async fn read(&self, id: &str) -> Answer {
        self.client.get(&format!("/v1/payments/{id}")).await
    }

    /// Waits until a payment has a status; 20 seconds at most.
    pub async fn until(&self, id: &str, status: &str) -> Answer {
        self.client.until(&format!("/v1/payments/{id}"), status).await
    }

    /// Waits until a refund has a status; 20 seconds at most.
    pub async fn refund_until(&self, id: &str, status: &str) -> Answer {
        self.client.until(&format!("/v1/refunds/{id}"), status).await
    }

    /// How often an operation has really acted at the provider.
    pub fn acted(&self, operation: &str) -> usize {
        self.mocks.journal(Some("moamalat")).iter().filter(|entry| entry.operation == operation && entry.acted).count()
    }

    /// How often an operation has reached the provider.
    pub fn received(&self, operation: &str) -> usize {
        let received = |entry: &&mocks::JournalEntry| {
            entry.operation == operation && entry.direction == mocks::Direction::Received
        };
        self.mocks.journal(Some("moamalat")).iter().filter(received).count()
    }
}

/// A payment as it was created.
pub struct Payment {
    /// `pay_…`.
    pub id: String,
    /// The wire reference; empty where there is none.
    pub wire: String,
    /// The whole answer.
    pub answer: Answer,
}

async fn run(settings: &[(String, String)], roles: Roles) -> Running {
    let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let config = Config::load(None, &Variables::from_pairs(pairs)).expect("the settings can be read");
    let app = App::build(config, Ambient::system()).await.expect("the gateway can be built");
    app.start(roles).await.expect("the gateway starts")
}

/// Makes a test key for a store, or for the platform.
pub async fn key(facade: &Facade, store: Option<schemas::StoreId>, scopes: &[&str]) -> String {
    key_in(facade, store, scopes, Mode::Test).await
}

/// The same in either mode.
pub async fn key_in(facade: &Facade, store: Option<schemas::StoreId>, scopes: &[&str], mode: Mode) -> String {
    let key = jisr::http::generate_key(&facade.ambient, mode);
    let row = jisr::db::api_keys::ApiKey {
        id: facade.ambient.uuid().into(),
        store_id: store.map(Into::into),
        name: "test".to_owned(),
        hash: jisr::http::hash_key(&key).to_vec(),
        scopes: sqlx::types::Json(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        livemode: mode.is_live(),
        created_at: facade.ambient.now().into(),
        revoked_at: None,
    };
    jisr::db::api_keys::insert(&facade.db, &row).await.expect("the key is kept");
    key
}

/// Waits until something holds; a minute at most: on a busy machine many gateways share two cores.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    while tokio::time::Instant::now() < until {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came: {what}");
}

/// Writes a test twice: once for each database. The body gets the `Backend`.
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($backend:ident) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn play($backend: $crate::harness::Backend) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                play($crate::harness::Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                play($crate::harness::Backend::Postgres).await;
            }
        }
    };
}
pub(crate) use on_both;
