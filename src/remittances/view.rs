//! Remittances as the facade shows them.

use schemas::remittance::{Remittance as Shown, RemittanceLine, RemittanceTotals};
use schemas::{Currency, Money, RemittanceId};

use super::Remittances;
use super::import::{original_place, raw_place};
use super::keep::Summary;
use crate::caller::Caller;
use crate::db::remittance_lines::{self, Line};
use crate::db::remittances::{self, Filter, Remittance};
use crate::refusal::Refusal;

impl Remittances {
    /// A remittance of a store; another store's is not found.
    pub async fn read(&self, caller: &Caller, id: RemittanceId) -> Result<Remittance, Refusal> {
        let found = remittances::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?;
        found.ok_or(Refusal::NotFound)
    }

    /// The remittances of a store, newest first.
    pub async fn list(&self, caller: &Caller, filter: &Filter) -> Result<Vec<Remittance>, Refusal> {
        Ok(remittances::list(&self.db, caller.store, caller.mode.is_live(), filter).await?)
    }

    /// The lines of a remittance of a store, in order.
    pub async fn lines(
        &self,
        caller: &Caller,
        id: RemittanceId,
        filter: &remittance_lines::Filter,
    ) -> Result<Vec<RemittanceLine>, Refusal> {
        let remittance = self.read(caller, id).await?;
        let found = remittance_lines::list(&self.db, id, filter).await?;
        found.into_iter().map(|row| self.line(row, remittance.currency)).collect()
    }

    /// The statement that a remittance was made from, byte for byte.
    pub async fn original(&self, caller: &Caller, id: RemittanceId) -> Result<Vec<u8>, Refusal> {
        let remittance = self.read(caller, id).await?;
        let sealed = remittances::original(&self.db, id).await?.ok_or(Refusal::NotFound)?;
        let opened = self.vault.open(original_place(&remittance), &sealed);
        opened.map_err(|_| Refusal::Internal("a statement cannot be opened"))
    }

    fn line(&self, row: Line, currency: Currency) -> Result<RemittanceLine, Refusal> {
        let text = |minor: Option<i64>| minor.map(|minor| Money::new(minor, currency).to_string());
        let raw = match &row.raw {
            None => None,
            Some(sealed) => {
                let clear = self.vault.open(raw_place(row.store_id, row.id), sealed);
                let clear = clear.map_err(|_| Refusal::Internal("a row of a statement cannot be opened"))?;
                Some(String::from_utf8_lossy(&clear).into_owned())
            }
        };
        Ok(RemittanceLine {
            line: row.number,
            outcome: row.outcome,
            shipment: row.shipment_id.map(Into::into),
            decision: row.decided(),
            tracking_number: row.tracking_number,
            reference: row.reference,
            expected: text(row.expected),
            amount: text(row.amount),
            fee: text(row.fee),
            net: text(row.net),
            date: row.day,
            note: row.note,
            raw,
            decided_at: row.decided_at.map(|at| at.to_string()),
            superseded: row.superseded,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
        })
    }
}

/// A remittance, with the key of its store.
pub fn remittance(row: Remittance, store: &str) -> Shown {
    let summary: Summary = serde_json::from_value(row.summary.0).unwrap_or_default();
    let text = |minor: i64| Money::new(minor, row.currency).to_string();
    let totals = summary.outcomes.into_iter().map(|(outcome, total)| {
        let [expected, amount, fee, net] = [total.expected, total.amount, total.fee, total.net].map(text);
        (outcome, RemittanceTotals { count: total.count, expected, amount, fee, net })
    });
    Shown {
        id: row.id,
        store: store.to_owned(),
        livemode: row.livemode,
        carrier: row.carrier,
        status: row.status,
        currency: row.currency,
        lines: row.lines,
        undecided: row.undecided,
        totals: totals.collect(),
        digest: row.digest,
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}
