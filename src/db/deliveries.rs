//! The table `deliveries`: one notification to one endpoint, until it arrived or was given up.

use schemas::{DeliveryId, EndpointId, NotificationId, StoreId};
use uuid::Uuid;

use super::backend::{Backend, on, read};
use super::endpoints::Endpoint;
use super::{Db, Result, Time, Tx, postgres, sqlite};

/// One notification to one endpoint.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Delivery {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: DeliveryId,
    /// What is delivered.
    #[sqlx(try_from = "Uuid")]
    pub notification_id: NotificationId,
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Test and live are apart.
    pub livemode: bool,
    /// Where it goes now.
    #[sqlx(try_from = "Uuid")]
    pub endpoint_id: EndpointId,
    /// Whether another weighted endpoint may take it over.
    pub shared: bool,
    /// `pending`, `success` or `failed`.
    pub status: String,
    /// Tries so far.
    pub attempts: i32,
    /// What was answered last.
    pub last_status: Option<i32>,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_attempt_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

const COLUMNS: &str = "id, notification_id, store_id, livemode, endpoint_id, shared, status, attempts, last_status,
    last_error, next_attempt_at, created_at, updated_at";

/// A delivery with what it carries: what a worker needs of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Load {
    /// The delivery.
    pub id: Uuid,
    /// The notification.
    #[sqlx(try_from = "Uuid")]
    pub notification_id: NotificationId,
    /// `pending`, …
    pub status: String,
    /// Tries so far.
    pub attempts: i32,
    /// Whether another weighted endpoint may take it over.
    pub shared: bool,
    /// What has happened.
    pub event: String,
    /// The store's own number.
    pub order_no: Option<String>,
    /// The body.
    pub payload: String,
}

pub(super) const LOAD: &str =
    "SELECT deliveries.id, notification_id, status, attempts, shared, event, order_no, payload
    FROM deliveries JOIN notifications ON notifications.id = notification_id WHERE deliveries.id ";

/// What some deliveries carry.
pub async fn load(db: &Db, ids: &[DeliveryId]) -> Result<Vec<Load>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match &db.0 {
        Backend::Postgres(pool) => postgres::notify::load(pool, ids).await,
        Backend::Sqlite { readers, .. } => sqlite::notify::load(readers, ids).await,
    }
}

/// How a delivery stands after a try.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The delivery.
    pub id: DeliveryId,
    /// Where it goes from now on.
    pub endpoint_id: EndpointId,
    /// `pending`, `success` or `failed`.
    pub status: &'static str,
    /// Tries so far, where there was one just now.
    pub attempts: Option<i32>,
    /// What was answered.
    pub last_status: Option<i32>,
    /// Why it failed.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_attempt_at: Option<Time>,
    /// Now.
    pub at: Time,
}

/// Writes how deliveries stand.
pub async fn update(tx: &mut Tx, stands: &[&Stand]) -> Result<()> {
    if stands.is_empty() {
        return Ok(());
    }
    match tx {
        Tx::Postgres(transaction) => postgres::notify::update_deliveries(transaction, stands).await,
        Tx::Sqlite(transaction) => sqlite::notify::update_deliveries(transaction, stands).await,
    }
}

/// The deliveries of some notifications.
pub async fn of_notifications(db: &Db, ids: &[NotificationId]) -> Result<Vec<Delivery>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(COLUMNS).push(" FROM deliveries WHERE notification_id IN (");
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(") ORDER BY id").build_query_as().fetch_all(pool).await
    })?)
}

/// A delivery with the names that people know it by.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Named {
    /// The delivery.
    #[sqlx(try_from = "Uuid")]
    pub id: DeliveryId,
    /// The store's own number.
    pub order_no: Option<String>,
    /// What has happened.
    pub event: String,
    /// Where it goes.
    pub url: String,
    /// Tries so far.
    pub attempts: i32,
    /// What was answered last.
    pub last_status: Option<i32>,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_attempt_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
}

const NAMED: &str = "SELECT deliveries.id, order_no, event, url, deliveries.attempts, last_status, last_error,
    next_attempt_at, deliveries.created_at FROM deliveries JOIN notifications ON notifications.id = notification_id
    JOIN endpoints ON endpoints.id = endpoint_id";

/// Some deliveries by name.
pub async fn named(db: &Db, ids: &[DeliveryId]) -> Result<Vec<Named>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(NAMED);
        builder.push(" WHERE deliveries.id IN (");
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(")").build_query_as().fetch_all(pool).await
    })?)
}

/// The deliveries of some notifications that wait, by name, the longest due first.
pub async fn waiting_of(db: &Db, ids: &[NotificationId]) -> Result<Vec<Named>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(NAMED);
        builder.push(" WHERE status = 'pending' AND notification_id IN (");
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(") ORDER BY next_attempt_at, deliveries.id").build_query_as().fetch_all(pool).await
    })?)
}

/// Which given-up deliveries.
#[derive(Debug, Clone, Copy)]
pub struct GivenUp {
    /// Whose.
    pub store: StoreId,
    /// Test or live.
    pub livemode: bool,
    /// Of one endpoint; `None` is all of the store's that are open.
    pub endpoint: Option<EndpointId>,
    /// Made since.
    pub since: Time,
    /// After this one.
    pub after: Option<DeliveryId>,
}

/// Deliveries that were given up, oldest first.
pub async fn given_up(tx: &mut Tx, wanted: &GivenUp, limit: i64) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries WHERE endpoint_id IN (
            SELECT id FROM endpoints WHERE store_id = $1 AND livemode = $2 AND (id = $3 OR $3 IS NULL)
            AND deleted_at IS NULL AND disabled_at IS NULL
        ) AND status = 'failed' AND id > $4 ORDER BY id LIMIT $5"
    );
    let after = wanted.after.map_or(wanted.since.first_id(), DeliveryId::uuid);
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(wanted.store.uuid())
        .bind(wanted.livemode)
        .bind(wanted.endpoint.map(EndpointId::uuid))
        .bind(after)
        .bind(limit)
        .fetch_all(connection)
        .await)?)
}

/// Deliveries are to be tried again from the start: they are pending and have used up nothing.
pub async fn reopen(tx: &mut Tx, ids: &[DeliveryId], now: Time) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder =
            sqlx::QueryBuilder::new("UPDATE deliveries SET status = 'pending', attempts = 0, next_attempt_at = ");
        builder.push_bind(now).push(", updated_at = ").push_bind(now).push(" WHERE status <> 'pending' AND id IN (");
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(")").build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// Adds deliveries of notifications that are there to one endpoint.
pub async fn insert_all(
    tx: &mut Tx,
    endpoint: &Endpoint,
    rows: &[(DeliveryId, NotificationId)],
    now: Time,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(
            "INSERT INTO deliveries (id, notification_id, store_id, livemode, endpoint_id, shared, status, next_attempt_at,
            created_at, updated_at) ",
        );
        builder.push_values(rows, |mut row, (id, notification)| {
            row.push_bind(id.uuid())
                .push_bind(notification.uuid())
                .push_bind(endpoint.store_id.uuid())
                .push_bind(endpoint.livemode)
                .push_bind(endpoint.id.uuid())
                .push_bind(endpoint.weight.is_some())
                .push_bind("pending")
                .push_bind(now)
                .push_bind(now)
                .push_bind(now);
        });
        builder.build().execute(connection).await.map(drop)
    })?;
    Ok(())
}
