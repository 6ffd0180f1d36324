//! The table `carrier_streams`: how far each account's stream has been taken in.

use schemas::AccountId;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// Where an account's stream stands; none before anything was taken in.
pub async fn position(db: &Db, account: AccountId) -> Result<Option<String>> {
    const SQL: &str = "SELECT position FROM carrier_streams WHERE account_id = $1";
    Ok(read!(db, |pool| sqlx::query_scalar(SQL).bind(account.uuid()).fetch_optional(pool).await)?)
}

/// Keeps where it stands now, in the transaction of what it told until there.
pub async fn keep(tx: &mut Tx, account: AccountId, position: &str, now: Time) -> Result<()> {
    const SQL: &str = "INSERT INTO carrier_streams (account_id, position, updated_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(account.uuid())
        .bind(position)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}
