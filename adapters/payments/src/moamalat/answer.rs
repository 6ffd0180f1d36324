//! Reading Moamalat's answers: strict about the frame, lenient about a single transaction, exact about money.

use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;
use kit::{Delivery, Kind, Refusal, Reply};
use schemas::{Currency, Money};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config::{AmountUnit, Settings};
use super::wire;
use crate::books::{BookKind, BookLine};
use crate::port::{Finding, Question, RefundAnswer, Transaction, TransactionKind};
use kit::written::Written;

/// What every answer says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Verdict {
    success: bool,
    #[serde(default)]
    message: Written,
    #[serde(default)]
    ref_number: Written,
}

/// The frame of an answer of FilterTransactions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filtered {
    total_count_all_transaction: Written,
    transactions: Option<Vec<Day>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Day {
    date_transactions: Vec<Row>,
}

/// One transaction as it was written.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Row {
    merchant_reference: Written,
    transaction_id: Written,
    original_txn_id: Written,
    merchant_id: Written,
    terminal_id: Written,
    trans_type: Written,
    status: Written,
    res_code_desc: Written,
    amount_trxn: Written,
    amnt: Written,
    fee_amnt: Written,
    currency: Written,
    remaining_refund_amount: Written,
    is_must_void_total_amount: Written,
    txn_date_time: Written,
}

/// One page of transactions, in the order they came.
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    /// How many there are over all pages.
    pub(super) total: usize,
}

impl Page {
    /// Reads a page, or says what is wrong with it.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let filtered: Filtered = read(body)?;
        let total = filtered.total_count_all_transaction.text().trim().parse();
        let total = total.map_err(|_| "TotalCountAllTransaction is not a number".to_owned())?;
        let days = match filtered.transactions {
            Some(days) => days,
            None if total == 0 => Vec::new(),
            None => return Err("Transactions is missing".to_owned()),
        };
        Ok(Self { rows: days.into_iter().flat_map(|day| day.date_transactions).collect(), total })
    }
}

/// Judges an answer of FilterTransactions. "Transaction not found" comes with Success true: it is an empty page.
pub(super) fn filter_outcome(reply: &Reply) -> Result<(), Refusal> {
    let verdict = verdict(reply)?;
    if !verdict.success {
        let message = verdict.message.given().unwrap_or("Success is false").to_owned();
        let denied = message.to_ascii_lowercase().contains("authentication failed");
        let kind = if denied { Kind::Unauthorized } else { Kind::Rejected };
        return Err(Refusal { kind, delivery: Delivery::Never, message });
    }
    Page::read(&reply.body).map(drop).map_err(protocol)
}

/// Judges an answer of RefundTransaction: a refusal is an answer as well, which `refund` reads.
pub(super) fn refund_outcome(reply: &Reply) -> Result<(), Refusal> {
    verdict(reply).map(drop)
}

/// Reads the answer to a refund.
pub(super) fn refund(reply: &Reply) -> RefundAnswer {
    match read::<Verdict>(&reply.body) {
        Ok(verdict) if !verdict.success => RefundAnswer::Refused { message: verdict.message.text().to_owned() },
        Ok(verdict) => RefundAnswer::Accepted { id: verdict.ref_number.given().map(str::to_owned) },
        // `refund_outcome` lets no such answer pass. It is no refusal: money may have moved, and only `ask` can tell.
        Err(_) => RefundAnswer::Accepted { id: None },
    }
}

fn verdict(reply: &Reply) -> Result<Verdict, Refusal> {
    read(&reply.body).map_err(protocol)
}

/// Reads an object: serde would take a list of the fields' values for one as well.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err("the answer is not a JSON object".to_owned());
    }
    // Not serde's own message, which repeats parts of the body.
    serde_json::from_slice(body)
        .map_err(|error| format!("the answer has another shape (at line {}, column {})", error.line(), error.column()))
}

fn protocol(message: String) -> Refusal {
    Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message }
}

/// Whether the rows come newest first and end before a time, so that every further page is older still.
///
/// The name of the sorting column is assumed; where the order is not seen to be honoured, all pages are read.
pub(super) fn is_past(rows: &[Row], oldest: DateTime) -> bool {
    let times: Option<Vec<DateTime>> = rows.iter().map(Row::time).collect();
    times.is_some_and(|times| {
        times.is_sorted_by(|newer, older| newer >= older) && times.last().is_some_and(|last| *last < oldest)
    })
}

/// The rows as lines of the books; what goes back is named by the reference of its sale.
pub(super) fn book_lines(rows: &[Row], settings: &Settings) -> Vec<BookLine> {
    let names = names(rows);
    rows.iter().map(|row| row.book_line(&names, settings)).collect()
}

/// The references of transactions by their numbers.
fn names(rows: &[Row]) -> HashMap<&str, &str> {
    rows.iter().filter_map(|row| Some((row.transaction_id.given()?, row.merchant_reference.given()?))).collect()
}

/// Sorts the rows under the questions that they answer.
pub(super) fn findings(questions: &[Question], rows: &[Row], settings: &Settings) -> Vec<Finding> {
    let names = names(rows);
    let mut seen = HashSet::new();
    let mut under: HashMap<&str, Vec<&Row>> = HashMap::new();
    // From the end: rows move to later pages while we read, and what was read last is what holds now.
    for row in rows.iter().rev() {
        let again = row.transaction_id.given().is_some_and(|id| !seen.insert((id, row.trans_type.text())));
        if let (false, Some(reference)) = (again, row.reference(&names)) {
            under.entry(reference).or_default().push(row);
        }
    }
    let finding = |question: &Question| {
        let mut rows = under.get(question.wire_reference.as_str()).cloned().unwrap_or_default();
        rows.sort_by_key(|row| row.age());
        let transactions = rows.into_iter().map(|row| row.transaction(settings)).collect();
        Finding { wire_reference: question.wire_reference.clone(), transactions }
    };
    questions.iter().map(finding).collect()
}

impl Row {
    /// The reference that it names, itself or by the transaction that it gives back.
    fn reference<'a>(&'a self, names: &HashMap<&str, &'a str>) -> Option<&'a str> {
        let original = || names.get(self.original_txn_id.given()?).copied();
        self.merchant_reference.given().or_else(original)
    }

    /// Oldest first: minutes are all there is, so numbers decide within one; what cannot be read is taken as newest.
    fn age(&self) -> (DateTime, u64) {
        (self.time().unwrap_or(DateTime::MAX), self.transaction_id.text().parse().unwrap_or(u64::MAX))
    }

    fn time(&self) -> Option<DateTime> {
        read_time(self.txn_date_time.text())
    }

    fn transaction(&self, settings: &Settings) -> Transaction {
        let is = |given: &Written, own: &str| given.given().is_none_or(|given| given == own);
        Transaction {
            id: self.transaction_id.text().to_owned(),
            kind: self.kind(),
            approved: self.status.says("Approved"),
            declined: self.status.says("Declined"),
            amount: self.amount(settings),
            ours: is(&self.terminal_id, &settings.terminal_id) && is(&self.merchant_id, &settings.merchant_id),
            remaining: read_amount(self.remaining_refund_amount.text(), settings.amount_unit, settings.currency),
            only_whole: self.is_must_void_total_amount.says("true"),
            raw_status: format!("{}/{}", self.status.text(), self.res_code_desc.text()),
        }
    }

    /// What tells the row from every other one, where it has a number.
    pub(super) fn identity(&self) -> Option<(&str, &str)> {
        Some((self.transaction_id.given()?, self.trans_type.text()))
    }

    /// The day it is dated by, where that can be read.
    pub(super) fn day(&self) -> Option<jiff::civil::Date> {
        Some(self.time()?.date())
    }

    fn book_line(&self, names: &HashMap<&str, &str>, settings: &Settings) -> BookLine {
        let record = self.transaction(settings);
        // "0" is what the published answers say of every sale: it is no word on what the bank keeps.
        let fee = read_amount(self.fee_amnt.text(), settings.amount_unit, settings.currency);
        BookLine {
            wire_reference: self.reference(names).map(str::to_owned),
            kind: self.book_kind(),
            approved: record.approved,
            amount: if record.ours { record.amount } else { Err("of another merchant or terminal".to_owned()) },
            fee: fee.filter(|fee| fee.minor > 0),
            at: self.time().and_then(wire::instant),
            raw: record.raw_status,
            transaction: record.id,
        }
    }

    fn book_kind(&self) -> BookKind {
        let void = ["Void", "Void Sale", "VoidSale", "Sale Void"].iter().any(|word| self.trans_type.says(word));
        match self.kind() {
            TransactionKind::Sale => BookKind::Sale,
            TransactionKind::Refund => BookKind::Refund,
            TransactionKind::Other if void => BookKind::Void,
            TransactionKind::Other => BookKind::Other,
        }
    }

    fn kind(&self) -> TransactionKind {
        if self.trans_type.says("Sale") {
            TransactionKind::Sale
        } else if self.trans_type.says("Refund") {
            TransactionKind::Refund
        } else {
            TransactionKind::Other
        }
    }

    fn amount(&self, settings: &Settings) -> Result<Money, String> {
        let text = self.amount_trxn.given().unwrap_or(self.amnt.text());
        let currency = settings.currency;
        if !self.currency.says(currency.code()) && !self.currency.says(currency.number()) {
            return Err(format!("{text} {}", self.currency.text()));
        }
        read_amount(text, settings.amount_unit, currency).ok_or_else(|| text.to_owned())
    }
}

/// Reads an amount in the account's unit and in no other.
fn read_amount(text: &str, unit: AmountUnit, currency: Currency) -> Option<Money> {
    match unit {
        AmountUnit::Decimal => Money::parse(text, currency).ok(),
        AmountUnit::Dirham if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // As a decimal text, so that one place decides how large an amount may be.
            let exponent = currency.exponent() as usize;
            let padded = format!("{text:0>width$}", width = exponent + 1);
            let (whole, fraction) = padded.split_at(padded.len() - exponent);
            Money::parse(&format!("{whole}.{fraction}"), currency).ok()
        }
        AmountUnit::Dirham => None,
    }
}

/// `dd/MM/yy  HH:mm` with any number of blanks; four digits of the year and seconds are read too.
fn read_time(text: &str) -> Option<DateTime> {
    let mut parts = text.split_whitespace();
    let (date, time) = (parts.next()?, parts.next()?);
    let date = numbers(date, '/')?;
    let (day, month, year) = (*date.first()?, *date.get(1)?, *date.get(2)?);
    let time = numbers(time, ':')?;
    let (hour, minute, second) = (*time.first()?, *time.get(1)?, time.get(2).copied().unwrap_or(0));
    let year = if year < 100 { 2000 + year } else { year };
    let small = |number: i16| i8::try_from(number).ok();
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()
}

fn numbers(text: &str, separator: char) -> Option<Vec<i16>> {
    text.split(separator).map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
