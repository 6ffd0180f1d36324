//! Settlements as the facade shows them.

use std::collections::{BTreeMap, HashMap};

use schemas::settlement::{LineTotals, Settlement as Shown, SettlementLine};
use schemas::{Currency, Money, SettlementId, StoreId};

use super::Settlements;
use super::keep::Summary;
use crate::db::settlement_lines::{self, Line};
use crate::db::settlements::{self, Filter, Settlement};
use crate::db::{DbError, stores};
use crate::payments::Caller;
use crate::refusal::Refusal;

impl Settlements {
    /// A settlement of a store; another store's is not found.
    pub async fn read(&self, caller: &Caller, id: SettlementId) -> Result<Settlement, Refusal> {
        let found = settlements::of_store(&self.payments.db, caller.store, caller.mode.is_live(), id).await?;
        found.ok_or(Refusal::NotFound)
    }

    /// The settlements of a store, newest first.
    pub async fn list(&self, caller: &Caller, filter: &Filter) -> Result<Vec<Settlement>, Refusal> {
        Ok(settlements::list(&self.payments.db, caller.store, caller.mode.is_live(), filter).await?)
    }

    /// The lines of a settlement of a store, in order.
    pub async fn lines(
        &self,
        caller: &Caller,
        id: SettlementId,
        filter: &settlement_lines::Filter,
    ) -> Result<(Settlement, Vec<Line>), Refusal> {
        let settlement = self.read(caller, id).await?;
        Ok((settlement, settlement_lines::list(&self.payments.db, id, filter).await?))
    }

    /// The keys of the stores that lines are about.
    pub async fn store_keys(&self, lines: &[Line]) -> Result<HashMap<StoreId, String>, DbError> {
        let mut keys = HashMap::new();
        for line in lines {
            if let std::collections::hash_map::Entry::Vacant(place) = keys.entry(line.store_id) {
                let store = stores::by_id(&self.payments.db, line.store_id).await?;
                place.insert(store.map(|store| store.key).unwrap_or_default());
            }
        }
        Ok(keys)
    }
}

/// A settlement, with the key of its store.
pub fn settlement(row: Settlement, store: &str) -> Shown {
    let summary: Summary = serde_json::from_value(row.summary.0).unwrap_or_default();
    let text = |minor: i64| Money::new(minor, row.currency).to_string();
    let totals = summary.kinds.into_iter().map(|(kind, total)| {
        let (ours, theirs, fees) = (text(total.ours), text(total.theirs), text(total.fees));
        (kind, LineTotals { count: total.count, ours, theirs, fees })
    });
    Shown {
        id: row.id,
        store: store.to_owned(),
        livemode: row.livemode,
        account: row.account_id,
        provider: row.provider,
        date: row.day,
        source: row.source,
        status: row.status,
        currency: row.currency,
        lines: row.lines,
        undecided: row.undecided,
        totals: totals.collect::<BTreeMap<_, _>>(),
        left_out: summary.left_out,
        digest: Some(row.digest).filter(|digest| !digest.is_empty()),
        error: row.error,
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}

/// A line, with the key of its store.
pub fn line(row: Line, store: &str, livemode: bool, currency: Currency) -> SettlementLine {
    let text = |minor: Option<i64>| minor.map(|minor| Money::new(minor, currency).to_string());
    SettlementLine {
        line: row.number,
        store: store.to_owned(),
        livemode,
        kind: row.kind,
        direction: row.direction,
        payment: row.payment_id.map(Into::into),
        attempt: row.attempt_id.map(Into::into),
        refund: row.refund_id.map(Into::into),
        decision: row.decided(),
        transaction: row.transaction_id,
        wire_reference: row.wire_reference,
        ours: text(row.ours),
        theirs: text(row.theirs),
        fee: text(row.fee),
        expected_fee: text(row.expected_fee),
        at: row.happened_at.map(|at| at.to_string()),
        note: row.note,
        learnt: row.learnt,
        decided_at: row.decided_at.map(|at| at.to_string()),
        superseded: row.superseded,
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}
