//! The table `carrier_oddities`: what carriers told and nobody could read or place, as it came and sealed.

use schemas::{AccountId, StoreId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::backend::{on, read};
use super::shipment_entries::HeardBy;
use super::{Db, Result, Time, Tx};

/// Something odd.
pub struct Oddity<'a> {
    /// Ours.
    pub id: Uuid,
    /// Who told it.
    pub account: AccountId,
    /// Whose account it is.
    pub store: StoreId,
    /// How.
    pub heard_by: HeardBy,
    /// `malformed` or `unknown_parcel`.
    pub why: &'static str,
    /// As it came: only its digest is kept of it.
    pub text: &'a str,
    /// The same, sealed.
    pub raw: Vec<u8>,
    /// When.
    pub heard_at: Time,
}

/// Keeps it; the same thing again is kept once.
pub async fn keep(tx: &mut Tx, odd: Oddity<'_>) -> Result<()> {
    const SQL: &str = "INSERT INTO carrier_oddities (id, account_id, store_id, heard_by, why, digest, raw, heard_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, digest) DO NOTHING";
    let digest = Sha256::digest(odd.text.as_bytes()).to_vec();
    on!(tx, |connection| sqlx::query(SQL)
        .bind(odd.id)
        .bind(odd.account.uuid())
        .bind(odd.store.uuid())
        .bind(odd.heard_by.as_str())
        .bind(odd.why)
        .bind(digest)
        .bind(odd.raw)
        .bind(odd.heard_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// How many there are of an account, by why.
pub async fn count(db: &Db, account: AccountId, why: &str) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM carrier_oddities WHERE account_id = $1 AND why = $2";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL).bind(account.uuid()).bind(why).fetch_one(pool).await)?)
}
