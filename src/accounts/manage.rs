//! Changing accounts: every change is tried before it is kept.

use kit::{Account, ConfigError, Destination};
use payments_adapters::PaymentProvider;
use schemas::store::Mode;
use schemas::{AccountId, Currency, StoreId};
use secrecy::SecretString;
use serde_json::Value;
use shipping_adapters::Carrier;
use sqlx::types::Json;

use super::{AccountError, Accounts};
use crate::config::{self, Listed};
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::{Time, integrations};
use crate::vault::Place;

/// What a store says of its account.
pub struct AccountInput {
    /// The provider's name.
    pub provider: String,
    /// Test or live.
    pub mode: Mode,
    /// What is not secret.
    pub configuration: Value,
    /// What its money is in.
    pub currency: Currency,
    /// Whether stores without an account of their own use it; as it was, where nothing is said.
    pub platform_default: Option<bool>,
}

/// A provider that stores have accounts with; the gateway's own messengers live in the environment alone.
pub fn of_stores(name: &str) -> Option<Listed> {
    config::listed().into_iter().find(|listed| listed.name == name && listed.service_type != "messaging")
}

/// Where the credentials of an account are sealed for.
pub fn credentials_place(store: StoreId, id: AccountId) -> Place {
    Place { store, table: "provider_accounts", row: id.uuid(), field: "credentials" }
}

/// Makes or replaces a store's account. Without credentials yet, only its configuration can be tried.
pub async fn upsert(accounts: &Accounts, store: StoreId, input: AccountInput) -> Result<ProviderAccount, AccountError> {
    let card = of_stores(&input.provider)
        .ok_or_else(|| ConfigError::new("provider", "there is no provider of this name", "لا يوجد مزود بهذا الاسم"))?;
    if !card.currencies.contains(&input.currency) {
        let (en, ar) = ("the provider does not take this currency", "المزود لا يقبل هذه العملة");
        return Err(ConfigError::new("currency", en, ar).into());
    }
    let now = Time::from(accounts.ambient.now());
    let existing = provider_accounts::own(&accounts.db, store, card.name, input.mode.is_live()).await?;
    let integration =
        integrations::ensure(&accounts.db, accounts.ambient.uuid(), card.name, card.service_type, now).await?;
    let id = existing.as_ref().map_or_else(|| accounts.ambient.uuid().into(), |row| row.id);
    let mut row = ProviderAccount {
        id,
        store_id: store,
        integration_id: integration,
        provider: card.name.to_owned(),
        livemode: input.mode.is_live(),
        platform_default: input.platform_default.or(existing.as_ref().map(|row| row.platform_default)).unwrap_or(false),
        origin: "api".to_owned(),
        configuration: Json(input.configuration),
        credentials: existing.filter(|row| row.origin == "api").and_then(|row| row.credentials),
        currency: input.currency.code().to_owned(),
        identity: None,
        breaker_forced: false,
        version: 0,
        created_at: now,
        updated_at: now,
        integration_status: "active".to_owned(),
    };
    row.identity = try_out(accounts, &row, None)?;
    row.id = provider_accounts::upsert(&accounts.db, &row).await?;
    accounts.forget();
    Ok(row)
}

/// Replaces an account's credentials, after trying whether the adapter takes them.
pub async fn set_credentials(
    accounts: &Accounts,
    row: &ProviderAccount,
    credentials: &SecretString,
) -> Result<bool, AccountError> {
    use secrecy::ExposeSecret;
    try_out(accounts, row, Some(credentials))?;
    let place = credentials_place(row.store_id, row.id);
    let sealed = accounts.vault.seal(place, credentials.expose_secret().as_bytes());
    let now = accounts.ambient.now().into();
    let changed = provider_accounts::set_credentials(&accounts.db, row, &sealed, now).await?;
    accounts.forget();
    Ok(changed)
}

/// A person shuts an account for every process, or opens it.
pub async fn set_breaker(accounts: &Accounts, row: &ProviderAccount, forced: bool) -> Result<(), AccountError> {
    provider_accounts::set_breaker(&accounts.db, row.id, forced, accounts.ambient.now().into()).await?;
    accounts.forget();
    Ok(())
}

/// Builds the account as it would be and throws it away; answers what callbacks will name it by.
///
/// Credentials that are missing are no error here: configuration comes first, credentials by a call of their own.
fn try_out(
    accounts: &Accounts,
    row: &ProviderAccount,
    credentials: Option<&SecretString>,
) -> Result<Option<String>, AccountError> {
    let missing = credentials.is_none() && row.credentials.is_none();
    let stored;
    let credentials = match credentials {
        Some(credentials) => credentials,
        None => {
            stored = accounts.open(row)?;
            &stored
        }
    };
    let account = Account { id: row.id, store: row.store_id, integration: row.integration_id, livemode: row.livemode };
    let mode = Mode::from_livemode(row.livemode);
    let configuration = row.configuration.0.clone();
    let listed = of_stores(&row.provider);
    let identity = match listed.as_ref().map(|listed| listed.service_type) {
        Some("shipping") => accounts
            .assemble::<dyn Carrier>(&row.provider, configuration, credentials, account, mode, Destination::Guarded)
            .map(|carrier| carrier.identity().map(str::to_owned)),
        _ => accounts
            .assemble::<dyn PaymentProvider>(
                &row.provider,
                configuration,
                credentials,
                account,
                mode,
                Destination::Guarded,
            )
            .map(|provider| provider.identity().map(str::to_owned)),
    };
    match identity {
        Err(AccountError::Config(error)) if missing && error.field.starts_with("credentials.") => {
            Ok(listed.and_then(|listed| (listed.identity)(&row.configuration.0)))
        }
        identity => identity,
    }
}
