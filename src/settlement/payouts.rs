//! Payouts: what each account has brought each store, by the lines of its settlements.

use jiff::civil::Date;
use schemas::settlement::Payout;
use schemas::{Currency, Money, StoreId};

use super::Settlements;
use crate::db::payouts::{self, PayoutRow};
use crate::db::{DbError, stores};

/// Days at the most.
pub const MOST_DAYS: i32 = 400;

impl Settlements {
    /// What accounts have brought from a day to a day, both included: to one store in one mode, or to all of them.
    ///
    /// What counts is what the other side says, since that is what is paid out; where a person has decided for our figure,
    /// it is ours.
    pub async fn payouts(&self, of: Option<(StoreId, bool)>, from: Date, to: Date) -> Result<Vec<Payout>, DbError> {
        let db = &self.payments.db;
        let rows = payouts::payouts(db, of, &from.to_string(), &to.to_string()).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let store = stores::by_id(db, row.store_id).await?.map(|store| store.key).unwrap_or_default();
            found.push(payout(row, store, from, to));
        }
        Ok(found)
    }
}

fn payout(row: PayoutRow, store: String, from: Date, to: Date) -> Payout {
    let currency = Currency::from_code(&row.currency).unwrap_or(Currency::Lyd);
    let text = |minor: i64| Money::new(minor, currency).to_string();
    Payout {
        store,
        livemode: row.livemode,
        provider: row.provider,
        account: row.account_id,
        currency,
        from: from.to_string(),
        to: to.to_string(),
        settlements: row.settlements,
        sales: row.sales,
        sales_amount: text(row.sales_amount),
        refunds: row.refunds,
        refunds_amount: text(row.refunds_amount),
        fees: text(row.fees),
        net: text(row.sales_amount - row.refunds_amount - row.fees),
        undecided: row.undecided,
        undecided_ours: text(row.undecided_ours),
        undecided_theirs: text(row.undecided_theirs),
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}
