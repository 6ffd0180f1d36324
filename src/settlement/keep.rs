//! What is written of a comparison: a day that is compared again replaces what nobody has decided, and keeps decisions. Pure.

use std::collections::{BTreeMap, HashMap};

use schemas::settlement::{LineKind, SettlementStatus};
use schemas::{SettlementId, StoreId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::compare::Line;
use crate::db::Time;
use crate::db::settlement_lines::Line as Row;

/// What a new line is made from.
pub struct Fresh<'a> {
    /// What it is a line of.
    pub settlement: SettlementId,
    /// Whose account it is: what names nobody's attempt is this store's to look after.
    pub owner: StoreId,
    /// Now.
    pub now: Time,
    /// Ids.
    pub id: &'a mut (dyn FnMut() -> Uuid + Send),
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Kept {
    /// All lines, as they are afterwards.
    pub rows: Vec<Row>,
    /// New ones, by their places in `rows`.
    pub inserted: Vec<usize>,
    /// Changed ones.
    pub updated: Vec<usize>,
    /// Those that are no more.
    pub deleted: Vec<Uuid>,
}

impl Kept {
    /// Whether anything is to be written.
    pub fn is_news(&self) -> bool {
        !(self.inserted.is_empty() && self.updated.is_empty() && self.deleted.is_empty())
    }
}

/// Puts a comparison over the lines that are there. Numbers stay with what they name.
pub fn merge(existing: Vec<Row>, new: &[Line], mut fresh: Fresh<'_>) -> Kept {
    let mut next = existing.iter().map(|row| row.number).max().unwrap_or(0) + 1;
    let mut wanted: HashMap<&str, &Line> = new.iter().map(|line| (line.key.as_str(), line)).collect();
    let mut kept = Kept::default();
    for mut row in existing {
        let line = if row.superseded { None } else { wanted.get(row.key.as_str()).copied() };
        match line {
            _ if row.superseded => {}
            Some(line) if says(&row, line, fresh.owner) || has_healed(&row, line) => {
                wanted.remove(line.key.as_str());
            }
            Some(line) if row.decision.is_none() => {
                wanted.remove(line.key.as_str());
                row = Row { id: row.id, number: row.number, created_at: row.created_at, ..made(line, 0, &mut fresh) };
                kept.updated.push(kept.rows.len());
            }
            None if row.decision.is_none() => {
                kept.deleted.push(row.id);
                continue;
            }
            _ => {
                row.superseded = true;
                row.key = format!("{}~{}", row.key, row.number);
                row.updated_at = fresh.now;
                kept.updated.push(kept.rows.len());
            }
        }
        kept.rows.push(row);
    }
    for line in new.iter().filter(|line| wanted.contains_key(line.key.as_str())) {
        kept.inserted.push(kept.rows.len());
        kept.rows.push(made(line, next, &mut fresh));
        next += 1;
    }
    kept
}

/// Whether a row says what the line says.
fn says(row: &Row, line: &Line, owner: StoreId) -> bool {
    row.kind == line.kind
        && row.direction == line.direction
        && row.store_id == line.store.unwrap_or(owner)
        && row.attempt_id == line.attempt.map(Uuid::from)
        && row.refund_id == line.refund.map(Uuid::from)
        && row.wire_reference == line.wire_reference
        && (row.ours, row.theirs) == (line.ours, line.theirs)
        && (row.fee, row.expected_fee) == (line.fee, line.expected_fee)
        && row.note == line.note
}

/// What was missing here has been taken in: that we hold it by now is our own doing, and the day is told as it was.
fn has_healed(row: &Row, line: &Line) -> bool {
    row.kind == LineKind::MissingHere
        && matches!(line.kind, LineKind::Matched | LineKind::Fee)
        && row.attempt_id == line.attempt.map(Uuid::from)
        && row.theirs == line.theirs
}

/// A line as a row.
pub fn made(line: &Line, number: i64, fresh: &mut Fresh<'_>) -> Row {
    Row {
        id: (fresh.id)(),
        settlement_id: fresh.settlement,
        store_id: line.store.unwrap_or(fresh.owner),
        number,
        key: line.key.clone(),
        kind: line.kind,
        direction: line.direction,
        payment_id: line.payment.map(Uuid::from),
        attempt_id: line.attempt.map(Uuid::from),
        refund_id: line.refund.map(Uuid::from),
        transaction_id: line.transaction.clone(),
        wire_reference: line.wire_reference.clone(),
        ours: line.ours,
        theirs: line.theirs,
        fee: line.fee,
        expected_fee: line.expected_fee,
        happened_at: line.at.map(Time::from),
        note: line.note.clone(),
        learnt: None,
        superseded: false,
        decision: None,
        decided_at: None,
        created_at: fresh.now,
        updated_at: fresh.now,
    }
}

/// Lines of one kind, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// How many.
    pub count: i64,
    /// What we hold of them.
    pub ours: i64,
    /// What the other side holds of them.
    pub theirs: i64,
    /// What the provider keeps of them.
    pub fees: i64,
}

/// What a settlement comes to, as its row keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// By kind.
    pub kinds: BTreeMap<LineKind, Total>,
    /// What is no line.
    pub left_out: BTreeMap<String, i64>,
}

impl Summary {
    /// The lines that count, by kind.
    pub fn of(rows: &[Row], left_out: BTreeMap<String, i64>) -> Self {
        let mut kinds: BTreeMap<LineKind, Total> = BTreeMap::new();
        for row in rows.iter().filter(|row| !row.superseded) {
            let total = kinds.entry(row.kind).or_default();
            total.count += 1;
            total.ours += row.ours.unwrap_or(0);
            total.theirs += row.theirs.unwrap_or(0);
            total.fees += row.fee.unwrap_or(0);
        }
        Self { kinds, left_out }
    }

    /// How many lines count.
    pub fn lines(&self) -> i64 {
        self.kinds.values().map(|total| total.count).sum()
    }

    /// Where the settlement stands.
    pub fn status(&self, undecided: i64) -> SettlementStatus {
        match (undecided, self.kinds.keys().any(|kind| kind.is_difference())) {
            (0, false) => SettlementStatus::Matched,
            (0, true) => SettlementStatus::Resolved,
            _ => SettlementStatus::Differences,
        }
    }
}

#[cfg(test)]
mod tests {
    use schemas::settlement::LineDirection;

    use super::*;

    const NOW: Time = Time::from_second(1_800_000_000);

    fn line(key: &str, kind: LineKind, ours: Option<i64>, theirs: Option<i64>) -> Line {
        Line {
            key: key.to_owned(),
            kind,
            direction: LineDirection::Sale,
            store: None,
            payment: None,
            attempt: None,
            refund: None,
            transaction: None,
            wire_reference: None,
            ours,
            theirs,
            fee: None,
            expected_fee: None,
            at: None,
            note: None,
        }
    }

    fn again(existing: Vec<Row>, new: &[Line]) -> Kept {
        let mut number = existing.len() as u128;
        let mut id = || {
            number += 1;
            Uuid::from_u128(number)
        };
        let settlement = Uuid::from_u128(9).into();
        merge(existing, new, Fresh { settlement, owner: Uuid::from_u128(1).into(), now: NOW, id: &mut id })
    }

    fn told(kept: &Kept) -> Vec<(i64, LineKind, bool)> {
        kept.rows.iter().map(|row| (row.number, row.kind, row.superseded)).collect()
    }

    #[test]
    fn the_same_again_writes_nothing() {
        let new = [line("s:1", LineKind::Matched, Some(5), Some(5)), line("s:2", LineKind::Orphan, None, Some(7))];
        let first = again(Vec::new(), &new);
        assert_eq!(told(&first), [(1, LineKind::Matched, false), (2, LineKind::Orphan, false)]);
        let mut rows = first.rows;
        rows[1].decision = Some("accept".to_owned());
        let second = again(rows.clone(), &new);
        assert!(!second.is_news() && second.rows == rows, "{second:?}");
    }

    #[test]
    fn what_nobody_has_decided_is_replaced_and_what_is_new_has_a_number_of_its_own() {
        let first = again(
            Vec::new(),
            &[line("s:1", LineKind::Orphan, None, Some(5)), line("sale:a", LineKind::MissingThere, Some(5), None)],
        );
        let second = again(
            first.rows,
            &[line("s:1", LineKind::Matched, Some(5), Some(5)), line("s:3", LineKind::Orphan, None, Some(1))],
        );
        assert_eq!(told(&second), [(1, LineKind::Matched, false), (3, LineKind::Orphan, false)]);
        assert_eq!((second.updated.len(), second.inserted.len(), second.deleted.len()), (1, 1, 1));
    }

    #[test]
    fn a_decision_on_what_is_no_longer_so_is_kept_beside_what_is() {
        let mut rows = again(
            Vec::new(),
            &[line("s:1", LineKind::Amount, Some(5), Some(6)), line("s:2", LineKind::Orphan, None, Some(6))],
        )
        .rows;
        for row in &mut rows {
            row.decision = Some("theirs".to_owned());
        }
        let second = again(rows, &[line("s:1", LineKind::Amount, Some(5), Some(7))]);
        assert_eq!(
            told(&second),
            [(1, LineKind::Amount, true), (2, LineKind::Orphan, true), (3, LineKind::Amount, false)]
        );
        let summary = Summary::of(&second.rows, BTreeMap::new());
        assert_eq!((summary.lines(), summary.kinds[&LineKind::Amount].theirs), (1, 7));
        assert!(!again(second.rows, &[line("s:1", LineKind::Amount, Some(5), Some(7))]).is_news());
    }

    #[test]
    fn what_was_missing_here_and_has_been_taken_in_stays_told() {
        let missing =
            Line { attempt: Some(Uuid::from_u128(3).into()), ..line("s:1", LineKind::MissingHere, None, Some(5)) };
        let mut rows = again(Vec::new(), std::slice::from_ref(&missing)).rows;
        rows[0].learnt = Some("paid".to_owned());
        let healed = Line { kind: LineKind::Matched, ours: Some(5), ..missing };
        let second = again(rows, &[healed]);
        assert!(!second.is_news(), "{second:?}");
        assert_eq!(Summary::of(&second.rows, BTreeMap::new()).status(0), SettlementStatus::Resolved);
    }
}
