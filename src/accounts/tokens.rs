//! Access tokens from the database: the port that every process shares, with the tokens sealed.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kit::{Ambient, Token, Tokens, TokensError, Turn};
use schemas::StoreId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::db::access_tokens::{self, AccessToken};
use crate::db::{Db, DbError, Time};
use crate::vault::{Place, Vault};

/// Who was told to log in and is not heard of for so long has lost the turn.
const TURN: Duration = Duration::from_secs(60);

/// The port, over `access_tokens`.
pub struct DbTokens {
    db: Db,
    vault: Vault,
    ambient: Ambient,
}

impl DbTokens {
    /// Over a database, what seals, and a clock.
    pub fn new(db: Db, vault: Vault, ambient: Ambient) -> Self {
        Self { db, vault, ambient }
    }

    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    /// A token that still is good for something.
    fn usable(&self, kept: &AccessToken, scope: &str, refused: Option<i64>) -> Option<Token> {
        let sealed = kept.token.as_ref()?;
        if kept.valid_until.is_none_or(|until| until <= self.now()) || refused == Some(kept.number) {
            return None;
        }
        // One that was sealed with a key that is gone is none.
        let clear = self.vault.open(place(scope, kept.number), sealed).ok()?;
        Some(Token { number: kept.number, secret: String::from_utf8(clear).ok()?.into() })
    }

    async fn take_turn(&self, scope: &str, after: i64) -> Result<Turn, DbError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let number = access_tokens::take_turn(&mut tx, scope, after, now, now.after(TURN)).await?;
        tx.commit().await?;
        Ok(number.map_or(Turn::Wait, Turn::LogIn))
    }
}

#[async_trait]
impl Tokens for DbTokens {
    async fn turn(&self, scope: &str, refused: Option<i64>) -> Result<Turn, TokensError> {
        let kept = access_tokens::read(&self.db, scope).await.map_err(unreachable)?;
        let Some(kept) = kept else { return self.take_turn(scope, 0).await.map_err(unreachable) };
        if let Some(token) = self.usable(&kept, scope, refused) {
            return Ok(Turn::Use(token));
        }
        if kept.turn_until.is_some_and(|until| until > self.now()) {
            return Ok(Turn::Wait);
        }
        self.take_turn(scope, kept.number).await.map_err(unreachable)
    }

    async fn keep(&self, scope: &str, number: i64, token: &SecretString, until: Timestamp) -> Result<(), TokensError> {
        let sealed = self.vault.seal(place(scope, number), token.expose_secret().as_bytes());
        access_tokens::keep(&self.db, scope, number, &sealed, until.into()).await.map_err(unreachable)
    }

    async fn give_back(&self, scope: &str, number: i64) -> Result<(), TokensError> {
        access_tokens::give_back(&self.db, scope, number).await.map_err(unreachable)
    }
}

fn unreachable(error: DbError) -> TokensError {
    TokensError(Box::new(error))
}

/// A token is sealed for its scope and number: no other row opens it. No store is asked for, since accounts may share one.
fn place(scope: &str, number: i64) -> Place {
    let row = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{scope}#{number}").as_bytes());
    Place { store: StoreId::from(Uuid::nil()), table: "access_tokens", row, field: "token" }
}
