//! What a process knows of the endpoints that it delivers to: their settings opened, their health, and who is at them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use schemas::{EndpointId, StoreId};
use secrecy::SecretString;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::channel::Channel;
use super::sign::Signer;
use super::{Channels, health, secret_place};
use crate::config::Notify as Settings;
use crate::db::endpoint_health::Health;
use crate::db::endpoints::Endpoint;
use crate::db::{DbError, Time, endpoints};
use crate::vault::Vault;

/// For each delivery at once, one that is under way and one whose end is being written down.
const UNWRITTEN: usize = 2;
/// Deliveries of an endpoint that it always has a place for, as long as there is one.
const FIRST: usize = 2;
/// How long the settings of an endpoint of a bare URL count; those of others are known to hold by their book.
const LOOK: Duration = Duration::from_secs(2);
/// Endpoints that are remembered; beyond it those that nobody is at are forgotten.
const REMEMBERED: usize = 20_000;

/// The endpoints that this process has to do with. Cheap to clone.
#[derive(Clone)]
pub struct Lives(Arc<Shared>);

struct Shared {
    lives: Mutex<HashMap<String, Arc<Live>>>,
    per_endpoint: usize,
    /// Places for all deliveries of this process.
    slots: Semaphore,
    /// Of these, places for endpoints that fail, are slow or do not answer.
    suspects: Semaphore,
    /// Places for what an endpoint has under way beyond its first ones: half of all, so that a few that begin to hang
    /// leave the other half to the rest.
    bursts: Semaphore,
    /// Tasks that this process has claimed and not brought to an end.
    claimed: AtomicUsize,
    /// Tries that are under way or not written down yet: what is done again after a crash.
    unwritten: Semaphore,
    draining: AtomicBool,
}

/// One endpoint.
pub struct Live {
    /// Places for its deliveries.
    pub permits: Semaphore,
    /// Of these, those that need no place in `Lives::bursts`.
    pub first: Semaphore,
    /// The one place of an endpoint that has to prove itself.
    pub single: Semaphore,
    /// Deliveries that have taken longer than they may, so far.
    overdue: AtomicUsize,
    /// Tells those that wait for a place that they need not.
    pub stopped: Notify,
    view: Mutex<View>,
}

#[derive(Default)]
struct View {
    ready: Option<Arc<Ready>>,
    health: Option<Arc<Health>>,
    /// When its health was read or written last.
    seen: Option<Instant>,
    /// When its settings were looked at last.
    looked: Option<Instant>,
}

/// An endpoint that can be delivered to.
pub struct Ready {
    /// Its id.
    pub id: EndpointId,
    /// Whose it is.
    pub store: StoreId,
    /// Test and live are apart.
    pub livemode: bool,
    /// Where.
    pub url: Url,
    /// How.
    pub channel: Arc<dyn Channel>,
    /// What signs, and until when where there is an end.
    pub signers: Vec<(Signer, Option<Time>)>,
    /// When it is tried again.
    pub schedule: String,
    /// Whether others may take over.
    pub shared: bool,
    /// Made for a bare URL.
    implicit: bool,
    /// Why nothing goes there.
    pub shut: Option<String>,
    /// Its pace in this process.
    pub pace: Option<DefaultDirectRateLimiter>,
    /// Of its settings.
    pub version: i64,
}

impl Lives {
    /// None yet.
    pub fn new(settings: &Settings) -> Self {
        Self(Arc::new(Shared {
            lives: Mutex::default(),
            per_endpoint: settings.concurrency_per_endpoint,
            slots: Semaphore::new(settings.concurrency),
            suspects: Semaphore::new(settings.suspect_concurrency.min(settings.concurrency)),
            bursts: Semaphore::new((settings.concurrency / 2).max(1)),
            claimed: AtomicUsize::new(0),
            unwritten: Semaphore::new(settings.concurrency * UNWRITTEN),
            draining: AtomicBool::new(false),
        }))
    }

    /// The endpoint of a lane.
    pub fn of(&self, lane: &str) -> Arc<Live> {
        let mut lives = self.0.lives.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = lives.get(lane) {
            return Arc::clone(live);
        }
        let live = Arc::new(Live {
            permits: Semaphore::new(self.0.per_endpoint),
            first: Semaphore::new(FIRST),
            single: Semaphore::new(1),
            stopped: Notify::new(),
            overdue: AtomicUsize::new(0),
            view: Mutex::default(),
        });
        if lives.len() >= REMEMBERED {
            lives.retain(|_, live| Arc::strong_count(live) > 1 || live.is_resting());
        }
        lives.insert(lane.to_owned(), Arc::clone(&live));
        live
    }

    /// Places beyond the first of an endpoint.
    pub fn bursts(&self) -> &Semaphore {
        &self.0.bursts
    }

    /// Tasks that are claimed and not at an end, kept count of by what is answered.
    pub fn claim(&self, tasks: usize) -> Claimed<'_> {
        self.0.claimed.fetch_add(tasks, Ordering::Relaxed);
        Claimed { lives: self, tasks }
    }

    /// How many tasks are claimed.
    pub fn claimed(&self) -> usize {
        self.0.claimed.load(Ordering::Relaxed)
    }

    /// Places for all.
    pub fn slots(&self) -> &Semaphore {
        &self.0.slots
    }

    /// Places for suspects.
    pub fn suspects(&self) -> &Semaphore {
        &self.0.suspects
    }

    /// Places for what is under way or waits to be written down.
    pub fn unwritten(&self) -> &Semaphore {
        &self.0.unwritten
    }

    /// Nothing new is begun.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Whether we are leaving.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Forgets what was read of an endpoint: it has changed.
    pub fn forget(&self, id: EndpointId) {
        let live = self.of(&id.to_string());
        let mut view = live.lock();
        (view.seen, view.looked) = (None, None);
    }
}

/// Some tasks that are claimed.
pub struct Claimed<'l> {
    lives: &'l Lives,
    tasks: usize,
}

impl Claimed<'_> {
    /// One of them has come to an end.
    pub fn one_less(&mut self) {
        self.tasks -= 1;
        self.lives.0.claimed.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.lives.0.claimed.fetch_sub(self.tasks, Ordering::Relaxed);
    }
}

/// A delivery that takes longer than it may, until it is dropped.
pub struct Overdue<'l>(&'l Live);

impl Drop for Overdue<'_> {
    fn drop(&mut self) {
        self.0.overdue.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Live {
    /// A delivery takes longer than it may: whoever waits for the endpoint need not.
    pub fn overdue(&self) -> Overdue<'_> {
        self.overdue.fetch_add(1, Ordering::Relaxed);
        self.stopped.notify_waiters();
        Overdue(self)
    }

    /// Whether its breaker or a pause of it must not be forgotten.
    fn is_resting(&self) -> bool {
        self.health().is_some_and(|health| health.open_until.is_some() || health.paused_until.is_some())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its health, as far as it is known.
    pub fn health(&self) -> Option<Arc<Health>> {
        self.lock().health.clone()
    }

    /// Its settings, as far as they are known.
    pub fn known(&self) -> Option<Arc<Ready>> {
        self.lock().ready.clone()
    }

    /// Takes in how it does, as the database has it.
    pub fn learn(&self, health: Arc<Health>) {
        let mut view = self.lock();
        view.health = Some(health);
        view.seen = Some(Instant::now());
    }

    /// Whether it may hold only a few of the places.
    pub fn is_suspect(&self, settings: &Settings) -> bool {
        self.overdue.load(Ordering::Relaxed) > 0
            || self.health().is_some_and(|health| health::is_suspect(&health, settings))
    }

    /// Whether something has arrived there ever.
    pub fn is_proven(&self) -> bool {
        self.health().is_some_and(|health| health.succeeded > 0)
    }

    /// Before when nothing goes there.
    pub fn rests_until(&self, now: Time) -> Option<Time> {
        health::rests_until(&*self.health()?, now)
    }

    /// Its settings, opened anew where they have changed. `None` where there is no such endpoint.
    pub(super) async fn look(&self, notify: &super::Notify, id: EndpointId) -> Result<Option<Arc<Ready>>, DbError> {
        let known = self.known();
        let endpoint = match &known {
            None => endpoints::by_id(&notify.db, id).await?,
            Some(ready) if ready.implicit => {
                if self.lock().looked.is_some_and(|looked| looked.elapsed() < LOOK) {
                    return Ok(known);
                }
                endpoints::by_id(&notify.db, id).await?
            }
            Some(ready) => {
                let book = notify.directory.of(&notify.db, ready.store, ready.livemode).await?;
                match book.get(id) {
                    Some(endpoint) if endpoint.version == ready.version => return Ok(known),
                    Some(endpoint) => Some(endpoint.clone()),
                    None if ready.shut.is_some() => return Ok(known),
                    None => endpoints::by_id(&notify.db, id).await?,
                }
            }
        };
        self.lock().looked = Some(Instant::now());
        let Some(endpoint) = endpoint else { return Ok(None) };
        let ready = Arc::new(open(&notify.vault, &notify.channels, &endpoint)?);
        self.lock().ready = Some(Arc::clone(&ready));
        Ok(Some(ready))
    }

    /// Whether its health must be read: another process may have changed it.
    pub fn is_stale(&self, most: Duration) -> bool {
        self.lock().seen.is_none_or(|seen| seen.elapsed() >= most)
    }
}

/// Opens an endpoint's settings. One that is closed is shut, and says why; one that this process cannot use is an error.
fn open(vault: &Vault, channels: &Channels, endpoint: &Endpoint) -> Result<Ready, DbError> {
    let broken = |what: &str| DbError::Constraint(format!("endpoint {}: {what}", endpoint.id));
    let shut = match (&endpoint.deleted_at, &endpoint.disabled_at) {
        (Some(_), _) => Some("the endpoint is deleted".to_owned()),
        (_, Some(_)) => {
            Some(format!("the endpoint is disabled: {}", endpoint.disabled_reason.as_deref().unwrap_or("owner")))
        }
        _ => None,
    };
    let signer = |sealed: &[u8], field| {
        let clear = vault.open(secret_place(endpoint.store_id, endpoint.id.uuid(), field), sealed).ok()?;
        Signer::parse(&SecretString::from(String::from_utf8(clear).ok()?))
    };
    let mut signers = Vec::new();
    match signer(&endpoint.secret, "secret") {
        Some(signer) => signers.push((signer, None)),
        // That is our fault, not the merchant's: everything waits until the keys are there.
        None => return Err(broken("its secret cannot be opened with the encryption keys at hand")),
    }
    if let Some(signer) = endpoint.old_secret.as_deref().and_then(|sealed| signer(sealed, "old_secret")) {
        signers.push((signer, endpoint.old_secret_until));
    }
    let url = Url::parse(&endpoint.url).map_err(|_| broken("its URL cannot be read"))?;
    let channel = channels.serving(url.scheme()).ok_or_else(|| broken("no channel serves its URL"))?;
    let rate = endpoint.rate.and_then(|rate| u32::try_from(rate).ok()).and_then(std::num::NonZeroU32::new);
    Ok(Ready {
        id: endpoint.id,
        store: endpoint.store_id,
        livemode: endpoint.livemode,
        url,
        channel: Arc::clone(channel),
        signers,
        schedule: endpoint.schedule.clone(),
        shared: endpoint.weight.is_some(),
        implicit: endpoint.implicit,
        shut,
        pace: rate.map(|rate| RateLimiter::direct(Quota::per_second(rate))),
        version: endpoint.version,
    })
}
