//! The table `idempotency_keys`: who claims a key first, in the transaction of the effect, owns it for 72 hours.

use schemas::StoreId;
use uuid::Uuid;

use super::backend::{on, write};
use super::{Db, Result, Time, Tx, postgres};

/// A claim of a key for one effect.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Whose key.
    pub store_id: StoreId,
    /// Test and live keys are apart.
    pub livemode: bool,
    /// The route, with the resource it is about.
    pub route: String,
    /// As it came in the header.
    pub key: String,
    /// A keyed hash of the canonical body.
    pub fingerprint: Vec<u8>,
    /// The same with keys that have been rotated out.
    pub older_fingerprints: Vec<Vec<u8>>,
    /// What the effect makes or changes.
    pub resource_id: Uuid,
    /// When.
    pub created_at: Time,
    /// Until when it is remembered.
    pub expires_at: Time,
}

impl Claim {
    /// Whether a fingerprint that was kept is of the same body.
    fn is_for(&self, kept: &Vec<u8>) -> bool {
        self.fingerprint == *kept || self.older_fingerprints.contains(kept)
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours: go on.
    Won,
    /// The same request was here before: answer what it made, as it now is.
    Replay(Uuid),
    /// The key was used for another body.
    Mismatch,
}

pub(super) const INSERT: &str =
    "INSERT INTO idempotency_keys (store_id, livemode, route, key, fingerprint, resource_id, created_at, expires_at) ";
/// A forgotten claim gives way to a new one.
pub(super) const CONFLICT: &str =
    " ON CONFLICT (store_id, livemode, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
    resource_id = excluded.resource_id, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at < excluded.created_at RETURNING resource_id";

/// Claims many keys, no two of them the same; answers the resources of those that were won.
pub async fn claim_all(tx: &mut Tx, claims: &[&Claim]) -> Result<Vec<Uuid>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    if let Tx::Postgres(transaction) = tx {
        return postgres::claim_keys(transaction, claims).await;
    }
    Ok(on!(tx, |connection| {
        let mut builder = sqlx::QueryBuilder::new(INSERT);
        builder.push_values(claims, |mut row, claim| {
            row.push_bind(claim.store_id.uuid())
                .push_bind(claim.livemode)
                .push_bind(&claim.route)
                .push_bind(&claim.key)
                .push_bind(&claim.fingerprint)
                .push_bind(claim.resource_id)
                .push_bind(claim.created_at)
                .push_bind(claim.expires_at);
        });
        builder.push(CONFLICT).build_query_scalar().fetch_all(connection).await
    })?)
}

/// Claims one key. It comes first in its transaction: a second claimant waits here for the first one's end.
pub async fn claim(tx: &mut Tx, claim: &Claim) -> Result<Claimed> {
    if !claim_all(tx, &[claim]).await?.is_empty() {
        return Ok(Claimed::Won);
    }
    // On PostgreSQL the row may have expired and gone between the two statements; then the caller tries again.
    Ok(find(tx, claim).await?.unwrap_or(Claimed::Mismatch))
}

/// What an earlier claim of the same key says to this one.
pub async fn find(tx: &mut Tx, claim: &Claim) -> Result<Option<Claimed>> {
    const SQL: &str = "SELECT fingerprint, resource_id FROM idempotency_keys
        WHERE store_id = $1 AND livemode = $2 AND route = $3 AND key = $4";
    let found: Option<(Vec<u8>, Uuid)> = on!(tx, |connection| sqlx::query_as(SQL)
        .bind(claim.store_id.uuid())
        .bind(claim.livemode)
        .bind(&claim.route)
        .bind(&claim.key)
        .fetch_optional(connection)
        .await)?;
    Ok(found.map(|(fingerprint, resource)| match claim.is_for(&fingerprint) {
        true => Claimed::Replay(resource),
        false => Claimed::Mismatch,
    }))
}

/// Gives a claim back: its request had no effect, and an error before any effect is not remembered.
pub async fn give_back(tx: &mut Tx, claim: &Claim) -> Result<()> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE store_id = $1 AND livemode = $2 AND route = $3 AND key = $4";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(claim.store_id.uuid())
        .bind(claim.livemode)
        .bind(&claim.route)
        .bind(&claim.key)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// Forgets claims that have expired; answers how many.
pub async fn prune(db: &Db, now: Time) -> Result<u64> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE (store_id, livemode, route, key) IN (
        SELECT store_id, livemode, route, key FROM idempotency_keys WHERE expires_at < $1 LIMIT 1000)";
    let mut pruned = 0;
    loop {
        let batch = write!(db, |pool| sqlx::query(SQL).bind(now).execute(pool).await.map(|done| done.rows_affected()))?;
        pruned += batch;
        if batch == 0 {
            return Ok(pruned);
        }
    }
}
