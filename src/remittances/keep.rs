//! What is written of a comparison: a statement that is compared again replaces what nobody has decided, and keeps decisions.
//! Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemas::remittance::{RemittanceOutcome, RemittanceStatus};
use schemas::{RemittanceId, StoreId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::compare::Line;
use crate::db::Time;
use crate::db::remittance_lines::{Line as Row, Total as Counted};

/// What a new line is made from.
pub struct Fresh<'a> {
    /// What it is a line of.
    pub remittance: RemittanceId,
    /// Whose it is.
    pub store: StoreId,
    /// Now.
    pub now: Time,
    /// Ids.
    pub id: &'a (dyn Fn() -> Uuid + Sync),
    /// Seals a row that cannot be read, for the line of this id.
    pub seal: &'a (dyn Fn(Uuid, &str) -> Vec<u8> + Sync),
}

/// What is to be written, in this order.
#[derive(Debug, Default)]
pub struct Kept {
    /// Lines that are no more, or that are written anew.
    pub deleted: Vec<Uuid>,
    /// Lines that are decided, and no longer so.
    pub superseded: Vec<Uuid>,
    /// New lines, and those that say something else by now.
    pub inserted: Vec<Row>,
}

impl Kept {
    /// Whether anything is to be written.
    pub fn is_news(&self) -> bool {
        !(self.inserted.is_empty() && self.superseded.is_empty() && self.deleted.is_empty())
    }
}

/// Puts a comparison over the lines that are there. Numbers stay with what they name.
pub fn merge(existing: &[Row], new: &[Line], fresh: &Fresh<'_>) -> Kept {
    let mut taken: HashSet<i64> = existing.iter().map(|row| row.number).collect();
    let mut next = taken.iter().copied().chain(new.iter().filter_map(|line| line.number)).max().unwrap_or(0) + 1;
    let mut wanted: HashMap<&str, &Line> = new.iter().map(|line| (line.key.as_str(), line)).collect();
    let mut kept = Kept::default();
    for row in existing.iter().filter(|row| !row.superseded) {
        match wanted.get(row.key.as_str()).copied() {
            Some(line) if says(row, line) => {
                wanted.remove(line.key.as_str());
            }
            Some(line) if row.decision.is_none() => {
                wanted.remove(line.key.as_str());
                kept.deleted.push(row.id);
                kept.inserted.push(Row { created_at: row.created_at, ..made(line, row.number, row.id, fresh) });
            }
            None if row.decision.is_none() => kept.deleted.push(row.id),
            _ => kept.superseded.push(row.id),
        }
    }
    for line in new.iter().filter(|line| wanted.contains_key(line.key.as_str())) {
        let number = line.number.filter(|number| taken.insert(*number)).unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        kept.inserted.push(made(line, number, (fresh.id)(), fresh));
    }
    kept
}

/// Whether a row says what the line says; what came and cannot be read is the same in every comparison.
fn says(row: &Row, line: &Line) -> bool {
    row.outcome == line.outcome
        && row.shipment_id == line.shipment.map(Uuid::from)
        && row.tracking_number == line.tracking_number
        && row.reference == line.reference
        && (row.expected, row.amount, row.fee, row.net) == (line.expected, line.amount, line.fee, line.net)
        && row.day == line.day
        && row.note == line.note
}

fn made(line: &Line, number: i64, id: Uuid, fresh: &Fresh<'_>) -> Row {
    Row {
        id,
        remittance_id: fresh.remittance,
        store_id: fresh.store,
        number,
        key: line.key.clone(),
        outcome: line.outcome,
        shipment_id: line.shipment.map(Uuid::from),
        tracking_number: line.tracking_number.clone(),
        reference: line.reference.clone(),
        expected: line.expected,
        amount: line.amount,
        fee: line.fee,
        net: line.net,
        day: line.day.clone(),
        note: line.note.clone(),
        raw: line.raw.as_deref().map(|raw| (fresh.seal)(id, raw)),
        superseded: false,
        decision: None,
        decided_at: None,
        created_at: fresh.now,
        updated_at: fresh.now,
    }
}

/// Lines of one outcome, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// How many.
    pub count: i64,
    /// What was to be handed over.
    pub expected: i64,
    /// What the carrier says that it collected.
    pub amount: i64,
    /// What it keeps.
    pub fee: i64,
    /// What it hands over.
    pub net: i64,
}

/// What a remittance comes to, as its row keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// By outcome.
    pub outcomes: BTreeMap<RemittanceOutcome, Total>,
}

/// What was counted of a remittance's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recount {
    /// What they come to.
    pub summary: Summary,
    /// How many count.
    pub lines: i64,
    /// How many of them wait for a person.
    pub undecided: i64,
    /// How many are argued about.
    pub disputed: i64,
}

impl Recount {
    /// Adds up what the database has counted.
    pub fn of(counted: &[Counted]) -> Self {
        let mut recount = Self::default();
        for one in counted {
            let total =
                Total { count: one.count, expected: one.expected, amount: one.amount, fee: one.fee, net: one.net };
            recount.summary.outcomes.insert(one.outcome, total);
            recount.lines += one.count;
            recount.disputed += one.disputed;
            recount.undecided += if one.outcome.is_difference() { one.undecided } else { 0 };
        }
        recount
    }

    /// Where the remittance stands.
    pub fn status(&self) -> RemittanceStatus {
        let differs = self.summary.outcomes.keys().any(|outcome| outcome.is_difference());
        match (self.undecided, self.disputed, differs) {
            (0, 0, false) => RemittanceStatus::Matched,
            (0, 0, true) => RemittanceStatus::Resolved,
            (0, _, _) => RemittanceStatus::Disputed,
            _ => RemittanceStatus::Differences,
        }
    }

    /// What is handed over, all together.
    pub fn net(&self) -> i64 {
        self.summary.outcomes.values().map(|total| total.net).sum()
    }
}

#[cfg(test)]
mod tests;
