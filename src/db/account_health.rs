//! The table `account_health`, and `health_changes` beside it: how each account does, and since when.

use schemas::AccountId;
use schemas::health::{Cause, Verdict};
use uuid::Uuid;

use super::backend::{on, read, write};
use super::{Db, Result, Time, Tx};

/// How an account does.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct AccountHealth {
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// How.
    #[sqlx(try_from = "String")]
    pub verdict: Verdict,
    /// Why it is not healthy.
    pub cause: Option<String>,
    /// Since when.
    pub since: Time,
    /// What was said when it was found.
    pub error: Option<String>,
    /// When it was last probed.
    pub checked_at: Option<Time>,
    /// How long that took.
    pub response_ms: Option<f64>,
    /// Until when its certificate is valid.
    pub certificate_until: Option<Time>,
    /// What the account holds with the provider, in minor units.
    pub balance: Option<i64>,
    /// Of what.
    pub balance_currency: Option<String>,
    /// The share of the last minutes' calls that were answered.
    pub success_rate: Option<f64>,
    /// The time that half of them did not exceed.
    pub p50_ms: Option<f64>,
    /// The time that one in twenty exceeded.
    pub p95_ms: Option<f64>,
    /// The share of the last day in which it was not unhealthy.
    pub uptime_24h: Option<f64>,
    /// When this was written.
    pub updated_at: Time,
}

impl AccountHealth {
    /// Why it is not healthy, as a word.
    pub fn cause(&self) -> Option<Cause> {
        self.cause.as_deref().and_then(|cause| cause.parse().ok())
    }
}

const SELECT: &str =
    "SELECT account_id, verdict, cause, since, error, checked_at, response_ms, certificate_until, balance,
    balance_currency, success_rate, p50_ms, p95_ms, uptime_24h, updated_at FROM account_health";

/// Another verdict on an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whose.
    pub account: AccountId,
    /// How it does from now on.
    pub verdict: Verdict,
    /// Why.
    pub cause: Option<Cause>,
    /// Since when.
    pub at: Time,
    /// What was said.
    pub error: Option<String>,
}

/// Takes a change down, unless the verdict is the same already; the verdict before, and `None` where nothing has changed.
pub async fn change(tx: &mut Tx, id: Uuid, change: &Change) -> Result<Option<Verdict>> {
    let before = locked(tx, change.account).await?;
    if before == Some(change.verdict) {
        return Ok(None);
    }
    const UPSERT: &str = "INSERT INTO account_health (account_id, verdict, cause, since, error, updated_at)
        VALUES ($1, $2, $3, $4, $5, $4)
        ON CONFLICT (account_id) DO UPDATE SET verdict = excluded.verdict, cause = excluded.cause, since = excluded.since,
            error = excluded.error, updated_at = excluded.updated_at";
    let cause = change.cause.map(Cause::as_str);
    on!(tx, |connection| sqlx::query(UPSERT)
        .bind(change.account.uuid())
        .bind(change.verdict.as_str())
        .bind(cause)
        .bind(change.at)
        .bind(&change.error)
        .execute(connection)
        .await
        .map(drop))?;
    const INSERT: &str = "INSERT INTO health_changes (id, account_id, at, was, verdict, cause, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let was = before.unwrap_or(Verdict::Unknown);
    on!(tx, |connection| sqlx::query(INSERT)
        .bind(id)
        .bind(change.account.uuid())
        .bind(change.at)
        .bind(was.as_str())
        .bind(change.verdict.as_str())
        .bind(cause)
        .bind(&change.error)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(Some(was))
}

async fn locked(tx: &mut Tx, account: AccountId) -> Result<Option<Verdict>> {
    // The account's own row is there, whether or not anything was found of it yet: whoever judges it waits here.
    const SQL: &str = "UPDATE provider_accounts SET updated_at = updated_at WHERE id = $1";
    on!(tx, |connection| sqlx::query(SQL).bind(account.uuid()).execute(connection).await.map(drop))?;
    const READ: &str = "SELECT verdict FROM account_health WHERE account_id = $1";
    let word: Option<String> =
        on!(tx, |connection| sqlx::query_scalar(READ).bind(account.uuid()).fetch_optional(connection).await)?;
    Ok(word.and_then(|word| word.parse().ok()))
}

/// What is measured of an account now and then.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Whose.
    pub account: AccountId,
    /// How it does.
    pub verdict: Verdict,
    /// The last probe.
    pub checked_at: Option<Time>,
    /// How long it took.
    pub response_ms: Option<f64>,
    /// Until when the certificate is valid.
    pub certificate_until: Option<Time>,
    /// What the account holds.
    pub balance: Option<(i64, String)>,
    /// Of the last minutes.
    pub success_rate: Option<f64>,
    /// Of the last minutes.
    pub p50_ms: Option<f64>,
    /// Of the last minutes.
    pub p95_ms: Option<f64>,
    /// Of the last day.
    pub uptime_24h: Option<f64>,
}

/// Keeps what was measured; verdicts are changed by `change` alone.
pub async fn measure(tx: &mut Tx, measured: &Measured, now: Time) -> Result<()> {
    const SQL: &str =
        "INSERT INTO account_health (account_id, verdict, since, checked_at, response_ms, certificate_until,
            balance, balance_currency, success_rate, p50_ms, p95_ms, uptime_24h, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $3)
        ON CONFLICT (account_id) DO UPDATE SET checked_at = COALESCE(excluded.checked_at, account_health.checked_at),
            response_ms = COALESCE(excluded.response_ms, account_health.response_ms),
            certificate_until = COALESCE(excluded.certificate_until, account_health.certificate_until),
            balance = COALESCE(excluded.balance, account_health.balance),
            balance_currency = COALESCE(excluded.balance_currency, account_health.balance_currency),
            success_rate = excluded.success_rate, p50_ms = excluded.p50_ms, p95_ms = excluded.p95_ms,
            uptime_24h = COALESCE(excluded.uptime_24h, account_health.uptime_24h), updated_at = excluded.updated_at";
    let (balance, currency) = measured.balance.clone().unzip();
    on!(tx, |connection| sqlx::query(SQL)
        .bind(measured.account.uuid())
        .bind(measured.verdict.as_str())
        .bind(now)
        .bind(measured.checked_at)
        .bind(measured.response_ms)
        .bind(measured.certificate_until)
        .bind(balance)
        .bind(currency)
        .bind(measured.success_rate)
        .bind(measured.p50_ms)
        .bind(measured.p95_ms)
        .bind(measured.uptime_24h)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// How every account does that anything is known of.
pub async fn all(db: &Db) -> Result<Vec<AccountHealth>> {
    let sql = format!("{SELECT} ORDER BY account_id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await)?)
}

/// How these accounts do.
pub async fn of(db: &Db, accounts: &[AccountId]) -> Result<Vec<AccountHealth>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(SELECT);
        builder.push(" WHERE account_id IN (");
        let mut list = builder.separated(", ");
        for account in accounts {
            list.push_bind(account.uuid());
        }
        builder.push(")").build_query_as().fetch_all(pool).await
    })?)
}

/// Those that are unhealthy: few, or something is very wrong.
pub async fn ill(db: &Db) -> Result<Vec<AccountHealth>> {
    let sql = format!("{SELECT} WHERE verdict = 'unhealthy'");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await)?)
}

/// A verdict of the past.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Past {
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// Since when.
    pub at: Time,
    /// How before.
    #[sqlx(try_from = "String")]
    pub was: Verdict,
    /// How from then on.
    #[sqlx(try_from = "String")]
    pub verdict: Verdict,
    /// Why.
    pub cause: Option<String>,
    /// What was said.
    pub error: Option<String>,
}

/// The changes of one account since a time, oldest first; at most ten thousand, the latest.
pub async fn changes(db: &Db, account: AccountId, since: Time) -> Result<Vec<Past>> {
    const SQL: &str = "SELECT account_id, at, was, verdict, cause, error FROM (
            SELECT account_id, at, was, verdict, cause, error, id FROM health_changes
            WHERE account_id = $1 AND at >= $2 ORDER BY at DESC, id DESC LIMIT 10000) AS latest ORDER BY at, id";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(account.uuid()).bind(since).fetch_all(pool).await)?)
}

/// The changes of all accounts since a time, by account, oldest first.
pub async fn all_changes(db: &Db, since: Time) -> Result<Vec<Past>> {
    const SQL: &str = "SELECT account_id, at, was, verdict, cause, error FROM health_changes
        WHERE at >= $1 ORDER BY account_id, at, id";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(since).fetch_all(pool).await)?)
}

/// Forgets changes before a time.
pub async fn prune(db: &Db, before: Time) -> Result<()> {
    const SQL: &str = "DELETE FROM health_changes WHERE at < $1";
    write!(db, |pool| sqlx::query(SQL).bind(before).execute(pool).await.map(drop))?;
    Ok(())
}
