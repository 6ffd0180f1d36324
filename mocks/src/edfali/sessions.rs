//! The merchants, their sessions and what was paid in them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{Merchant, NAME};
use crate::{Charge, chance::Chance};

/// What the wallet answers in place of what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// The service's password is wrong.
    Password,
    /// The PIN is wrong; in a confirmation the customer's code.
    Pin,
    /// The merchant is not known.
    Account,
    /// There is no such session, or it is over, or paid.
    No,
}

impl Code {
    /// As it is on the wire.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Password => "PW1",
            Self::Pin => "PW",
            Self::Account => "ACC",
            Self::No => "NO",
        }
    }
}

/// What is wrong with a confirmation.
pub(super) enum Unconfirmed {
    /// A mistake of the caller.
    Violation(&'static str),
    /// The customer's, or time's.
    Declined(Code),
}

struct Session {
    mobile: String,
    dirham: i64,
    code: String,
    until: Instant,
    paid: bool,
}

/// What the lock guards.
#[derive(Default)]
pub(super) struct State {
    merchants: Vec<Merchant>,
    sessions: HashMap<String, Session>,
    charges: Vec<Charge>,
}

/// Every merchant's.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<State>);

impl Sessions {
    /// Adds a merchant, or gives new secrets to a known one.
    pub(crate) fn add(&self, merchant: Merchant) -> Result<(), String> {
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&merchant.mobile, 9) || !digits(&merchant.pin, 4) || !digits(&merchant.code, 4) {
            return Err("a merchant of Edfali has nine digits, a PIN of four, and a code of four".to_owned());
        }
        let mut state = self.lock();
        state.merchants.retain(|known| known.mobile != merchant.mobile);
        state.merchants.push(merchant);
        Ok(())
    }

    /// What was paid, oldest first.
    pub(super) fn charges(&self) -> Vec<Charge> {
        self.lock().charges.clone()
    }

    /// The state, for one call.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The merchant of a number, if the password is right.
    pub(super) fn merchant(&self, mobile: &str, password: &str) -> Result<&Merchant, Code> {
        let known = self.merchants.iter().find(|merchant| merchant.mobile == mobile);
        // One password serves every merchant, so it is judged first even where the merchant is not known.
        let expected = known.or(self.merchants.first()).map(|merchant| merchant.password.as_str());
        if expected != Some(password) {
            return Err(Code::Password);
        }
        known.ok_or(Code::Account)
    }

    /// Begins a session, and says which, and the code that the customer is sent.
    pub(super) fn begin(&mut self, merchant: &Merchant, dirham: i64, chance: &Chance) -> (String, String) {
        let id = loop {
            let id = (1_000_000_000 + chance.below(9_000_000_000)).to_string();
            if !self.sessions.contains_key(&id) {
                break id;
            }
        };
        let code = merchant.code.clone();
        let until = Instant::now() + Duration::from_secs(merchant.session_seconds);
        let session = Session { mobile: merchant.mobile.clone(), dirham, code: code.clone(), until, paid: false };
        self.sessions.insert(id.clone(), session);
        (id, code)
    }

    /// What a caller who keeps count never asks for.
    pub(super) fn misuse(&self, mobile: &str, id: &str) -> Option<&'static str> {
        match self.sessions.get(id) {
            None => Some("sessionID is not known"),
            Some(session) if session.mobile != mobile => Some("sessionID is another merchant's"),
            Some(session) => session.paid.then_some("the session was paid before: a confirmation is repeated"),
        }
    }

    /// Confirms a session, once.
    pub(super) fn confirm(&mut self, mobile: &str, id: &str, code: &str, at: Timestamp) -> Result<(), Unconfirmed> {
        if let Some(reason) = self.misuse(mobile, id) {
            return Err(Unconfirmed::Violation(reason));
        }
        let Some(session) = self.sessions.get_mut(id).filter(|session| Instant::now() < session.until) else {
            return Err(Unconfirmed::Declined(Code::No));
        };
        if session.code != code {
            return Err(Unconfirmed::Declined(Code::Pin));
        }
        session.paid = true;
        let (reference, transaction_id) = (id.to_owned(), id.to_owned());
        self.charges.push(Charge { provider: NAME, reference, transaction_id, dirham: session.dirham, at });
        Ok(())
    }
}
