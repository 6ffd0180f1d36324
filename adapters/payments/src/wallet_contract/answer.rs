//! Reading answers: strict about the frame, exact about money, and no verdict that is not there in so many words.

use jiff::Timestamp;
use kit::contract::{Failure, is_good};
use kit::object::read;
use kit::{Kind, Reply};
use schemas::{Currency, Money};
use serde::Deserialize;
use url::Url;

use crate::codes::Confirmed;
use crate::port::{Finding, Order, Question, Session, SessionStep, Transaction, TransactionKind};
use kit::written::Written;

/// A payment that was made, or whose code was sent again.
#[derive(Deserialize)]
pub(super) struct Created {
    payment_id: Written,
    status: Written,
    #[serde(default)]
    reference: Written,
    #[serde(default)]
    code_length: Written,
    #[serde(default)]
    url: Written,
    #[serde(default)]
    expires_at: Written,
}

/// A payment as it stands.
#[derive(Deserialize)]
pub(super) struct Payment {
    payment_id: Written,
    reference: Written,
    status: Written,
    #[serde(default)]
    amount: Written,
    #[serde(default)]
    currency: Written,
    #[serde(default)]
    transaction_id: Written,
}

/// Everything under one reference.
#[derive(Deserialize)]
pub(super) struct Listed<T> {
    pub(super) data: Vec<T>,
}

impl Created {
    /// The session that holds now: with a code, or with a page. `secure` refuses a page without TLS.
    pub(super) fn session(&self, by_code: bool, secure: bool) -> Result<Session, String> {
        let id = self.payment_id.text();
        if !kit::contract::is_segment(id) {
            return Err("payment_id is missing, or no name that can stand in a path".to_owned());
        }
        let next = match (self.status.text(), by_code) {
            ("code_sent", true) => SessionStep::Code { length: self.code_length()?, expires_at: self.expires_at()? },
            ("pending", false) => SessionStep::Page { url: self.page(secure)? },
            _ => return Err("the status is not the one of this way to pay".to_owned()),
        };
        Ok(Session { id: id.to_owned(), next })
    }

    /// Whether it names this reference.
    pub(super) fn is_of(&self, reference: &str) -> bool {
        self.reference.text() == reference
    }

    fn code_length(&self) -> Result<u8, String> {
        let length = self.code_length.text().parse().ok().filter(|length| (4..=8).contains(length));
        length.ok_or_else(|| "code_length is not from 4 to 8".to_owned())
    }

    fn expires_at(&self) -> Result<Option<Timestamp>, String> {
        let read = |text: &str| text.parse().map_err(|_| "expires_at is no time".to_owned());
        self.expires_at.given().map(read).transpose()
    }

    /// The customer's browser is sent there: nothing but a page will do.
    fn page(&self, secure: bool) -> Result<Url, String> {
        let url = Url::parse(self.url.text()).ok();
        let url = url.filter(|url| url.scheme() == "https" || (!secure && url.scheme() == "http"));
        url.filter(|url| url.host().is_some()).ok_or_else(|| "url is no address of a page".to_owned())
    }
}

/// What kind of no it is to whoever opens a payment or wants another code (SOURCE.md, "Payments").
pub(super) fn kind(failure: &Failure) -> Kind {
    match failure.code() {
        "not_registered" => Kind::NotFound,
        "wrong_operator" | "insufficient_balance" | "limit_exceeded" | "locked" | "expired" => Kind::Rejected,
        "flow_not_supported" => Kind::Unsupported,
        _ => Kind::Invalid,
    }
}

/// Reads the answer to a confirmation.
pub(super) fn confirmed(order: &Order, reply: &Reply) -> Confirmed {
    let read = match reply.status {
        _ if is_good(reply) => read::<Payment>(&reply.body).and_then(|payment| payment.paid(&order.wire_reference)),
        422 => Failure::read(reply).and_then(|failure| refused(&failure)),
        // Paid already: by whom, and how much, is to be asked.
        409 => Failure::read(reply).and_then(|failure| Err(failure.words())),
        status => Err(format!("status {status} is no answer to a confirmation")),
    };
    read.unwrap_or_else(|message| Confirmed::Unclear { message })
}

fn refused(failure: &Failure) -> Result<Confirmed, String> {
    match failure.code() {
        "wrong_code" => Ok(Confirmed::WrongCode),
        "code_expired" => Ok(Confirmed::CodeExpired),
        raw @ ("insufficient_balance" | "limit_exceeded" | "not_registered" | "locked" | "expired") => {
            Ok(Confirmed::Refused { raw: raw.to_owned() })
        }
        // The contract says of every such status that nothing was charged; of a word that it lacks nobody said so.
        _ => Err(failure.words()),
    }
}

/// Reads the answer to a question: all of it is about this reference, or it is no answer.
pub(super) fn finding(question: &Question, reply: &Reply) -> Result<Finding, String> {
    let payments = read::<Listed<Payment>>(&reply.body)?.data;
    let reference = &question.wire_reference;
    if payments.iter().any(|payment| payment.reference.text() != reference) {
        return Err("the answer speaks of another reference".to_owned());
    }
    let transactions = payments.iter().map(|payment| payment.transaction(reference)).collect();
    Ok(Finding { wire_reference: reference.clone(), transactions })
}

impl Payment {
    /// Paid, with all that the contract says of it; anything less is asked about.
    fn paid(&self, reference: &str) -> Result<Confirmed, String> {
        if self.status.text() != "paid" {
            return Err("the status is not \"paid\"".to_owned());
        }
        let said = [&self.reference, &self.transaction_id, &self.amount, &self.currency];
        if said.iter().any(|field| field.given().is_none()) {
            return Err("it is \"paid\", but without reference, transaction, amount or currency".to_owned());
        }
        Ok(Confirmed::Paid(self.transaction(reference)))
    }

    fn transaction(&self, reference: &str) -> Transaction {
        let status = self.status.text();
        Transaction {
            // A payment that was not paid has no transaction.
            id: self.transaction_id.given().unwrap_or(self.payment_id.text()).to_owned(),
            kind: TransactionKind::Sale,
            approved: status == "paid",
            // Over is over: an expired payment cannot be paid any more (SOURCE.md, "Payments").
            declined: matches!(status, "declined" | "expired"),
            amount: amount(&self.amount, &self.currency),
            ours: self.reference.text() == reference,
            remaining: None,
            only_whole: false,
            raw_status: status.to_owned(),
        }
    }
}

/// LYD with exactly three decimals, or the text as it came: another shape is another unit for all that we know.
pub(super) fn amount(amount: &Written, currency: &Written) -> Result<Money, String> {
    let text = amount.text();
    if currency.text() != Currency::Lyd.code() {
        return Err(format!("{text} {}", currency.text()));
    }
    let money = Money::parse(text, Currency::Lyd).ok().filter(|money| money.to_string() == text);
    money.ok_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests;
