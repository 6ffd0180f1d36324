//! The merchants, the codes that were sent, the pages that were made, and what was paid.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    Merchant, NAME,
    request::{Amount, Checkout, Wallet},
};
use crate::{Charge, chance::Chance, clock::clock, wallet::Customer};

/// Why a wallet's payment is not confirmed: the code on the wire, and whether the caller made a mistake.
pub(super) struct Unconfirmed {
    pub(super) code: &'static str,
    pub(super) violation: Option<&'static str>,
}

impl Unconfirmed {
    fn violation(code: &'static str, reason: &'static str) -> Self {
        Self { code, violation: Some(reason) }
    }

    fn decline(code: &'static str) -> Self {
        Self { code, violation: None }
    }
}

/// A code that was sent.
struct Process {
    merchant: String,
    wallet: Wallet,
    phone: String,
    dirham: i64,
    code: String,
    until: Instant,
    /// The invoice that it was paid for.
    paid: Option<String>,
}

/// A confirmation.
pub(super) struct Confirmation<'a> {
    pub(super) wallet: Wallet,
    pub(super) process: &'a str,
    pub(super) code: &'a str,
    pub(super) invoice: &'a str,
    pub(super) dirham: i64,
}

/// A page that was made.
pub(super) struct Made {
    pub(super) merchant: Merchant,
    pub(super) checkout: Checkout,
    pub(super) transaction: u64,
    pub(super) paid: bool,
}

/// What the lock guards.
pub(super) struct State {
    merchants: Vec<Merchant>,
    processes: HashMap<String, Process>,
    /// By the token in their address.
    pages: HashMap<String, Made>,
    /// Invoices that are used up, each with its merchant.
    invoices: HashSet<(String, String)>,
    charges: Vec<Charge>,
    next_transaction: u64,
}

/// Every merchant's.
pub(crate) struct Book(Mutex<State>);

impl Book {
    /// An empty book, whose numbers begin anywhere.
    pub(crate) fn new(chance: &Chance) -> Self {
        Self(Mutex::new(State {
            merchants: Vec::new(),
            processes: HashMap::new(),
            pages: HashMap::new(),
            invoices: HashSet::new(),
            charges: Vec::new(),
            next_transaction: 100_000 + chance.below(100_000),
        }))
    }

    /// Adds a merchant, or gives new secrets to a known one.
    pub(crate) fn add(&self, merchant: Merchant) -> Result<(), String> {
        if [&merchant.api_key, &merchant.access_token, &merchant.secret_key].iter().any(|text| text.is_empty()) {
            return Err("a merchant of Plutu has an API key, an access token and a secret key".to_owned());
        }
        let mut state = self.lock();
        state.merchants.retain(|known| known.api_key != merchant.api_key);
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
    /// The merchant of a key and a token.
    pub(super) fn merchant(&self, api_key: &str, token: &str) -> Option<&Merchant> {
        self.merchants.iter().find(|known| known.api_key == api_key && known.access_token == token)
    }

    /// Sends a code; says the id of the process.
    pub(super) fn verify(
        &mut self,
        merchant: &Merchant,
        wallet: Wallet,
        phone: &str,
        amount: &Amount,
        code: &str,
        chance: &Chance,
    ) -> String {
        let id = loop {
            let id = (1_000_000_000_000 + chance.below(9_000_000_000_000)).to_string();
            if !self.processes.contains_key(&id) {
                break id;
            }
        };
        let process = Process {
            merchant: merchant.api_key.clone(),
            wallet,
            phone: phone.to_owned(),
            dirham: amount.dirham,
            code: code.to_owned(),
            until: Instant::now() + Duration::from_secs(merchant.code_seconds),
            paid: None,
        };
        self.processes.insert(id.clone(), process);
        id
    }

    /// What a caller who keeps count never asks for.
    pub(super) fn misuse(&self, merchant: &str, asked: &Confirmation<'_>) -> Option<Unconfirmed> {
        let known = self.processes.get(asked.process).filter(|process| process.merchant == merchant);
        let Some(process) = known.filter(|process| process.wallet == asked.wallet) else {
            return Some(Unconfirmed::violation("REFERENCE_NUMBER_DOES_NOT_EXIST", "process_id is not known"));
        };
        if let Some(invoice) = &process.paid {
            let code = if invoice == asked.invoice { "DUPLICATED_INVOICE_NUMBER" } else { "CONFIRMATION_ERROR" };
            return Some(Unconfirmed::violation(code, "the process was paid before: a confirmation is repeated"));
        }
        if process.dirham != asked.dirham {
            let reason = "the amount is not the one of the process";
            return Some(Unconfirmed::violation("INVALID_INVOICE_AMOUNT_OR_NUMBER", reason));
        }
        let used = self.is_used(merchant, asked.invoice);
        used.then(|| Unconfirmed::violation("DUPLICATED_INVOICE_NUMBER", "invoice_no was used before"))
    }

    /// Confirms a process, once; says the number of the transaction.
    pub(super) fn confirm(&mut self, merchant: &str, asked: &Confirmation<'_>) -> Result<u64, Unconfirmed> {
        if let Some(refused) = self.misuse(merchant, asked) {
            return Err(refused);
        }
        let Some(process) = self.processes.get_mut(asked.process).filter(|process| Instant::now() < process.until)
        else {
            return Err(Unconfirmed::decline("OTP_EXPIRED"));
        };
        if process.code != asked.code {
            return Err(Unconfirmed::decline("INVLIAD_OTP"));
        }
        if Customer::of(&process.phone) == Customer::Poor {
            return Err(Unconfirmed::decline("INSUFFICIENT_BALANCE"));
        }
        process.paid = Some(asked.invoice.to_owned());
        self.invoices.insert((merchant.to_owned(), asked.invoice.to_owned()));
        let number = self.next_number();
        self.charge(asked.invoice, number, asked.dirham);
        Ok(number)
    }

    /// Whether an invoice is used up.
    pub(super) fn is_used(&self, merchant: &str, invoice: &str) -> bool {
        self.invoices.contains(&(merchant.to_owned(), invoice.to_owned()))
    }

    /// Makes a page; says the token in its address, unless the invoice is used up.
    pub(super) fn make(&mut self, merchant: &Merchant, checkout: Checkout, chance: &Chance) -> Option<String> {
        if !self.invoices.insert((merchant.api_key.clone(), checkout.invoice.clone())) {
            return None;
        }
        let token = format!("{:016x}", chance.below(u64::MAX));
        let (merchant, transaction) = (merchant.clone(), self.next_number());
        self.pages.insert(token.clone(), Made { merchant, checkout, transaction, paid: false });
        Some(token)
    }

    /// The page of a token.
    pub(super) fn page(&mut self, token: &str) -> Option<&mut Made> {
        self.pages.get_mut(token)
    }

    /// The token of an invoice's page, of any merchant or of one.
    pub(super) fn token_of(&self, invoice: &str, merchant: Option<&str>) -> Option<String> {
        let is_meant = |made: &Made| {
            made.checkout.invoice == invoice && merchant.is_none_or(|api_key| made.merchant.api_key == api_key)
        };
        self.pages.iter().find(|(_, made)| is_meant(made)).map(|(token, _)| token.clone())
    }

    /// Notes what a customer paid.
    pub(super) fn charge(&mut self, invoice: &str, number: u64, dirham: i64) {
        let (reference, transaction_id) = (invoice.to_owned(), number.to_string());
        self.charges.push(Charge { provider: NAME, reference, transaction_id, dirham, at: clock() });
    }

    fn next_number(&mut self) -> u64 {
        self.next_transaction += 1;
        self.next_transaction
    }
}
