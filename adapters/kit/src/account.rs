//! Whose account with a provider a call is made for: what the log and the per-account state are keyed by.

use schemas::{AccountId, StoreId};
use uuid::Uuid;

/// A provider account, as far as the transport needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account {
    /// The account: breaker and limits are kept for it.
    pub id: AccountId,
    /// The store whose request this is; it may use the platform's account.
    pub store: StoreId,
    /// The row of `external_integrations`.
    pub integration: Uuid,
    /// Whether real money moves.
    pub livemode: bool,
}
