//! How many streams are open: of the process and of each store, and whether all have ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use schemas::StoreId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Streams as Settings;

/// The places for streams. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    all: Arc<Semaphore>,
    stores: Mutex<HashMap<StoreId, usize>>,
    settings: Settings,
}

/// One of them, given back when it is dropped.
pub struct Place {
    streams: Streams,
    store: StoreId,
    _one: OwnedSemaphorePermit,
}

impl Streams {
    /// As many as the settings say.
    pub fn new(settings: &Settings) -> Self {
        let all = Arc::new(Semaphore::new(settings.per_process as usize));
        Self(Arc::new(Shared { all, stores: Mutex::default(), settings: settings.clone() }))
    }

    /// A place for a store, if there is one.
    pub fn take(&self, store: StoreId) -> Option<Place> {
        let one = Arc::clone(&self.0.all).try_acquire_owned().ok()?;
        let mut stores = self.stores();
        let open = stores.entry(store).or_default();
        if *open >= self.0.settings.per_store {
            return None;
        }
        *open += 1;
        Some(Place { streams: self.clone(), store, _one: one })
    }

    /// How often a stream is asked whether somebody is there.
    pub fn ping(&self) -> Duration {
        Duration::from_millis(self.0.settings.ping_ms)
    }

    /// Waits until all have ended.
    pub async fn ended(&self) {
        drop(self.0.all.acquire_many(self.0.settings.per_process).await);
    }

    fn stores(&self) -> MutexGuard<'_, HashMap<StoreId, usize>> {
        self.0.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut stores = self.streams.stores();
        match stores.get_mut(&self.store) {
            Some(open) if *open > 1 => *open -= 1,
            _ => drop(stores.remove(&self.store)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_and_the_process_have_so_many_and_no_more() {
        let streams = Streams::new(&Settings { per_process: 3, per_store: 2, ping_ms: 1 });
        let [one, two] = [1_u128, 2].map(|id| StoreId::from(uuid::Uuid::from_u128(id)));
        let first = streams.take(one).expect("a place");
        let second = streams.take(one).expect("a place");
        assert!(streams.take(one).is_none());
        let third = streams.take(two).expect("a place");
        assert!(streams.take(two).is_none());
        drop(first);
        assert!(streams.take(one).is_some());
        assert!(tokio::time::timeout(Duration::from_millis(20), streams.ended()).await.is_err());
        drop((second, third));
        streams.ended().await;
        assert!(streams.stores().is_empty());
    }
}
