//! The table `payments`. Every change compares the version that was read.

use schemas::payment::{Method, PaymentStatus, ReviewReason};
use schemas::{Currency, Money, PaymentId, StoreId};
use serde_json::{Map, Value};
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx, postgres};

/// One payment.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Payment {
    /// Ours.
    #[sqlx(try_from = "Uuid")]
    pub id: PaymentId,
    /// Whose it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// The store's own name for it.
    pub reference: String,
    /// Whether it keeps others from using the reference.
    pub holds_reference: bool,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// What all its attempts brought in.
    pub paid_amount: i64,
    /// What refunds under way may take.
    pub refund_reserved: i64,
    /// What refunds have taken.
    pub refunded_amount: i64,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: PaymentStatus,
    /// How it is being paid.
    #[sqlx(try_from = "String")]
    pub method: Method,
    /// The wallet's brand.
    pub brand: Option<String>,
    /// The kind of card, where it was said.
    pub card_type: Option<String>,
    /// Who serves it.
    pub provider: String,
    /// The number of the current attempt.
    pub attempt: i32,
    /// The provider that could not be had.
    pub fallback_from: Option<String>,
    /// Paid after it had been given up.
    pub late: bool,
    /// Why a person must decide.
    pub review_reason: Option<String>,
    /// Sealed.
    pub customer: Option<Vec<u8>>,
    /// Where the browser goes afterwards.
    pub return_url: Option<String>,
    /// The store's own data.
    pub metadata: Json<Map<String, Value>>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// A currency as the database has it.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub(super) struct CurrencyText(String);

impl TryFrom<CurrencyText> for Currency {
    type Error = schemas::UnknownWord;

    fn try_from(text: CurrencyText) -> std::result::Result<Self, schemas::UnknownWord> {
        Self::from_code(&text.0).ok_or(schemas::UnknownWord(text.0))
    }
}

impl Payment {
    /// Its amount.
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// What may still be refunded.
    pub fn refundable(&self) -> i64 {
        self.paid_amount - self.refunded_amount - self.refund_reserved
    }

    /// Why a person must decide.
    pub fn review(&self) -> Option<ReviewReason> {
        self.review_reason.as_deref().and_then(|reason| reason.parse().ok())
    }
}

const COLUMNS: &str =
    "id, store_id, livemode, reference, holds_reference, amount, currency, paid_amount, refund_reserved,
    refunded_amount, status, method, brand, card_type, provider, attempt, fallback_from, late, review_reason, customer,
    return_url, metadata, version, created_at, updated_at";

/// Adds payments, leaving out those whose reference is held; answers the ids of those that were added.
pub async fn insert_all(tx: &mut Tx, payments: &[&Payment]) -> Result<Vec<Uuid>> {
    const INSERT: &str = "INSERT INTO payments (id, store_id, livemode, reference, holds_reference, amount, currency, status,
        method, brand, card_type, provider, attempt, fallback_from, customer, return_url, metadata, created_at, updated_at) ";
    const SKIP: &str = " ON CONFLICT (store_id, livemode, reference) WHERE holds_reference DO NOTHING RETURNING id";
    Ok(on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(INSERT);
        builder.push_values(payments, |mut row, payment| {
            row.push_bind(payment.id.uuid())
                .push_bind(payment.store_id.uuid())
                .push_bind(payment.livemode)
                .push_bind(&payment.reference)
                .push_bind(payment.holds_reference)
                .push_bind(payment.amount)
                .push_bind(payment.currency.code())
                .push_bind(payment.status.as_str())
                .push_bind(payment.method.as_str())
                .push_bind(&payment.brand)
                .push_bind(&payment.card_type)
                .push_bind(&payment.provider)
                .push_bind(payment.attempt)
                .push_bind(&payment.fallback_from)
                .push_bind(&payment.customer)
                .push_bind(&payment.return_url)
                .push_bind(&payment.metadata)
                .push_bind(payment.created_at)
                .push_bind(payment.updated_at);
        });
        builder.push(SKIP).build_query_scalar().fetch_all(connection).await
    })?)
}

/// One payment of a store; another store's is not found.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: PaymentId) -> Result<Option<Payment>> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// One payment, whosever it is: for the public view, which proves itself by its secret, and for work of our own.
pub async fn by_id(db: &Db, id: PaymentId) -> Result<Option<Payment>> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// One payment inside a transaction.
pub async fn in_tx(tx: &mut Tx, id: PaymentId) -> Result<Option<Payment>> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE id = $1");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(connection).await)?)
}

/// The payment that holds a reference.
pub async fn holding(tx: &mut Tx, store: StoreId, livemode: bool, reference: &str) -> Result<Option<Payment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payments WHERE store_id = $1 AND livemode = $2 AND reference = $3 AND holds_reference"
    );
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(store.uuid())
        .bind(livemode)
        .bind(reference)
        .fetch_optional(connection)
        .await)?)
}

/// Every other payment of the same reference, under a lock that ends with the transaction: nobody decides on the
/// reference meanwhile.
pub async fn siblings(tx: &mut Tx, payment: &Payment) -> Result<Vec<Payment>> {
    if let Tx::Postgres(transaction) = tx {
        let name = format!("{}/{}/{}", payment.store_id, payment.livemode, payment.reference);
        postgres::lock(transaction, &name).await?;
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM payments WHERE store_id = $1 AND livemode = $2 AND reference = $3 AND id <> $4 ORDER BY id"
    );
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(payment.store_id.uuid())
        .bind(payment.livemode)
        .bind(&payment.reference)
        .bind(payment.id.uuid())
        .fetch_all(connection)
        .await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, payment: &mut Payment, now: Time) -> Result<bool> {
    const SQL: &str =
        "UPDATE payments SET holds_reference = $3, paid_amount = $4, refund_reserved = $5, refunded_amount = $6,
            status = $7, method = $8, brand = $9, provider = $10, attempt = $11, fallback_from = $12, late = $13,
            review_reason = $14, updated_at = $15, customer = $16, version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(payment.id.uuid())
        .bind(payment.version)
        .bind(payment.holds_reference)
        .bind(payment.paid_amount)
        .bind(payment.refund_reserved)
        .bind(payment.refunded_amount)
        .bind(payment.status.as_str())
        .bind(payment.method.as_str())
        .bind(&payment.brand)
        .bind(&payment.provider)
        .bind(payment.attempt)
        .bind(&payment.fallback_from)
        .bind(payment.late)
        .bind(&payment.review_reason)
        .bind(now)
        .bind(&payment.customer)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    payment.version += 1;
    payment.updated_at = now;
    Ok(changed == 1)
}

/// What a list of payments is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The store's own name.
    pub reference: Option<String>,
    /// Where they stand.
    pub status: Option<PaymentStatus>,
    /// Made at or after.
    pub from: Option<Time>,
    /// Made before.
    pub to: Option<Time>,
    /// Older than this one.
    pub before: Option<PaymentId>,
    /// How many at the most.
    pub limit: i64,
}

/// The payments of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<Payment>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM payments WHERE store_id = "));
        builder.push_bind(store.uuid()).push(" AND livemode = ").push_bind(livemode);
        if let Some(reference) = &filter.reference {
            builder.push(" AND reference = ").push_bind(reference);
        }
        if let Some(status) = filter.status {
            builder.push(" AND status = ").push_bind(status.as_str());
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
