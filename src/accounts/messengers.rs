//! The messenger of the gateway itself: the first that the environment has credentials for.

use std::sync::Arc;

use kit::{Account, Destination};
use messaging_adapters::{Messenger, registry};

use super::{AccountError, Accounts, DEFAULT_STORE};
use crate::db::{provider_accounts, stores};

impl Accounts {
    /// The messenger that operators are told through; `None` where this process's environment names none.
    pub async fn messenger(&self) -> Result<Option<Arc<dyn Messenger>>, AccountError> {
        let mut environment = self.environment.iter();
        let Some(environment) = environment.find(|account| registry::provider(account.provider).is_some()) else {
            return Ok(None);
        };
        let Some(store) = stores::by_key(&self.db, DEFAULT_STORE).await? else { return Ok(None) };
        let livemode = environment.mode.is_live();
        let Some(row) = provider_accounts::own(&self.db, store.id, environment.provider, livemode).await? else {
            return Ok(None);
        };
        let account = Account { id: row.id, store: store.id, integration: row.integration_id, livemode };
        // A person may have shut it, as any account.
        self.shared.transport.breaker(&account, environment.provider).set_forced(row.breaker_forced);
        let (configuration, credentials) = (environment.configuration.clone(), &environment.credentials);
        let (provider, mode) = (environment.provider, environment.mode);
        self.assemble(provider, configuration, credentials, account, mode, Destination::Trusted).map(Some)
    }
}
