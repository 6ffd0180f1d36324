//! The table `carrier_places`: where each account's carrier goes, in its own words, as it was last told.

use schemas::AccountId;
use serde_json::Value;
use sqlx::types::Json;

use super::backend::{read, write};
use super::{Db, Result, Time};

/// What a carrier told, and when.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CarrierPlaces {
    /// As the port has them.
    pub places: Json<Value>,
    /// When they were read.
    pub refreshed_at: Time,
}

/// What an account's carrier told last.
pub async fn read(db: &Db, account: AccountId) -> Result<Option<CarrierPlaces>> {
    const SQL: &str = "SELECT places, refreshed_at FROM carrier_places WHERE account_id = $1";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(account.uuid()).fetch_optional(pool).await)?)
}

/// Keeps what it tells now.
pub async fn keep(db: &Db, account: AccountId, places: &Value, now: Time) -> Result<()> {
    const SQL: &str = "INSERT INTO carrier_places (account_id, places, refreshed_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET places = excluded.places, refreshed_at = excluded.refreshed_at";
    write!(db, |pool| sqlx::query(SQL)
        .bind(account.uuid())
        .bind(Json(places))
        .bind(now)
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}
