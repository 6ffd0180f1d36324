//! Probes of accounts, whatever their family.

use std::sync::Arc;
use std::time::Duration;

use kit::{Error, Probe, Sign, Signal};
use schemas::AccountId;

use super::{AccountError, Accounts};

/// Why an account cannot be probed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The account cannot be used by this process.
    #[error(transparent)]
    Account(Arc<AccountError>),
    /// What the probe needs cannot be had from the provider.
    #[error(transparent)]
    Call(#[from] Error),
}

impl Accounts {
    /// Tells whoever judges an account's health what became of a customer who was sent there.
    pub fn decided(&self, id: AccountId, provider: &'static str, served: bool) {
        self.shared.transport.came_to(Signal {
            account: id,
            provider,
            operation: "decided",
            probe: false,
            sign: if served { Sign::Served } else { Sign::Denied },
            error: None,
            took: Duration::ZERO,
            at: self.ambient.now(),
        });
    }

    /// The probe of an account; `None` where there is nobody to ask, or no such account.
    pub async fn describe_probe(&self, id: AccountId, provider: &str) -> Result<Option<Probe>, ProbeError> {
        if payments_adapters::registry::card(provider).is_some() {
            let Some(served) = self.by_id(id, None).await.map_err(ProbeError::Account)? else { return Ok(None) };
            return Ok(served.provider.describe_probe().await?);
        }
        if shipping_adapters::registry::card(provider).is_some() {
            let Some(served) = self.carrier_by_id(id, None).await.map_err(ProbeError::Account)? else {
                return Ok(None);
            };
            return Ok(served.provider.describe_probe().await?);
        }
        if messaging_adapters::registry::card(provider).is_some() {
            // The gateway's own messenger: there is one.
            let messenger = self.messenger().await.map_err(|error| ProbeError::Account(Arc::new(error)))?;
            return match messenger.filter(|messenger| messenger.account().id == id) {
                Some(messenger) => Ok(messenger.describe_probe().await?),
                None => Ok(None),
            };
        }
        Ok(None)
    }
}
