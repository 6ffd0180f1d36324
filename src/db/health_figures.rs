//! The table `health_figures`: what calls and probes came to, by minute, hour and day.

use schemas::AccountId;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::backend::{on, read, write};
use super::{Db, Result, Time, Tx};

schemas::words! {
    /// How long a row's time is.
    Span {
        /// Kept for two days; one row for each process that made calls.
        Minute = "minute",
        /// Kept for 35 days.
        Hour = "hour",
        /// Kept for 400 days.
        Day = "day",
    }
}

impl Span {
    /// Its length.
    pub const fn length(self) -> std::time::Duration {
        std::time::Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }

    /// How long its rows are kept.
    pub const fn kept(self) -> std::time::Duration {
        const DAY: u64 = 86_400;
        std::time::Duration::from_secs(match self {
            Self::Minute => 2 * DAY,
            Self::Hour => 35 * DAY,
            Self::Day => 400 * DAY,
        })
    }
}

/// What an account's calls came to in a span. The tally is the owner's: nothing here reads it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Figures {
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// When the span began.
    pub at: Time,
    /// What was counted.
    pub tally: Json<Value>,
    /// How much of it the account was unhealthy, in milliseconds.
    pub down_ms: i64,
}

/// Writes the figures of a span, in the place of those of this writer.
pub async fn put(tx: &mut Tx, span: Span, writer: Uuid, figures: &Figures) -> Result<()> {
    const SQL: &str = "INSERT INTO health_figures (account_id, span, at, writer, tally, down_ms)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, span, at, writer) DO UPDATE SET tally = excluded.tally, down_ms = excluded.down_ms";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(figures.account_id.uuid())
        .bind(span.as_str())
        .bind(figures.at)
        .bind(writer)
        .bind(&figures.tally)
        .bind(figures.down_ms)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// The figures of all accounts in a time, by account and moment.
pub async fn of_all(db: &Db, span: Span, from: Time, to: Time) -> Result<Vec<Figures>> {
    const SQL: &str = "SELECT account_id, at, tally, down_ms FROM health_figures
        WHERE span = $1 AND at >= $2 AND at < $3 ORDER BY account_id, at";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(span.as_str()).bind(from).bind(to).fetch_all(pool).await)?)
}

/// The figures of one account since a moment, oldest first.
pub async fn of(db: &Db, account: AccountId, span: Span, from: Time) -> Result<Vec<Figures>> {
    const SQL: &str = "SELECT account_id, at, tally, down_ms FROM health_figures
        WHERE account_id = $1 AND span = $2 AND at >= $3 ORDER BY at";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(account.uuid()).bind(span.as_str()).bind(from).fetch_all(pool).await)?)
}

/// The latest moment that there are figures of.
pub async fn latest(db: &Db, span: Span) -> Result<Option<Time>> {
    const SQL: &str = "SELECT at FROM health_figures WHERE span = $1 ORDER BY at DESC LIMIT 1";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL).bind(span.as_str()).fetch_optional(pool).await)?)
}

/// The first moment at or after this one that there are figures of.
pub async fn next(db: &Db, span: Span, at: Time) -> Result<Option<Time>> {
    const SQL: &str = "SELECT at FROM health_figures WHERE span = $1 AND at >= $2 ORDER BY at LIMIT 1";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL).bind(span.as_str()).bind(at).fetch_optional(pool).await)?)
}

/// Forgets what is kept no longer.
pub async fn prune(db: &Db, span: Span, now: Time) -> Result<()> {
    const SQL: &str = "DELETE FROM health_figures WHERE span = $1 AND at < $2";
    let before = now.before(span.kept());
    write!(db, |pool| sqlx::query(SQL).bind(span.as_str()).bind(before).execute(pool).await.map(drop))?;
    Ok(())
}
