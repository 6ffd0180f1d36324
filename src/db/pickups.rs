//! The table `pickups`: a carrier's comings for parcels, each ordered once.

use schemas::shipping::PickupStatus;
use schemas::{AccountId, PickupId, ShipmentId, StoreId};
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// One pickup.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Pickup {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: PickupId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether it is a real one.
    pub livemode: bool,
    /// Who comes.
    pub carrier: String,
    /// By which account.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// Ours on the wire, never reused.
    pub reference: String,
    /// `YYYY-MM-DD` in Tripoli.
    pub day: String,
    /// What is fetched.
    pub shipments: Json<Vec<ShipmentId>>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: PickupStatus,
    /// The log row of the one call that may have ordered it.
    pub intent_id: Uuid,
    /// The carrier's own id of it.
    pub carrier_reference: Option<String>,
    /// The carrier's own last word, or what went wrong.
    pub carrier_message: Option<String>,
    /// Where it is not where the first shipment starts, sealed.
    pub address: Option<Vec<u8>>,
    /// A person's proof, sealed.
    pub evidence: Option<Vec<u8>>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

const COLUMNS: &str = "id, store_id, livemode, carrier, account_id, reference, day, shipments, status, intent_id,
    carrier_reference, carrier_message, address, evidence, version, created_at, updated_at";

/// Adds a pickup that is about to leave.
pub async fn insert(tx: &mut Tx, pickup: &Pickup) -> Result<()> {
    const SQL: &str =
        "INSERT INTO pickups (id, store_id, livemode, carrier, account_id, reference, day, shipments, status,
            intent_id, address, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(pickup.id.uuid())
        .bind(pickup.store_id.uuid())
        .bind(pickup.livemode)
        .bind(&pickup.carrier)
        .bind(pickup.account_id.uuid())
        .bind(&pickup.reference)
        .bind(&pickup.day)
        .bind(&pickup.shipments)
        .bind(pickup.status.as_str())
        .bind(pickup.intent_id)
        .bind(&pickup.address)
        .bind(pickup.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// A pickup is about to leave once more, as its call before certainly did not arrive; whether it still was to.
pub async fn leave_again(tx: &mut Tx, id: PickupId, after: Uuid, intent: Uuid, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE pickups SET intent_id = $3, updated_at = $4, version = version + 1
        WHERE id = $1 AND intent_id = $2 AND status = 'processing'";
    let left = on!(tx, |connection| sqlx::query(SQL)
        .bind(id.uuid())
        .bind(after)
        .bind(intent)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(left == 1)
}

/// One pickup of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: PickupId) -> Result<Option<Pickup>> {
    let sql = format!("SELECT {COLUMNS} FROM pickups WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One pickup, for work of our own.
pub async fn by_id(db: &Db, id: PickupId) -> Result<Option<Pickup>> {
    let sql = format!("SELECT {COLUMNS} FROM pickups WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// One pickup as it now is, under a lock that ends with the transaction. Whoever takes its task too takes that first.
pub async fn lock(tx: &mut Tx, id: PickupId) -> Result<Option<Pickup>> {
    const LOCK: &str = "UPDATE pickups SET version = version WHERE id = $1";
    on!(tx, |connection| sqlx::query(LOCK).bind(id.uuid()).execute(connection).await.map(drop))?;
    let sql = format!("SELECT {COLUMNS} FROM pickups WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// The pickups of an account from a day on that have not failed: whoever is to come.
pub async fn standing(tx: &mut Tx, store: StoreId, account: AccountId, from: &str) -> Result<Vec<Pickup>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pickups WHERE store_id = $1 AND account_id = $2 AND day >= $3 AND status <> 'failed'"
    );
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(account.uuid())
        .bind(from)
        .fetch_all(connection)
        .await)?)
}

/// Writes what can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, pickup: &mut Pickup) -> Result<bool> {
    const SQL: &str = "UPDATE pickups SET status = $3, carrier_reference = $4, carrier_message = $5, evidence = $6,
            updated_at = $7, version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(pickup.id.uuid())
        .bind(pickup.version)
        .bind(pickup.status.as_str())
        .bind(&pickup.carrier_reference)
        .bind(&pickup.carrier_message)
        .bind(&pickup.evidence)
        .bind(pickup.updated_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    pickup.version += 1;
    Ok(changed == 1)
}

/// What a list of pickups is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who comes.
    pub carrier: Option<String>,
    /// Where they stand.
    pub status: Option<PickupStatus>,
    /// Older than this one.
    pub before: Option<PickupId>,
    /// How many at the most.
    pub limit: i64,
}

/// The pickups of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<Pickup>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM pickups WHERE store_id = "));
        builder.push_bind(store.uuid()).push(" AND livemode = ").push_bind(livemode);
        if let Some(carrier) = &filter.carrier {
            builder.push(" AND carrier = ").push_bind(carrier);
        }
        if let Some(status) = filter.status {
            builder.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(before) = filter.before {
            builder.push(" AND id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}
