//! The stage of the demo: mocks, a gateway on a temporary SQLite file, and a platform key.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kit::Ambient;
use mocks::moamalat::Merchant;
use mocks::{Mocks, Settings};
use schemas::store::Mode;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::merchants::Merchants;
use super::shop;
use crate::app::{App, Roles, Running, StartError};
use crate::calendar;
use crate::cli::{CommandError, client, keys, output};
use crate::config::{Config, Variables};

/// The day runs on short times: what takes half an hour or a day in a shop takes seconds here.
const SHORT: &[(&str, &str)] = &[
    ("JISR_PAYMENTS__CARD_EXPIRES_MS", "5000"),
    ("JISR_PAYMENTS__SWEEP_MS", "2000"),
    ("JISR_PAYMENTS__AFTER_EXPIRY_MS", "[2000, 4000, 8000, 20000]"),
    ("JISR_PAYMENTS__UNKNOWN_FIRST_MS", "500"),
    ("JISR_SHIPPING__RATES_MS", "2000"),
    ("JISR_SHIPPING__UNKNOWN_FIRST_MS", "500"),
    ("JISR_SHIPPING__TRACK_FIRST_MS", "500"),
    ("JISR_SHIPPING__TRACK_LONGEST_MS", "500"),
    ("JISR_WORK__POLL_MS", "100"),
    // A fault is meant for the scene that queues it, not for a probe.
    ("JISR_HEALTH__EVERY_MS", "0"),
    ("JISR_POLICY__MOAMALAT__BREAKER_FAILURES", "1"),
    ("JISR_POLICY__MOAMALAT__BREAKER_OPEN_MS", "2000"),
    ("JISR_NOTIFY__BREAKER_OPEN_MS", "2000"),
    ("JISR_NOTIFY__SHORT_MS", "[200, 400, 800]"),
    ("JISR_NOTIFY__SLOW_MS", "150"),
];

/// Everything that the scenes play on.
pub(super) struct Stage {
    pub(super) mocks: Mocks,
    pub(super) merchants: Merchants,
    folder: PathBuf,
    settings: Vec<(String, String)>,
    running: Mutex<Option<Running>>,
    base: String,
    key: String,
    http: reqwest::Client,
    stores: AtomicU32,
}

/// A store with a terminal of its own, so that the scenes can play side by side.
pub(super) struct Store<'a> {
    pub(super) stage: &'a Stage,
    pub(super) key: String,
    pub(super) terminal: String,
}

/// What the gateway answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    /// A field's text; empty where there is none.
    pub(super) fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

impl Stage {
    /// Starts everything on this port (0 takes free ones).
    pub(super) async fn set(port: u16) -> Result<Self, CommandError> {
        let ambient = Ambient::system();
        let folder = std::env::temp_dir().join(format!("jisr-demo-{}", ambient.uuid().simple()));
        std::fs::create_dir_all(&folder)?;
        let mocks = Mocks::start(SocketAddr::from(([127, 0, 0, 1], 0)), Settings::default()).await?;
        let mut settings = mocks.environment();
        let database = format!("sqlite:{}", folder.join("jisr.db").display());
        for (name, value) in [
            ("JISR_PORT", port.to_string().as_str()),
            ("DATABASE_URL", &database),
            ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
        ] {
            settings.push((name.to_owned(), value.to_owned()));
        }
        let short = SHORT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let all: Vec<_> = settings.iter().cloned().chain(short).collect();
        let running = start(&all, ambient.clone()).await?;
        mocks.set_gateway_url(&format!("http://{}", running.address));
        let (_, key) =
            keys::create(&running.facade.db, &ambient, "demo", vec!["all".to_owned()], None, Mode::Test).await?;
        Ok(Self {
            mocks,
            merchants: Merchants::open(if port == 0 { 0 } else { port.saturating_add(2) }).await?,
            folder,
            settings,
            base: format!("http://{}", running.address),
            running: Mutex::new(Some(running)),
            key,
            http: client(Duration::from_secs(30))?,
            stores: AtomicU32::new(0),
        })
    }

    /// A new store with a terminal of its own.
    pub(super) async fn store(&self) -> Result<Store<'_>, CommandError> {
        let number = self.stores.fetch_add(1, Ordering::Relaxed);
        let store = Store { stage: self, key: format!("shop-{number}"), terminal: (70_000_000 + number).to_string() };
        let merchant = Merchant { terminal_id: store.terminal.clone(), ..Merchant::default() };
        self.mocks.add_merchant(merchant.clone());
        let made = self.call("POST", "/v1/stores", None, json!({"key": store.key, "name": store.key})).await?;
        let account = format!("/v1/stores/{}/accounts/moamalat", store.key);
        let configuration = json!({
            "merchant_id": merchant.merchant_id, "terminal_id": merchant.terminal_id,
            "base_url": self.mocks.base_url("moamalat"),
            "script_url": format!("{}/js/lightbox.js", self.mocks.base_url("moamalat")),
        });
        let put = self.call("PUT", &account, None, json!({"configuration": configuration})).await?;
        let secrets = json!({"secret_key": merchant.secret_key, "notification_key": merchant.notification_key});
        let sealed = self.call("PUT", &format!("{account}/credentials"), None, secrets).await?;
        match (made.status, put.status, sealed.status) {
            (201, 200, 204) => Ok(store),
            _ => Err(CommandError::Refused(format!("a store could not be made: {made:?} {put:?} {sealed:?}"))),
        }
    }

    /// An endpoint of a store at one of the merchants, which learns its secret; answers its id.
    pub(super) async fn endpoint(&self, store: &str, merchant: &str, event: &str) -> Result<String, CommandError> {
        let body = json!({"url": self.merchants.url(merchant), "events": [event]});
        let made = self.call("POST", &format!("/v1/stores/{store}/endpoints"), None, body).await?;
        if made.status != 201 {
            return Err(CommandError::Refused(format!("the endpoint was not made: {made:?}")));
        }
        self.merchants.trust(merchant, &made.text("/secret"));
        Ok(made.text("/id"))
    }

    /// Compares the day of an account with its provider's books, as each night does.
    pub(super) async fn settle_today(&self, account: &str) -> Result<(), CommandError> {
        let running = self.running.lock().await;
        let facade = running.as_ref().map(|running| running.facade.clone());
        drop(running);
        let (Some(facade), Ok(account)) = (facade, account.parse()) else {
            return Err(CommandError::Refused(format!("there is no account {account}")));
        };
        let today = calendar::day_of(facade.ambient.now());
        facade.settlements.settle_day(account, today, None).await?;
        Ok(())
    }

    /// One request of the storefront.
    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        store: Option<&str>,
        body: Value,
    ) -> Result<Answer, CommandError> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = self.send(method, path, store, "application/json", body).await?;
        Ok(Answer { status, body: serde_json::from_slice(&answer).unwrap_or_default() })
    }

    /// A document of a store.
    pub(super) async fn fetch(&self, path: &str, store: &str) -> Result<Vec<u8>, CommandError> {
        Ok(self.send("GET", path, Some(store), "application/json", String::new()).await?.1)
    }

    /// A statement that a store hands in.
    pub(super) async fn upload(&self, path: &str, store: &str, csv: String) -> Result<Answer, CommandError> {
        let (status, answer) = self.send("POST", path, Some(store), "text/csv", csv).await?;
        Ok(Answer { status, body: serde_json::from_slice(&answer).unwrap_or_default() })
    }

    #[expect(clippy::disallowed_methods, reason = "the demo is the storefront: it calls the gateway, not a provider")]
    async fn send(
        &self,
        method: &str,
        path: &str,
        store: Option<&str>,
        content_type: &str,
        body: String,
    ) -> Result<(u16, Vec<u8>), CommandError> {
        let refused = |error: reqwest::Error| CommandError::Refused(format!("the gateway did not answer: {error}"));
        let method = method.parse().map_err(|_| CommandError::Refused(format!("{method} is no method")))?;
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.key))
            .header("idempotency-key", Ambient::system().uuid().to_string())
            .header("content-type", content_type);
        if let Some(store) = store {
            request = request.header("jisr-store", store);
        }
        let response = request.body(body).send().await.map_err(refused)?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await.map_err(refused)?.to_vec()))
    }

    /// A callback that somebody sends; answers the status.
    #[expect(clippy::disallowed_methods, reason = "the demo plays a forger: it calls the gateway, not a provider")]
    pub(super) async fn send_callback(&self, body: Vec<u8>) -> Result<u16, CommandError> {
        let url = format!("{}/v1/callbacks/moamalat", self.base);
        let sent = self.http.post(url).header("content-type", "application/json").body(body).send().await;
        sent.map(|response| response.status().as_u16()).map_err(|error| CommandError::Refused(error.to_string()))
    }

    /// Starts the gateway anew with its ordinary times, on the same database, and a shop beside it.
    pub(super) async fn open_shop(&self, port: u16, quiet: bool) -> Result<(), CommandError> {
        let mut running = self.running.lock().await;
        if let Some(day) = running.take() {
            day.stop().await;
        }
        let again = start(&self.settings, Ambient::system()).await?;
        let gateway = format!("http://{}", again.address);
        self.mocks.set_gateway_url(&gateway);
        *running = Some(again);
        drop(running);
        let address = shop::open(self, port.saturating_add(1), &gateway).await?;
        if quiet {
            return Ok(());
        }
        self.tell(address, &gateway)
    }

    /// Where to look.
    fn tell(&self, shop: SocketAddr, gateway: &str) -> Result<(), CommandError> {
        let (mocks, key, merchant) = (self.mocks.address(), &self.key, self.merchants.url(shop::STORE));
        let (store, folder) = (shop::STORE, self.folder.display());
        output::line(&format!(
            "\nStill here, to be explored:\n  the shop       http://{shop}/          (pay in the mock Lightbox; ?lang=en for English)\n  \
             المتجر         http://{shop}/?lang=ar\n  the merchant   {merchant}   (the webhooks that the shop was sent)\n  \
             the API        {gateway}/docs\n  the provider   http://{mocks}/_journal   (what the mock has received and sent)\n\n\
             KEY={key}   # the platform's\n\
             ask() {{ curl -s -H \"Authorization: Bearer $KEY\" -H \"Jisr-Store: {store}\" \"{gateway}$1\"; }}\n\
             ask /v1/notifications          # what the shop was told, and how each delivery stands\n\
             ask /v1/feed                   # everything that happened in the shop, in order\n\
             DATABASE_URL=sqlite:{folder}/jisr.db \\\n  \
             jisr tasks --kind notification.deliver   # what waits for the dead merchant\n\nCtrl-C ends it."
        ))
    }

    /// The key, for the shop's own server.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The client, for the shop's own server.
    pub(super) fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// Ends everything and removes the temporary files.
    pub(super) async fn strike(self) {
        if let Some(running) = self.running.into_inner() {
            running.stop().await;
        }
        self.mocks.stop().await;
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(error = &error as &dyn std::error::Error, folder = %self.folder.display(), "left behind");
        }
    }
}

impl Store<'_> {
    /// Reads, as the store.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, CommandError> {
        self.stage.call("GET", path, Some(&self.key), Value::Null).await
    }

    /// Waits until what is at a path has a status; answers the one it ended with.
    pub(super) async fn until_at(&self, path: &str, status: &str) -> Result<String, CommandError> {
        let until = tokio::time::Instant::now() + Duration::from_secs(40);
        loop {
            let now = self.get(path).await?.text("/status");
            if now == status || tokio::time::Instant::now() > until {
                return Ok(now);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Changes, as the store.
    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Answer, CommandError> {
        self.stage.call("POST", path, Some(&self.key), body).await
    }
}

async fn start(settings: &[(String, String)], ambient: Ambient) -> Result<Running, CommandError> {
    let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let config = Config::load(None, &Variables::from_pairs(pairs))?;
    let started: Result<Running, StartError> = App::build(config, ambient).await?.start(Roles::default()).await;
    Ok(started?)
}
