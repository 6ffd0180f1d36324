//! The table `shipment_changes`: acting calls on a booked shipment. One is under way at a time.

use schemas::shipping::{ShipmentChangeKind, ShipmentChangeStatus};
use schemas::{ShipmentId, StoreId};
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// One change.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ShipmentChange {
    /// Ours.
    pub id: Uuid,
    /// Of what.
    #[sqlx(try_from = "Uuid")]
    pub shipment_id: ShipmentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// What is to be done.
    #[sqlx(try_from = "String")]
    pub kind: ShipmentChangeKind,
    /// What became of it.
    #[sqlx(try_from = "String")]
    pub status: ShipmentChangeStatus,
    /// The log row of the one call that may have done it.
    pub intent_id: Uuid,
    /// The carrier's own last word, or what went wrong.
    pub message: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

const COLUMNS: &str = "id, shipment_id, store_id, kind, status, intent_id, message, created_at, updated_at";

/// Adds a change that is about to leave. Another one under way is in the way of it: `shipment_changes_one_open`.
pub async fn insert(tx: &mut Tx, change: &ShipmentChange) -> Result<()> {
    const SQL: &str = "INSERT INTO shipment_changes (id, shipment_id, store_id, kind, status, intent_id, message,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(change.id)
        .bind(change.shipment_id.uuid())
        .bind(change.store_id.uuid())
        .bind(change.kind.as_str())
        .bind(change.status.as_str())
        .bind(change.intent_id)
        .bind(&change.message)
        .bind(change.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// A change is about to leave once more, as its call before certainly did not arrive; whether it still was to.
pub async fn leave_again(tx: &mut Tx, id: Uuid, after: Uuid, intent: Uuid, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE shipment_changes SET intent_id = $3, updated_at = $4
        WHERE id = $1 AND intent_id = $2 AND status = 'unknown'";
    let left = on!(tx, |connection| sqlx::query(SQL)
        .bind(id)
        .bind(after)
        .bind(intent)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(left == 1)
}

/// What is known of a change that was under way; whether it still was. One whose end is known stays as it is.
pub async fn learn(
    tx: &mut Tx,
    id: Uuid,
    status: ShipmentChangeStatus,
    message: Option<&str>,
    now: Time,
) -> Result<bool> {
    const SQL: &str = "UPDATE shipment_changes SET status = $2, message = $3, updated_at = $4
        WHERE id = $1 AND status = 'unknown'";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(id)
        .bind(status.as_str())
        .bind(message)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// The change of a shipment that is under way.
pub async fn open(tx: &mut Tx, shipment: ShipmentId) -> Result<Option<ShipmentChange>> {
    let sql = format!("SELECT {COLUMNS} FROM shipment_changes WHERE shipment_id = $1 AND status = 'unknown'");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(shipment.uuid())
        .fetch_optional(connection)
        .await)?)
}

/// One change.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<ShipmentChange>> {
    let sql = format!("SELECT {COLUMNS} FROM shipment_changes WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await)?)
}

/// The last change of a shipment.
pub async fn last(db: &Db, shipment: ShipmentId) -> Result<Option<ShipmentChange>> {
    let sql = format!("SELECT {COLUMNS} FROM shipment_changes WHERE shipment_id = $1 ORDER BY id DESC LIMIT 1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(shipment.uuid()).fetch_optional(pool).await)?)
}

/// Whether a change of this kind may have been carried out.
pub async fn was_asked_for(tx: &mut Tx, shipment: ShipmentId, kind: ShipmentChangeKind) -> Result<bool> {
    const SQL: &str =
        "SELECT COUNT(*) FROM shipment_changes WHERE shipment_id = $1 AND kind = $2 AND status <> 'refused'";
    let found: i64 = on!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(shipment.uuid())
        .bind(kind.as_str())
        .fetch_one(connection)
        .await)?;
    Ok(found > 0)
}
