//! The table `shipment_changes`: acting calls on a booked shipment. One is under way at a time.

use schemas::{ShipmentId, StoreId};
use uuid::Uuid;

use super::backend::on;
use super::{Result, Time, Tx};

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
    /// `cancel` or `return`.
    pub kind: String,
    /// `unknown`, `done`, `refused`.
    pub status: String,
    /// The log row of the one call that may have done it.
    pub intent_id: Uuid,
    /// The carrier's own last word.
    pub message: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// Adds a change that is about to leave. Another one under way is in the way of it: `shipment_changes_one_open`.
pub async fn insert(tx: &mut Tx, change: &ShipmentChange) -> Result<()> {
    const SQL: &str = "INSERT INTO shipment_changes (id, shipment_id, store_id, kind, status, intent_id, message,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(change.id)
        .bind(change.shipment_id.uuid())
        .bind(change.store_id.uuid())
        .bind(&change.kind)
        .bind(&change.status)
        .bind(change.intent_id)
        .bind(&change.message)
        .bind(change.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// What became of a change that was under way; whether it still was.
pub async fn end(tx: &mut Tx, id: Uuid, status: &str, message: Option<&str>, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE shipment_changes SET status = $2, message = $3, updated_at = $4
        WHERE id = $1 AND status = 'unknown'";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(id)
        .bind(status)
        .bind(message)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// The change of a shipment that is under way.
pub async fn open(tx: &mut Tx, shipment: ShipmentId) -> Result<Option<ShipmentChange>> {
    const SQL: &str = "SELECT id, shipment_id, store_id, kind, status, intent_id, message, created_at, updated_at
        FROM shipment_changes WHERE shipment_id = $1 AND status = 'unknown'";
    Ok(on!(tx, |connection| sqlx::query_as(SQL).bind(shipment.uuid()).fetch_optional(connection).await)?)
}

/// Whether a change of this kind may have been carried out.
pub async fn was_asked_for(tx: &mut Tx, shipment: ShipmentId, kind: &str) -> Result<bool> {
    const SQL: &str =
        "SELECT COUNT(*) FROM shipment_changes WHERE shipment_id = $1 AND kind = $2 AND status <> 'refused'";
    let found: i64 =
        on!(tx, |connection| sqlx::query_scalar(SQL).bind(shipment.uuid()).bind(kind).fetch_one(connection).await)?;
    Ok(found > 0)
}
