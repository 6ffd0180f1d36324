//! What has been routed lately, read from the payments and their first attempts: newest first, page by page.

use schemas::payment::Method;
use schemas::{Currency, PaymentId, StoreId};
use uuid::Uuid;

use super::backend::read;
use super::payments::CurrencyText;
use super::{Db, Result, Time};

/// A request as it was routed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Routed {
    /// The payment that it made.
    #[sqlx(try_from = "Uuid")]
    pub id: PaymentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// The store's own name for it.
    pub reference: String,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// Sealed.
    pub customer: Option<Vec<u8>>,
    /// The provider that could not be had.
    pub fallback_from: Option<String>,
    /// The number of the current attempt.
    pub attempt: i32,
    /// Who served the first attempt.
    pub provider: String,
    /// By which of its routes.
    pub gateway: String,
    /// How it was to be paid.
    #[sqlx(try_from = "String")]
    pub method: Method,
    /// The wallet.
    pub brand: Option<String>,
    /// The customer's bank.
    pub bank: Option<String>,
}

/// The requests since a time that are older than an id, newest first: of a store by `payments_list`, of all by the primary key;
/// their first attempts by `UNIQUE (payment_id, number)`.
pub async fn page(
    db: &Db,
    store: Option<StoreId>,
    livemode: bool,
    since: Time,
    before: Option<PaymentId>,
    limit: i64,
) -> Result<Vec<Routed>> {
    let whose = if store.is_some() { "p.store_id = $1" } else { "$1 IS NULL" };
    let sql = format!(
        "SELECT p.id, p.store_id, p.reference, p.amount, p.currency, p.customer, p.fallback_from, p.attempt, a.provider,
            a.gateway, a.method, a.brand, a.bank
         FROM payments p JOIN attempts a ON a.payment_id = p.id AND a.number = 1
         WHERE {whose} AND p.livemode = $2 AND p.id >= $3 AND p.id < $4 ORDER BY p.id DESC LIMIT $5"
    );
    let before = before.map_or(Uuid::max(), |id| id.uuid());
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.map(Uuid::from))
        .bind(livemode)
        .bind(since.first_id())
        .bind(before)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}
