//! What each wallet knows: its accounts, its payments, its services.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use jiff::Timestamp;

use super::{ALL, Account, services::Service};
use crate::{Charge, chance::Chance};

/// How a payment stands, beside time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// It can be paid.
    Open,
    /// It is paid, as this transaction.
    Paid(String),
    /// It was refused for good, in this word.
    Declined(&'static str),
}

/// A payment.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) account: Account,
    pub(super) reference: String,
    pub(super) dirham: i64,
    /// Of the customer whom a code is sent to; without one there is a page.
    pub(super) phone: Option<String>,
    pub(super) return_url: Option<String>,
    pub(super) callback_url: Option<String>,
    pub(super) status: Status,
    /// When it was made, then when it was paid.
    pub(super) at: Timestamp,
    /// Until when it can be paid.
    pub(super) closes: Instant,
    /// When the last code was sent.
    pub(super) sent: Instant,
    pub(super) attempts_left: u8,
}

impl Payment {
    /// Its status on the wire.
    pub(super) fn word(&self) -> &'static str {
        match &self.status {
            Status::Paid(_) => "paid",
            Status::Declined(_) => "declined",
            Status::Open if self.is_over() => "expired",
            Status::Open if self.phone.is_some() => "code_sent",
            Status::Open => "pending",
        }
    }

    /// Whether its time is over, if nobody paid.
    pub(super) fn is_over(&self) -> bool {
        self.status == Status::Open && Instant::now() >= self.closes
    }
}

/// One wallet.
pub(super) struct Wallet {
    name: &'static str,
    accounts: Vec<Account>,
    payments: Vec<Payment>,
    /// Positions of payments, by id.
    by_id: HashMap<String, usize>,
    /// Positions of payments, by the account's key and the reference.
    by_reference: HashMap<(String, String), usize>,
    pub(super) services: Vec<Service>,
    /// Bills that are paid, by biller and number.
    pub(super) paid_bills: HashSet<(String, String)>,
    next_transaction: u64,
}

/// Every wallet.
pub(crate) struct Wallets(HashMap<&'static str, Mutex<Wallet>>);

impl Default for Wallets {
    fn default() -> Self {
        let empty = |name| Wallet {
            name,
            accounts: Vec::new(),
            payments: Vec::new(),
            by_id: HashMap::new(),
            by_reference: HashMap::new(),
            services: Vec::new(),
            paid_bills: HashSet::new(),
            next_transaction: 0,
        };
        Self(ALL.iter().map(|contract| (contract.name, Mutex::new(empty(contract.name)))).collect())
    }
}

impl Wallets {
    /// Adds an account, or gives new secrets to a known one.
    pub(crate) fn add(&self, account: Account) -> Result<(), String> {
        if !super::request::is_digits(&account.code, 6..=6) || account.api_key.is_empty() {
            return Err("an account of a wallet has a key and a code of six digits".to_owned());
        }
        let wallet = self.0.get(account.wallet.as_str());
        let wallet = wallet.ok_or_else(|| format!("there is no wallet {}", account.wallet))?;
        let mut wallet = wallet.lock().unwrap_or_else(PoisonError::into_inner);
        wallet.accounts.retain(|known| known.api_key != account.api_key);
        wallet.accounts.push(account);
        Ok(())
    }

    /// One of them, for one request.
    pub(super) fn lock(&self, name: &str) -> MutexGuard<'_, Wallet> {
        let wallet = self.0.get(name).expect("every contract has its wallet");
        wallet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wallet {
    /// The account of a key.
    pub(super) fn account(&self, api_key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.api_key == api_key)
    }

    /// Keeps a new payment; says whether it did, for its reference may be taken.
    #[must_use]
    pub(super) fn keep(&mut self, payment: Payment) -> bool {
        let key = (payment.account.api_key.clone(), payment.reference.clone());
        if self.by_reference.contains_key(&key) {
            return false;
        }
        self.by_id.insert(payment.id.clone(), self.payments.len());
        self.by_reference.insert(key, self.payments.len());
        self.payments.push(payment);
        true
    }

    /// An account's payment, by its id.
    pub(super) fn payment(&mut self, account: &Account, id: &str) -> Option<&mut Payment> {
        let position = *self.by_id.get(id)?;
        Some(&mut self.payments[position]).filter(|payment| payment.account.api_key == account.api_key)
    }

    /// Any account's payment, by its id: what a browser asks for.
    pub(super) fn any_payment(&mut self, id: &str) -> Option<&mut Payment> {
        let position = *self.by_id.get(id)?;
        Some(&mut self.payments[position])
    }

    /// A payment by its reference, of any account or of one.
    pub(super) fn find(&self, account: Option<&str>, reference: &str) -> Option<&Payment> {
        match account {
            Some(key) => {
                let position = *self.by_reference.get(&(key.to_owned(), reference.to_owned()))?;
                Some(&self.payments[position])
            }
            None => self.payments.iter().rev().find(|payment| payment.reference == reference),
        }
    }

    /// What an account was paid, oldest first.
    pub(super) fn sales(&self, account: &Account) -> Vec<&Payment> {
        let is_sale = |payment: &&Payment| {
            payment.account.api_key == account.api_key && matches!(payment.status, Status::Paid(_))
        };
        let mut sales: Vec<&Payment> = self.payments.iter().filter(is_sale).collect();
        sales.sort_by_key(|payment| payment.at);
        sales
    }

    /// The number of the next transaction.
    pub(super) fn next_transaction(&mut self) -> String {
        self.next_transaction += 1;
        format!("wt_{:010}", self.next_transaction)
    }

    /// What was taken from customers, oldest first.
    pub(super) fn charges(&self) -> Vec<Charge> {
        let mut charges: Vec<Charge> = self.payments.iter().filter_map(|payment| self.charge(payment)).collect();
        charges.sort_by_key(|charge| charge.at);
        charges
    }

    fn charge(&self, payment: &Payment) -> Option<Charge> {
        let Status::Paid(transaction_id) = &payment.status else { return None };
        let (reference, transaction_id) = (payment.reference.clone(), transaction_id.clone());
        Some(Charge { provider: self.name, reference, transaction_id, dirham: payment.dirham, at: payment.at })
    }
}

/// An id that nobody guesses.
pub(super) fn id(prefix: &str, chance: &Chance) -> String {
    format!("{prefix}{:012x}", chance.below(1 << 48))
}
