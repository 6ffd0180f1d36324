//! Who asks, and by which idempotency key: what every area claims its effects by, and how it brings them to their end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kit::Origin;
use schemas::StoreId;
use schemas::store::Mode;
use tracing::Instrument;
use uuid::Uuid;

use crate::db::idempotency::{self, Claim, Claimed};
use crate::db::{Db, DbError, Time, Tx};
use crate::refusal::Refusal;

/// How long a key is remembered.
const REMEMBERED: Duration = Duration::from_secs(72 * 3_600);

/// Who asks, for what store and in what mode.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The store.
    pub store: StoreId,
    /// Its key, for answers.
    pub store_key: Arc<str>,
    /// The key that the request came with; none for what comes from inside.
    pub key: Option<Uuid>,
    /// Test or live.
    pub mode: Mode,
    /// Where its customers may be sent back to.
    pub return_urls: Arc<[String]>,
}

/// A request's idempotency key and what it was a key for.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The route, with the resource it is about.
    pub route: String,
    /// As it came.
    pub key: String,
    /// Keyed hashes of the canonical body: with the key that seals first, then with the older ones.
    pub fingerprints: Vec<Vec<u8>>,
}

/// The claim of a request's key for what it makes or changes.
pub fn claim(caller: &Caller, idempotency: Idempotency, resource: Uuid, now: Time) -> Claim {
    let mut fingerprints = idempotency.fingerprints.into_iter();
    let fingerprint = fingerprints.next().unwrap_or_default();
    Claim {
        store_id: caller.store,
        livemode: caller.mode.is_live(),
        route: idempotency.route,
        key: idempotency.key,
        fingerprint,
        older_fingerprints: fingerprints.collect(),
        resource_id: resource,
        created_at: now,
        expires_at: now.after(REMEMBERED),
    }
}

/// Claims a key in the transaction of its effect; a repeat is told by `Some` of the resource it made.
pub async fn claim_in(tx: &mut Tx, claim: &Claim) -> Result<Option<Uuid>, Refusal> {
    match idempotency::claim(tx, claim).await? {
        Claimed::Won => Ok(None),
        Claimed::Replay(resource) => Ok(Some(resource)),
        Claimed::Mismatch => Err(Refusal::KeyMismatch),
    }
}

/// What the same key has made before, where nothing new can be made now: a repeat needs no provider.
pub async fn made_before(db: &Db, claim: &Claim) -> Result<Option<Uuid>, Refusal> {
    let mut tx = db.begin().await?;
    match idempotency::find(&mut tx, claim).await? {
        Some(Claimed::Replay(resource)) => Ok(Some(resource)),
        Some(Claimed::Mismatch) => Err(Refusal::KeyMismatch),
        Some(Claimed::Won) | None => Ok(None),
    }
}

/// Runs something to its end, even where whoever waits for it goes away: what has left must be taken in.
pub async fn finished<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let origin = Origin::current();
    let task = tokio::spawn(Arc::clone(&origin).scope(work).in_current_span());
    task.await.map_err(|_| Refusal::Internal("what was under way was cut off"))?
}

/// Tries for as long as the database cannot be reached, within reason; after that a task finds out what it can.
pub async fn until_kept<T, F: Future<Output = Result<T, Refusal>>>(mut keep: impl FnMut() -> F) -> Result<T, Refusal> {
    for pause in [100, 300, 1_000, 3_000] {
        match keep().await {
            Err(Refusal::Db(DbError::Unavailable(_)) | Refusal::Conflict(_)) => {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            kept => return kept,
        }
    }
    keep().await
}
