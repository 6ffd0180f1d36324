//! Access tokens that every process shares: the port for providers whose log-ins are counted.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

/// A token that somebody got by logging in.
#[derive(Clone)]
pub struct Token {
    /// Which one: a token that was renewed has another number.
    pub number: i64,
    /// The token itself.
    pub secret: SecretString,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("number", &self.number).finish_non_exhaustive()
    }
}

/// What somebody who needs a token is to do.
#[derive(Debug, Clone)]
pub enum Turn {
    /// Use this one.
    Use(Token),
    /// Log in, and nobody else does for as long: then `keep` the new token under this number, or `give_back` the turn.
    LogIn(i64),
    /// Somebody else is logging in: look again in a moment.
    Wait,
}

/// The tokens cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("the access tokens cannot be reached")]
pub struct TokensError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps one token a scope for every process that shares it; whoever keeps it seals it.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// 1. Hands out the token of a scope, unless it has run out or has this number, which the provider has refused: a token
    ///    with another number is newer, and is handed out whatever was refused. 2. Where there is none, exactly one of all who
    ///    ask is told to log in; the others wait. 3. Who was told and is not heard of for a minute loses the turn to another.
    async fn turn(&self, scope: &str, refused: Option<i64>) -> Result<Turn, TokensError>;

    /// 4. Keeps a token until it runs out, if the turn still is the caller's.
    async fn keep(&self, scope: &str, number: i64, token: &SecretString, until: Timestamp) -> Result<(), TokensError>;

    /// 5. Ends a turn that brought no token: the next who asks is told to log in.
    async fn give_back(&self, scope: &str, number: i64) -> Result<(), TokensError>;
}
