//! The table `attempts`: one try to have a payment paid, with its own wire reference.

use payments_adapters::Question;
use schemas::payment::{AttemptStatus, FailureReason, Method, NextAction};
use schemas::{AccountId, AttemptId, Currency, Money, PaymentId, StoreId};
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read};
use super::payments::CurrencyText;
use super::{Db, Result, Time, Tx};

/// One attempt.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Attempt {
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
    /// From 1.
    pub number: i32,
    /// Who serves it.
    pub provider: String,
    /// By which of its routes: the provider's own word.
    pub gateway: String,
    /// How it is paid.
    #[sqlx(try_from = "String")]
    pub method: Method,
    /// The wallet's brand.
    pub brand: Option<String>,
    /// The customer's bank.
    pub bank: Option<String>,
    /// Ours on the wire, never reused.
    pub wire_reference: String,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: AttemptStatus,
    /// The provider's own word.
    pub raw_status: Option<String>,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    #[sqlx(try_from = "CurrencyText")]
    pub currency: Currency,
    /// What the customer does.
    pub next_action: Json<Option<NextAction>>,
    /// The provider's id of the sale.
    pub provider_transaction: Option<String>,
    /// A person's proof, sealed.
    pub evidence: Option<Vec<u8>>,
    /// What the provider names it by, once it knows of it.
    pub session: Option<String>,
    /// Codes that the customer was sent.
    pub codes_sent: i32,
    /// When the last of them was asked for.
    pub code_sent_at: Option<Time>,
    /// Codes that were not the right one.
    pub wrong_codes: i32,
    /// When a code left us that may have been paid by.
    pub confirmed_at: Option<Time>,
    /// Why the provider could not open it.
    pub failure: Option<String>,
    /// What went back of it.
    pub refunded_amount: i64,
    /// When it ends unused.
    pub expires_at: Option<Time>,
    /// When something last said that it was paid.
    pub hinted_at: Option<Time>,
    /// When the provider last answered about it.
    pub asked_at: Option<Time>,
    /// Questions since the last hint.
    pub asks: i32,
    /// Since when nobody knows.
    pub unknown_since: Option<Time>,
    /// When it was proved.
    pub paid_at: Option<Time>,
    /// For compare-and-set.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Attempt {
    /// What was to be paid.
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Whether it can only be paid by a code that has not left us: nobody need be asked about it.
    pub fn waits_for_code(&self) -> bool {
        matches!(self.next_action.0, Some(NextAction::Otp { .. })) && self.confirmed_at.is_none()
    }

    /// What the provider is asked about it.
    pub fn question(&self) -> Question {
        Question {
            wire_reference: self.wire_reference.clone(),
            session: self.session.clone(),
            opened_at: self.created_at.timestamp(),
        }
    }

    /// Why the provider could not open it.
    pub fn failure(&self) -> Option<FailureReason> {
        self.failure.as_deref()?.parse().ok()
    }

    /// Whether the provider has been called to open it and has not answered yet.
    pub fn is_opening(&self) -> bool {
        self.status == AttemptStatus::Open && self.session.is_none() && self.next_action.0.is_none()
    }
}

const COLUMNS: &str = "id, payment_id, store_id, account_id, number, provider, gateway, method, brand, bank, wire_reference,
    status, raw_status, amount, currency, next_action, provider_transaction, evidence, session, codes_sent, code_sent_at,
    wrong_codes, confirmed_at, failure, refunded_amount, expires_at, hinted_at, asked_at,
    asks, unknown_since, paid_at, version, created_at, updated_at";

/// Adds attempts.
pub async fn insert_all(tx: &mut Tx, attempts: &[&Attempt]) -> Result<()> {
    const INSERT: &str =
        "INSERT INTO attempts (id, payment_id, store_id, account_id, number, provider, gateway, method, brand, bank,
        wire_reference, status, amount, currency, next_action, codes_sent, code_sent_at, expires_at, created_at, updated_at) ";
    on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(INSERT);
        builder.push_values(attempts, |mut row, attempt| {
            row.push_bind(attempt.id.uuid())
                .push_bind(attempt.payment_id.uuid())
                .push_bind(attempt.store_id.uuid())
                .push_bind(attempt.account_id.uuid())
                .push_bind(attempt.number)
                .push_bind(&attempt.provider)
                .push_bind(&attempt.gateway)
                .push_bind(attempt.method.as_str())
                .push_bind(&attempt.brand)
                .push_bind(&attempt.bank)
                .push_bind(&attempt.wire_reference)
                .push_bind(attempt.status.as_str())
                .push_bind(attempt.amount)
                .push_bind(attempt.currency.code())
                .push_bind(&attempt.next_action)
                .push_bind(attempt.codes_sent)
                .push_bind(attempt.code_sent_at)
                .push_bind(attempt.expires_at)
                .push_bind(attempt.created_at)
                .push_bind(attempt.updated_at);
        });
        builder.build().execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// One attempt.
pub async fn by_id(db: &Db, id: AttemptId) -> Result<Option<Attempt>> {
    let sql = format!("SELECT {COLUMNS} FROM attempts WHERE id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.uuid()).fetch_optional(pool).await)?)
}

/// Many attempts at once.
pub async fn by_ids(db: &Db, ids: &[AttemptId]) -> Result<Vec<Attempt>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(format!("SELECT {COLUMNS} FROM attempts WHERE id IN ("));
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(")").build_query_as().fetch_all(pool).await
    })?)
}

/// The attempt that a callback names.
pub async fn by_wire_reference(db: &Db, reference: &str) -> Result<Option<Attempt>> {
    let sql = format!("SELECT {COLUMNS} FROM attempts WHERE wire_reference = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(reference).fetch_optional(pool).await)?)
}

/// The attempts of a payment, in order.
pub async fn of_payment(tx: &mut Tx, payment: PaymentId) -> Result<Vec<Attempt>> {
    let sql = format!("SELECT {COLUMNS} FROM attempts WHERE payment_id = $1 ORDER BY number");
    Ok(on!(tx, |connection| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(payment.uuid()).fetch_all(connection).await)?)
}

/// The same outside a transaction.
pub async fn list(db: &Db, payment: PaymentId) -> Result<Vec<Attempt>> {
    let sql = format!("SELECT {COLUMNS} FROM attempts WHERE payment_id = $1 ORDER BY number");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(payment.uuid()).fetch_all(pool).await)?)
}

/// One attempt of a payment by its number.
pub async fn numbered(db: &Db, payment: PaymentId, number: i32) -> Result<Option<Attempt>> {
    let sql = format!("SELECT {COLUMNS} FROM attempts WHERE payment_id = $1 AND number = $2");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(payment.uuid())
        .bind(number)
        .fetch_optional(pool)
        .await)?)
}

/// Writes everything that can change, if the version still is the one that was read; counts it up.
pub async fn update(tx: &mut Tx, attempt: &mut Attempt, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE attempts SET status = $3, raw_status = $4, provider_transaction = $5, evidence = $6,
            refunded_amount = $7, unknown_since = $8, paid_at = $9, updated_at = $10, asks = $11, next_action = $12, session = $13,
            codes_sent = $14, code_sent_at = $15, wrong_codes = $16, confirmed_at = $17, failure = $18, expires_at = $19,
            version = version + 1
        WHERE id = $1 AND version = $2";
    let changed = on!(tx, |connection| sqlx::query(SQL)
        .bind(attempt.id.uuid())
        .bind(attempt.version)
        .bind(attempt.status.as_str())
        .bind(&attempt.raw_status)
        .bind(&attempt.provider_transaction)
        .bind(&attempt.evidence)
        .bind(attempt.refunded_amount)
        .bind(attempt.unknown_since)
        .bind(attempt.paid_at)
        .bind(now)
        .bind(attempt.asks)
        .bind(&attempt.next_action)
        .bind(&attempt.session)
        .bind(attempt.codes_sent)
        .bind(attempt.code_sent_at)
        .bind(attempt.wrong_codes)
        .bind(attempt.confirmed_at)
        .bind(&attempt.failure)
        .bind(attempt.expires_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    attempt.version += 1;
    attempt.updated_at = now;
    Ok(changed == 1)
}

/// Something says that the attempt was paid: the questions start afresh. It changes no state.
pub async fn hint(tx: &mut Tx, id: AttemptId, now: Time) -> Result<()> {
    const SQL: &str = "UPDATE attempts SET hinted_at = $2, asks = 0 WHERE id = $1";
    on!(tx, |connection| sqlx::query(SQL).bind(id.uuid()).bind(now).execute(connection).await.map(drop))?;
    Ok(())
}

/// The provider was asked about these; `answered` says since when its answer holds, where there was one.
pub async fn asked(tx: &mut Tx, ids: &[AttemptId], answered: Option<Time>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new("UPDATE attempts SET asks = asks + 1");
        if let Some(at) = answered {
            builder.push(", asked_at = ").push_bind(at);
        }
        builder.push(" WHERE id IN (");
        let mut list = builder.separated(", ");
        for id in ids {
            list.push_bind(id.uuid());
        }
        builder.push(")").build().execute(connection).await.map(drop)
    })?;
    Ok(())
}
