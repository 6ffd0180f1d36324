//! The table `delivery_attempts`: every try to deliver a notification, and figures drawn from them.

use schemas::{DeliveryId, EndpointId, NotificationId, StoreId};
use uuid::Uuid;

use super::backend::{Backend, read, write};
use super::{Db, Result, Time, Tx, postgres, sqlite};

/// One try.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryAttempt {
    /// Ours.
    pub id: Uuid,
    /// Of which delivery.
    #[sqlx(try_from = "Uuid")]
    pub delivery_id: DeliveryId,
    /// Of which notification.
    #[sqlx(try_from = "Uuid")]
    pub notification_id: NotificationId,
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Test and live are apart.
    pub livemode: bool,
    /// Where it went.
    #[sqlx(try_from = "Uuid")]
    pub endpoint_id: EndpointId,
    /// From 1.
    pub number: i32,
    /// What had happened.
    pub event: String,
    /// The store's own number.
    pub order_no: Option<String>,
    /// Whether it arrived.
    pub succeeded: bool,
    /// Why not, in a word that can be counted.
    pub reason: Option<String>,
    /// What was answered.
    pub response_status: Option<i32>,
    /// The answer, its first 16 KiB.
    pub response_body: Option<String>,
    /// Why not, for people.
    pub error: Option<String>,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// When it began.
    pub started_at: Time,
}

const COLUMNS: &str = "id, delivery_id, notification_id, store_id, livemode, endpoint_id, number, event, order_no,
    succeeded, reason, response_status, response_body, error, duration_us, started_at";

/// Adds tries.
pub async fn insert(tx: &mut Tx, attempts: &[&DeliveryAttempt]) -> Result<()> {
    match tx {
        Tx::Postgres(transaction) => postgres::notify::insert_attempts(transaction, attempts).await,
        Tx::Sqlite(transaction) => sqlite::notify::insert_attempts(transaction, attempts).await,
    }
}

/// The tries of one notification, in order.
pub async fn of_notification(db: &Db, id: NotificationId) -> Result<Vec<DeliveryAttempt>> {
    let sql = format!("SELECT {COLUMNS} FROM delivery_attempts WHERE notification_id = $1 ORDER BY id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_all(pool).await)?)
}

/// Whose tries, and which.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one store; `None` is all.
    pub store: Option<StoreId>,
    /// Test or live.
    pub livemode: bool,
    /// Of one endpoint.
    pub endpoint: Option<EndpointId>,
    /// Of these notifications.
    pub notifications: Option<Vec<NotificationId>>,
    /// Only those that arrived, or only the others.
    pub succeeded: Option<bool>,
    /// Begun since.
    pub from: Option<Time>,
    /// Begun before.
    pub to: Option<Time>,
}

macro_rules! push_filter {
    ($builder:expr, $filter:expr) => {
        $builder.push(" FROM delivery_attempts WHERE livemode = ").push_bind($filter.livemode);
        if let Some(store) = $filter.store {
            $builder.push(" AND store_id = ").push_bind(store.uuid());
        }
        if let Some(endpoint) = $filter.endpoint {
            $builder.push(" AND endpoint_id = ").push_bind(endpoint.uuid());
        }
        if let Some(notifications) = &$filter.notifications {
            // Of none is none.
            $builder.push(" AND notification_id IN (NULL");
            for id in notifications {
                $builder.push(", ").push_bind(id.uuid());
            }
            $builder.push(")");
        }
        if let Some(succeeded) = $filter.succeeded {
            $builder.push(" AND succeeded = ").push_bind(succeeded);
        }
        if let Some(from) = $filter.from {
            $builder.push(" AND started_at >= ").push_bind(from);
        }
        if let Some(to) = $filter.to {
            $builder.push(" AND started_at < ").push_bind(to);
        }
    };
}

/// A page of tries, newest first, and how many there are in all.
pub async fn page(db: &Db, filter: &Filter, limit: i64, offset: i64) -> Result<(Vec<DeliveryAttempt>, i64)> {
    let rows = read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(COLUMNS);
        push_filter!(builder, filter);
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(limit).push(" OFFSET ").push_bind(offset);
        builder.build_query_as().fetch_all(pool).await
    })?;
    let count = read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT COUNT(*)");
        push_filter!(builder, filter);
        builder.build_query_scalar().fetch_one(pool).await
    })?;
    Ok((rows, count))
}

/// How many tries there were, how many arrived, and how long they took on the whole, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Totals {
    /// Tries.
    pub tries: i64,
    /// Those that arrived.
    pub succeeded: i64,
    /// Microseconds of all together.
    pub duration_us: i64,
}

/// The totals of some tries.
pub async fn totals(db: &Db, filter: &Filter) -> Result<Totals> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(
            "SELECT COUNT(*) AS tries, COUNT(CASE WHEN succeeded THEN 1 END) AS succeeded,
            CAST(COALESCE(SUM(duration_us), 0) AS BIGINT) AS duration_us",
        );
        push_filter!(builder, filter);
        builder.build_query_as().fetch_one(pool).await
    })?)
}

/// The duration, in microseconds, that so many tries of the sorted list are not above; `None` where there are fewer.
pub async fn nth_duration(db: &Db, filter: &Filter, place: i64) -> Result<Option<i64>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT duration_us");
        push_filter!(builder, filter);
        builder.push(" ORDER BY duration_us LIMIT 1 OFFSET ").push_bind(place);
        builder.build_query_scalar().fetch_optional(pool).await
    })?)
}

/// Tries of one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Stretch {
    /// Which one, counted from 1970.
    pub number: i64,
    /// Tries.
    pub tries: i64,
    /// Those that arrived.
    pub succeeded: i64,
}

/// The tries of each stretch of so many seconds that has any, in order.
pub async fn trend(db: &Db, filter: &Filter, seconds: i64) -> Result<Vec<Stretch>> {
    let number = match &db.0 {
        Backend::Postgres(_) => format!("CAST(FLOOR(EXTRACT(EPOCH FROM started_at) / {seconds}) AS BIGINT)"),
        Backend::Sqlite { .. } => format!("started_at / {}", seconds * 1_000_000),
    };
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(&number).push(" AS number, COUNT(*) AS tries, COUNT(CASE WHEN succeeded THEN 1 END) AS succeeded");
        push_filter!(builder, filter);
        builder.push(" GROUP BY 1 ORDER BY 1").build_query_as().fetch_all(pool).await
    })?)
}

/// Why tries failed, and how often, the most frequent first.
pub async fn reasons(db: &Db, filter: &Filter) -> Result<Vec<(String, i64)>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT COALESCE(reason, 'unknown'), COUNT(*)");
        push_filter!(builder, filter);
        builder.push(" AND NOT succeeded GROUP BY 1 ORDER BY 2 DESC, 1").build_query_as().fetch_all(pool).await
    })?)
}

/// Forgets notifications made before a time that nobody delivers any more, with their deliveries and tries; answers how
/// many tries went. A store's own, or all.
pub async fn prune(db: &Db, store: Option<StoreId>, livemode: Option<bool>, before: Time) -> Result<u64> {
    // By the ids, which tell the time: the rest of the table is not read.
    const ATTEMPTS: &str = "DELETE FROM delivery_attempts WHERE id IN (SELECT id FROM delivery_attempts
        WHERE id < $1 AND (store_id = $2 OR $2 IS NULL) AND (livemode = $3 OR $3 IS NULL) ORDER BY id LIMIT 1000)";
    const DELIVERIES: &str = "DELETE FROM deliveries WHERE status <> 'pending' AND id IN (SELECT id FROM deliveries
        WHERE id < $1 AND status <> 'pending' AND (store_id = $2 OR $2 IS NULL)
        AND (livemode = $3 OR $3 IS NULL) ORDER BY id LIMIT 1000)";
    const NOTIFICATIONS: &str = "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications
        WHERE id < $1 AND (store_id = $2 OR $2 IS NULL) AND (livemode = $3 OR $3 IS NULL)
        AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id) ORDER BY id LIMIT 1000)";
    let mut pruned = 0;
    for sql in [ATTEMPTS, DELIVERIES, NOTIFICATIONS] {
        loop {
            let batch = write!(db, |pool| sqlx::query(sql)
                .bind(before.first_id())
                .bind(store.map(StoreId::uuid))
                .bind(livemode)
                .execute(pool)
                .await
                .map(|done| done.rows_affected()))?;
            pruned += if sql == ATTEMPTS { batch } else { 0 };
            if batch == 0 {
                break;
            }
        }
    }
    Ok(pruned)
}
