//! The messenger of the gateway itself: the first that the environment has credentials for.

use std::sync::Arc;

use kit::{Account, Destination};
use messaging_adapters::{Messenger, Parts, registry};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{AccountError, Accounts, DEFAULT_STORE};
use crate::db::{provider_accounts, stores};

impl Accounts {
    /// The messenger that operators are told through; `None` where this process's environment names none.
    pub async fn messenger(&self) -> Result<Option<Arc<dyn Messenger>>, AccountError> {
        let named = self.environment.iter().find_map(|account| Some((account, registry::provider(account.provider)?)));
        let Some((environment, listed)) = named else { return Ok(None) };
        let Some(store) = stores::by_key(&self.db, DEFAULT_STORE).await? else { return Ok(None) };
        let livemode = environment.mode.is_live();
        let Some(row) = provider_accounts::own(&self.db, store.id, environment.provider, livemode).await? else {
            return Ok(None);
        };
        let account = Account { id: row.id, store: store.id, integration: row.integration_id, livemode };
        // A person may have shut it, as any account.
        self.shared.transport.breaker(&account, environment.provider).set_forced(row.breaker_forced);
        let parts = Parts { account, mode: environment.mode, destination: Destination::Trusted };
        let credentials: Value = serde_json::from_str(environment.credentials.expose_secret()).unwrap_or_default();
        Ok(Some((listed.build)(environment.configuration.clone(), credentials, parts)?))
    }
}
