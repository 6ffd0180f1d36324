//! The table `events`: what happened to a resource, numbered from 1, appended in the transaction of the change.

use std::collections::BTreeSet;

use schemas::event::{EventData, EventName};
use schemas::{EventId, StoreId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{Backend, on, read};
use super::tasks::{self, Task};
use super::{Db, Result, Time, Tx, endpoints, postgres, sqlite};

/// An event that is not written yet. Its name, version and resource are those of its data.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Ours.
    pub id: EventId,
    /// Whose resource it happened to.
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// What it tells.
    pub data: EventData,
    /// When.
    pub created_at: Time,
}

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
    /// With its id, its place in the feed.
    pub epoch: i64,
}

impl Event {
    /// Its place in the feed.
    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, id: self.id }
    }
}

/// A place in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The transaction, or its place among them.
    pub epoch: i64,
    /// The event.
    pub id: EventId,
}

/// A stretch of a store's feed.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Whose.
    pub store: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// Where the last one ended; the beginning where there was none.
    pub after: Option<Position>,
    /// Only these; all of them where there are none.
    pub names: Vec<EventName>,
    /// How many at the most.
    pub limit: i64,
}

/// The kind of the tasks that bring an event to its store's endpoints; the lane is the store.
pub const PUBLISH: &str = "event.publish";

const COLUMNS: &str = "id, store_id, livemode, name, version, resource_id, sequence, data, created_at, epoch";

/// Adds the first events of new resources.
pub async fn insert_first(tx: &mut Tx, events: &[&NewEvent]) -> Result<()> {
    const INSERT: &str =
        "INSERT INTO events (id, store_id, livemode, name, version, resource_id, sequence, data, created_at) ";
    on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(INSERT);
        builder.push_values(events, |mut row, event| {
            let name = event.data.name();
            row.push_bind(event.id.uuid())
                .push_bind(event.store_id.uuid())
                .push_bind(event.livemode)
                .push_bind(name.as_str())
                .push_bind(name.version())
                .push_bind(event.data.resource())
                .push_bind(1_i64)
                .push_bind(Json(&event.data))
                .push_bind(event.created_at);
        });
        builder.build().execute(connection).await.map(drop)
    })?;
    publish(tx, events).await
}

/// Has events brought to their stores' endpoints, where a store has any; the rest costs one look a transaction.
async fn publish(tx: &mut Tx, events: &[&NewEvent]) -> Result<()> {
    let stores: BTreeSet<_> = events.iter().map(|event| (event.store_id, event.livemode)).collect();
    let subscribed = endpoints::subscribed(tx, &stores.into_iter().collect::<Vec<_>>()).await?;
    let tasks: Vec<Task> = events
        .iter()
        .filter(|event| subscribed.contains(&(event.store_id.uuid(), event.livemode)))
        .map(|event| {
            let (store, id) = (event.store_id.to_string(), event.id.to_string());
            Task::new(event.id.uuid(), PUBLISH, store, id, event.created_at)
        })
        .collect();
    tasks::insert_all(tx, &tasks.iter().collect::<Vec<_>>()).await
}

/// Appends one event under the next number. The caller's change of the resource's version keeps others away.
pub async fn append(tx: &mut Tx, event: &NewEvent) -> Result<()> {
    let name = event.data.name();
    let sql = match tx {
        Tx::Postgres(_) => postgres::events::APPEND,
        Tx::Sqlite(_) => sqlite::events::APPEND,
    };
    on!(tx, |connection| sqlx::query(sql)
        .bind(event.id.uuid())
        .bind(event.store_id.uuid())
        .bind(event.livemode)
        .bind(name.as_str())
        .bind(name.version())
        .bind(event.data.resource())
        .bind(Json(&event.data))
        .bind(event.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    publish(tx, &[event]).await
}

/// Some events.
pub async fn by_ids(db: &Db, ids: &[EventId]) -> Result<Vec<Event>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM events WHERE id IN ("));
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(")").build_query_as().fetch_all(pool).await
    })?)
}

/// The events of a resource, in order.
pub async fn of_resource(db: &Db, resource: Uuid) -> Result<Vec<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE resource_id = $1 ORDER BY sequence");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(resource).fetch_all(pool).await)?)
}

/// The place of an event in the feed of a store; another store's or mode's event has none.
pub async fn position(db: &Db, store: StoreId, livemode: bool, id: EventId) -> Result<Option<Position>> {
    const SQL: &str = "SELECT epoch FROM events WHERE id = $1 AND store_id = $2 AND livemode = $3";
    let epoch: Option<i64> = read!(db, |pool| sqlx::query_scalar(SQL)
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?;
    Ok(epoch.map(|epoch| Position { epoch, id }))
}

/// Where the feed of a store ends for now: nothing will ever come before it that is not there yet.
pub async fn end(db: &Db, store: StoreId, livemode: bool) -> Result<Option<Position>> {
    let settled = settled(db);
    let sql = format!(
        "SELECT epoch, id FROM events WHERE store_id = $1 AND livemode = $2{settled} ORDER BY epoch DESC, id DESC LIMIT 1"
    );
    let last: Option<(i64, Uuid)> = read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?;
    Ok(last.map(|(epoch, id)| Position { epoch, id: id.into() }))
}

/// A stretch of the feed, in its order. What is not shown yet stands after everything that is shown: whoever goes on from
/// the last event meets every other one, once.
pub async fn after(db: &Db, stretch: &Stretch) -> Result<Vec<Event>> {
    let settled = settled(db);
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM events WHERE store_id = "));
        builder.push_bind(stretch.store.uuid()).push(" AND livemode = ").push_bind(stretch.livemode).push(settled);
        if let Some(after) = stretch.after {
            builder.push(" AND (epoch, id) > (").push_bind(after.epoch);
            builder.push(", ").push_bind(after.id.uuid()).push(")");
        }
        if !stretch.names.is_empty() {
            let mut names = builder.push(" AND name IN (").separated(", ");
            for name in &stretch.names {
                names.push_bind(name.as_str());
            }
            builder.push(")");
        }
        builder.push(" ORDER BY epoch, id LIMIT ").push_bind(stretch.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// The condition that keeps the feed from running ahead.
fn settled(db: &Db) -> &'static str {
    match &db.0 {
        Backend::Postgres(_) => postgres::events::SETTLED,
        Backend::Sqlite { .. } => sqlite::events::SETTLED,
    }
}
