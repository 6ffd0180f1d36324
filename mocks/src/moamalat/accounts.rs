//! The merchants, their keys, their used times and their books.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::http::StatusCode;
use jiff::civil::DateTime;

use super::{
    Merchant, Planted, Transaction,
    book::{Book, Entry},
    hash::Key,
    request::{Envelope, Refusal},
};
use crate::chance::Chance;

/// One merchant's terminal.
pub(crate) struct Account {
    pub(crate) merchant: Merchant,
    pub(crate) secret: Key,
    pub(crate) notification: Key,
    pub(crate) book: Book,
    /// Every `DateTimeLocalTrxn` that came with a right hash.
    used: HashSet<u64>,
}

/// What the lock guards.
pub(crate) struct State {
    accounts: Vec<Account>,
    places: HashMap<String, usize>,
    number: u64,
}

/// Every account.
pub(crate) struct Accounts(Mutex<State>);

impl Accounts {
    /// No account yet; running numbers start at a random place, so that ids of two runs are not confused.
    pub(crate) fn new(chance: &Chance) -> Self {
        Self(Mutex::new(State { accounts: Vec::new(), places: HashMap::new(), number: chance.below(500_000) }))
    }

    /// Adds a merchant, or gives new keys to a known one.
    pub(crate) fn add(&self, merchant: Merchant) -> Result<(), String> {
        let secret = Key::from_hex(&merchant.secret_key)?;
        let notification = Key::from_hex(&merchant.notification_key)?;
        let mut state = self.lock();
        let place = place(&merchant.merchant_id, &merchant.terminal_id);
        if let Some(index) = state.places.get(&place).copied() {
            let account = &mut state.accounts[index];
            (account.merchant, account.secret, account.notification) = (merchant, secret, notification);
            return Ok(());
        }
        let index = state.accounts.len();
        state.places.insert(place, index);
        let (book, used) = (Book::default(), HashSet::new());
        state.accounts.push(Account { merchant, secret, notification, book, used });
        Ok(())
    }

    /// Closes the day of every terminal.
    pub(crate) fn settle(&self) {
        self.lock().accounts.iter_mut().for_each(|account| account.book.settle());
    }

    /// Writes transactions of any time into the books of the first terminal; answers them in the order they came in.
    pub(crate) fn plant(&self, planted: Vec<Planted>) -> Vec<Transaction> {
        let mut state = self.lock();
        let first = state.number;
        state.number += planted.len() as u64;
        let Some(account) = state.accounts.first_mut() else { return Vec::new() };
        let transaction = |(number, planted): (u64, Planted)| Transaction {
            fee: planted.fee,
            written: planted.written,
            settled: true,
            ..Transaction::new(Entry {
                merchant_id: &account.merchant.merchant_id,
                terminal_id: &account.merchant.terminal_id,
                reference: &planted.reference,
                kind: planted.kind,
                approved: planted.approved,
                amount: planted.amount,
                original: planted.original,
                card: "639504XXXXXX0860",
                at: planted.at,
                number,
            })
        };
        let made: Vec<Transaction> = (first + 1..).zip(planted).map(transaction).collect();
        account.book.plant(made.clone());
        made
    }

    /// The transactions of every terminal, or those of one reference.
    pub(crate) fn transactions(&self, reference: Option<&str>) -> Vec<Transaction> {
        let state = self.lock();
        let books = state.accounts.iter().map(|account| &account.book);
        match reference {
            Some(reference) => books.flat_map(|book| book.of_reference(reference)).cloned().collect(),
            None => books.flat_map(|book| book.between(None, None)).cloned().collect(),
        }
    }

    /// The state, for one request.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(merchant_id: &str, terminal_id: &str) -> String {
    format!("{merchant_id}/{terminal_id}")
}

impl State {
    /// The account of a merchant's terminal.
    pub(crate) fn find(&mut self, merchant_id: &str, terminal_id: &str) -> Option<&mut Account> {
        let index = *self.places.get(&place(merchant_id, terminal_id))?;
        self.accounts.get_mut(index)
    }

    /// The account of a terminal, or the first one.
    pub(crate) fn find_terminal(&mut self, terminal_id: Option<&str>) -> Option<&mut Account> {
        match terminal_id {
            Some(id) => self.accounts.iter_mut().find(|account| account.merchant.terminal_id == id),
            None => self.accounts.first_mut(),
        }
    }

    /// The running number of the next transaction.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Lets a server call in: the merchant, the hash and the time must be right, and the time new.
    pub(crate) fn admit(&mut self, envelope: &Envelope<'_>) -> Result<&mut Account, Refusal> {
        let account = self
            .find(envelope.merchant_id, envelope.terminal_id)
            .ok_or_else(|| Refusal::authentication("MerchantId and TerminalId are not known"))?;
        let fields = [
            ("DateTimeLocalTrxn", envelope.time),
            ("MerchantId", envelope.merchant_id),
            ("TerminalId", envelope.terminal_id),
        ];
        if !account.secret.verifies(&fields, envelope.hash) {
            return Err(Refusal::authentication("SecureHash is wrong"));
        }
        let digits = read_time(envelope.time).ok_or_else(|| {
            Refusal::new(StatusCode::BAD_REQUEST, "DateTimeLocalTrxn is not a time of twelve digits, yyMMddHHmmss")
        })?;
        // That a repeat is refused is documented ("unique per terminal"); the status and the words are assumed.
        if !account.used.insert(digits) {
            return Err(Refusal::new(StatusCode::OK, "Duplicate DateTimeLocalTrxn"));
        }
        Ok(account)
    }
}

/// `yyMMddHHmmss` as a number, if it is a time that exists.
fn read_time(text: &str) -> Option<u64> {
    if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| text.get(at..at + 2).and_then(|digits| digits.parse::<i8>().ok());
    DateTime::new(2000 + i16::from(part(0)?), part(2)?, part(4)?, part(6)?, part(8)?, part(10)?, 0).ok()?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::read_time;

    #[test]
    fn times_are_twelve_digits_and_exist() {
        assert_eq!(read_time("250131153045"), Some(250_131_153_045));
        for wrong in ["250131153060", "250229000000", "25013115304", "2501311530450", "25013115304x", ""] {
            assert_eq!(read_time(wrong), None, "{wrong}");
        }
    }
}
