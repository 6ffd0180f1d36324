//! What each carrier owes a store: collected and not handed over.

use schemas::Money;
use schemas::remittance::CashOwed;

use super::{Remittances, owner};
use crate::caller::Caller;
use crate::db::DbError;
use crate::db::shipment_cash::{self, Owed};

/// Seconds.
const DAY: u64 = 86_400;

impl Remittances {
    /// What each carrier owes a store, by currency.
    pub async fn owed(&self, caller: &Caller) -> Result<Vec<CashOwed>, DbError> {
        let rows = shipment_cash::owed(&self.db, owner(caller), self.overdue_before()).await?;
        Ok(rows.into_iter().map(|row| self.shown(caller, row)).collect())
    }

    fn shown(&self, caller: &Caller, row: Owed) -> CashOwed {
        let text = |minor| Money::new(minor, row.currency).to_string();
        let days = self.now().since(row.oldest_at).as_secs() / DAY;
        CashOwed {
            store: caller.store_key.to_string(),
            livemode: caller.mode.is_live(),
            amount: text(row.amount),
            overdue_amount: text(row.overdue_amount),
            carrier: row.carrier,
            currency: row.currency,
            shipments: row.shipments,
            overdue_shipments: row.overdue_shipments,
            oldest_at: row.oldest_at.to_string(),
            oldest_days: i64::try_from(days).unwrap_or(i64::MAX),
        }
    }
}
