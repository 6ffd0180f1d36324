//! What Vanex keeps: accounts, their tokens and failures, packages and collects.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde_json::Value;

use super::{Account, NAME, create::Asked};
use crate::Parcel;

/// So many tokens live at once: the next one ends the oldest.
const TOKENS: usize = 5;
/// So many failures lock an account.
const FAILURES: u32 = 5;

/// A line of a package's log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) status: String,
    pub(super) at: Timestamp,
    pub(super) note: Option<String>,
}

/// A package.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) email: String,
    pub(super) id: u64,
    pub(super) code: String,
    pub(super) asked: Asked,
    pub(super) log: Vec<Line>,
    pub(super) collected: Option<String>,
}

impl Package {
    /// Where it stands.
    pub(super) fn status(&self) -> &str {
        self.log.iter().max_by_key(|line| line.at).map_or("store_new", |line| &line.status)
    }

    /// The same, and since when.
    pub(super) fn updated(&self) -> Timestamp {
        self.log.iter().map(|line| line.at).max().unwrap_or_default()
    }

    /// As the control surface shows it.
    pub(super) fn shown(&self) -> Parcel {
        Parcel {
            provider: NAME,
            number: self.code.clone(),
            reference: self.asked.reference.clone(),
            status: self.status().to_owned(),
            at: self.log.first().map_or_else(Timestamp::default, |line| line.at),
        }
    }

    /// Writes a line.
    pub(super) fn note(&mut self, status: &str, at: Timestamp, note: Option<String>) {
        self.log.push(Line { status: status.to_owned(), at, note });
    }
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    accounts: Vec<Account>,
    /// Oldest first, with the account of each.
    tokens: Vec<(String, String)>,
    ended: HashSet<String>,
    failures: HashMap<String, u32>,
    pub(super) packages: Vec<Package>,
    pub(super) collects: Vec<Value>,
    issued: u64,
}

/// What became of a log-in.
pub(super) enum LogIn {
    /// A token.
    In(String),
    /// The address or the password is wrong.
    Wrong,
    /// It was wrong too often.
    Locked,
}

/// The state of the provider.
#[derive(Default)]
pub(crate) struct Depot(Mutex<State>);

impl Depot {
    /// Adds an account, or changes the one of the same address: it is logged out, and no longer locked.
    pub(crate) fn add(&self, account: Account) -> Result<(), String> {
        if account.email.is_empty() || account.password.is_empty() {
            return Err("an account needs email and password".to_owned());
        }
        let mut state = self.lock();
        let ended: Vec<_> = state.tokens.extract_if(.., |(_, email)| *email == account.email).collect();
        state.ended.extend(ended.into_iter().map(|(token, _)| token));
        state.failures.remove(&account.email);
        match state.accounts.iter_mut().find(|known| known.email == account.email) {
            Some(known) => *known = account,
            None => state.accounts.push(account),
        }
        Ok(())
    }

    /// The state, for one request.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Logs in; the sixth token ends the first.
    pub(super) fn log_in(&mut self, email: &str, password: &str, secret: u64) -> LogIn {
        if self.failures.get(email).is_some_and(|failures| *failures >= FAILURES) {
            return LogIn::Locked;
        }
        if !self.accounts.iter().any(|account| account.email == email && account.password == password) {
            *self.failures.entry(email.to_owned()).or_default() += 1;
            return LogIn::Wrong;
        }
        self.failures.remove(email);
        self.issued += 1;
        let token = format!("{}|{secret:016x}jisrMocksVanex", 993_547 + self.issued);
        self.tokens.push((token.clone(), email.to_owned()));
        let own = self.tokens.iter().filter(|(_, owner)| owner == email).count();
        if own > TOKENS
            && let Some(oldest) = self.tokens.iter().position(|(_, owner)| owner == email)
        {
            let (ended, _) = self.tokens.remove(oldest);
            self.ended.insert(ended);
        }
        LogIn::In(token)
    }

    /// The account of a token.
    pub(super) fn by_token(&self, token: &str) -> Option<&Account> {
        let (_, email) = self.tokens.iter().find(|(known, _)| known == token)?;
        self.account(email)
    }

    /// Whether it was a token once: to use it is no mistake.
    pub(super) fn has_ended(&self, token: &str) -> bool {
        self.ended.contains(token)
    }

    /// An account by its address.
    pub(super) fn account(&self, email: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.email == email)
    }

    /// A package of an account by its id or its code.
    pub(super) fn package(&mut self, email: &str, name: &str) -> Option<&mut Package> {
        let is_meant = |package: &Package| package.code == name || package.id.to_string() == name;
        self.packages.iter_mut().find(|package| package.email == email && is_meant(package))
    }
}
