//! What Sadad keeps: its merchants, and the book of their transactions.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::Value;

use super::{Merchant, book::Book};
use crate::chance::Chance;

/// What the lock guards.
pub(crate) struct State {
    merchants: Vec<Merchant>,
    pub(super) book: Book,
}

/// The state of the provider.
pub(crate) struct Ledger(Mutex<State>);

impl Ledger {
    /// No merchant yet; numbers start at a random place, so that ids of two runs are not confused.
    pub(crate) fn new(chance: &Chance) -> Self {
        let book = Book::starting_at(4_800_000 + chance.below(100_000));
        Self(Mutex::new(State { merchants: Vec::new(), book }))
    }

    /// Adds a merchant, or changes the one of the same number.
    pub(crate) fn add(&self, merchant: Merchant) -> Result<(), String> {
        if merchant.merchant_no.is_empty() || merchant.token.is_empty() || merchant.code.is_empty() {
            return Err("a merchant needs merchant_no, token and code".to_owned());
        }
        let mut state = self.lock();
        match state.merchants.iter_mut().find(|known| known.merchant_no == merchant.merchant_no) {
            Some(known) => *known = merchant,
            None => state.merchants.push(merchant),
        }
        Ok(())
    }

    /// The state, for one request.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The merchant of a token that is good now.
    pub(super) fn by_token(&self, token: &str, now: Timestamp) -> Result<&Merchant, &'static str> {
        let found = self.merchants.iter().find(|known| known.token == token).ok_or("the token is not known")?;
        match expiry(token) {
            Some(end) if now.as_second() >= end => Err("the token has expired"),
            _ => Ok(found),
        }
    }

    /// The merchant of a user of SOAP.
    pub(super) fn by_user(&self, username: &str, password: &str) -> Option<&Merchant> {
        self.merchants.iter().find(|known| known.username == username && known.password == password)
    }
}

/// `exp` of a JWT, in seconds.
fn expiry(token: &str) -> Option<i64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims).ok()?.get("exp")?.as_i64()
}
