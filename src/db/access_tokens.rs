//! The table `access_tokens`: one token a scope for every process, sealed, and whose turn it is to log in.

use super::backend::{on, read, write};
use super::{Db, Result, Time, Tx};

/// What is kept of a scope.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccessToken {
    /// Counts up with every turn to log in.
    pub number: i64,
    /// Sealed; none while somebody logs in, or where nobody could.
    pub token: Option<Vec<u8>>,
    /// When it runs out.
    pub valid_until: Option<Time>,
    /// Until when somebody is logging in.
    pub turn_until: Option<Time>,
}

/// What is kept of a scope now.
pub async fn read(db: &Db, scope: &str) -> Result<Option<AccessToken>> {
    const SQL: &str = "SELECT number, token, valid_until, turn_until FROM access_tokens WHERE scope = $1";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(scope).fetch_optional(pool).await)?)
}

/// Takes the turn to log in after the one of this number, if nobody has it; answers its number.
pub async fn take_turn(tx: &mut Tx, scope: &str, after: i64, now: Time, until: Time) -> Result<Option<i64>> {
    const SQL: &str = "INSERT INTO access_tokens (scope, number, turn_until) VALUES ($1, $2 + 1, $4)
        ON CONFLICT (scope) DO UPDATE SET number = access_tokens.number + 1, token = NULL, valid_until = NULL,
            turn_until = excluded.turn_until
        WHERE access_tokens.number = $2 AND (access_tokens.turn_until IS NULL OR access_tokens.turn_until <= $3)
        RETURNING number";
    Ok(on!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(scope)
        .bind(after)
        .bind(now)
        .bind(until)
        .fetch_optional(connection)
        .await)?)
}

/// Keeps the token that a turn brought, if the turn still is that one.
pub async fn keep(db: &Db, scope: &str, number: i64, token: &[u8], until: Time) -> Result<()> {
    const SQL: &str =
        "UPDATE access_tokens SET token = $3, valid_until = $4, turn_until = NULL WHERE scope = $1 AND number = $2";
    write!(db, |pool| sqlx::query(SQL).bind(scope).bind(number).bind(token).bind(until).execute(pool).await.map(drop))?;
    Ok(())
}

/// Ends a turn that brought none.
pub async fn give_back(db: &Db, scope: &str, number: i64) -> Result<()> {
    const SQL: &str = "UPDATE access_tokens SET turn_until = NULL WHERE scope = $1 AND number = $2";
    write!(db, |pool| sqlx::query(SQL).bind(scope).bind(number).execute(pool).await.map(drop))?;
    Ok(())
}
