//! Accounts: which account of a provider serves a store, built from its configuration and opened credentials.

mod builtin;
mod family;
mod manage;
mod messengers;
mod probes;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use kit::{Account, Allowances, Ambient, ConfigError, Destination, Parts, Sequences, Tokens, Transport};
use moka::future::Cache;
use payments_adapters::PaymentProvider;
use schemas::store::Mode;
use schemas::{AccountId, StoreId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shipping_adapters::Carrier;

use crate::config::EnvironmentAccount;
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::{Db, DbError};
use crate::vault::{Vault, VaultError};

pub use builtin::{DEFAULT_STORE, contacts_place, ensure_defaults};
pub use family::{Family, serves_customers, title};
pub use manage::{AccountInput, credentials_place, of_stores, set_breaker, set_credentials, upsert};
pub use probes::ProbeError;
pub use tokens::DbTokens;

/// How long another process may still use what was changed here.
const STALE: Duration = Duration::from_secs(5);

/// Finds and builds accounts; what it built is kept for a moment.
#[derive(Clone)]
pub struct Accounts {
    db: Db,
    vault: Vault,
    ambient: Ambient,
    shared: Shared,
    environment: Arc<[EnvironmentAccount]>,
    payments: Kept<dyn PaymentProvider>,
    carriers: Kept<dyn Carrier>,
}

/// What every account shares: the road, and what is counted for all processes together.
#[derive(Clone)]
pub struct Shared {
    /// Carries calls out.
    pub transport: Arc<Transport>,
    /// Hands out seconds.
    pub sequences: Arc<dyn Sequences>,
    /// Counts what may be had only so often.
    pub allowances: Arc<dyn Allowances>,
    /// Keeps access tokens.
    pub tokens: Arc<dyn Tokens>,
}

/// An account, ready to be used for a store.
pub struct Served<P: ?Sized = dyn PaymentProvider> {
    /// The row.
    pub row: ProviderAccount,
    /// The adapter.
    pub provider: Arc<P>,
}

/// An account, or the knowledge that there is none.
type Found<P> = Option<Arc<Served<P>>>;

/// Accounts of one family that were built a moment ago.
struct Kept<P: ?Sized> {
    serving: Cache<(StoreId, String, bool), Found<P>>,
    by_id: Cache<(AccountId, Option<StoreId>), Found<P>>,
}

impl<P: ?Sized> Clone for Kept<P> {
    fn clone(&self) -> Self {
        Self { serving: self.serving.clone(), by_id: self.by_id.clone() }
    }
}

impl<P: ?Sized + Family> Default for Kept<P> {
    fn default() -> Self {
        let capacity = 10_000;
        Self {
            serving: Cache::builder().max_capacity(capacity).time_to_live(STALE).build(),
            by_id: Cache::builder().max_capacity(capacity).time_to_live(STALE).build(),
        }
    }
}

impl<P: ?Sized + Family> Kept<P> {
    fn forget(&self) {
        self.serving.invalidate_all();
        self.by_id.invalidate_all();
    }
}

/// An account that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Its configuration or credentials cannot be accepted.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its credentials cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It lives in the environment of another process.
    #[error("the account of {0} is configured in the environment of another process")]
    Elsewhere(String),
}

impl AccountError {
    /// Whether the fault lies in this process and not in the account.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Db(_) | Self::Elsewhere(_))
    }
}

impl Accounts {
    /// Over the road and the sequences that every account shares.
    pub fn new(db: Db, vault: Vault, ambient: Ambient, shared: Shared, environment: Vec<EnvironmentAccount>) -> Self {
        Self {
            db,
            vault,
            ambient,
            shared,
            environment: environment.into(),
            payments: Kept::default(),
            carriers: Kept::default(),
        }
    }

    /// The account that a store is paid through: its own, else the platform's; `None` where there is neither.
    pub async fn serving(
        &self,
        store: StoreId,
        provider: &str,
        mode: Mode,
    ) -> Result<Option<Arc<Served>>, Arc<AccountError>> {
        self.find_serving(&self.payments, store, provider, mode).await
    }

    /// An account by its id, used for a store; without one, for its owner.
    pub async fn by_id(&self, id: AccountId, store: Option<StoreId>) -> Result<Option<Arc<Served>>, Arc<AccountError>> {
        self.find_by_id(&self.payments, id, store).await
    }

    /// The account with a carrier that serves a store, likewise.
    pub async fn carrier(
        &self,
        store: StoreId,
        name: &str,
        mode: Mode,
    ) -> Result<Option<Arc<Served<dyn Carrier>>>, Arc<AccountError>> {
        self.find_serving(&self.carriers, store, name, mode).await
    }

    /// An account with a carrier by its id, likewise.
    pub async fn carrier_by_id(
        &self,
        id: AccountId,
        store: Option<StoreId>,
    ) -> Result<Option<Arc<Served<dyn Carrier>>>, Arc<AccountError>> {
        self.find_by_id(&self.carriers, id, store).await
    }

    async fn find_serving<P: ?Sized + Family>(
        &self,
        kept: &Kept<P>,
        store: StoreId,
        provider: &str,
        mode: Mode,
    ) -> Result<Option<Arc<Served<P>>>, Arc<AccountError>> {
        let key = (store, provider.to_owned(), mode.is_live());
        let load = async {
            let row = provider_accounts::serving(&self.db, store, provider, mode.is_live()).await?;
            row.map(|row| self.build(row, store).map(Arc::new)).transpose()
        };
        kept.serving.try_get_with(key, load).await
    }

    async fn find_by_id<P: ?Sized + Family>(
        &self,
        kept: &Kept<P>,
        id: AccountId,
        store: Option<StoreId>,
    ) -> Result<Option<Arc<Served<P>>>, Arc<AccountError>> {
        let load = async {
            let row = provider_accounts::by_id(&self.db, id).await?;
            row.map(|row| {
                let store = store.unwrap_or(row.store_id);
                self.build(row, store).map(Arc::new)
            })
            .transpose()
        };
        kept.by_id.try_get_with((id, store), load).await
    }

    /// Forgets what was built, after a change.
    pub fn forget(&self) {
        self.payments.forget();
        self.carriers.forget();
    }

    /// Whether the breaker of an account keeps routing from choosing it.
    pub fn is_shut<P: ?Sized + Family>(&self, served: &Served<P>) -> bool {
        self.shared.transport.is_shut(served.provider.account(), &served.row.provider)
    }

    /// The breaker of an account, whatever its family.
    pub fn breaker(&self, row: &ProviderAccount) -> Arc<kit::breaker::Breaker> {
        let account =
            Account { id: row.id, store: row.store_id, integration: row.integration_id, livemode: row.livemode };
        let breaker = self.shared.transport.breaker(&account, &row.provider);
        breaker.set_forced(row.breaker_forced);
        breaker
    }

    /// The road itself, for calls that were described by an adapter.
    pub fn transport(&self) -> &Transport {
        &self.shared.transport
    }

    fn build<P: ?Sized + Family>(&self, row: ProviderAccount, store: StoreId) -> Result<Served<P>, AccountError> {
        let mode = Mode::from_livemode(row.livemode);
        let account = Account { id: row.id, store, integration: row.integration_id, livemode: row.livemode };
        self.shared.transport.breaker(&account, &row.provider).set_forced(row.breaker_forced);
        let environment = row.origin == "environment";
        let (configuration, credentials) = if environment {
            let found = self.environment.iter().find(|found| found.provider == row.provider && found.mode == mode);
            let found = found.ok_or_else(|| AccountError::Elsewhere(row.provider.clone()))?;
            (found.configuration.clone(), found.credentials.clone())
        } else {
            (row.configuration.0.clone(), self.open(&row)?)
        };
        let destination = if environment { Destination::Trusted } else { Destination::Guarded };
        let provider = self.assemble(&row.provider, configuration, &credentials, account, mode, destination)?;
        Ok(Served { row, provider })
    }

    fn open(&self, row: &ProviderAccount) -> Result<SecretString, AccountError> {
        let Some(sealed) = &row.credentials else { return Ok("{}".into()) };
        let clear = self.vault.open(credentials_place(row.store_id, row.id), sealed)?;
        Ok(String::from_utf8(clear).map_err(|_| VaultError::Closed)?.into())
    }

    fn assemble<P: ?Sized + Family>(
        &self,
        provider: &str,
        configuration: Value,
        credentials: &SecretString,
        account: Account,
        mode: Mode,
        destination: Destination,
    ) -> Result<Arc<P>, AccountError> {
        let parts = Parts {
            transport: Arc::clone(&self.shared.transport),
            sequences: Arc::clone(&self.shared.sequences),
            allowances: Arc::clone(&self.shared.allowances),
            tokens: Arc::clone(&self.shared.tokens),
            ambient: self.ambient.clone(),
            account,
            mode,
            destination,
        };
        let credentials: Value = serde_json::from_str(credentials.expose_secret())
            .map_err(|_| ConfigError::new("credentials", "expected a JSON object", "المتوقع كائن JSON"))?;
        let unknown = || ConfigError::new("provider", "there is no provider of this name", "لا يوجد مزود بهذا الاسم");
        let build = P::builder(provider).ok_or_else(unknown)?;
        Ok(build(configuration, credentials, parts)?)
    }
}
