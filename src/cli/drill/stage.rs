//! The stage of a drill: mocks and a whole gateway of its own on a temporary SQLite file, and a shop that asks it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use kit::Ambient;
use mocks::{Mocks, Settings};
use schemas::AccountId;
use schemas::store::Mode;
use serde_json::Value;

use crate::app::{App, Roles, Running};
use crate::cli::{CommandError, client, keys};
use crate::config::{Config, Variables};
use crate::db::provider_accounts;
use crate::http::Facade;

/// What takes minutes with a provider takes seconds here; how health is judged is as always.
const SHORT: &[(&str, &str)] = &[
    ("JISR_PORT", "0"),
    ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
    ("JISR_PAYMENTS__SWEEP_MS", "1000"),
    ("JISR_PAYMENTS__UNKNOWN_FIRST_MS", "500"),
    ("JISR_PAYMENTS__UNKNOWN_LONGEST_MS", "2000"),
    ("JISR_PAYMENTS__REVIEW_AFTER_MS", "8000"),
    ("JISR_PAYMENTS__CODES_PER_PHONE__BURST", "100000"),
    ("JISR_PAYMENTS__CODES_PER_STORE__BURST", "100000"),
    ("JISR_PAYMENTS__CODES_PER_ADDRESS__BURST", "100000"),
    ("JISR_PAYMENTS__GUESSES_PER_PHONE__BURST", "100000"),
    ("JISR_SHIPPING__UNKNOWN_FIRST_MS", "500"),
    ("JISR_SHIPPING__UNKNOWN_LONGEST_MS", "2000"),
    ("JISR_SHIPPING__REVIEW_AFTER_MS", "8000"),
    ("JISR_WORK__POLL_MS", "100"),
];

/// Everything that a drill plays on.
pub(super) struct Stage {
    pub(super) mocks: Mocks,
    pub(super) facade: Facade,
    running: Running,
    folder: PathBuf,
    base: String,
    key: String,
    http: reqwest::Client,
}

impl Stage {
    /// Starts everything, probing this often and waiting so long.
    pub(super) async fn set(every: Duration, timeout: Duration) -> Result<Self, CommandError> {
        let ambient = Ambient::system();
        let folder = std::env::temp_dir().join(format!("jisr-drill-{}", ambient.uuid().simple()));
        std::fs::create_dir_all(&folder)?;
        let mocks = Mocks::start(SocketAddr::from(([127, 0, 0, 1], 0)), Settings::default()).await?;
        let mut settings = mocks.environment();
        settings.extend(SHORT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        for (name, value) in [
            ("DATABASE_URL", format!("sqlite:{}", folder.join("jisr.db").display())),
            ("JISR_HEALTH__EVERY_MS", every.as_millis().to_string()),
            ("JISR_HEALTH__SOON_MS", every.as_millis().min(1_000).to_string()),
            ("JISR_HEALTH__TIMEOUT_MS", timeout.as_millis().to_string()),
            // Those that have a time of their own have this one too.
            ("JISR_HEALTH__TIMEOUTS__MOAMALAT", timeout.as_millis().to_string()),
            ("JISR_HEALTH__TIMEOUTS__AMYAL", timeout.as_millis().to_string()),
        ] {
            settings.push((name.to_owned(), value));
        }
        let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let config = Config::load(None, &Variables::from_pairs(pairs))?;
        let running = App::build(config, ambient.clone()).await?.start(Roles::default()).await?;
        let facade = running.facade.clone();
        let base = format!("http://{}", running.address);
        mocks.set_gateway_url(&base);
        let (_, key) = keys::create(&facade.db, &ambient, "drill", vec!["all".to_owned()], None, Mode::Test).await?;
        let http = client(Duration::from_secs(90))?;
        Ok(Self { mocks, facade, running, folder, base, key, http })
    }

    /// Stops everything and leaves nothing behind.
    pub(super) async fn strike(self) {
        self.running.stop().await;
        self.mocks.stop().await;
        drop(std::fs::remove_dir_all(&self.folder));
    }

    /// The account of a service.
    pub(super) async fn account(&self, service: &str) -> Result<AccountId, CommandError> {
        let rows = provider_accounts::of_provider(&self.facade.db, service, None).await?;
        let account = rows.first().map(|row| row.id);
        account.ok_or_else(|| CommandError::Refused(format!("there is no account with {service}")))
    }

    /// One request of the shop; status 0 where no answer came.
    #[expect(clippy::disallowed_methods, reason = "the drill is a storefront: it calls the gateway, not a provider")]
    pub(super) async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = method.parse().unwrap_or(http::Method::GET);
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.key))
            .header("jisr-store", "default")
            .header("idempotency-key", Ambient::system().uuid().to_string())
            .header("content-type", "application/json");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        match request.body(body).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let body = response.bytes().await.unwrap_or_default();
                (status, serde_json::from_slice(&body).unwrap_or_default())
            }
            Err(_) => (0, Value::Null),
        }
    }
}
