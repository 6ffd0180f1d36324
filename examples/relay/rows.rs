//! What the database holds afterwards, read beside the gateways and not through them.
#![expect(clippy::disallowed_methods, reason = "the rows are the evidence: nobody else may tell what is in them")]

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use jisr::db::Time;
use schemas::NotificationId;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

/// The database of a run.
pub enum Rows {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// One notification to one merchant.
#[derive(Debug)]
pub struct Delivery {
    pub id: String,
    pub url: String,
    pub status: String,
    pub attempts: i32,
}

/// A try that was written down.
#[derive(Debug, Clone)]
pub struct Try {
    pub succeeded: bool,
    pub started_at: Timestamp,
    pub took: Duration,
}

/// A task that somebody has claimed, and until when.
pub struct Claim {
    pub kind: String,
    pub key: String,
    pub until: Timestamp,
}

/// Some counts.
#[derive(Debug)]
pub struct Counts {
    pub notifications: i64,
    pub keys: i64,
    pub endpoints: i64,
    pub urls: i64,
    pub buried: i64,
}

/// Runs one text of SQL on either database.
macro_rules! all {
    ($rows:expr, $sql:expr) => {
        match $rows {
            Rows::Postgres(pool) => sqlx::query_as($sql).fetch_all(pool).await,
            Rows::Sqlite(pool) => sqlx::query_as($sql).fetch_all(pool).await,
        }
    };
}

impl Rows {
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        if url.starts_with("sqlite:") {
            let options: SqliteConnectOptions = url.parse()?;
            return Ok(Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?));
        }
        Ok(Self::Postgres(PgPoolOptions::new().max_connections(1).connect(url).await?))
    }

    /// Deliveries that somebody still has to do.
    pub async fn waiting(&self) -> Result<i64, sqlx::Error> {
        const SQL: &str = "SELECT COUNT(*) FROM tasks WHERE kind = 'notification.deliver'";
        let rows: Vec<(i64,)> = all!(self, SQL)?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// Every claim.
    pub async fn claims(&self) -> Result<Vec<Claim>, sqlx::Error> {
        const SQL: &str = "SELECT kind, key, leased_until FROM tasks WHERE leased_until IS NOT NULL";
        let rows: Vec<(String, String, Time)> = all!(self, SQL)?;
        Ok(rows.into_iter().map(|(kind, key, until)| Claim { kind, key, until: until.timestamp() }).collect())
    }

    pub async fn counts(&self) -> Result<Counts, sqlx::Error> {
        const SQL: &str = "SELECT (SELECT COUNT(*) FROM notifications),
            (SELECT COUNT(*) FROM idempotency_keys WHERE route = 'POST /v1/notifications'),
            (SELECT COUNT(*) FROM endpoints), (SELECT COUNT(DISTINCT url) FROM endpoints),
            (SELECT COUNT(*) FROM tasks WHERE buried_at IS NOT NULL)";
        let rows: Vec<(i64, i64, i64, i64, i64)> = all!(self, SQL)?;
        let (notifications, keys, endpoints, urls, buried) = rows.into_iter().next().unwrap_or_default();
        Ok(Counts { notifications, keys, endpoints, urls, buried })
    }

    pub async fn deliveries(&self) -> Result<Vec<Delivery>, sqlx::Error> {
        const SQL: &str = "SELECT notification_id, url, status, attempts FROM deliveries
            JOIN endpoints ON endpoints.id = endpoint_id";
        let rows: Vec<(Uuid, String, String, i32)> = all!(self, SQL)?;
        let delivery = |(id, url, status, attempts)| Delivery { id: named(id), url, status, attempts };
        Ok(rows.into_iter().map(delivery).collect())
    }

    /// Every try by its notification.
    pub async fn tries(&self) -> Result<HashMap<String, Vec<Try>>, sqlx::Error> {
        const SQL: &str =
            "SELECT notification_id, succeeded, started_at, duration_us FROM delivery_attempts ORDER BY started_at";
        let rows: Vec<(Uuid, bool, Time, i64)> = all!(self, SQL)?;
        let mut tries: HashMap<String, Vec<Try>> = HashMap::new();
        for (id, succeeded, started_at, micros) in rows {
            let took = Duration::from_micros(u64::try_from(micros).unwrap_or_default());
            tries.entry(named(id)).or_default().push(Try { succeeded, started_at: started_at.timestamp(), took });
        }
        Ok(tries)
    }

    /// How often the server had to end two transactions that waited for each other.
    pub async fn deadlocks(&self) -> Result<i64, sqlx::Error> {
        const SQL: &str = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        match self {
            Self::Postgres(pool) => sqlx::query_scalar(SQL).fetch_one(pool).await,
            Self::Sqlite(_) => Ok(0),
        }
    }
}

/// As merchants know it.
fn named(id: Uuid) -> String {
    NotificationId::from(id).to_string()
}
