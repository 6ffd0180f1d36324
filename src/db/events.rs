//! The table `events`: what happened to a resource, numbered from 1, appended in the transaction of the change.

use schemas::{EventId, StoreId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// One event.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Event {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: EventId,
    /// Whose resource it happened to.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// `payment.paid`, …
    pub name: String,
    /// Of the event's schema.
    pub version: i32,
    /// What it happened to.
    pub resource_id: Uuid,
    /// From 1, without gaps.
    pub sequence: i64,
    /// By the event's schema.
    pub data: Json<Value>,
    /// When.
    pub created_at: Time,
}

const COLUMNS: &str = "id, store_id, livemode, name, version, resource_id, sequence, data, created_at";

/// Adds the first events of new resources.
pub async fn insert_first(tx: &mut Tx, events: &[&Event]) -> Result<()> {
    on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(format!("INSERT INTO events ({COLUMNS}) "));
        builder.push_values(events, |mut row, event| {
            row.push_bind(event.id.uuid())
                .push_bind(event.store_id.uuid())
                .push_bind(event.livemode)
                .push_bind(&event.name)
                .push_bind(event.version)
                .push_bind(event.resource_id)
                .push_bind(1_i64)
                .push_bind(&event.data)
                .push_bind(event.created_at);
        });
        builder.build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// Appends one event under the next number. The caller's change of the resource's version keeps others away.
pub async fn append(tx: &mut Tx, event: &Event) -> Result<()> {
    const SQL: &str =
        "INSERT INTO events (id, store_id, livemode, name, version, resource_id, sequence, data, created_at)
        SELECT $1, $2, $3, $4, $5, $6, COALESCE(MAX(sequence), 0) + 1, $7, $8 FROM events WHERE resource_id = $6";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(event.id.uuid())
        .bind(event.store_id.uuid())
        .bind(event.livemode)
        .bind(&event.name)
        .bind(event.version)
        .bind(event.resource_id)
        .bind(&event.data)
        .bind(event.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// The events of a resource, in order.
pub async fn of_resource(db: &Db, resource: Uuid) -> Result<Vec<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE resource_id = $1 ORDER BY sequence");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(resource).fetch_all(pool).await)?)
}
