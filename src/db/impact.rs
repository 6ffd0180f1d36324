//! What a switch-off of a provider or a carrier would hit. Each question reads one range of one index, newest first, and no
//! more of it than `MOST`: `payments_provider`, `shipments_carrier`.

use schemas::StoreId;
use uuid::Uuid;

use super::backend::read;
use super::{Db, Result, Time};

/// The most rows that one question reads.
pub const MOST: i64 = 100_000;

/// Some payments or shipments that are alike.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Group {
    /// Where they stand; empty where that is not told apart.
    pub status: String,
    /// In what they are.
    pub currency: String,
    /// How many.
    pub count: i64,
    /// How much they are about, in minor units.
    pub amount: i64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Payments that are neither paid nor over, by status.
    OpenPayments,
    /// All payments.
    Payments,
    /// Shipments that are neither delivered nor over, by status; their amount is the cash that is to be collected.
    ShipmentsUnderWay,
    /// All shipments.
    Shipments,
}

impl Counted {
    /// The table, who served, the amount, and which rows.
    const fn parts(self) -> (&'static str, &'static str, &'static str, &'static str) {
        const OPEN: &str = "status IN ('requires_action', 'processing', 'needs_review')";
        const UNDER_WAY: &str = "status NOT IN ('delivered', 'returned', 'cancelled', 'lost', 'failed')";
        match self {
            Self::OpenPayments => ("payments", "provider", "amount", OPEN),
            Self::Payments => ("payments", "provider", "amount", "status <> ''"),
            Self::ShipmentsUnderWay => ("shipments", "carrier", "cash", UNDER_WAY),
            Self::Shipments => ("shipments", "carrier", "cash", "status <> ''"),
        }
    }

    const fn is_by_status(self) -> bool {
        matches!(self, Self::OpenPayments | Self::ShipmentsUnderWay)
    }
}

/// Counts what a provider or carrier has been given since a time.
pub async fn counted(db: &Db, what: Counted, name: &str, livemode: bool, since: Time) -> Result<Vec<Group>> {
    let (table, served_by, amount, which) = what.parts();
    let status = if what.is_by_status() { "status" } else { "''" };
    let sql = format!(
        "SELECT {status} AS status, currency, COUNT(*) AS count, CAST(SUM(COALESCE({amount}, 0)) AS BIGINT) AS amount
         FROM (SELECT status, currency, {amount} FROM {table} WHERE {served_by} = $1 AND livemode = $2 AND id >= $3
            ORDER BY id DESC LIMIT $4) AS latest
         WHERE {which} GROUP BY 1, 2 ORDER BY 1, 2"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(name)
        .bind(livemode)
        .bind(since.first_id())
        .bind(MOST)
        .fetch_all(pool)
        .await)?)
}

/// The stores that a provider serves: by accounts of their own, or by the platform's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// How many have an account of their own.
    pub own: i64,
    /// How many there are in all that it serves.
    pub all: i64,
    /// The first of them, by their keys.
    pub keys: Vec<String>,
}

/// The stores that a provider serves; accounts by `provider_accounts_identity`.
pub async fn stores(db: &Db, provider: &str, livemode: bool, most: i64) -> Result<Served> {
    const ACCOUNTS: &str =
        "SELECT store_id, platform_default FROM provider_accounts WHERE provider = $1 AND livemode = $2";
    let rows: Vec<(Uuid, bool)> =
        read!(db, |pool| sqlx::query_as(ACCOUNTS).bind(provider).bind(livemode).fetch_all(pool).await)?;
    let own = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let is_for_all = rows.iter().any(|(_, platform_default)| *platform_default);
    let which = match is_for_all {
        true => "$1 IS NOT NULL AND $2 IS NOT NULL",
        false => "id IN (SELECT store_id FROM provider_accounts WHERE provider = $1 AND livemode = $2)",
    };
    let sql = format!("SELECT key FROM stores WHERE {which} ORDER BY key LIMIT $3");
    let keys: Vec<String> = read!(db, |pool| sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(provider)
        .bind(livemode)
        .bind(most)
        .fetch_all(pool)
        .await)?;
    let all = match is_for_all {
        true => read!(db, |pool| sqlx::query_scalar("SELECT COUNT(*) FROM stores").fetch_one(pool).await)?,
        false => own,
    };
    Ok(Served { own, all, keys })
}

/// Whoever has no account of its own: what serves it is the platform's.
pub fn nobody() -> StoreId {
    StoreId::from(Uuid::nil())
}
