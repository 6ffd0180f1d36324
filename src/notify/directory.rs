//! The endpoints of a store, kept for a moment: every notification asks for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemas::StoreId;
use tokio::time::Instant;

use super::live::Lives;
use crate::config::Notify as Settings;
use crate::db::endpoints::{self, Endpoint};
use crate::db::{Db, DbError, Time};

/// How long what was read counts: an endpoint that another process made is notified within it.
const FRESH: Duration = Duration::from_secs(1);

type Kept = HashMap<(StoreId, bool), (Instant, Arc<Vec<Endpoint>>)>;

/// The endpoints by store and mode. Cheap to clone.
#[derive(Clone, Default)]
pub struct Directory(Arc<Mutex<Kept>>);

impl Directory {
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The endpoints of a store.
    pub async fn of(&self, db: &Db, store: StoreId, livemode: bool) -> Result<Arc<Vec<Endpoint>>, DbError> {
        if let Some(kept) = self.known(store, livemode) {
            return Ok(kept);
        }
        let found = Arc::new(endpoints::of_store(db, store, livemode).await?);
        self.lock().insert((store, livemode), (Instant::now(), Arc::clone(&found)));
        Ok(found)
    }

    /// The same, if it is known and fresh.
    pub fn known(&self, store: StoreId, livemode: bool) -> Option<Arc<Vec<Endpoint>>> {
        let kept = self.lock();
        kept.get(&(store, livemode)).filter(|(seen, _)| seen.elapsed() < FRESH).map(|(_, found)| Arc::clone(found))
    }

    /// Forgets what was read of a store: it has changed.
    pub fn forget(&self, store: StoreId, livemode: bool) {
        self.lock().remove(&(store, livemode));
    }
}

/// One of the weighted endpoints by chance and weight: of those that do well, or else of those that are open at all.
pub fn choose<'e>(
    endpoints: &'e [Endpoint],
    event: &str,
    not: Option<&Endpoint>,
    chance: f64,
    does_well: impl Fn(&Endpoint) -> bool,
) -> Option<&'e Endpoint> {
    let wanted = |endpoint: &&Endpoint| {
        endpoint.weight.is_some()
            && endpoint.is_open()
            && endpoint.wants(event)
            && not.is_none_or(|not| not.id != endpoint.id)
    };
    let mut group: Vec<&Endpoint> = endpoints.iter().filter(wanted).filter(|one| does_well(one)).collect();
    if group.is_empty() && not.is_none() {
        group = endpoints.iter().filter(wanted).collect();
    }
    let weight = |endpoint: &Endpoint| i64::from(endpoint.weight.unwrap_or(1));
    let whole: i64 = group.iter().map(|endpoint| weight(endpoint)).sum();
    let mut place = (chance * whole as f64) as i64;
    group.into_iter().find(|endpoint| {
        place -= weight(endpoint);
        place < 0
    })
}

/// Whether an endpoint does well, as far as this process knows.
pub fn does_well(lives: &Lives, endpoint: &Endpoint, now: Time, settings: &Settings) -> bool {
    let live = lives.of(&endpoint.id.to_string());
    live.rests_until(now).is_none() && !live.is_suspect(settings)
}
