//! The table `settlement_lines`: what a settlement says, line by line. Lines that are decided are never deleted.

use schemas::settlement::{Decision, LineDirection, LineKind};
use schemas::{AccountId, SettlementId, StoreId};
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// One line.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Line {
    /// Ours.
    pub id: Uuid,
    /// What it is a line of.
    #[sqlx(try_from = "Uuid")]
    pub settlement_id: SettlementId,
    /// Whose money it is about.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// What people name it by.
    pub number: i64,
    /// What it is about, whenever the day is compared again.
    pub key: String,
    /// What it says.
    #[sqlx(try_from = "String")]
    pub kind: LineKind,
    /// Which way the money went.
    #[sqlx(try_from = "String")]
    pub direction: LineDirection,
    /// The payment.
    pub payment_id: Option<Uuid>,
    /// The attempt.
    pub attempt_id: Option<Uuid>,
    /// The refund.
    pub refund_id: Option<Uuid>,
    /// The other side's id.
    pub transaction_id: Option<String>,
    /// Ours on the wire.
    pub wire_reference: Option<String>,
    /// What we hold, in minor units.
    pub ours: Option<i64>,
    /// What the other side holds.
    pub theirs: Option<i64>,
    /// What the provider says that it keeps.
    pub fee: Option<i64>,
    /// What was agreed.
    pub expected_fee: Option<i64>,
    /// When, by the other side.
    pub happened_at: Option<Time>,
    /// What cannot be read, or why not.
    pub note: Option<String>,
    /// What became of the payment when the provider's word was taken in.
    pub learnt: Option<String>,
    /// Decided, and no longer so.
    pub superseded: bool,
    /// What was decided.
    pub decision: Option<String>,
    /// When.
    pub decided_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Line {
    /// What was decided.
    pub fn decided(&self) -> Option<Decision> {
        self.decision.as_deref()?.parse().ok()
    }

    /// Whether it waits for a person.
    pub fn is_undecided(&self) -> bool {
        !self.superseded && self.decision.is_none() && self.kind.is_difference()
    }
}

const COLUMNS: &str = "id, settlement_id, store_id, number, key, kind, direction, payment_id, attempt_id, refund_id,
    transaction_id, wire_reference, ours, theirs, fee, expected_fee, happened_at, note, learnt, superseded, decision,
    decided_at, created_at, updated_at";

/// Every line of a settlement, inside a transaction that holds it.
pub async fn all(tx: &mut Tx, settlement: SettlementId) -> Result<Vec<Line>> {
    let sql = format!("SELECT {COLUMNS} FROM settlement_lines WHERE settlement_id = $1 ORDER BY number");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(settlement.uuid())
        .fetch_all(connection)
        .await)?)
}

/// One line by its number, inside a transaction that holds its settlement.
pub async fn numbered(tx: &mut Tx, settlement: SettlementId, number: i64) -> Result<Option<Line>> {
    let sql = format!("SELECT {COLUMNS} FROM settlement_lines WHERE settlement_id = $1 AND number = $2");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(settlement.uuid())
        .bind(number)
        .fetch_optional(connection)
        .await)?)
}

/// Adds lines.
pub async fn insert_all(tx: &mut Tx, lines: &[Line]) -> Result<()> {
    const INSERT: &str = "INSERT INTO settlement_lines (id, settlement_id, store_id, number, key, kind, direction, payment_id,
        attempt_id, refund_id, transaction_id, wire_reference, ours, theirs, fee, expected_fee, happened_at, note, learnt,
        superseded, decision, decided_at, created_at, updated_at) ";
    // SQLite takes 32 766 parameters in a statement.
    for lines in lines.chunks(1_000) {
        on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(INSERT);
            builder.push_values(lines, |mut row, line| {
                row.push_bind(line.id)
                    .push_bind(line.settlement_id.uuid())
                    .push_bind(line.store_id.uuid())
                    .push_bind(line.number)
                    .push_bind(&line.key)
                    .push_bind(line.kind.as_str())
                    .push_bind(line.direction.as_str())
                    .push_bind(line.payment_id)
                    .push_bind(line.attempt_id)
                    .push_bind(line.refund_id)
                    .push_bind(&line.transaction_id)
                    .push_bind(&line.wire_reference)
                    .push_bind(line.ours)
                    .push_bind(line.theirs)
                    .push_bind(line.fee)
                    .push_bind(line.expected_fee)
                    .push_bind(line.happened_at)
                    .push_bind(&line.note)
                    .push_bind(&line.learnt)
                    .push_bind(line.superseded)
                    .push_bind(&line.decision)
                    .push_bind(line.decided_at)
                    .push_bind(line.created_at)
                    .push_bind(line.updated_at);
            });
            builder.build().execute(connection).await.map(drop)
        })?;
    }
    Ok(())
}

/// Writes a line that nobody has decided, or that is superseded, anew.
pub async fn update(tx: &mut Tx, line: &Line) -> Result<()> {
    const SQL: &str = "UPDATE settlement_lines SET store_id = $2, key = $3, kind = $4, direction = $5, payment_id = $6,
            attempt_id = $7, refund_id = $8, transaction_id = $9, wire_reference = $10, ours = $11, theirs = $12, fee = $13,
            expected_fee = $14, happened_at = $15, note = $16, learnt = $17, superseded = $18, decision = $19,
            decided_at = $20, updated_at = $21
        WHERE id = $1";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(line.id)
        .bind(line.store_id.uuid())
        .bind(&line.key)
        .bind(line.kind.as_str())
        .bind(line.direction.as_str())
        .bind(line.payment_id)
        .bind(line.attempt_id)
        .bind(line.refund_id)
        .bind(&line.transaction_id)
        .bind(&line.wire_reference)
        .bind(line.ours)
        .bind(line.theirs)
        .bind(line.fee)
        .bind(line.expected_fee)
        .bind(line.happened_at)
        .bind(&line.note)
        .bind(&line.learnt)
        .bind(line.superseded)
        .bind(&line.decision)
        .bind(line.decided_at)
        .bind(line.updated_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// A person decides a line that waits; whether it still did.
pub async fn decide(tx: &mut Tx, id: Uuid, decision: Decision, evidence: &[u8], now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE settlement_lines SET decision = $2, evidence = $3, decided_at = $4, updated_at = $4
        WHERE id = $1 AND decision IS NULL AND NOT superseded";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(id)
        .bind(decision.as_str())
        .bind(evidence)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Deletes lines that nobody has decided.
pub async fn delete(tx: &mut Tx, ids: &[Uuid]) -> Result<()> {
    for ids in ids.chunks(1_000) {
        on!(tx, |connection| {
            let mut builder =
                sqlx::QueryBuilder::new("DELETE FROM settlement_lines WHERE decision IS NULL AND id IN (");
            let mut list = builder.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            builder.push(")").build().execute(connection).await.map(drop)
        })?;
    }
    Ok(())
}

/// What a list of lines is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What they say.
    pub kind: Option<LineKind>,
    /// Only those that wait for a person.
    pub undecided: bool,
    /// After this number.
    pub after: i64,
    /// How many at the most.
    pub limit: i64,
}

/// The lines of a settlement, in order.
pub async fn list(db: &Db, settlement: SettlementId, filter: &Filter) -> Result<Vec<Line>> {
    Ok(read!(db, |pool| {
        let mut builder =
            sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM settlement_lines WHERE settlement_id = "));
        builder.push_bind(settlement.uuid()).push(" AND number > ").push_bind(filter.after);
        if let Some(kind) = filter.kind {
            builder.push(" AND kind = ").push_bind(kind.as_str());
        }
        if filter.undecided {
            builder.push(" AND decision IS NULL AND NOT superseded AND kind NOT IN ('matched', 'repeated')");
        }
        builder.push(" ORDER BY number LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// Which of these attempts (or refunds) the books of another day have, of the same account.
pub async fn settled_elsewhere(
    db: &Db,
    column: SettledColumn,
    account: AccountId,
    ids: &[Uuid],
    but: Option<SettlementId>,
) -> Result<Vec<Uuid>> {
    let (name, but) = (column.name(), but.map_or(Uuid::nil(), Uuid::from));
    let mut found = Vec::new();
    for ids in ids.chunks(1_000) {
        let some: Vec<Uuid> = read!(db, |pool| {
            let mut builder = sqlx::QueryBuilder::new(format!(
                "SELECT l.{name} FROM settlement_lines l JOIN settlements s ON s.id = l.settlement_id
                WHERE NOT l.superseded AND {} AND s.account_id = ",
                column.condition()
            ));
            builder.push_bind(account.uuid()).push(" AND s.id <> ").push_bind(but);
            builder.push(format!(" AND l.{name} IN ("));
            let mut list = builder.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            builder.push(")").build_query_scalar().fetch_all(pool).await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// What a line settles.
#[derive(Debug, Clone, Copy)]
pub enum SettledColumn {
    /// An attempt's own sale.
    Attempt,
    /// A refund.
    Refund,
}

impl SettledColumn {
    const fn name(self) -> &'static str {
        match self {
            Self::Attempt => "attempt_id",
            Self::Refund => "refund_id",
        }
    }

    /// A second sale settles nothing, nor does what the other side knows nothing of.
    const fn condition(self) -> &'static str {
        match self {
            Self::Attempt => {
                "l.refund_id IS NULL AND l.direction = 'sale' AND (l.kind IN ('matched', 'amount', 'fee', 'missing_here')
                    OR (l.kind = 'unreadable' AND l.ours IS NOT NULL))"
            }
            Self::Refund => "l.theirs IS NOT NULL",
        }
    }
}

/// Which of these lines an earlier statement of the account has.
pub async fn in_other_statements(db: &Db, account: AccountId, own: SettlementId, keys: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for keys in keys.chunks(1_000) {
        let some: Vec<String> = read!(db, |pool| {
            let mut builder = sqlx::QueryBuilder::new(
                "SELECT l.key FROM settlement_lines l JOIN settlements s ON s.id = l.settlement_id
                WHERE s.source = 'statement' AND l.kind <> 'repeated' AND NOT l.superseded AND s.account_id = ",
            );
            builder.push_bind(account.uuid()).push(" AND s.id <> ").push_bind(own.uuid()).push(" AND l.key IN (");
            let mut list = builder.separated(", ");
            for key in keys {
                list.push_bind(*key);
            }
            builder.push(")").build_query_scalar().fetch_all(pool).await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// Whether a line has been matched with the attempt, inside a transaction that holds its case.
pub async fn is_matched(tx: &mut Tx, attempt: Uuid) -> Result<bool> {
    const SQL: &str =
        "SELECT COUNT(*) FROM settlement_lines WHERE attempt_id = $1 AND kind = 'matched' AND NOT superseded";
    let count: i64 = on!(tx, |connection| sqlx::query_scalar(SQL).bind(attempt).fetch_one(connection).await)?;
    Ok(count > 0)
}
