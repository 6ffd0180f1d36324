//! What a month's review asks that no other page asks: what waits for a person, what was paid, and how far the log reaches.

use schemas::AccountId;

use super::backend::{Backend, read};
use super::{Db, Result, Time, postgres};

/// Settlements or remittances in which lines wait for a person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Undecided {
    /// Whose they are: the provider or carrier.
    pub service: String,
    /// How many of them.
    pub count: i64,
    /// How many lines.
    pub lines: i64,
}

/// What waits for a person in settlements with providers and in remittances of carriers.
pub async fn undecided(db: &Db, livemode: bool) -> Result<Vec<Undecided>> {
    const SQL: &str =
        "SELECT provider AS service, COUNT(*) AS count, CAST(SUM(undecided) AS BIGINT) AS lines FROM settlements
            WHERE livemode = $1 AND undecided > 0 GROUP BY provider
        UNION ALL
        SELECT carrier AS service, COUNT(*) AS count, CAST(SUM(undecided) AS BIGINT) AS lines FROM remittances
            WHERE livemode = $1 AND undecided > 0 GROUP BY carrier
        ORDER BY 1";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(livemode).fetch_all(pool).await)?)
}

/// What was paid at an account by one of its routes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Paid {
    /// The route.
    pub gateway: String,
    /// ISO 4217.
    pub currency: String,
    /// How many payments.
    pub count: i64,
    /// What they come to, in minor units.
    pub amount: i64,
}

/// What was paid at an account in a time, by `attempts_settled`.
pub async fn paid(db: &Db, account: AccountId, from: Time, to: Time) -> Result<Vec<Paid>> {
    const SQL: &str = "SELECT gateway, currency, COUNT(*) AS count, CAST(SUM(amount) AS BIGINT) AS amount FROM attempts
        WHERE account_id = $1 AND paid_at >= $2 AND paid_at < $3 GROUP BY gateway, currency ORDER BY gateway, currency";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(account.uuid()).bind(from).bind(to).fetch_all(pool).await)?)
}

/// A share of each of these payments, rounded up one by one, in minor units.
pub async fn share(db: &Db, account: AccountId, paid: &Paid, basis_points: i64, from: Time, to: Time) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COALESCE(SUM((amount * $4 + 9999) / 10000), 0) AS BIGINT) FROM attempts
        WHERE account_id = $1 AND paid_at >= $2 AND paid_at < $3 AND gateway = $5 AND currency = $6";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL)
        .bind(account.uuid())
        .bind(from)
        .bind(to)
        .bind(basis_points)
        .bind(&paid.gateway)
        .bind(&paid.currency)
        .fetch_one(pool)
        .await)?)
}

/// How far the log of calls reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReach {
    /// The months that there is room for, as the partitions are named; none on a database without any.
    pub partitions: Option<Vec<String>>,
    /// When the oldest call began that is kept.
    pub oldest: Option<Time>,
}

/// How far the log of calls reaches; the oldest by the primary key.
pub async fn log_reach(db: &Db) -> Result<LogReach> {
    let partitions = match &db.0 {
        Backend::Postgres(pool) => Some(postgres::log_partitions(pool).await?),
        Backend::Sqlite { .. } => None,
    };
    const SQL: &str = "SELECT started_at FROM integration_logs ORDER BY id, started_at LIMIT 1";
    let oldest = read!(db, |pool| sqlx::query_scalar(SQL).fetch_optional(pool).await)?;
    Ok(LogReach { partitions, oldest })
}
