//! The endpoints of a store, remembered until they change: every notification asks for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::future::Cache;
use schemas::{EndpointId, StoreId};
use tokio::time::Instant;

use super::live::Lives;
use crate::config::Notify as Settings;
use crate::db::endpoints::{self, Endpoint};
use crate::db::{Db, DbError, Time};

/// How long what was read counts without a look: an endpoint that another process made is notified within it.
const FRESH: Duration = Duration::from_secs(1);

/// The endpoints that a store has made, found by what they are asked for. Those of bare URLs are not in it.
#[derive(Default)]
pub struct Book {
    version: i64,
    endpoints: Vec<Endpoint>,
    by_id: HashMap<EndpointId, usize>,
    by_event: HashMap<String, Vec<usize>>,
}

impl Book {
    fn new(version: i64, endpoints: Vec<Endpoint>) -> Self {
        let mut book = Self { version, ..Self::default() };
        for (place, endpoint) in endpoints.iter().enumerate() {
            book.by_id.insert(endpoint.id, place);
            for event in endpoint.events.iter() {
                book.by_event.entry(event.clone()).or_default().push(place);
            }
        }
        Self { endpoints, ..book }
    }

    /// Those that are open and want an event.
    pub fn wanting<'b>(&'b self, event: &'b str) -> impl Iterator<Item = &'b Endpoint> {
        let named = |name: &str| self.by_event.get(name).map_or(&[][..], Vec::as_slice);
        // One that names the event and `*` as well wants it once.
        let all = named("*").iter();
        let own = named(event).iter().filter(|place| !self.endpoints[**place].events.iter().any(|name| name == "*"));
        all.chain(own).map(|place| &self.endpoints[*place]).filter(|endpoint| endpoint.is_open())
    }

    /// One of them.
    pub fn get(&self, id: EndpointId) -> Option<&Endpoint> {
        self.by_id.get(&id).map(|place| &self.endpoints[*place])
    }
}

/// Endpoints of bare URLs that are remembered, and how long.
const IMPLICIT: u64 = 100_000;
const IMPLICIT_FRESH: Duration = Duration::from_secs(10);

type Kept = HashMap<(StoreId, bool), (Instant, Arc<Book>)>;

/// The books by store and mode, and the endpoints of bare URLs. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    books: Arc<Mutex<Kept>>,
    implicit: Cache<(StoreId, bool, String), EndpointId>,
}

impl Default for Directory {
    fn default() -> Self {
        let implicit = Cache::builder().max_capacity(IMPLICIT).time_to_live(IMPLICIT_FRESH).build();
        Self { books: Arc::default(), implicit }
    }
}

impl Directory {
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The endpoints of a store.
    pub async fn of(&self, db: &Db, store: StoreId, livemode: bool) -> Result<Arc<Book>, DbError> {
        let kept = self.lock().get(&(store, livemode)).cloned();
        if let Some((seen, book)) = &kept
            && seen.elapsed() < FRESH
        {
            return Ok(Arc::clone(book));
        }
        let now = Instant::now();
        let version = endpoints::version(db, store, livemode).await?;
        let book = match kept {
            Some((_, book)) if book.version == version => book,
            // The version was read first: what changes meanwhile is read again a moment later.
            _ => Arc::new(Book::new(version, endpoints::made_by_store(db, store, livemode).await?)),
        };
        self.lock().insert((store, livemode), (now, Arc::clone(&book)));
        Ok(book)
    }

    /// The same, as far as it is known.
    pub fn known(&self, store: StoreId, livemode: bool) -> Option<Arc<Book>> {
        self.lock().get(&(store, livemode)).map(|(_, book)| Arc::clone(book))
    }

    /// The endpoint of a bare URL, where there is one. One that was deleted elsewhere is remembered for a moment: what
    /// goes there is given up, and told so.
    pub async fn implicit(
        &self,
        db: &Db,
        store: StoreId,
        livemode: bool,
        url: &str,
    ) -> Result<Option<EndpointId>, DbError> {
        let key = (store, livemode, url.to_owned());
        if let Some(known) = self.implicit.get(&key).await {
            return Ok(Some(known));
        }
        let found = endpoints::implicit(db, store, livemode, url).await?.map(|endpoint| endpoint.id);
        if let Some(id) = found {
            self.implicit.insert(key, id).await;
        }
        Ok(found)
    }

    /// Forgets the endpoint of a bare URL.
    pub async fn forget_implicit(&self, store: StoreId, livemode: bool, url: &str) {
        self.implicit.invalidate(&(store, livemode, url.to_owned())).await;
    }

    /// Forgets what was read of a store: it has changed.
    pub fn forget(&self, store: StoreId, livemode: bool) {
        self.lock().remove(&(store, livemode));
    }
}

/// One of some weighted endpoints, by chance and weight.
pub fn choose<'e>(group: &[&'e Endpoint], chance: f64) -> Option<&'e Endpoint> {
    let weight = |endpoint: &Endpoint| i64::from(endpoint.weight.unwrap_or(1));
    let whole: i64 = group.iter().map(|endpoint| weight(endpoint)).sum();
    let mut place = (chance * whole as f64) as i64;
    group.iter().copied().find(|endpoint| {
        place -= weight(endpoint);
        place < 0
    })
}

/// Whether an endpoint does well, as far as this process knows.
pub fn does_well(lives: &Lives, endpoint: &Endpoint, now: Time, settings: &Settings) -> bool {
    let live = lives.of(&endpoint.id.to_string());
    live.rests_until(now).is_none() && !live.is_suspect(settings)
}
