//! The table `refunds`. One in flight per payment, and never more than was paid: both are constraints.

use schemas::payment::{RefundStatus, RefundWay, ReviewReason};
use schemas::{AttemptId, Currency, Money, PaymentId, RefundId, StoreId};
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx};

/// One refund.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Refund {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: RefundId,
    /// What it gives back of.
    #[sqlx(try_from = "Uuid")]
    pub payment_id: PaymentId,
    /// The attempt that was paid.
    #[sqlx(try_from = "Uuid")]
    pub attempt_id: AttemptId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// For people.
    pub reason: Option<String>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: RefundStatus,
    /// How the money goes back.
    #[sqlx(try_from = "String")]
    pub way: RefundWay,
    /// Ours in the logs.
    pub wire_reference: String,
    /// The log row of the call that may have moved the money.
    pub intent_id: Option<Uuid>,
    /// The provider's id of the sale that it is taken from.
    pub provider_transaction: Option<String>,
    /// What the provider said could be refunded, before we asked it to.
    pub remaining_before: Option<i64>,
    /// Whether the provider answered our call with a no.
    pub refused: bool,
    /// The provider's own last word.
    pub provider_message: Option<String>,
    /// Why a person must decide.
    pub review_reason: Option<String>,
    /// A person's proof, sealed.
    pub evidence: Option<Vec<u8>>,
    /// The first of two persons' proof, sealed, while the second is waited for and afterwards.
    pub first_evidence: Option<Vec<u8>>,
    /// The key that handed it in.
    pub first_key: Option<Uuid>,
    /// Questions so far.
    pub asks: i32,
    /// Since when nobody knows.
    pub unknown_since: Option<Time>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Refund {
    /// What goes back.
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Why a person must decide.
    pub fn review(&self) -> Option<ReviewReason> {
        self.review_reason.as_deref().and_then(|reason| reason.parse().ok())
    }
}

const COLUMNS: &str = "id, payment_id, attempt_id, store_id, livemode, amount, currency, reason, status, way, wire_reference,
    intent_id, provider_transaction, remaining_before, refused, provider_message, review_reason, evidence, first_evidence, first_key, asks, unknown_since, version, created_at, updated_at";

/// Adds a refund; `refunds_in_flight` (or `refunds.payment_id`) is violated where one is in flight.
pub async fn insert(tx: &mut Tx, refund: &Refund) -> Result<()> {
    const SQL: &str =
        "INSERT INTO refunds (id, payment_id, attempt_id, store_id, livemode, amount, currency, reason, status,
            way, wire_reference, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(refund.id.uuid())
        .bind(refund.payment_id.uuid())
        .bind(refund.attempt_id.uuid())
        .bind(refund.store_id.uuid())
        .bind(refund.livemode)
        .bind(refund.amount)
        .bind(refund.currency.code())
        .bind(&refund.reason)
        .bind(refund.status.as_str())
        .bind(refund.way.as_str())
        .bind(&refund.wire_reference)
        .bind(refund.created_at)
        .bind(refund.updated_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// One refund of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: RefundId) -> Result<Option<Refund>> {
    let sql = format!("SELECT {COLUMNS} FROM refunds WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One refund, for work of our own.
pub async fn by_id(db: &Db, id: RefundId) -> Result<Option<Refund>> {
    let sql = format!("SELECT {COLUMNS} FROM refunds WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// One refund inside a transaction.
pub async fn in_tx(tx: &mut Tx, id: RefundId) -> Result<Option<Refund>> {
    let sql = format!("SELECT {COLUMNS} FROM refunds WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// The refunds of a payment, oldest first.
pub async fn of_payment(db: &Db, payment: PaymentId) -> Result<Vec<Refund>> {
    let sql = format!("SELECT {COLUMNS} FROM refunds WHERE payment_id = $1 ORDER BY id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(payment.uuid()).fetch_all(pool).await)?)
}

/// The refund of a payment that is in flight.
pub async fn in_flight(tx: &mut Tx, payment: PaymentId) -> Result<Option<Refund>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM refunds WHERE payment_id = $1 AND status IN ('pending', 'processing', 'needs_review')"
    );
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(payment.uuid())
        .fetch_optional(connection)
        .await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, refund: &mut Refund, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE refunds SET status = $3, intent_id = $4, remaining_before = $5, provider_message = $6,
            review_reason = $7, evidence = $8, asks = $9, unknown_since = $10, updated_at = $11, refused = $12,
            provider_transaction = $13, first_evidence = $14, first_key = $15,
            version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(refund.id.uuid())
        .bind(refund.version)
        .bind(refund.status.as_str())
        .bind(refund.intent_id)
        .bind(refund.remaining_before)
        .bind(&refund.provider_message)
        .bind(&refund.review_reason)
        .bind(&refund.evidence)
        .bind(refund.asks)
        .bind(refund.unknown_since)
        .bind(now)
        .bind(refund.refused)
        .bind(&refund.provider_transaction)
        .bind(&refund.first_evidence)
        .bind(refund.first_key)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    refund.version += 1;
    refund.updated_at = now;
    Ok(changed == 1)
}
