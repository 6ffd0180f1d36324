//! The tables `remittance_lines` and `remittance_decisions`: what a carrier's statement says, line by line, and what people
//! decide. Lines that are decided are never deleted.

use schemas::remittance::{RemittanceDecision, RemittanceOutcome};
use schemas::{RemittanceId, StoreId};
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
    pub remittance_id: RemittanceId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// What people name it by.
    pub number: i64,
    /// What it is about, whenever the statement is compared again.
    pub key: String,
    /// What it says.
    #[sqlx(try_from = "String")]
    pub outcome: RemittanceOutcome,
    /// The parcel.
    pub shipment_id: Option<Uuid>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// The reference.
    pub reference: Option<String>,
    /// What was to be handed over, in minor units.
    pub expected: Option<i64>,
    /// What the carrier says that it collected.
    pub amount: Option<i64>,
    /// What it keeps.
    pub fee: Option<i64>,
    /// What it hands over.
    pub net: Option<i64>,
    /// The day, as ISO 8601 writes it.
    pub day: Option<String>,
    /// Why it cannot be read, or what else is to be known.
    pub note: Option<String>,
    /// The row as it came, sealed.
    pub raw: Option<Vec<u8>>,
    /// Decided, and no longer so.
    pub superseded: bool,
    /// What was decided last.
    pub decision: Option<String>,
    /// When.
    pub decided_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Line {
    /// What was decided last.
    pub fn decided(&self) -> Option<RemittanceDecision> {
        self.decision.as_deref()?.parse().ok()
    }

    /// Whether a person may decide it.
    pub fn is_open(&self) -> bool {
        !self.superseded && self.outcome.is_difference() && self.decided().is_none_or(|decision| !decision.is_final())
    }
}

const COLUMNS: &str =
    "id, remittance_id, store_id, number, key, outcome, shipment_id, tracking_number, reference, expected,
    amount, fee, net, day, note, raw, superseded, decision, decided_at, created_at, updated_at";

/// Every line of a remittance, for a transaction that holds the lock of its carrier.
pub async fn all(tx: &mut Tx, remittance: RemittanceId) -> Result<Vec<Line>> {
    let sql = format!("SELECT {COLUMNS} FROM remittance_lines WHERE remittance_id = $1 ORDER BY number");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(remittance.uuid())
        .fetch_all(connection)
        .await)?)
}

/// One line by its number, likewise.
pub async fn numbered(tx: &mut Tx, remittance: RemittanceId, number: i64) -> Result<Option<Line>> {
    let sql = format!("SELECT {COLUMNS} FROM remittance_lines WHERE remittance_id = $1 AND number = $2");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(remittance.uuid())
        .bind(number)
        .fetch_optional(connection)
        .await)?)
}

/// Adds lines.
pub async fn insert_all(tx: &mut Tx, lines: &[Line]) -> Result<()> {
    const INSERT: &str = "INSERT INTO remittance_lines (id, remittance_id, store_id, number, key, outcome, shipment_id,
        tracking_number, reference, expected, amount, fee, net, day, note, raw, superseded, decision, decided_at, created_at,
        updated_at) ";
    // SQLite takes 32 766 parameters in a statement.
    for lines in lines.chunks(1_000) {
        on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(INSERT);
            builder.push_values(lines, |mut row, line| {
                row.push_bind(line.id)
                    .push_bind(line.remittance_id.uuid())
                    .push_bind(line.store_id.uuid())
                    .push_bind(line.number)
                    .push_bind(&line.key)
                    .push_bind(line.outcome.as_str())
                    .push_bind(line.shipment_id)
                    .push_bind(&line.tracking_number)
                    .push_bind(&line.reference)
                    .push_bind(line.expected)
                    .push_bind(line.amount)
                    .push_bind(line.fee)
                    .push_bind(line.net)
                    .push_bind(&line.day)
                    .push_bind(&line.note)
                    .push_bind(&line.raw)
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

/// Deletes lines that nobody has decided.
pub async fn delete(tx: &mut Tx, ids: &[Uuid]) -> Result<()> {
    for ids in ids.chunks(1_000) {
        on!(tx, |connection| {
            let mut builder =
                sqlx::QueryBuilder::new("DELETE FROM remittance_lines WHERE decision IS NULL AND id IN (");
            let mut list = builder.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            builder.push(")").build().execute(connection).await.map(drop)
        })?;
    }
    Ok(())
}

/// Has lines that are decided count no more: what they were decided on is no longer so. Their numbers stay theirs.
pub async fn supersede(tx: &mut Tx, ids: &[Uuid], now: Time) -> Result<()> {
    for ids in ids.chunks(1_000) {
        on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(
                "UPDATE remittance_lines SET superseded = TRUE, key = key || '~' || number, updated_at = ",
            );
            builder.push_bind(now).push(" WHERE NOT superseded AND decision IS NOT NULL AND id IN (");
            let mut list = builder.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            builder.push(")").build().execute(connection).await.map(drop)
        })?;
    }
    Ok(())
}

/// The lines of other remittances that tell of a parcel as missing which this one hands over: id, remittance, whether decided.
pub async fn found_by(tx: &mut Tx, remittance: RemittanceId) -> Result<Vec<(Uuid, Uuid, bool)>> {
    const SQL: &str = "SELECT gone.id, gone.remittance_id, gone.decision IS NOT NULL FROM remittance_lines gone
        JOIN remittance_lines here ON here.shipment_id = gone.shipment_id
        WHERE here.remittance_id = $1 AND NOT here.superseded AND here.amount > 0
            AND here.outcome IN ('matched', 'amount_differs', 'not_delivered')
            AND gone.outcome = 'missing' AND NOT gone.superseded AND gone.remittance_id <> $1";
    Ok(on!(tx, |connection| sqlx::query_as(SQL).bind(remittance.uuid()).fetch_all(connection).await)?)
}

/// A decision on a line.
#[derive(Debug)]
pub struct Decided<'a> {
    /// Ours.
    pub id: Uuid,
    /// What is decided.
    pub decision: RemittanceDecision,
    /// What it rests on, sealed.
    pub evidence: &'a [u8],
    /// When.
    pub at: Time,
}

/// Keeps a person's decision on a line.
pub async fn decide(tx: &mut Tx, line: &Line, decided: &Decided<'_>) -> Result<()> {
    const KEEP: &str = "INSERT INTO remittance_decisions (id, line_id, store_id, decision, evidence, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    const MARK: &str = "UPDATE remittance_lines SET decision = $2, decided_at = $3, updated_at = $3 WHERE id = $1";
    on!(tx, |connection| sqlx::query(KEEP)
        .bind(decided.id)
        .bind(line.id)
        .bind(line.store_id.uuid())
        .bind(decided.decision.as_str())
        .bind(decided.evidence)
        .bind(decided.at)
        .execute(connection)
        .await
        .map(drop))?;
    on!(tx, |connection| sqlx::query(MARK)
        .bind(line.id)
        .bind(decided.decision.as_str())
        .bind(decided.at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// Lines of one outcome, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Total {
    /// Of which.
    #[sqlx(try_from = "String")]
    pub outcome: RemittanceOutcome,
    /// How many.
    pub count: i64,
    /// What was to be handed over, in minor units.
    pub expected: i64,
    /// What the carrier says that it collected.
    pub amount: i64,
    /// What it keeps.
    pub fee: i64,
    /// What it hands over.
    pub net: i64,
    /// How many nobody has decided.
    pub undecided: i64,
    /// How many are argued about.
    pub disputed: i64,
}

/// Counts the lines of a remittance that count.
pub async fn totals(tx: &mut Tx, remittance: RemittanceId) -> Result<Vec<Total>> {
    const SQL: &str = "SELECT outcome, COUNT(*) AS count, CAST(COALESCE(SUM(expected), 0) AS BIGINT) AS expected,
            CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount, CAST(COALESCE(SUM(fee), 0) AS BIGINT) AS fee,
            CAST(COALESCE(SUM(net), 0) AS BIGINT) AS net,
            CAST(SUM(CASE WHEN decision IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS undecided,
            CAST(SUM(CASE WHEN decision = 'dispute' THEN 1 ELSE 0 END) AS BIGINT) AS disputed
        FROM remittance_lines WHERE remittance_id = $1 AND NOT superseded GROUP BY outcome";
    Ok(on!(tx, |connection| sqlx::query_as(SQL).bind(remittance.uuid()).fetch_all(connection).await)?)
}

/// What a list of lines is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What they say.
    pub outcome: Option<RemittanceOutcome>,
    /// Only those that wait for a person.
    pub undecided: bool,
    /// After this number.
    pub after: i64,
    /// How many at the most.
    pub limit: i64,
}

/// The lines of a remittance, in order.
pub async fn list(db: &Db, remittance: RemittanceId, filter: &Filter) -> Result<Vec<Line>> {
    Ok(read!(db, |pool| {
        let mut builder =
            sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM remittance_lines WHERE remittance_id = "));
        builder.push_bind(remittance.uuid()).push(" AND number > ").push_bind(filter.after);
        if let Some(outcome) = filter.outcome {
            builder.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        if filter.undecided {
            builder.push(" AND decision IS NULL AND NOT superseded AND outcome <> 'matched'");
        }
        builder.push(" ORDER BY number LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}
