//! What we hold of a day, for settlement: attempts that were paid and refunds that succeeded, read together.

use schemas::payment::AttemptStatus;
use schemas::{AccountId, AttemptId, Currency, PaymentId, RefundId, StoreId};
use uuid::Uuid;

use super::backend::read;
use super::payments::CurrencyText;
use super::{Db, Result, Time};

/// An attempt, as far as settlement needs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SettledAttempt {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: AttemptId,
    /// What it is an attempt at.
    #[sqlx(try_from = "Uuid")]
    pub payment_id: PaymentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// The account that serves it.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// Who serves it.
    pub provider: String,
    /// By which of its routes.
    pub gateway: String,
    /// Ours on the wire.
    pub wire_reference: String,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: AttemptStatus,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// The provider's id of the sale.
    pub provider_transaction: Option<String>,
    /// When it was proved.
    pub paid_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
}

/// A refund that has succeeded.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SettledRefund {
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
    /// The reference of the attempt.
    pub wire_reference: String,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// When it was made.
    pub created_at: Time,
    /// When it was proved: nothing changes after that.
    pub updated_at: Time,
}

const ATTEMPTS: &str =
    "SELECT id, payment_id, store_id, account_id, provider, gateway, wire_reference, status, amount, currency,
    provider_transaction, paid_at, created_at FROM attempts";
const REFUNDS: &str = "SELECT r.id, r.payment_id, r.attempt_id, r.store_id, a.wire_reference, r.amount, r.currency,
    r.created_at, r.updated_at FROM refunds r JOIN attempts a ON a.id = r.attempt_id
    WHERE r.status = 'succeeded' AND r.way = 'provider'";

/// The attempts at an account that were proved in a time.
pub async fn attempts_paid(db: &Db, account: AccountId, from: Time, to: Time) -> Result<Vec<SettledAttempt>> {
    let sql = format!("{ATTEMPTS} WHERE account_id = $1 AND paid_at >= $2 AND paid_at < $3 AND status = 'paid'");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(account.uuid())
        .bind(from)
        .bind(to)
        .fetch_all(pool)
        .await)?)
}

/// The attempts of these references, at whatever account.
pub async fn attempts_named(db: &Db, references: &[&str]) -> Result<Vec<SettledAttempt>> {
    let mut found = Vec::new();
    for references in references.chunks(1_000) {
        let some: Vec<SettledAttempt> = read!(db, |pool| {
            let mut builder = sqlx::QueryBuilder::new(format!("{ATTEMPTS} WHERE wire_reference IN ("));
            let mut list = builder.separated(", ");
            for reference in references {
                list.push_bind(*reference);
            }
            builder.push(")").build_query_as().fetch_all(pool).await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// The refunds at an account that were proved in a time.
pub async fn refunds_succeeded(db: &Db, account: AccountId, from: Time, to: Time) -> Result<Vec<SettledRefund>> {
    let sql = format!("{REFUNDS} AND a.account_id = $1 AND r.updated_at >= $2 AND r.updated_at < $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(account.uuid())
        .bind(from)
        .bind(to)
        .fetch_all(pool)
        .await)?)
}

/// The refunds of these attempts.
pub async fn refunds_of(db: &Db, attempts: &[AttemptId]) -> Result<Vec<SettledRefund>> {
    let mut found = Vec::new();
    for attempts in attempts.chunks(1_000) {
        let some: Vec<SettledRefund> = read!(db, |pool| {
            let mut builder = sqlx::QueryBuilder::new(format!("{REFUNDS} AND r.attempt_id IN ("));
            let mut list = builder.separated(", ");
            for attempt in attempts {
                list.push_bind(attempt.uuid());
            }
            builder.push(")").build_query_as().fetch_all(pool).await
        })?;
        found.extend(some);
    }
    Ok(found)
}
