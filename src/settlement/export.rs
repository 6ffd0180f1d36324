//! Lines as a table for spreadsheets, in which no cell of a stranger's becomes a formula.

use schemas::settlement::SettlementLine;
use schemas::{SettlementId, Text};

use super::{Settlements, view};
use crate::db::settlement_lines::Filter;
use crate::payments::Caller;
use crate::refusal::Refusal;
use crate::vault::Place;

/// Lines that are read at once.
const PAGE: i64 = 5_000;
const HEADS: [&str; 16] = [
    "line",
    "store",
    "kind",
    "direction",
    "payment",
    "attempt",
    "refund",
    "transaction",
    "wire_reference",
    "ours",
    "theirs",
    "fee",
    "expected_fee",
    "at",
    "decision",
    "note",
];

impl Settlements {
    /// Every line of a settlement of a store, as CSV.
    pub async fn export(&self, caller: &Caller, id: SettlementId) -> Result<Vec<u8>, Refusal> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let broken = |_| Refusal::Internal("a line cannot be written as CSV");
        writer.write_record(HEADS).map_err(broken)?;
        let mut after = 0;
        loop {
            let filter = Filter { after, limit: PAGE, ..Filter::default() };
            let (settlement, lines) = self.lines(caller, id, &filter).await?;
            let keys = self.store_keys(&lines).await?;
            let Some(last) = lines.last().map(|line| line.number) else { break };
            for row in lines {
                let store = keys.get(&row.store_id).cloned().unwrap_or_default();
                let shown = view::line(row, &store, settlement.livemode, settlement.currency);
                writer.write_record(cells(shown).map(|cell| harmless(&cell))).map_err(broken)?;
            }
            after = last;
        }
        writer.into_inner().map_err(|_| Refusal::Internal("lines cannot be written as CSV"))
    }

    /// The statement that a settlement was made from, byte for byte.
    pub async fn original(&self, caller: &Caller, id: SettlementId) -> Result<Vec<u8>, Refusal> {
        let settlement = self.read(caller, id).await?;
        let sealed = crate::db::settlements::original(&self.payments.db, id).await?;
        let sealed = sealed.ok_or_else(|| {
            let (en, ar) = ("books have no file", "لا يوجد ملف لدفاتر المزود");
            Refusal::Conflict(Text::new(en, ar))
        })?;
        let place = original_place(&settlement);
        self.payments.vault.open(place, &sealed).map_err(|_| Refusal::Internal("a statement cannot be opened"))
    }
}

/// Where a statement is sealed for.
pub(super) fn original_place(settlement: &crate::db::settlements::Settlement) -> Place {
    Place { store: settlement.store_id, table: "settlements", row: settlement.id.uuid(), field: "original" }
}

fn cells(line: SettlementLine) -> [String; 16] {
    let id = |id: Option<String>| id.unwrap_or_default();
    [
        line.line.to_string(),
        line.store,
        line.kind.to_string(),
        line.direction.to_string(),
        id(line.payment.map(|id| id.to_string())),
        id(line.attempt.map(|id| id.to_string())),
        id(line.refund.map(|id| id.to_string())),
        id(line.transaction),
        id(line.wire_reference),
        id(line.ours),
        id(line.theirs),
        id(line.fee),
        id(line.expected_fee),
        id(line.at),
        id(line.decision.map(|decision| decision.to_string())),
        id(line.note),
    ]
}

/// Spreadsheets run what begins so.
fn harmless(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if runs { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "12.500", "J01", "a=b"] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
