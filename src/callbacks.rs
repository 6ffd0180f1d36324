//! What the areas share of callbacks: whose key proves one, how it is kept as it came, and what becomes of it.

use std::future::Future;
use std::sync::Arc;

use kit::{Ambient, CallbackError, RawCallback};
use schemas::{AccountId, AttemptId, StoreId};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::accounts::{AccountError, Served};
use crate::db::callbacks::Callback;
use crate::db::provider_accounts::ProviderAccount;
use crate::db::{Db, provider_accounts};
use crate::refusal::Refusal;
use crate::vault::{Place, Vault};

/// What became of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackOutcome {
    /// Kept, and taken in or asked about.
    Taken,
    /// Its proof fits, but it names nothing of ours.
    UnknownReference,
    /// Its proof does not fit.
    Forged,
    /// It cannot be read.
    Malformed,
}

/// Whom a callback is for, before anything in it is believed.
#[derive(Debug, Clone, Copy)]
pub struct Addressed<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// The account of its path, or of what it names.
    pub account: Option<AccountId>,
    /// What it names its account by.
    pub identity: Option<&'a str>,
}

/// The account whose key proves a callback, with what it reads: the one that is named, else any of the identity.
pub async fn proved<P: ?Sized, T, F>(
    db: &Db,
    addressed: Addressed<'_>,
    find: impl Fn(AccountId) -> F,
    read: impl Fn(&Served<P>) -> Result<T, CallbackError>,
) -> Result<Result<(Arc<Served<P>>, T), CallbackError>, Refusal>
where
    F: Future<Output = Result<Option<Arc<Served<P>>>, Arc<AccountError>>>,
{
    let Addressed { provider, account, identity } = addressed;
    let ids = match (account, identity) {
        (Some(id), _) => vec![id],
        (None, Some(identity)) => {
            provider_accounts::by_identity(db, provider, identity).await?.iter().map(|row| row.id).collect()
        }
        (None, None) => return Ok(Err(CallbackError::Malformed)),
    };
    let mut last = CallbackError::Forged;
    for id in ids {
        let served = match find(id).await {
            Ok(Some(served)) => served,
            // What this process cannot do makes nobody a forger: it is sent again.
            Err(error) if error.is_ours() => return Err(error.into()),
            Ok(None) | Err(_) => continue,
        };
        if served.row.provider != provider {
            continue;
        }
        match read(&served) {
            Ok(read) => return Ok(Ok((served, read))),
            Err(error) => last = error,
        }
    }
    Ok(Err(last))
}

/// What seals callbacks, and counts and dates them.
pub struct Sealing<'a> {
    /// The vault.
    pub vault: &'a Vault,
    /// Ids and the clock.
    pub ambient: &'a Ambient,
}

impl Sealing<'_> {
    /// A callback as it is kept: headers, query and body, sealed for a store.
    pub fn kept(
        &self,
        proved_by: &ProviderAccount,
        store: StoreId,
        attempt: Option<AttemptId>,
        raw: &RawCallback,
    ) -> Callback {
        let id = self.ambient.uuid();
        let headers: Vec<(&str, String)> = raw
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let text =
            json!({"headers": headers, "query": raw.query, "body": String::from_utf8_lossy(&raw.body)}).to_string();
        let place = Place { store, table: "callbacks", row: id, field: "raw" };
        let digest = Sha256::new().chain_update(&raw.query).chain_update([0]).chain_update(&raw.body).finalize();
        Callback {
            id,
            store_id: store,
            account_id: proved_by.id,
            attempt_id: attempt,
            provider: proved_by.provider.clone(),
            digest: digest.to_vec(),
            raw: self.vault.seal(place, text.as_bytes()),
            received_at: self.ambient.now().into(),
        }
    }
}
