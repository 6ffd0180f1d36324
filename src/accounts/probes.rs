//! Probes of accounts, whatever their family.

use std::sync::Arc;

use kit::{Error, Probe};
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
        Ok(None)
    }
}
