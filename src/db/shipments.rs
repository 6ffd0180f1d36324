//! The table `shipments`: parcels that one carrier brings to one place. Of those that were carried, a reference is one.

use schemas::shipping::{BookingFallback, ShipmentReview, ShipmentStatus};
use schemas::{AccountId, Currency, Money, ShipmentId, StoreId};
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx};

/// One shipment.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Shipment {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: ShipmentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether it is a real one.
    pub livemode: bool,
    /// The store's own name for it.
    pub reference: String,
    /// Who carries it, or was tried last.
    pub carrier: String,
    /// By which service.
    pub service: String,
    /// By which account.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// What happens where a carrier certainly has booked nothing.
    #[sqlx(try_from = "String")]
    pub fallback: BookingFallback,
    /// Who was to carry it and did not.
    pub fallback_from: Option<String>,
    /// The carrier's number.
    pub carrier_number: Option<String>,
    /// What the carrier's calls name it by.
    pub carrier_id: Option<String>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: ShipmentStatus,
    /// The carrier's own word for that.
    pub raw_status: Option<String>,
    /// When that was, by the carrier's clock.
    pub status_at: Option<Time>,
    /// Minor units.
    pub cost: Option<i64>,
    /// ISO 4217, of cost and cash.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// What the driver collects, in minor units.
    pub cash: Option<i64>,
    /// What the carrier says that its driver has collected.
    pub collected: Option<i64>,
    /// When.
    pub collected_at: Option<Time>,
    /// When it is to arrive, not before.
    pub eta_from: Option<Time>,
    /// And at the latest.
    pub eta_to: Option<Time>,
    /// Id of the gazetteer.
    pub origin_city: String,
    /// Id of the gazetteer.
    pub destination_city: String,
    /// Parcels.
    pub pieces: i32,
    /// Together.
    pub grams: i64,
    /// Addresses, parcels and notes, sealed.
    pub subject: Vec<u8>,
    /// Why a person must decide.
    pub review_reason: Option<String>,
    /// Who could carry it, where it has failed.
    pub alternatives: Json<Vec<String>>,
    /// A person's proof, sealed.
    pub evidence: Option<Vec<u8>>,
    /// Polls since anything new was told.
    pub tracks: i32,
    /// When the carrier was last asked.
    pub tracked_at: Option<Time>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed for whoever reads it.
    pub updated_at: Time,
}

impl Shipment {
    /// What the driver collects.
    pub fn cash(&self) -> Option<Money> {
        self.cash.map(|minor| Money::new(minor, self.currency))
    }

    /// What the carrier asks.
    pub fn cost(&self) -> Option<Money> {
        self.cost.map(|minor| Money::new(minor, self.currency))
    }

    /// Why a person must decide.
    pub fn review(&self) -> Option<ShipmentReview> {
        self.review_reason.as_deref().and_then(|reason| reason.parse().ok())
    }
}

const COLUMNS: &str = "id, store_id, livemode, reference, carrier, service, account_id, fallback, fallback_from,
    carrier_number, carrier_id, status, raw_status, status_at, cost, currency, cash, collected, collected_at, eta_from,
    eta_to, origin_city, destination_city, pieces, grams, subject, review_reason, alternatives, evidence, tracks,
    tracked_at, version, created_at, updated_at";

/// Adds a shipment, unless its reference is held; answers whether it was added.
pub async fn insert(tx: &mut Tx, shipment: &Shipment) -> Result<bool> {
    const SQL: &str =
        "INSERT INTO shipments (id, store_id, livemode, reference, carrier, service, account_id, fallback,
            fallback_from, status, cost, currency, cash, eta_from, eta_to, origin_city, destination_city, pieces, grams,
            subject, alternatives, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22)
        ON CONFLICT (store_id, livemode, reference) WHERE status NOT IN ('failed', 'cancelled') DO NOTHING";
    let added = on!(tx, |connection| sqlx::query(SQL)
        .bind(shipment.id.uuid())
        .bind(shipment.store_id.uuid())
        .bind(shipment.livemode)
        .bind(&shipment.reference)
        .bind(&shipment.carrier)
        .bind(&shipment.service)
        .bind(shipment.account_id.uuid())
        .bind(shipment.fallback.as_str())
        .bind(&shipment.fallback_from)
        .bind(shipment.status.as_str())
        .bind(shipment.cost)
        .bind(shipment.currency.code())
        .bind(shipment.cash)
        .bind(shipment.eta_from)
        .bind(shipment.eta_to)
        .bind(&shipment.origin_city)
        .bind(&shipment.destination_city)
        .bind(shipment.pieces)
        .bind(shipment.grams)
        .bind(&shipment.subject)
        .bind(&shipment.alternatives)
        .bind(shipment.created_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

/// The shipment that holds a reference.
pub async fn holding(tx: &mut Tx, store: StoreId, livemode: bool, reference: &str) -> Result<Option<Shipment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM shipments
        WHERE store_id = $1 AND livemode = $2 AND reference = $3 AND status NOT IN ('failed', 'cancelled')"
    );
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .bind(reference)
        .fetch_optional(connection)
        .await)?)
}

/// One shipment of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: ShipmentId) -> Result<Option<Shipment>> {
    let sql = format!("SELECT {COLUMNS} FROM shipments WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One shipment, for work of our own.
pub async fn by_id(db: &Db, id: ShipmentId) -> Result<Option<Shipment>> {
    let sql = format!("SELECT {COLUMNS} FROM shipments WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// Shipments by their ids, for work of our own.
pub async fn by_ids(db: &Db, ids: &[ShipmentId]) -> Result<Vec<Shipment>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM shipments WHERE id IN "));
        builder.push_tuples(ids, |mut row, id| {
            row.push_bind(id.uuid());
        });
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// The shipments of an account that carry one of these numbers.
pub async fn by_numbers(db: &Db, account: AccountId, numbers: &[&str]) -> Result<Vec<Shipment>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM shipments WHERE account_id = "));
        builder.push_bind(account.uuid()).push(" AND carrier_number IN ");
        builder.push_tuples(numbers, |mut row, number| {
            row.push_bind(*number);
        });
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// One shipment as it now is, under a lock that ends with the transaction. Whoever takes its task too takes that first.
pub async fn lock(tx: &mut Tx, id: ShipmentId) -> Result<Option<Shipment>> {
    const LOCK: &str = "UPDATE shipments SET version = version WHERE id = $1";
    on!(tx, |connection| sqlx::query(LOCK).bind(id.uuid()).execute(connection).await.map(drop))?;
    let sql = format!("SELECT {COLUMNS} FROM shipments WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, shipment: &mut Shipment) -> Result<bool> {
    const SQL: &str = "UPDATE shipments SET carrier = $3, service = $4, account_id = $5, fallback_from = $6,
            carrier_number = $7, carrier_id = $8, status = $9, raw_status = $10, status_at = $11, cost = $12,
            collected = $13, collected_at = $14, eta_from = $15, eta_to = $16, review_reason = $17, alternatives = $18,
            evidence = $19, tracks = $20, tracked_at = $21, updated_at = $22, version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(shipment.id.uuid())
        .bind(shipment.version)
        .bind(&shipment.carrier)
        .bind(&shipment.service)
        .bind(shipment.account_id.uuid())
        .bind(&shipment.fallback_from)
        .bind(&shipment.carrier_number)
        .bind(&shipment.carrier_id)
        .bind(shipment.status.as_str())
        .bind(&shipment.raw_status)
        .bind(shipment.status_at)
        .bind(shipment.cost)
        .bind(shipment.collected)
        .bind(shipment.collected_at)
        .bind(shipment.eta_from)
        .bind(shipment.eta_to)
        .bind(&shipment.review_reason)
        .bind(&shipment.alternatives)
        .bind(&shipment.evidence)
        .bind(shipment.tracks)
        .bind(shipment.tracked_at)
        .bind(shipment.updated_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    shipment.version += 1;
    Ok(changed == 1)
}

/// What a carrier has of what a store had booked between two moments, in that order.
pub async fn booked(
    db: &Db,
    store: StoreId,
    livemode: bool,
    carrier: &str,
    between: (Time, Time),
    limit: i64,
) -> Result<Vec<Shipment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM shipments
        WHERE store_id = $1 AND livemode = $2 AND carrier = $3 AND carrier_number IS NOT NULL
            AND status NOT IN ('pending', 'unknown', 'failed', 'cancelled')
            AND id IN (SELECT shipment_id FROM bookings WHERE status = 'booked'
                AND COALESCE(left_at, created_at) >= $4 AND COALESCE(left_at, created_at) < $5)
        ORDER BY id LIMIT $6"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .bind(carrier)
        .bind(between.0)
        .bind(between.1)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// What a list of shipments is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The store's own name.
    pub reference: Option<String>,
    /// Where they stand.
    pub status: Option<ShipmentStatus>,
    /// Who carries them.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub number: Option<String>,
    /// Made from then on.
    pub from: Option<Time>,
    /// Made before then.
    pub to: Option<Time>,
    /// Older than this one.
    pub before: Option<ShipmentId>,
    /// How many at the most.
    pub limit: i64,
}

/// The shipments of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<Shipment>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM shipments WHERE store_id = "));
        builder.push_bind(store.uuid()).push(" AND livemode = ").push_bind(livemode);
        if let Some(reference) = &filter.reference {
            builder.push(" AND reference = ").push_bind(reference);
        }
        if let Some(status) = filter.status {
            builder.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(carrier) = &filter.carrier {
            builder.push(" AND carrier = ").push_bind(carrier);
        }
        if let Some(number) = &filter.number {
            builder.push(" AND carrier_number = ").push_bind(number);
        }
        if let Some(from) = filter.from {
            builder.push(" AND created_at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            builder.push(" AND created_at < ").push_bind(to);
        }
        if let Some(before) = filter.before {
            builder.push(" AND id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}
