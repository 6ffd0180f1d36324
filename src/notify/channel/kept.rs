//! Connections that are kept: one for an endpoint's URL, opened once however many want it, gone when broken or idle.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::{ANSWER, Receipt, UNROUTABLE, in_time};

/// What opening may take, the name's resolution and the protocol's greetings included.
const OPENING: Duration = Duration::from_secs(5);
/// How long a connection is kept without use.
const IDLE: Duration = Duration::from_secs(60);

/// A connection that can be kept.
pub trait Connection: Send + Sync + 'static {
    /// Whether it still holds.
    fn is_alive(&self) -> bool;
}

/// The connections of one channel.
pub struct Kept<C> {
    places: Arc<Mutex<Places<C>>>,
    most: usize,
}

type Places<C> = HashMap<String, Arc<Place<C>>>;

struct Place<C> {
    held: tokio::sync::Mutex<Held<C>>,
    used: Mutex<Instant>,
}

struct Held<C> {
    connection: Option<Arc<C>>,
    /// When opening failed last, and why.
    failed: Option<(Instant, Receipt)>,
}

impl<C: Connection> Kept<C> {
    /// None yet, and so many at the most: beyond them the one that was used longest ago goes.
    pub fn new(most: usize) -> Self {
        Self { places: Arc::default(), most }
    }

    /// The connection of a URL. Whoever comes while it is being opened waits, and shares what becomes of it.
    pub async fn get<F>(&self, url: &str, open: impl FnOnce() -> F) -> Result<Arc<C>, Receipt>
    where
        F: Future<Output = Result<C, Receipt>>,
    {
        let asked = Instant::now();
        let place = self.place(url);
        let mut held = place.held.lock().await;
        if let Some(connection) = held.connection.as_ref().filter(|connection| connection.is_alive()) {
            return Ok(Arc::clone(connection));
        }
        if let Some((at, receipt)) = &held.failed
            && *at > asked
        {
            return Err(receipt.clone());
        }
        held.connection = None;
        let opened = tokio::time::timeout(OPENING, open()).await;
        let slow = || Receipt::failed("no_connection", format!("no connection within {} seconds", OPENING.as_secs()));
        match opened.unwrap_or_else(|_| Err(slow())) {
            Ok(connection) => {
                let connection = Arc::new(connection);
                held.connection = Some(Arc::clone(&connection));
                self.retire_when_idle(url.to_owned(), &place);
                Ok(connection)
            }
            Err(receipt) => {
                held.failed = Some((Instant::now(), receipt.clone()));
                Err(receipt)
            }
        }
    }

    /// Sends something over the connection of a URL, which is kept unless something went wrong on it.
    pub async fn send<O, S>(&self, url: &str, open: impl FnOnce() -> O, send: impl FnOnce(Arc<C>) -> S) -> Receipt
    where
        O: Future<Output = Result<C, Receipt>>,
        S: Future<Output = Result<Receipt, Receipt>>,
    {
        let connection = match self.get(url, open).await {
            Ok(connection) => connection,
            Err(receipt) => return receipt,
        };
        let receipt = in_time(ANSWER, send(Arc::clone(&connection))).await;
        if let Err(receipt) = &receipt
            && receipt.verdict != UNROUTABLE
        {
            self.drop_broken(url, &connection);
        }
        receipt.unwrap_or_else(|receipt| receipt)
    }

    /// Keeps a connection no longer: something went wrong on it.
    fn drop_broken(&self, url: &str, broken: &Arc<C>) {
        let mut places = lock(&self.places);
        let is_same = places.get(url).is_some_and(|place| {
            let held = place.held.try_lock();
            held.is_ok_and(|held| held.connection.as_ref().is_some_and(|held| Arc::ptr_eq(held, broken)))
        });
        if is_same {
            places.remove(url);
        }
    }

    fn place(&self, url: &str) -> Arc<Place<C>> {
        let mut places = lock(&self.places);
        if let Some(place) = places.get(url) {
            *lock(&place.used) = Instant::now();
            return Arc::clone(place);
        }
        if places.len() >= self.most {
            let oldest = places.iter().min_by_key(|(_, place)| *lock(&place.used)).map(|(url, _)| url.clone());
            oldest.and_then(|url| places.remove(&url));
        }
        let held = Held { connection: None, failed: None };
        let place = Arc::new(Place { held: tokio::sync::Mutex::new(held), used: Mutex::new(Instant::now()) });
        places.insert(url.to_owned(), Arc::clone(&place));
        place
    }

    /// Whoever still uses the connection when it goes ends with it first.
    fn retire_when_idle(&self, url: String, place: &Arc<Place<C>>) {
        let (places, place) = (Arc::downgrade(&self.places), Arc::downgrade(place));
        tokio::spawn(async move {
            while let Some(idle_at) = idle_at(&place) {
                tokio::time::sleep_until(idle_at).await;
                let (Some(places), Some(place)) = (places.upgrade(), place.upgrade()) else { return };
                let mut places = lock(&places);
                if lock(&place.used).elapsed() >= IDLE {
                    if places.get(&url).is_some_and(|found| Arc::ptr_eq(found, &place)) {
                        places.remove(&url);
                    }
                    return;
                }
            }
        });
    }
}

fn idle_at<C>(place: &Weak<Place<C>>) -> Option<Instant> {
    place.upgrade().map(|place| *lock(&place.used) + IDLE)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    struct Line(AtomicBool);

    impl Connection for Line {
        fn is_alive(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    async fn open(opened: &AtomicUsize, well: bool) -> Result<Line, Receipt> {
        opened.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        if well { Ok(Line(AtomicBool::new(true))) } else { Err(Receipt::failed("no_connection", "nobody is there")) }
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_a_time_open_one_and_share_what_becomes_of_it() {
        for well in [true, false] {
            let (kept, opened) = (Kept::new(2), AtomicUsize::new(0));
            let all = (0..20).map(|_| kept.get("one", || open(&opened, well)));
            let all = futures_util::future::join_all(all).await;
            assert!(all.iter().all(|got| got.is_ok() == well));
            assert_eq!(opened.load(Ordering::Relaxed), 1);
            assert_eq!(kept.get("one", || open(&opened, well)).await.is_ok(), well);
            assert_eq!(opened.load(Ordering::Relaxed), if well { 1 } else { 2 });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_idle_broken_or_too_much_goes() {
        let (kept, opened) = (Kept::new(2), AtomicUsize::new(0));
        let get = |url| kept.get(url, || open(&opened, true));
        let first = Arc::downgrade(&get("one").await.expect("a connection"));
        tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
        drop(get("one").await);
        tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
        assert!(first.upgrade().is_some(), "it was used meanwhile");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(first.upgrade().is_none(), "it was idle");
        let broken = get("one").await.expect("a connection");
        kept.drop_broken("one", &broken);
        assert!(!Arc::ptr_eq(&broken, &get("one").await.expect("a connection")));
        let dead = get("one").await.expect("a connection");
        dead.0.store(false, Ordering::Relaxed);
        assert!(!Arc::ptr_eq(&dead, &get("one").await.expect("a connection")));
        let one = Arc::downgrade(&get("one").await.expect("a connection"));
        for url in ["two", "three"] {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(get(url).await);
        }
        assert!(one.upgrade().is_none() && lock(&kept.places).len() == 2);
    }

    #[tokio::test(start_paused = true)]
    async fn opening_has_an_end() {
        let kept: Kept<Line> = Kept::new(2);
        let receipt = kept.get("one", std::future::pending).await.err().expect("no connection");
        assert_eq!(receipt.verdict, super::super::Verdict::Failed("no_connection"));
    }
}
