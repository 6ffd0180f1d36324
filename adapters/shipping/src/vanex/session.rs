//! One access token for every process: Vanex keeps five, and locks an account whose log-ins fail five times.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use kit::{Allowance, Call, Delivery, Denied, Error, Kind, Parts, Reply, Token, TokensError, Turn};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::NAME;
use super::answer;
use super::config::Settings;
use super::wire::{self, LOG_IN, Sender};

/// The sixth token ends the first, and the fifth wrong password locks: four at once, and then four a day.
const LOG_INS: Allowance = Allowance { burst: 4, every: Duration::from_secs(6 * 3_600) };
/// Tokens live for about a day.
const LIFE: SignedDuration = SignedDuration::from_hours(20);
/// How often, and how long together, somebody looks whether another process has logged in.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 150;

/// Who logs in.
pub(super) struct Session {
    /// Of the account, whatever store uses it; no personal data, so it is a hash.
    scope: String,
    /// The password was refused: the same one is not tried again from here.
    is_refused: AtomicBool,
}

impl Session {
    pub(super) fn new(settings: &Settings) -> Self {
        let account = Sha256::digest(format!("{}\n{}", settings.host(), settings.email.expose_secret()));
        Self { scope: format!("{NAME}/{}/{}", settings.host(), hex::encode(&account[..8])), is_refused: false.into() }
    }

    /// Host and account.
    pub(super) fn scope(&self) -> &str {
        &self.scope
    }

    /// The token to call with. Whoever was refused with one names its number, and gets another or an error.
    async fn lend(&self, parts: &Parts, settings: &Settings, refused: Option<i64>) -> Result<Token, Error> {
        for _ in 0..LOOKS {
            match parts.tokens.turn(&self.scope, refused).await.map_err(unreachable)? {
                Turn::Use(token) => return Ok(token),
                Turn::LogIn(number) => return self.take_turn(parts, settings, number).await,
                Turn::Wait => tokio::time::sleep(LOOK).await,
            }
        }
        let message = "another process is logging in and does not come to an end";
        Err(Error::refused(Kind::Unavailable, NAME, LOG_IN, message))
    }

    /// The token for a call that is described now.
    pub(super) async fn token(&self, parts: &Parts, settings: &Settings) -> Result<SecretString, Error> {
        self.lend(parts, settings, None).await.map(|token| token.secret)
    }

    /// Gives up the token that this very call bore. Where another one is kept by now, it stays: several calls that were refused
    /// together cost one log-in.
    pub(super) async fn renew(&self, parts: &Parts, settings: &Settings, refused: &Call) -> Result<(), Error> {
        let current = self.lend(parts, settings, None).await?;
        if wire::bears(refused, &current.secret) {
            self.lend(parts, settings, Some(current.number)).await?;
        }
        Ok(())
    }

    /// Logs in, or gives the turn back.
    async fn take_turn(&self, parts: &Parts, settings: &Settings, number: i64) -> Result<Token, Error> {
        let result = self.log_in(parts, settings).await;
        match result {
            Ok(secret) => {
                let until = parts.ambient.now() + LIFE;
                parts.tokens.keep(&self.scope, number, &secret, until).await.map_err(unreachable)?;
                Ok(Token { number, secret })
            }
            Err(error) => {
                parts.tokens.give_back(&self.scope, number).await.map_err(unreachable)?;
                Err(error)
            }
        }
    }

    async fn log_in(&self, parts: &Parts, settings: &Settings) -> Result<SecretString, Error> {
        if self.is_refused.load(Ordering::Relaxed) {
            let message = "the address or the password was refused before, and five failures lock the account";
            return Err(Error::refused(Kind::Unauthorized, NAME, LOG_IN, message));
        }
        let scope = format!("{}/log-in", self.scope);
        parts.allowances.take(&scope, LOG_INS).await.map_err(denied)?;
        let call = Sender::new(parts, settings).log_in();
        match parts.transport.send(&call).await {
            Ok(reply) => token(&reply),
            Err(error) => {
                // A refusal counts over there, and the same password will not do better. 403 may be anybody's on the way.
                let is_no = matches!(error.kind, Kind::Unauthorized | Kind::Invalid | Kind::Rejected);
                let is_no = is_no && error.status != Some(403);
                self.is_refused.fetch_or(is_no, Ordering::Relaxed);
                Err(error)
            }
        }
    }
}

fn token(reply: &Reply) -> Result<SecretString, Error> {
    answer::access_token(reply).ok_or_else(|| {
        let message = "the answer to the log-in has no token";
        Error::provider(Kind::Protocol, Delivery::Maybe, NAME, LOG_IN, message).with_status(reply.status)
    })
}

fn unreachable(error: TokensError) -> Error {
    Error::refused(Kind::Internal, NAME, LOG_IN, error.to_string()).with_source(error)
}

fn denied(denied: Denied) -> Error {
    let (kind, retry_after) = match denied {
        Denied::Later(wait) => (Kind::RateLimited, Some(wait)),
        Denied::Unreachable(_) => (Kind::Internal, None),
    };
    let error = Error::refused(kind, NAME, LOG_IN, denied.to_string()).with_source(denied);
    Error { retry_after, ..error }
}
