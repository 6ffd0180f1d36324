//! The tables `incident_notices` and `incident_consents`: whose customers are told of an incident, once.

use schemas::{PaymentId, StoreId};
use uuid::Uuid;

use super::backend::{on, read, write};
use super::incidents::Incident;
use super::{Db, Result, Time, Tx};

/// What a store wants its customers told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// Whether they are told by themselves.
    pub customers: bool,
    /// Of one incident, at the most.
    pub most: i32,
}

/// A payment that waits for a service that fails.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Whose customer it is.
    #[sqlx(try_from = "Uuid", rename = "store_id")]
    pub store: StoreId,
    /// The payment.
    #[sqlx(try_from = "Uuid", rename = "payment_id")]
    pub payment: PaymentId,
    /// How it is paid.
    pub method: String,
}

/// The payments that wait for the service of an incident, of attempts that were begun since a moment.
pub async fn waiting(
    tx: &mut Tx,
    incident: &Incident,
    store: Option<StoreId>,
    since: Time,
    most: i64,
) -> Result<Vec<Waiting>> {
    // An attempt's id begins with its time: only the latest end of the primary key is read.
    const SQL: &str = "SELECT a.store_id, a.payment_id, a.method FROM attempts a
        JOIN provider_accounts p ON p.id = a.account_id JOIN account_health h ON h.account_id = a.account_id
        WHERE h.verdict IN ('unhealthy', 'degraded') AND a.id >= $1 AND a.status IN ('open', 'unknown') AND p.integration_id = $2 AND p.livemode = $3
            AND ($4 IS NULL OR a.store_id = $4)
        ORDER BY a.id LIMIT $5";
    Ok(on!(tx, |connection| sqlx::query_as(SQL)
        .bind(since.first_id())
        .bind(incident.integration_id)
        .bind(incident.livemode)
        .bind(store.map(Uuid::from))
        .bind(most)
        .fetch_all(connection)
        .await)?)
}

/// Counts a payment's customer as told; `false` where they were already.
pub async fn insert(tx: &mut Tx, incident: Uuid, waiting: &Waiting, now: Time) -> Result<bool> {
    const SQL: &str = "INSERT INTO incident_notices (incident_id, store_id, payment_id, created_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let inserted = on!(tx, |connection| sqlx::query(SQL)
        .bind(incident)
        .bind(waiting.store.uuid())
        .bind(waiting.payment.uuid())
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// How many of a store's customers have been told of an incident.
pub async fn told(db: &Db, incident: Uuid, store: StoreId) -> Result<usize> {
    const SQL: &str = "SELECT COUNT(*) FROM incident_notices WHERE incident_id = $1 AND store_id = $2";
    let told: i64 = read!(db, |pool| sqlx::query_scalar(SQL).bind(incident).bind(store.uuid()).fetch_one(pool).await)?;
    Ok(usize::try_from(told).unwrap_or(0))
}

/// What a store wants; nothing, until it has said so.
pub async fn consent(db: &Db, store: StoreId) -> Result<Consent> {
    const SQL: &str = "SELECT customers, most FROM incident_consents WHERE store_id = $1";
    let consent = read!(db, |pool| sqlx::query_as(SQL).bind(store.uuid()).fetch_optional(pool).await)?;
    Ok(consent.unwrap_or_default())
}

/// Every store that has consented, and to how many.
pub async fn consents(tx: &mut Tx) -> Result<Vec<(StoreId, i32)>> {
    const SQL: &str = "SELECT store_id, most FROM incident_consents WHERE customers ORDER BY store_id";
    let rows: Vec<(Uuid, i32)> = on!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    Ok(rows.into_iter().map(|(store, most)| (store.into(), most)).collect())
}

/// Keeps what a store wants.
pub async fn set_consent(db: &Db, store: StoreId, consent: Consent, now: Time) -> Result<()> {
    const SQL: &str = "INSERT INTO incident_consents (store_id, customers, most, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (store_id) DO UPDATE SET customers = excluded.customers, most = excluded.most,
            updated_at = excluded.updated_at";
    write!(db, |pool| sqlx::query(SQL)
        .bind(store.uuid())
        .bind(consent.customers)
        .bind(consent.most)
        .bind(now)
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}
