//! The table `endpoints`: where a store is notified, for which events, and how.

use schemas::{EndpointId, StoreId};
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// An address that a store is notified at.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Endpoint {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: EndpointId,
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Test and live are apart.
    pub livemode: bool,
    /// `https://…`, `amqps://…`, `nats://…`
    pub url: String,
    /// For people.
    pub description: Option<String>,
    /// Names of events, or `*`.
    pub events: Json<Vec<String>>,
    /// Sealed.
    pub secret: Vec<u8>,
    /// Sealed: the one before, while both sign.
    pub old_secret: Option<Vec<u8>>,
    /// Until when it signs as well.
    pub old_secret_until: Option<Time>,
    /// `short` or `standard`.
    pub schedule: String,
    /// Its share among the store's weighted endpoints, of which each notification reaches one.
    pub weight: Option<i32>,
    /// Deliveries a second at the most, of each process.
    pub rate: Option<i32>,
    /// Made for a bare URL: no event goes there by itself.
    pub implicit: bool,
    /// Since when nothing is sent there.
    pub disabled_at: Option<Time>,
    /// `owner`, `gone` or `failing`.
    pub disabled_reason: Option<String>,
    /// Since when it is no more; its deliveries stay.
    pub deleted_at: Option<Time>,
    /// Counts up with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Endpoint {
    /// Whether anything is sent there.
    pub fn is_open(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }

    /// Whether it wants an event.
    pub fn wants(&self, event: &str) -> bool {
        !self.implicit && self.events.iter().any(|name| name == "*" || name == event)
    }
}

const COLUMNS: &str =
    "id, store_id, livemode, url, description, events, secret, old_secret, old_secret_until, schedule,
    weight, rate, implicit, disabled_at, disabled_reason, deleted_at, version, created_at, updated_at";

/// Adds an endpoint with its health; `false` where an implicit one of the same URL is there already.
pub async fn insert(tx: &mut Tx, endpoint: &Endpoint) -> Result<bool> {
    const SQL: &str =
        "INSERT INTO endpoints (id, store_id, livemode, url, description, events, secret, schedule, weight,
        rate, implicit, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        ON CONFLICT DO NOTHING";
    const HEALTH: &str = "INSERT INTO endpoint_health (endpoint_id, recent) VALUES ($1, $2)";
    let added = on!(tx, |connection| sqlx::query(SQL)
        .bind(endpoint.id.uuid())
        .bind(endpoint.store_id.uuid())
        .bind(endpoint.livemode)
        .bind(&endpoint.url)
        .bind(&endpoint.description)
        .bind(&endpoint.events)
        .bind(&endpoint.secret)
        .bind(&endpoint.schedule)
        .bind(endpoint.weight)
        .bind(endpoint.rate)
        .bind(endpoint.implicit)
        .bind(endpoint.created_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if added == 0 {
        return Ok(false);
    }
    if !endpoint.implicit {
        turn_page(tx, endpoint.store_id, endpoint.livemode).await?;
    }
    let none: &[u8] = &[];
    on!(tx, |connection| sqlx::query(HEALTH).bind(endpoint.id.uuid()).bind(none).execute(connection).await.map(drop))?;
    Ok(true)
}

/// Writes what can change, if nobody else has meanwhile.
pub async fn update(tx: &mut Tx, endpoint: &mut Endpoint, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE endpoints SET url = $3, description = $4, events = $5, secret = $6, old_secret = $7,
        old_secret_until = $8, schedule = $9, weight = $10, rate = $11, disabled_at = $12, disabled_reason = $13,
        deleted_at = $14, updated_at = $15, version = version + 1 WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(endpoint.id.uuid())
        .bind(endpoint.version)
        .bind(&endpoint.url)
        .bind(&endpoint.description)
        .bind(&endpoint.events)
        .bind(&endpoint.secret)
        .bind(&endpoint.old_secret)
        .bind(endpoint.old_secret_until)
        .bind(&endpoint.schedule)
        .bind(endpoint.weight)
        .bind(endpoint.rate)
        .bind(endpoint.disabled_at)
        .bind(&endpoint.disabled_reason)
        .bind(endpoint.deleted_at)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 {
        endpoint.version += 1;
        endpoint.updated_at = now;
        turn_page(tx, endpoint.store_id, endpoint.livemode).await?;
    }
    Ok(changed == 1)
}

/// Sends nothing there any more, whatever else has changed meanwhile; `false` where that was so already.
pub async fn disable(tx: &mut Tx, id: EndpointId, reason: &str, now: Time) -> Result<bool> {
    const SQL: &str =
        "UPDATE endpoints SET disabled_at = $2, disabled_reason = $3, updated_at = $2, version = version + 1
        WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS NULL RETURNING store_id, livemode";
    let changed: Option<(Uuid, bool)> = on!(tx, |connection| sqlx::query_as(SQL)
        .bind(id.uuid())
        .bind(now)
        .bind(reason)
        .fetch_optional(connection)
        .await)?;
    let Some((store, livemode)) = changed else { return Ok(false) };
    turn_page(tx, store.into(), livemode).await?;
    Ok(true)
}

/// The endpoints of a store have changed.
async fn turn_page(tx: &mut Tx, store: StoreId, livemode: bool) -> Result<()> {
    const SQL: &str = "INSERT INTO endpoint_books (store_id, livemode, version) VALUES ($1, $2, 1)
        ON CONFLICT (store_id, livemode) DO UPDATE SET version = endpoint_books.version + 1";
    on!(tx, |connection| sqlx::query(SQL).bind(store.uuid()).bind(livemode).execute(connection).await.map(drop))?;
    Ok(())
}

/// How often the endpoints of a store have changed.
pub async fn version(db: &Db, store: StoreId, livemode: bool) -> Result<i64> {
    const SQL: &str = "SELECT version FROM endpoint_books WHERE store_id = $1 AND livemode = $2";
    let version =
        read!(db, |pool| sqlx::query_scalar(SQL).bind(store.uuid()).bind(livemode).fetch_optional(pool).await)?;
    Ok(version.unwrap_or(0))
}

/// One endpoint, a deleted one too.
pub async fn by_id(db: &Db, id: EndpointId) -> Result<Option<Endpoint>> {
    let sql = format!("SELECT {COLUMNS} FROM endpoints WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// Some endpoints, deleted ones too.
pub async fn by_ids(db: &Db, ids: &[EndpointId]) -> Result<Vec<Endpoint>> {
    let mut found = Vec::with_capacity(ids.len());
    // SQLite takes 32 766 parameters in a statement.
    for ids in ids.chunks(10_000) {
        let some: Vec<Endpoint> = read!(db, |pool| {
            let mut builder = sqlx::QueryBuilder::new("SELECT ");
            builder.push(COLUMNS).push(" FROM endpoints WHERE id IN (");
            let mut list = builder.separated(", ");
            for id in ids {
                list.push_bind(id.uuid());
            }
            builder.push(")").build_query_as().fetch_all(pool).await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// The endpoints of a store that are not deleted, oldest first.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool) -> Result<Vec<Endpoint>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM endpoints WHERE store_id = $1 AND livemode = $2 AND deleted_at IS NULL ORDER BY id"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .fetch_all(pool)
        .await)?)
}

/// The endpoints that a store has made itself and not deleted, oldest first.
pub async fn made_by_store(db: &Db, store: StoreId, livemode: bool) -> Result<Vec<Endpoint>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM endpoints WHERE store_id = $1 AND livemode = $2 AND NOT implicit AND deleted_at IS NULL
        ORDER BY id"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .fetch_all(pool)
        .await)?)
}

/// The endpoints of a URL, of one store or of all.
pub async fn of_url(db: &Db, store: Option<StoreId>, livemode: bool, url: &str) -> Result<Vec<Endpoint>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM endpoints WHERE (store_id = $1 OR $1 IS NULL) AND livemode = $2 AND url = $3
        AND deleted_at IS NULL ORDER BY implicit DESC, id"
    );
    let store = store.map(StoreId::uuid);
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store)
        .bind(livemode)
        .bind(url)
        .fetch_all(pool)
        .await)?)
}

/// The endpoint that was made for a bare URL.
pub async fn implicit(db: &Db, store: StoreId, livemode: bool, url: &str) -> Result<Option<Endpoint>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM endpoints WHERE store_id = $1 AND livemode = $2 AND url = $3 AND implicit
        AND deleted_at IS NULL"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .bind(url)
        .fetch_optional(pool)
        .await)?)
}

/// All endpoints, of one store or of all, a page at a time by number; and how many there are.
pub async fn page(
    db: &Db,
    store: Option<StoreId>,
    livemode: bool,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Endpoint>, i64)> {
    const WHERE: &str = "FROM endpoints WHERE (store_id = $1 OR $1 IS NULL) AND livemode = $2 AND deleted_at IS NULL";
    let rows = format!("SELECT {COLUMNS} {WHERE} ORDER BY id LIMIT $3 OFFSET $4");
    let count = format!("SELECT COUNT(*) {WHERE}");
    let store = store.map(StoreId::uuid);
    let rows = read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(rows))
        .bind(store)
        .bind(livemode)
        .bind(limit)
        .bind(offset)
        .fetch_all(pool)
        .await)?;
    let count = read!(db, |pool| sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .bind(store)
        .bind(livemode)
        .fetch_one(pool)
        .await)?;
    Ok((rows, count))
}

/// Which of these stores, by mode, want to hear of an event at all.
pub async fn subscribed(tx: &mut Tx, stores: &[(StoreId, bool)]) -> Result<Vec<(Uuid, bool)>> {
    if stores.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(
            "SELECT DISTINCT store_id, livemode FROM endpoints WHERE NOT implicit AND deleted_at IS NULL
            AND disabled_at IS NULL AND (store_id, livemode) IN (",
        );
        builder.push_values(stores, |mut row, (store, livemode)| {
            row.push_bind(store.uuid()).push_bind(*livemode);
        });
        builder.push(")").build_query_as().fetch_all(connection).await
    })?)
}
