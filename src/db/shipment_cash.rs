//! The cash of `shipments`: what carriers collected, what they handed over, and what they owe.

use schemas::shipping::ShipmentStatus;
use schemas::{Currency, Money, RemittanceId, ShipmentId, StoreId};
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx};

/// Parameters in one statement.
const TOGETHER: usize = 1_000;

/// Whose parcels: a store's in one mode.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The store.
    pub store: StoreId,
    /// Whether they are real ones.
    pub livemode: bool,
}

/// A parcel, as far as its cash goes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Parcel {
    /// The shipment.
    #[sqlx(try_from = "Uuid")]
    pub id: ShipmentId,
    /// The store's own name for it.
    pub reference: String,
    /// Who carries it.
    pub carrier: String,
    /// The carrier's number.
    pub carrier_number: Option<String>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: ShipmentStatus,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// What was to be collected, in minor units.
    pub cash: Option<i64>,
    /// When it was collected, or else delivered.
    pub collected_at: Time,
    /// The remittance that hands it over, or that tells of it as missing.
    pub remittance_id: Option<Uuid>,
    /// What was handed over; none where nothing was.
    pub remitted: Option<i64>,
    /// Since when nothing is owed for it.
    pub cash_settled_at: Option<Time>,
}

impl Parcel {
    /// What was to be collected.
    pub fn cash(&self) -> Option<Money> {
        self.cash.map(|minor| Money::new(minor, self.currency))
    }
}

/// When the cash of a shipment was collected: as the carrier says, else when it was delivered.
const COLLECTED_AT: &str = "COALESCE(collected_at, status_at, updated_at)";

/// Whether a store has had any parcel carried by a carrier.
pub async fn carries(db: &Db, owner: Owner, carrier: &str) -> Result<bool> {
    const SQL: &str = "SELECT id FROM shipments WHERE store_id = $1 AND livemode = $2 AND carrier = $3 LIMIT 1";
    let found: Option<Uuid> = read!(db, |pool| sqlx::query_scalar(SQL)
        .bind(owner.store.uuid())
        .bind(owner.livemode)
        .bind(carrier)
        .fetch_optional(pool)
        .await)?;
    Ok(found.is_some())
}

/// The shipments that carry one of these numbers.
pub async fn numbered(tx: &mut Tx, owner: Owner, numbers: &[&str]) -> Result<Vec<Uuid>> {
    let found = named(tx, owner, "SELECT id, carrier_number FROM shipments", "carrier_number", numbers).await?;
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

/// The shipments that the store has given one of these names.
pub async fn referenced(tx: &mut Tx, owner: Owner, references: &[&str]) -> Result<Vec<Uuid>> {
    let found = named(tx, owner, "SELECT id, reference FROM shipments", "reference", references).await?;
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

/// The shipments that were booked by one of these references of ours on the wire, with them.
pub async fn booked_by(tx: &mut Tx, owner: Owner, references: &[&str]) -> Result<Vec<(Uuid, String)>> {
    named(tx, owner, "SELECT shipment_id, reference FROM bookings", "reference", references).await
}

async fn named(tx: &mut Tx, owner: Owner, select: &str, column: &str, names: &[&str]) -> Result<Vec<(Uuid, String)>> {
    let mut found = Vec::new();
    for names in names.chunks(TOGETHER) {
        let some: Vec<(Uuid, String)> = on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(format!("{select} WHERE store_id = "));
            builder.push_bind(owner.store.uuid()).push(" AND livemode = ").push_bind(owner.livemode);
            builder.push(format!(" AND {column} IN ("));
            let mut list = builder.separated(", ");
            for name in names {
                list.push_bind(*name);
            }
            builder.push(")").build_query_as().fetch_all(connection).await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// The parcels whose cash a carrier was to hand over by now and that no remittance tells of, and those that this one has told
/// of as missing.
pub async fn due(
    tx: &mut Tx,
    owner: Owner,
    (carrier, currency): (&str, Currency),
    collected_before: Time,
    remittance: RemittanceId,
) -> Result<Vec<Uuid>> {
    let sql = format!(
        "SELECT id FROM shipments WHERE store_id = $1 AND livemode = $2 AND carrier = $3 AND currency = $4
            AND status = 'delivered' AND cash IS NOT NULL AND cash_settled_at IS NULL AND remittance_id IS NULL
            AND {COLLECTED_AT} < $5
        UNION SELECT id FROM shipments WHERE remittance_id = $6 AND remitted IS NULL"
    );
    Ok(on!(tx, |connection| sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(owner.store.uuid())
        .bind(owner.livemode)
        .bind(carrier)
        .bind(currency.code())
        .bind(collected_before)
        .bind(remittance.uuid())
        .fetch_all(connection)
        .await)?)
}

/// These parcels as they now are; nobody else changes them until the transaction ends. Whoever locks several does so in the
/// order of their ids.
pub async fn lock(tx: &mut Tx, ids: &mut [Uuid]) -> Result<Vec<Parcel>> {
    ids.sort_unstable();
    let lock = if matches!(tx, Tx::Postgres(_)) { " FOR UPDATE" } else { "" };
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(TOGETHER) {
        let some: Vec<Parcel> = on!(tx, |connection| {
            let mut builder = sqlx::QueryBuilder::new(format!(
                "SELECT id, reference, carrier, carrier_number, status, currency, cash, {COLLECTED_AT} AS collected_at,
                    remittance_id, remitted, cash_settled_at
                FROM shipments WHERE id IN ("
            ));
            let mut list = builder.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            builder.push(format!(") ORDER BY id{lock}")).build_query_as().fetch_all(connection).await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// Has parcels stand where the lines of a remittance put them, for a transaction that has locked them: what a line hands over
/// is handed over, and what one tells of as missing is told of. Nothing is owed any more where as much came as was due.
pub async fn take_lines(tx: &mut Tx, remittance: RemittanceId, now: Time) -> Result<()> {
    const HANDED_OVER: &str = "UPDATE shipments SET remittance_id = $1, remitted = line.amount,
            cash_settled_at = CASE WHEN line.amount >= shipments.cash THEN COALESCE(shipments.cash_settled_at, $2)
                ELSE shipments.cash_settled_at END
        FROM remittance_lines line
        WHERE line.remittance_id = $1 AND line.shipment_id = shipments.id AND NOT line.superseded AND line.amount > 0
            AND line.outcome IN ('matched', 'amount_differs', 'not_delivered')
            AND (shipments.remitted IS NULL OR shipments.remitted <> line.amount OR shipments.remittance_id <> $1)";
    const FORGOTTEN: &str = "UPDATE shipments SET remittance_id = NULL
        WHERE remittance_id = $1 AND remitted IS NULL AND NOT EXISTS (
            SELECT 1 FROM remittance_lines line WHERE line.remittance_id = $1 AND line.shipment_id = shipments.id
                AND line.outcome = 'missing' AND NOT line.superseded)";
    const MISSING: &str = "UPDATE shipments SET remittance_id = $1 FROM remittance_lines line
        WHERE line.remittance_id = $1 AND line.shipment_id = shipments.id AND NOT line.superseded
            AND line.outcome = 'missing' AND shipments.remittance_id IS NULL";
    on!(tx, |connection| sqlx::query(HANDED_OVER)
        .bind(remittance.uuid())
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    for sql in [FORGOTTEN, MISSING] {
        on!(tx, |connection| sqlx::query(sql).bind(remittance.uuid()).execute(connection).await.map(drop))?;
    }
    Ok(())
}

/// Nothing is owed for a parcel any more: a person has decided so.
pub async fn settle(tx: &mut Tx, shipment: Uuid, now: Time) -> Result<()> {
    const SQL: &str = "UPDATE shipments SET cash_settled_at = $2 WHERE id = $1 AND cash_settled_at IS NULL";
    on!(tx, |connection| sqlx::query(SQL).bind(shipment).bind(now).execute(connection).await.map(drop))?;
    Ok(())
}

/// What a carrier owes in one currency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Owed {
    /// Who.
    pub carrier: String,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// How many parcels.
    pub shipments: i64,
    /// How much, in minor units.
    pub amount: i64,
    /// Those that were collected before a moment.
    pub overdue_shipments: i64,
    /// How much of the amount that is.
    pub overdue_amount: i64,
    /// When the oldest was collected.
    pub oldest_at: Time,
}

/// What each carrier owes a store: what it says that it collected (else what it was to collect), less what it handed over of
/// that.
pub async fn owed(db: &Db, owner: Owner, overdue_before: Time) -> Result<Vec<Owed>> {
    let sql = format!(
        "SELECT carrier, currency, COUNT(*) AS shipments, CAST(SUM(amount) AS BIGINT) AS amount,
            CAST(SUM(CASE WHEN since < $3 THEN 1 ELSE 0 END) AS BIGINT) AS overdue_shipments,
            CAST(SUM(CASE WHEN since < $3 THEN amount ELSE 0 END) AS BIGINT) AS overdue_amount, MIN(since) AS oldest_at
        FROM (SELECT carrier, currency, {COLLECTED_AT} AS since,
                CASE WHEN remitted IS NULL THEN COALESCE(collected, cash) ELSE cash - remitted END AS amount
            FROM shipments WHERE store_id = $1 AND livemode = $2 AND status = 'delivered' AND cash IS NOT NULL
                AND cash_settled_at IS NULL) open
        GROUP BY carrier, currency ORDER BY carrier, currency"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(owner.store.uuid())
        .bind(owner.livemode)
        .bind(overdue_before)
        .fetch_all(pool)
        .await)?)
}
