//! The running mocks and the handle to them.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    routing::{any, get},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    Charge, Code, Fault, JournalEntry, Parcel, Pay, PayResult, Settings, Ship, StatusFile, callbacks, control,
    exchange, ftp,
    moamalat::{Merchant, Planted, Transaction},
    pay,
    providers::{self, PROVIDERS},
    shared::Shared,
    ship,
    telegram::{Bot, Sent},
    wire::{Listener, Scissors},
};

/// How long open connections may delay the stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// The mocks, serving until this handle is stopped or dropped.
pub struct Mocks {
    shared: Arc<Shared>,
    address: SocketAddr,
    ftp_address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    ftp: JoinSet<()>,
}

impl Mocks {
    /// Serves every provider on one port, and files over FTP 21 ports above; port 0 takes free ones.
    pub async fn start(address: SocketAddr, settings: Settings) -> io::Result<Self> {
        let shared = Shared::new(settings).map_err(|reason| io::Error::new(io::ErrorKind::InvalidInput, reason))?;
        let shared = Arc::new(shared);
        let listener = TcpListener::bind(address).await?;
        let is_chosen = address.port() != 0;
        let address = listener.local_addr()?;
        let files = ftp::bind(address, is_chosen).await?;
        let ftp_address = files.local_addr()?;
        let mut ftp = JoinSet::new();
        ftp.spawn(ftp::serve(files, Arc::clone(&shared)));
        let (stop, mut stopped) = watch::channel(false);
        let service = router(Arc::clone(&shared), address).into_make_service_with_connect_info::<Scissors>();
        let server = tokio::spawn(async move {
            let serve = axum::serve(Listener(listener), service).with_graceful_shutdown(async move {
                // An error means that the handle is gone, which is a stop as well.
                let _ = stopped.wait_for(|stop| *stop).await;
            });
            if let Err(error) = serve.await {
                tracing::error!(%error, "the mocks ended");
            }
        });
        Ok(Self { shared, address, ftp_address, stop, server, ftp })
    }

    /// Where they listen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where files are left, over FTP.
    pub fn ftp_address(&self) -> SocketAddr {
        self.ftp_address
    }

    /// The `NAME=value` pairs with which a gateway uses these very mocks.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut pairs = crate::environment(&format!("http://{}", self.address));
        let url = ftp::url(&self.ftp_address.ip().to_string(), self.ftp_address.port());
        pairs.iter_mut().filter(|(name, _)| name == "VANEX_FTP_URL").for_each(|(_, value)| value.clone_from(&url));
        pairs
    }

    /// The base URL of one provider.
    pub fn base_url(&self, provider: &str) -> String {
        format!("http://{}/{provider}", self.address)
    }

    /// The name and base URL of every provider, and the address of the files that one of them leaves.
    pub fn urls(&self) -> Vec<(String, String)> {
        let files = ftp::url(&self.ftp_address.ip().to_string(), self.ftp_address.port());
        let urls = PROVIDERS.into_iter().map(|provider| (provider.name().to_owned(), self.base_url(provider.name())));
        urls.chain([(format!("{}_ftp", ftp::PROVIDER), files)]).collect()
    }

    /// Sends callbacks to this gateway from now on.
    pub fn set_gateway_url(&self, url: &str) {
        self.shared.set_gateway_url(url);
    }

    /// Adds a merchant, or gives new keys to a known one. A merchant whose keys are not hex is left out, with an error
    /// in the log.
    pub fn add_merchant(&self, merchant: Merchant) {
        if let Err(error) = self.shared.moamalat.add(merchant) {
            tracing::error!(%error, "the merchant is not added");
        }
    }

    /// Adds an account of a provider, or changes a known one: what `/_accounts` does, with the same fields. Those that
    /// are left out are as in the default account.
    pub fn add_account(&self, provider: &str, fields: serde_json::Value) -> Result<(), String> {
        providers::find(provider)?.add_account(&self.shared, fields)
    }

    /// Adds a Telegram bot, or gives new chats to a known one. A token of another shape is left out, with an error in
    /// the log.
    pub fn add_bot(&self, bot: Bot) {
        if let Err(error) = self.shared.telegram.add(bot) {
            tracing::error!(%error, "the bot is not added");
        }
    }

    /// Queues a fault.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Forgets every fault and sends the callbacks that one of them held back.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
        callbacks::flush(&self.shared);
    }

    /// What was received and sent, oldest first.
    pub fn journal(&self, provider: Option<&str>) -> Vec<JournalEntry> {
        self.shared.journal.list(provider)
    }

    /// The entries with a violation: what a correct gateway leaves empty.
    pub fn violations(&self) -> Vec<JournalEntry> {
        let mut entries = self.shared.journal.list(None);
        entries.retain(|entry| entry.violation.is_some());
        entries
    }

    /// Forgets what was received and sent.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
    }

    /// Lets the customer act, and sends the callback in the background.
    pub async fn pay(&self, act: Pay) -> Result<PayResult, String> {
        pay::pay(&self.shared, &act)
    }

    /// Leaves a file; says what it is called.
    pub fn leave(&self, file: &StatusFile) -> Result<String, String> {
        self.shared.ftp.leave(file)
    }

    /// Closes the day: refunds of a part become possible.
    pub async fn settle(&self) {
        self.shared.moamalat.settle();
    }

    /// What one provider, or all of them, took from customers.
    pub fn charges(&self, provider: Option<&str>) -> Vec<Charge> {
        providers::charges(&self.shared, provider)
    }

    /// Lets something happen to a parcel on its way; says how it stands afterwards.
    pub fn ship(&self, act: &Ship) -> Result<Parcel, String> {
        ship::ship(&self.shared, act)
    }

    /// What one carrier, or all of them, have in their records: a parcel that is there twice was booked twice.
    pub fn parcels(&self, provider: Option<&str>) -> Vec<Parcel> {
        providers::parcels(&self.shared, provider)
    }

    /// The one-time codes that a provider sent for a reference (or an id of its own), oldest first: what the customer's
    /// phone shows.
    pub fn codes(&self, provider: &str, reference: &str) -> Vec<Code> {
        self.shared.codes.list(Some(provider), Some(reference))
    }

    /// Every transaction of every terminal.
    pub fn transactions(&self) -> Vec<Transaction> {
        self.shared.moamalat.transactions(None)
    }

    /// Writes transactions of any time into the books of the first Moamalat terminal; answers them with their numbers.
    pub fn plant(&self, planted: Vec<Planted>) -> Vec<Transaction> {
        self.shared.moamalat.plant(planted)
    }

    /// Every message that a Telegram bot sent, oldest first.
    pub fn messages(&self) -> Vec<Sent> {
        self.shared.telegram.sent()
    }

    /// Stops serving; callbacks on their way are still sent.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.ftp.abort_all();
        if tokio::time::timeout(PATIENCE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl std::fmt::Debug for Mocks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mocks").field("address", &self.address).finish_non_exhaustive()
    }
}

fn router(shared: Arc<Shared>, address: SocketAddr) -> Router {
    let urls = PROVIDERS.map(|provider| {
        let name = provider.name();
        (name.to_owned(), Value::from(format!("http://{address}/{name}")))
    });
    let index = json!({ "providers": Value::Object(urls.into_iter().collect()) });
    let mut router = Router::new().route("/", get(move || std::future::ready(Json(index.clone()))));
    for provider in PROVIDERS {
        let handle = move |state: State<Arc<Shared>>, scissors: ConnectInfo<Scissors>, request: Request| {
            exchange::handle(provider, state, scissors, request)
        };
        let base = format!("/{}", provider.name());
        router = router.route(&base, any(handle)).route(&format!("{base}/{{*path}}"), any(handle));
    }
    router.merge(control::routes()).with_state(shared)
}
