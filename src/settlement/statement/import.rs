//! Matching a statement: each credit with the one transfer that names it, by reference and by the exact amount.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use schemas::SettlementId;
use schemas::payment::AttemptStatus;
use schemas::settlement::{LineDirection, LineKind, SettlementStatus};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::STATEMENT;
use super::read::{self, Credit, Entry, Row};
use crate::calendar;
use crate::db::events::PUBLISH;
use crate::db::settled::{self, SettledAttempt};
use crate::db::settlement_lines::{self, Line};
use crate::db::settlements::{self, Settlement};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Tx};
use crate::payments::Case;
use crate::settlement::Settlements;
use crate::settlement::compare::Line as Told;
use crate::settlement::day::{changed, holds};
use crate::settlement::export::original_place;
use crate::settlement::keep::{Fresh, made};
use crate::vault::Place;
use crate::work::{Handler, Pace};

/// Rows in one commit: others want the database, too.
const TOGETHER: usize = 100;

/// The handler of `settlement.statement`.
pub struct Statements(pub Settlements);

/// A statement that is being matched.
struct Import<'a> {
    task: &'a Task,
    settlement: Settlement,
    /// Attempts of this account by their references.
    attempts: HashMap<String, SettledAttempt>,
    /// Rows that stand in an earlier statement.
    repeated: HashSet<String>,
}

#[async_trait]
impl Handler for Statements {
    fn kind(&self) -> &'static str {
        STATEMENT
    }

    fn pace(&self) -> Pace {
        Pace { batch: 1, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        for task in tasks {
            self.import(task).await?;
        }
        Ok(())
    }
}

impl Statements {
    async fn import(&self, task: &Task) -> Result<(), DbError> {
        let area = &self.0;
        let id: Option<SettlementId> = task.key.parse().ok();
        let settlement = match id {
            Some(id) => settlements::by_id(&area.payments.db, id).await?,
            None => None,
        };
        let Some(settlement) = settlement else { return self.end(task).await };
        let rows = keyed(self.rows(&settlement).await?);
        let (known, left): (Vec<_>, Vec<_>) = self.split(&settlement, rows).await?;
        tracing::info!(settlement = %settlement.id, known = known.len(), left = left.len(), "a statement is matched");
        let mut import = Import { task, settlement, attempts: HashMap::new(), repeated: HashSet::new() };
        let debits = left.iter().chain(&known).filter(|(_, row)| matches!(row.entry, Entry::Debit(_))).count();
        for rows in left.chunks(TOGETHER) {
            self.look_up(&mut import, rows).await?;
            if !self.write(&import, rows).await? {
                return Ok(());
            }
        }
        self.conclude(import, debits).await
    }

    /// The rows of the original, as they were read when it was handed in.
    async fn rows(&self, settlement: &Settlement) -> Result<Vec<Row>, DbError> {
        let broken = || DbError::Constraint("a statement that was taken cannot be opened and read any more".to_owned());
        let sealed = settlements::original(&self.0.payments.db, settlement.id).await?.ok_or_else(broken)?;
        let bytes = self.0.payments.vault.open(original_place(settlement), &sealed).map_err(|_| broken())?;
        let decimal = settlement.reading.0["decimal"].as_str().and_then(|text| text.chars().next()).unwrap_or('.');
        read::read(&bytes, &self.0.settings.columns, decimal, settlement.currency).map_err(|_| broken())
    }

    /// Those that are written already, by whoever was here before, and those that are left.
    async fn split(&self, settlement: &Settlement, rows: Vec<(String, Row)>) -> Result<Split, DbError> {
        let mut tx = self.0.payments.db.begin().await?;
        let written = settlement_lines::all(&mut tx, settlement.id).await?;
        drop(tx);
        let keys: HashSet<&str> = written.iter().map(|line| line.key.as_str()).collect();
        Ok(rows.into_iter().partition(|(key, _)| keys.contains(key.as_str())))
    }

    /// What the rows may name, and which of them stand in an earlier statement.
    async fn look_up(&self, import: &mut Import<'_>, rows: &[(String, Row)]) -> Result<(), DbError> {
        let db = &self.0.payments.db;
        let named: BTreeSet<String> = rows.iter().filter_map(|(_, row)| credit(row)).flat_map(named).collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let account = import.settlement.account_id;
        let found =
            settled::attempts_named(db, &named).await?.into_iter().filter(|attempt| attempt.account_id == account);
        import.attempts = found.map(|attempt| (attempt.wire_reference.clone(), attempt)).collect();
        let keys: Vec<&str> =
            rows.iter().filter(|(_, row)| credit(row).is_some()).map(|(key, _)| key.as_str()).collect();
        let other = settlement_lines::in_other_statements(db, account, import.settlement.id, &keys).await?;
        import.repeated = other.into_iter().collect();
        Ok(())
    }

    /// Writes some rows as lines, each with what it settles, in one transaction; `false` where the task is lost.
    async fn write(&self, import: &Import<'_>, rows: &[(String, Row)]) -> Result<bool, DbError> {
        let area = &self.0;
        let mut tx = area.payments.db.begin().await?;
        if !holds(&mut tx, Some(import.task)).await? {
            return Ok(false);
        }
        let (mut stores, mut lines) = (BTreeSet::new(), Vec::new());
        for (key, row) in rows {
            let Some(mut told) = self.line(import, key, row) else { continue };
            let mut learnt = None;
            if told.kind == LineKind::Matched {
                // Written first: one of them may be about the same attempt.
                settlement_lines::insert_all(&mut tx, &std::mem::take(&mut lines)).await?;
                learnt = self.settle(&mut tx, import, &mut told, row).await?;
                stores.extend(told.store.filter(|_| learnt.is_some()));
            }
            lines.push(self.row(import, &told, row.number, learnt));
        }
        settlement_lines::insert_all(&mut tx, &lines).await?;
        tx.commit().await?;
        stores.iter().for_each(|store| area.payments.waker.wake(PUBLISH, &store.to_string()));
        Ok(true)
    }

    fn row(&self, import: &Import<'_>, told: &Told, number: i64, learnt: Option<String>) -> Line {
        let mut id = || self.0.payments.ambient.uuid();
        let (settlement, owner) = (import.settlement.id, import.settlement.store_id);
        let mut fresh = Fresh { settlement, owner, now: self.0.now(), id: &mut id };
        Line { learnt, ..made(told, number, &mut fresh) }
    }

    /// What a row says before anything is settled by it; money out is no line.
    fn line(&self, import: &Import<'_>, key: &str, row: &Row) -> Option<Told> {
        let blank = blank(key.to_owned());
        let credit = match &row.entry {
            Entry::Credit(credit) => credit,
            Entry::Debit(_) => return None,
            Entry::Unreadable(words) => return Some(Told { note: Some(words.clone()), ..blank }),
        };
        let at = calendar::bounds(credit.date).map(|(start, _)| start.timestamp());
        let told = Told { theirs: Some(credit.amount), transaction: credit.transaction.clone(), at, ..blank };
        let told = Told { direction: LineDirection::Sale, kind: LineKind::Orphan, ..told };
        if import.repeated.contains(key) {
            return Some(Told { kind: LineKind::Repeated, ..told });
        }
        let named: Vec<&SettledAttempt> =
            named(credit).iter().filter_map(|reference| import.attempts.get(reference)).collect();
        let attempt = match named[..] {
            [] => return Some(told),
            [attempt] => attempt,
            _ => {
                let note = Some("it names several references".to_owned());
                return Some(Told { kind: LineKind::Unreadable, note, ..told });
            }
        };
        let kind = if attempt.amount == credit.amount { LineKind::Matched } else { LineKind::Amount };
        Some(Told {
            kind,
            store: Some(attempt.store_id),
            payment: Some(attempt.payment_id),
            attempt: Some(attempt.id),
            wire_reference: Some(attempt.wire_reference.clone()),
            ours: Some(attempt.amount),
            ..told
        })
    }

    /// Settles the attempt that a row names by its exact amount, unless a row has done so before. Where a person was faster,
    /// the row only proves it.
    async fn settle(
        &self,
        tx: &mut Tx,
        import: &Import<'_>,
        told: &mut Told,
        row: &Row,
    ) -> Result<Option<String>, DbError> {
        let (Some(payment), Some(attempt), Some(store)) = (told.payment, told.attempt, told.store) else {
            return Ok(None);
        };
        let Some(mut case) = Case::load(tx, payment).await? else { return Ok(None) };
        // Asked under the lock of the case: another statement may be at it.
        if settlement_lines::is_matched(tx, attempt.uuid()).await? {
            (told.kind, told.ours) = (LineKind::Duplicate, None);
            return Ok(None);
        }
        let Some(index) = case.index(attempt) else { return Ok(None) };
        if case.attempts[index].status == AttemptStatus::Paid {
            return Ok(None);
        }
        let now = self.0.now();
        let document = format!("statement {} of {}, row {}", import.settlement.id, import.settlement.day, row.number);
        let note = format!("sha256 {}", import.settlement.digest);
        let evidence =
            json!({"evidence": {"by": "settlement", "document": document, "note": note}, "at": now.to_string()});
        let place = Place { store, table: "attempts", row: attempt.uuid(), field: "evidence" };
        case.settle(index, self.0.payments.vault.seal(place, evidence.to_string().as_bytes()), now);
        let status = case.payment.status.to_string();
        if !case.save(tx, &self.0.payments.ambient).await? {
            return Err(changed());
        }
        Ok(Some(status))
    }

    async fn conclude(&self, import: Import<'_>, debits: usize) -> Result<(), DbError> {
        let area = &self.0;
        let mut tx = area.payments.db.begin().await?;
        if !holds(&mut tx, Some(import.task)).await? {
            return Ok(());
        }
        let Some(mut settlement) = settlements::hold(&mut tx, import.settlement.id).await? else { return Ok(()) };
        let rows = settlement_lines::all(&mut tx, settlement.id).await?;
        let left_out = BTreeMap::from([("debits".to_owned(), debits as i64)]);
        area.tell(&mut tx, &mut settlement, &rows, Some(left_out)).await?;
        debug_assert_ne!(settlement.status, SettlementStatus::Processing);
        let told = area.alert(&mut tx, &settlement).await?;
        tasks::finish(&mut tx, import.task).await?;
        tx.commit().await?;
        if told {
            area.alerts.wake();
        }
        Ok(())
    }

    async fn end(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.payments.db.begin().await?;
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }
}

/// Rows with their keys: those that are written, and those that are left.
type Split = (Vec<(String, Row)>, Vec<(String, Row)>);

fn credit(row: &Row) -> Option<&Credit> {
    match &row.entry {
        Entry::Credit(credit) => Some(credit),
        Entry::Debit(_) | Entry::Unreadable(_) => None,
    }
}

/// A bank may have put the customer's words into its own number.
fn named(credit: &Credit) -> BTreeSet<String> {
    let mut named = read::references(&credit.description);
    named.extend(credit.transaction.iter().flat_map(|text| read::references(text)));
    named
}

/// Each row with what it is known by in other statements: all that it says, and the how manieth of its like it is.
fn keyed(rows: Vec<Row>) -> Vec<(String, Row)> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let key = |row: Row| {
        let text = match &row.entry {
            Entry::Credit(Credit { date, amount, description, transaction }) => {
                format!("{date}\0{amount}\0{}\0{}", transaction.as_deref().unwrap_or_default(), description)
            }
            Entry::Debit(_) | Entry::Unreadable(_) => format!("row {}", row.number),
        };
        let again = times.entry(text.clone()).or_default();
        *again += 1;
        let unread = if matches!(row.entry, Entry::Credit(_)) { "st" } else { "un" };
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        (format!("{unread}:{}#{again}", &digest[..32]), row)
    };
    rows.into_iter().map(key).collect()
}

fn blank(key: String) -> Told {
    Told {
        key,
        kind: LineKind::Unreadable,
        direction: LineDirection::Other,
        store: None,
        payment: None,
        attempt: None,
        refund: None,
        transaction: None,
        wire_reference: None,
        ours: None,
        theirs: None,
        fee: None,
        expected_fee: None,
        at: None,
        note: None,
    }
}
