//! The table `bookings`: every try to have a shipment booked. Of those that were not refused, a shipment has one.

use schemas::{AccountId, BookingId, ShipmentId, StoreId, words};
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

words! {
    /// Where a booking stands.
    BookingStatus {
        /// It may have left, and nobody knows what became of it.
        Unknown = "unknown",
        /// The carrier has it.
        Booked = "booked",
        /// It has certainly booked nothing.
        Refused = "refused",
    }
}

/// One try.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Booking {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: BookingId,
    /// What is to be booked.
    #[sqlx(try_from = "Uuid")]
    pub shipment_id: ShipmentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether it is a real one.
    pub livemode: bool,
    /// By whom.
    pub carrier: String,
    /// By which service.
    pub service: String,
    /// By which account.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// Ours on the wire, never reused.
    pub reference: String,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: BookingStatus,
    /// The log row of the one call that may have booked it; none before it leaves.
    pub intent_id: Option<Uuid>,
    /// When that call left.
    pub left_at: Option<Time>,
    /// The carrier's number.
    pub carrier_number: Option<String>,
    /// What the carrier's calls name it by.
    pub carrier_id: Option<String>,
    /// Minor units.
    pub cost: Option<i64>,
    /// The carrier's own last word, or what went wrong.
    pub message: Option<String>,
    /// Questions since nobody knows.
    pub asks: i32,
    /// When the carrier was last asked.
    pub asked_at: Option<Time>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

const COLUMNS: &str = "id, shipment_id, store_id, livemode, carrier, service, account_id, reference, status, intent_id,
    left_at, carrier_number, carrier_id, cost, message, asks, asked_at, version, created_at, updated_at";

/// Adds a try that has not left yet. Another one that stands is in the way of it: `bookings_one_standing`.
pub async fn insert(tx: &mut Tx, booking: &Booking) -> Result<()> {
    const SQL: &str =
        "INSERT INTO bookings (id, shipment_id, store_id, livemode, carrier, service, account_id, reference,
            status, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(booking.id.uuid())
        .bind(booking.shipment_id.uuid())
        .bind(booking.store_id.uuid())
        .bind(booking.livemode)
        .bind(&booking.carrier)
        .bind(&booking.service)
        .bind(booking.account_id.uuid())
        .bind(&booking.reference)
        .bind(booking.status.as_str())
        .bind(booking.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// The try is about to leave: whether it still was to. `after` is the call of it that certainly did not arrive, where there
/// was one.
pub async fn leave(tx: &mut Tx, booking: BookingId, intent: Uuid, after: Option<Uuid>, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE bookings SET intent_id = $2, left_at = $3, updated_at = $3, version = version + 1
        WHERE id = $1 AND status = 'unknown' AND (intent_id = $4 OR (intent_id IS NULL AND $4 IS NULL))";
    let left = on!(tx, |connection| sqlx::query(SQL)
        .bind(booking.uuid())
        .bind(intent)
        .bind(now)
        .bind(after)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(left == 1)
}

/// One try as it now is. Its shipment is locked by whoever changes it.
pub async fn get(tx: &mut Tx, id: BookingId) -> Result<Option<Booking>> {
    let sql = format!("SELECT {COLUMNS} FROM bookings WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// One try, for work of our own.
pub async fn by_id(db: &Db, id: BookingId) -> Result<Option<Booking>> {
    let sql = format!("SELECT {COLUMNS} FROM bookings WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// The try of a wire reference.
pub async fn by_reference(db: &Db, reference: &str) -> Result<Option<Booking>> {
    let sql = format!("SELECT {COLUMNS} FROM bookings WHERE reference = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(reference).fetch_optional(pool).await)?)
}

/// Every try of a shipment, the oldest first.
pub async fn of_shipment(db: &Db, shipment: ShipmentId) -> Result<Vec<Booking>> {
    let sql = format!("SELECT {COLUMNS} FROM bookings WHERE shipment_id = $1 ORDER BY id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(shipment.uuid()).fetch_all(pool).await)?)
}

/// The same, in the transaction that has its shipment locked.
pub async fn of_locked(tx: &mut Tx, shipment: ShipmentId) -> Result<Vec<Booking>> {
    let sql = format!("SELECT {COLUMNS} FROM bookings WHERE shipment_id = $1 ORDER BY id");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(shipment.uuid())
        .fetch_all(connection)
        .await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, booking: &mut Booking) -> Result<bool> {
    const SQL: &str = "UPDATE bookings SET status = $3, carrier_number = $4, carrier_id = $5, cost = $6, message = $7,
            asks = $8, asked_at = $9, updated_at = $10, version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(booking.id.uuid())
        .bind(booking.version)
        .bind(booking.status.as_str())
        .bind(&booking.carrier_number)
        .bind(&booking.carrier_id)
        .bind(booking.cost)
        .bind(&booking.message)
        .bind(booking.asks)
        .bind(booking.asked_at)
        .bind(booking.updated_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    booking.version += 1;
    Ok(changed == 1)
}
