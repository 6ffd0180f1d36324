//! The table `wallet_services`: money out of a merchant's wallet account. Of those that have not failed, a reference is one.

use schemas::payment::ReviewReason;
use schemas::service::{ServiceKind, ServiceStatus};
use schemas::{AccountId, Currency, Money, ServiceId, StoreId};
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx};

/// One bill, top-up or transfer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WalletService {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: ServiceId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// The account that pays.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// Who serves it.
    pub provider: String,
    /// What is paid for.
    #[sqlx(try_from = "String")]
    pub kind: ServiceKind,
    /// The store's own name for it.
    pub reference: String,
    /// Ours on the wire, never reused.
    pub wire_reference: String,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// Whom and what it is for, sealed.
    pub subject: Vec<u8>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: ServiceStatus,
    /// The log row of the one call that may have moved the money.
    pub intent_id: Uuid,
    /// The provider's id of it.
    pub provider_reference: Option<String>,
    /// The provider's own last word.
    pub provider_message: Option<String>,
    /// Why a person must decide.
    pub review_reason: Option<String>,
    /// A person's proof, sealed.
    pub evidence: Option<Vec<u8>>,
    /// Questions since nobody knows, or since the provider has been at it.
    pub asks: i32,
    /// When the provider was last asked.
    pub asked_at: Option<Time>,
    /// Since when nobody knows.
    pub unknown_since: Option<Time>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed for whoever reads it: a question in vain changes nothing.
    pub updated_at: Time,
}

impl WalletService {
    /// What it pays.
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Why a person must decide.
    pub fn review(&self) -> Option<ReviewReason> {
        self.review_reason.as_deref().and_then(|reason| reason.parse().ok())
    }

    /// Whether its end is not known yet.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, ServiceStatus::Processing | ServiceStatus::NeedsReview)
    }
}

const COLUMNS: &str =
    "id, store_id, livemode, account_id, provider, kind, reference, wire_reference, amount, currency, subject, status,
    intent_id, provider_reference, provider_message, review_reason, evidence, asks, asked_at, unknown_since, version,
    created_at, updated_at";

/// Adds a service, unless its reference is held; answers whether it was added.
pub async fn insert(tx: &mut Tx, service: &WalletService) -> Result<bool> {
    const SQL: &str = "INSERT INTO wallet_services (id, store_id, livemode, account_id, provider, kind, reference,
            wire_reference, amount, currency, subject, status, intent_id, asks, unknown_since, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (store_id, livemode, reference) WHERE status <> 'failed' DO NOTHING";
    let added = on!(tx, |connection| sqlx::query(SQL)
        .bind(service.id.uuid())
        .bind(service.store_id.uuid())
        .bind(service.livemode)
        .bind(service.account_id.uuid())
        .bind(&service.provider)
        .bind(service.kind.as_str())
        .bind(&service.reference)
        .bind(&service.wire_reference)
        .bind(service.amount)
        .bind(service.currency.code())
        .bind(&service.subject)
        .bind(service.status.as_str())
        .bind(service.intent_id)
        .bind(service.asks)
        .bind(service.unknown_since)
        .bind(service.created_at)
        .bind(service.updated_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

/// The service that holds a reference.
pub async fn holding(tx: &mut Tx, store: StoreId, livemode: bool, reference: &str) -> Result<Option<WalletService>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM wallet_services
        WHERE store_id = $1 AND livemode = $2 AND reference = $3 AND status <> 'failed'"
    );
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .bind(reference)
        .fetch_optional(connection)
        .await)?)
}

/// One service of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: ServiceId) -> Result<Option<WalletService>> {
    let sql = format!("SELECT {COLUMNS} FROM wallet_services WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One service, for work of our own.
pub async fn by_id(db: &Db, id: ServiceId) -> Result<Option<WalletService>> {
    let sql = format!("SELECT {COLUMNS} FROM wallet_services WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// One service as it now is, under a lock that ends with the transaction. Whoever takes its task too takes that first.
pub async fn lock(tx: &mut Tx, id: ServiceId) -> Result<Option<WalletService>> {
    const LOCK: &str = "UPDATE wallet_services SET version = version WHERE id = $1";
    on!(tx, |connection| sqlx::query(LOCK).bind(id.uuid()).execute(connection).await.map(drop))?;
    let sql = format!("SELECT {COLUMNS} FROM wallet_services WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, service: &mut WalletService) -> Result<bool> {
    const SQL: &str = "UPDATE wallet_services SET status = $3, provider_reference = $4, provider_message = $5,
            review_reason = $6, evidence = $7, asks = $8, asked_at = $9, unknown_since = $10, updated_at = $11,
            version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(service.id.uuid())
        .bind(service.version)
        .bind(service.status.as_str())
        .bind(&service.provider_reference)
        .bind(&service.provider_message)
        .bind(&service.review_reason)
        .bind(&service.evidence)
        .bind(service.asks)
        .bind(service.asked_at)
        .bind(service.unknown_since)
        .bind(service.updated_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    service.version += 1;
    Ok(changed == 1)
}

/// What a list of services is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The store's own name.
    pub reference: Option<String>,
    /// Where they stand.
    pub status: Option<ServiceStatus>,
    /// What is paid for.
    pub kind: Option<ServiceKind>,
    /// Older than this one.
    pub before: Option<ServiceId>,
    /// How many at the most.
    pub limit: i64,
}

/// The services of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<WalletService>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM wallet_services WHERE store_id = "));
        builder.push_bind(store.uuid()).push(" AND livemode = ").push_bind(livemode);
        if let Some(reference) = &filter.reference {
            builder.push(" AND reference = ").push_bind(reference);
        }
        if let Some(status) = filter.status {
            builder.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(kind) = filter.kind {
            builder.push(" AND kind = ").push_bind(kind.as_str());
        }
        if let Some(before) = filter.before {
            builder.push(" AND id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}
