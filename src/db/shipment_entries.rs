//! The table `shipment_entries`: what carriers told of shipments, each thing once, with their own words.

use std::collections::BTreeMap;

use schemas::shipping::ShipmentStatus;
use schemas::{ShipmentId, StoreId, words};
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

words! {
    /// How we heard of something.
    HeardBy {
        /// The carrier called us.
        Callback = "callback",
        /// We asked.
        Poll = "poll",
        /// By the carrier's stream.
        Push = "push",
        /// By a file.
        File = "file",
        /// By what came of a change that we asked for; the word is ours.
        Answer = "answer",
    }
}

/// One thing that was told.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ShipmentEntry {
    /// Ours.
    pub id: Uuid,
    /// What it was told of.
    #[sqlx(try_from = "Uuid")]
    pub shipment_id: ShipmentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Who told it.
    pub carrier: String,
    /// The carrier's own word.
    pub raw: String,
    /// What it means; none where the word is not known.
    pub status: Option<String>,
    /// When it happened, by the carrier's clock.
    pub occurred_at: Time,
    /// More of the carrier's words.
    pub note: Option<String>,
    /// What the driver has collected, in minor units.
    pub collected: Option<i64>,
    /// How we heard of it first.
    #[sqlx(try_from = "String")]
    pub heard_by: HeardBy,
    /// When we did.
    pub heard_at: Time,
}

impl ShipmentEntry {
    /// What it means.
    pub fn status(&self) -> Option<ShipmentStatus> {
        self.status.as_deref().and_then(|status| status.parse().ok())
    }
}

const COLUMNS: &str =
    "id, shipment_id, store_id, carrier, raw, status, occurred_at, note, collected, heard_by, heard_at";

/// Keeps what is new of what was told, no thing twice among it; answers how much that was. What was collected may be told
/// later than the rest.
pub async fn keep(tx: &mut Tx, entries: &[ShipmentEntry]) -> Result<u64> {
    let mut kept = 0;
    for entries in once(entries).chunks(1_000) {
        kept += on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(format!("INSERT INTO shipment_entries ({COLUMNS}) "));
            builder.push_values(entries, |mut row, entry| {
                row.push_bind(entry.id)
                    .push_bind(entry.shipment_id.uuid())
                    .push_bind(entry.store_id.uuid())
                    .push_bind(&entry.carrier)
                    .push_bind(&entry.raw)
                    .push_bind(&entry.status)
                    .push_bind(entry.occurred_at)
                    .push_bind(&entry.note)
                    .push_bind(entry.collected)
                    .push_bind(entry.heard_by.as_str())
                    .push_bind(entry.heard_at);
            });
            builder.push(
                " ON CONFLICT (shipment_id, raw, occurred_at) DO UPDATE SET collected = excluded.collected
                WHERE shipment_entries.collected IS NULL AND excluded.collected IS NOT NULL",
            );
            builder.build().execute(connection).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(kept)
}

/// Each thing once: no statement takes one twice. Of two the one that says more is kept.
fn once(entries: &[ShipmentEntry]) -> Vec<&ShipmentEntry> {
    let mut once: BTreeMap<(ShipmentId, &str, Time), &ShipmentEntry> = BTreeMap::new();
    for entry in entries {
        let kept = once.entry((entry.shipment_id, &entry.raw, entry.occurred_at)).or_insert(entry);
        if kept.collected.is_none() {
            *kept = entry;
        }
    }
    once.into_values().collect()
}

/// Everything that was told of a shipment that is locked, in the order in which it happened.
pub async fn of_locked(tx: &mut Tx, shipment: ShipmentId) -> Result<Vec<ShipmentEntry>> {
    let sql = format!("SELECT {COLUMNS} FROM shipment_entries WHERE shipment_id = $1 ORDER BY occurred_at, id");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(shipment.uuid())
        .fetch_all(connection)
        .await)?)
}

/// The same, for reading.
pub async fn of_shipment(db: &Db, shipment: ShipmentId) -> Result<Vec<ShipmentEntry>> {
    let sql = format!("SELECT {COLUMNS} FROM shipment_entries WHERE shipment_id = $1 ORDER BY occurred_at, id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(shipment.uuid()).fetch_all(pool).await)?)
}

/// Every word of a carrier's with what it was read as, and how often.
pub async fn words(db: &Db, carrier: &str) -> Result<Vec<(String, Option<String>, i64)>> {
    const SQL: &str = "SELECT raw, status, COUNT(*) FROM shipment_entries WHERE carrier = $1 AND heard_by <> 'answer'
        GROUP BY raw, status ORDER BY raw, status";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(carrier).fetch_all(pool).await)?)
}

/// The shipments of which a carrier told a word that was read so, after one of them.
pub async fn told_of(
    db: &Db,
    carrier: &str,
    raw: &str,
    status: Option<&str>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>> {
    const SQL: &str = "SELECT DISTINCT shipment_id FROM shipment_entries
        WHERE carrier = $1 AND raw = $2 AND heard_by <> 'answer' AND shipment_id > $4
            AND (status = $3 OR (status IS NULL AND $3 IS NULL))
        ORDER BY shipment_id LIMIT $5";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL)
        .bind(carrier)
        .bind(raw)
        .bind(status)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// Reads a word of a carrier's anew, wherever it told it of a shipment that is locked.
pub async fn reread(
    tx: &mut Tx,
    shipment: ShipmentId,
    carrier: &str,
    raw: &str,
    status: Option<ShipmentStatus>,
) -> Result<()> {
    const SQL: &str = "UPDATE shipment_entries SET status = $4
        WHERE shipment_id = $1 AND carrier = $2 AND raw = $3 AND heard_by <> 'answer'";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(shipment.uuid())
        .bind(carrier)
        .bind(raw)
        .bind(status.map(ShipmentStatus::as_str))
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}
