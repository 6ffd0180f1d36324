//! API keys: hashed, scoped, bound to a store or to the platform, limited in pace; failed proofs limited by address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::HeaderMap;
use kit::Ambient;
use moka::future::Cache;
use schemas::store::Mode;
use schemas::{KeyId, StoreId};
use sha2::{Digest, Sha256};

use super::access::{self, Access};
use super::problem::Problem;
use super::router::Facade;
use crate::config::Limits;
use crate::db::stores::{self, Store};
use crate::db::{Db, DbError, api_keys, provider_accounts};
use crate::payments::Caller;

/// How long a key that was revoked in another process still opens this one.
const STALE: Duration = Duration::from_secs(5);

/// Checks keys and paces. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    db: Db,
    keys: Cache<[u8; 32], Option<Arc<Principal>>>,
    stores: Cache<String, Option<Arc<Store>>>,
    stores_by_id: Cache<StoreId, Option<Arc<Store>>>,
    pace: Arc<DefaultKeyedRateLimiter<KeyId>>,
    failures: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

/// Whom a key stands for.
#[derive(Debug)]
pub struct Principal {
    /// The key.
    pub key: KeyId,
    /// The store it is bound to; none for the platform.
    pub store: Option<StoreId>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Test or live.
    pub mode: Mode,
}

/// A request that may go on: the key, and the store that it is about.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// Whose key.
    pub principal: Arc<Principal>,
    /// The store: the key's own, or the one that a platform key names.
    pub store: Option<Arc<Store>>,
}

impl Authorized {
    /// The store of the request, as areas know it.
    pub fn caller(&self) -> Result<Caller, Problem> {
        let store = self.store.as_ref().ok_or_else(|| {
            Problem::field(
                "Jisr-Store",
                "a platform key names the store in the header Jisr-Store",
                "مفتاح المنصة يحدد المتجر في الترويسة Jisr-Store",
            )
        })?;
        Ok(Caller { key: Some(self.principal.key.uuid()), ..caller(store, self.principal.mode) })
    }

    /// What concerns a service whole concerns its live accounts too: where there are any, a test key may not.
    pub async fn may_touch_live(&self, facade: &Facade, service: &str) -> Result<(), Problem> {
        if self.principal.mode.is_live() {
            return Ok(());
        }
        let accounts = provider_accounts::of_provider(&facade.db, service, None).await?;
        if accounts.iter().any(|account| account.livemode) { Err(Problem::forbidden_by_mode()) } else { Ok(()) }
    }

    /// The store of the request and its mode, or `None` where a platform key means all of them.
    pub fn scope(&self) -> Option<(StoreId, bool)> {
        self.store.as_ref().map(|store| (store.id, self.principal.mode.is_live()))
    }
}

/// A store in a mode, as areas know it.
pub fn caller(store: &Store, mode: Mode) -> Caller {
    Caller {
        store: store.id,
        store_key: store.key.as_str().into(),
        key: None,
        mode,
        return_urls: store.return_urls.0.clone().into(),
    }
}

impl Auth {
    /// With the paces of the configuration.
    pub fn new(db: Db, limits: &Limits) -> Self {
        let quota = |rate: u32| Quota::per_second(NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN));
        Self {
            db,
            keys: Cache::builder().max_capacity(100_000).time_to_live(STALE).build(),
            stores: Cache::builder().max_capacity(100_000).time_to_live(STALE).build(),
            stores_by_id: Cache::builder().max_capacity(100_000).time_to_live(STALE).build(),
            pace: Arc::new(RateLimiter::keyed(quota(limits.requests_per_second))),
            failures: Arc::new(RateLimiter::keyed(quota(limits.failed_proofs_per_second))),
        }
    }

    /// Lets a request on, or says why not.
    pub async fn authorize(
        &self,
        access: Access,
        headers: &HeaderMap,
        address: IpAddr,
    ) -> Result<Option<Authorized>, Problem> {
        let (scope, platform) = match access {
            Access::Public | Access::ClientSecret => return Ok(None),
            Access::KeyOrToken(_) if !headers.contains_key(http::header::AUTHORIZATION) => return Ok(None),
            Access::Key => (None, false),
            Access::Scope(scope) | Access::KeyOrToken(scope) => (Some(scope), false),
            Access::Platform(scope) => (Some(scope), true),
        };
        let Some(principal) = self.principal(headers).await? else { return Err(self.failed_proof(address)) };
        if self.pace.check_key(&principal.key).is_err() {
            return Err(Problem::rate_limited());
        }
        let granted = scope.is_none_or(|scope| access::grants(&principal.scopes, scope));
        if !granted || (platform && principal.store.is_some()) {
            return Err(Problem::forbidden(access));
        }
        let store = self.store_of(&principal, headers).await?;
        Ok(Some(Authorized { principal, store }))
    }

    /// Whether the key of what is open already would still open it; where nobody can say, it would.
    pub async fn still_opens(&self, scope: &str, headers: &HeaderMap) -> bool {
        let principal = self.principal(headers).await;
        principal.map_or(true, |found| found.is_some_and(|principal| access::grants(&principal.scopes, scope)))
    }

    /// Counts a proof that did not fit; more than a few a second of one address are told to slow down.
    pub fn failed_proof(&self, address: IpAddr) -> Problem {
        if self.failures.check_key(&address).is_err() { Problem::rate_limited() } else { Problem::unauthorized() }
    }

    async fn principal(&self, headers: &HeaderMap) -> Result<Option<Arc<Principal>>, Problem> {
        let given = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(key) = given.and_then(|value| value.strip_prefix("Bearer ")) else { return Ok(None) };
        if !key.starts_with("jsk_") || key.len() > 200 {
            return Ok(None);
        }
        let hash = hash_key(key);
        let load = async {
            let found = api_keys::by_hash(&self.db, &hash).await?;
            Ok::<_, DbError>(found.map(|row| {
                let mode = Mode::from_livemode(row.livemode);
                Arc::new(Principal { key: row.id, store: row.store(), scopes: row.scopes.0, mode })
            }))
        };
        Ok(self.keys.try_get_with(hash, load).await?)
    }

    async fn store_of(&self, principal: &Principal, headers: &HeaderMap) -> Result<Option<Arc<Store>>, Problem> {
        let named = headers.get("jisr-store").and_then(|value| value.to_str().ok());
        match (principal.store, named) {
            (None, None) => Ok(None),
            (None, Some(key)) => self.store(key).await?.map(Some).ok_or_else(Problem::not_found),
            (Some(id), named) => {
                let store = self.store_by_id(id).await?.ok_or_else(Problem::not_found)?;
                // A bound key that names another store means something that is not there for it.
                if named.is_some_and(|named| named != store.key) { Err(Problem::not_found()) } else { Ok(Some(store)) }
            }
        }
    }

    /// A store by its key.
    pub async fn store(&self, key: &str) -> Result<Option<Arc<Store>>, Problem> {
        let load = async { Ok::<_, DbError>(stores::by_key(&self.db, key).await?.map(Arc::new)) };
        Ok(self.stores.try_get_with(key.to_owned(), load).await?)
    }

    /// A store by its id.
    pub async fn store_by_id(&self, id: StoreId) -> Result<Option<Arc<Store>>, Problem> {
        let load = async { Ok::<_, DbError>(stores::by_id(&self.db, id).await?.map(Arc::new)) };
        Ok(self.stores_by_id.try_get_with(id, load).await?)
    }

    /// Forgets keys and stores, after a change.
    pub fn forget(&self) {
        self.keys.invalidate_all();
        self.stores.invalidate_all();
        self.stores_by_id.invalidate_all();
    }
}

/// A new key, told once.
pub fn generate_key(ambient: &Ambient, mode: Mode) -> String {
    format!("jsk_{mode}_{}", hex::encode(ambient.bytes::<32>()))
}

/// What the database keeps of a key. It has 256 random bits, so that a plain hash cannot be guessed back.
pub fn hash_key(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
