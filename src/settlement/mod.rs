//! Settlement: what providers' books and banks' statements say of a day, compared with what we hold. It knows no wire, and
//! changes a payment through `Case` alone.

pub mod compare;
mod day;
mod export;
pub mod keep;
mod learn;
mod night;
mod ours;
mod payouts;
mod resolve;
pub mod statement;
pub mod view;

use std::sync::Arc;

use payments_adapters::registry;

use crate::alerts::Alerts;
use crate::config;
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::settlements::Settlement;
use crate::db::{DbError, Tx};
use crate::payments::Payments;

pub use day::Settled;
pub use night::{DAY, Days, NIGHT, Nights};
pub use payouts::MOST_DAYS;
pub use statement::{STATEMENT, Statements};

/// The area. Cheap to clone.
#[derive(Clone)]
pub struct Settlements {
    pub(crate) payments: Payments,
    pub(crate) alerts: Alerts,
    pub(crate) settings: Arc<config::Settlement>,
}

impl Settlements {
    /// Every account with a payment provider: messengers have accounts as well.
    pub async fn accounts(&self) -> Result<Vec<ProviderAccount>, DbError> {
        let mut accounts = provider_accounts::all(&self.payments.db).await?;
        accounts.retain(|account| registry::provider(&account.provider).is_some());
        Ok(accounts)
    }

    /// Has operators told of what waits for a person, or that nothing does any more; whether somebody must be woken.
    pub(crate) async fn alert(&self, tx: &mut Tx, settlement: &Settlement) -> Result<bool, DbError> {
        let account = format!("{} {}", settlement.provider, settlement.account_id);
        let key = settlement.id.to_string();
        let (day, livemode, undecided) = (&settlement.day, settlement.livemode, settlement.undecided);
        self.alerts.tell_of_settlement(tx, &key, &account, day, undecided, livemode).await
    }
}
