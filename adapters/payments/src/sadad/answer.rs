//! Reading Sadad's answers: `statusCode` 0 is the only success, and what another code says stands in SOURCE.md, "Codes".

use kit::soap::SoapError;
use kit::{Delivery, Kind, Outcome, Refusal, Reply};
use schemas::{Currency, Money};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CODE_LENGTH;
use super::wire::{NAMESPACE, Operation};
use crate::codes::Confirmed;
use crate::faults;
use crate::port::{Finding, Order, Question, Session, SessionStep, Transaction, TransactionKind};
use kit::written::Written;

/// The status beside 2xx that comes with an answer of its own.
pub(super) const REST: &[u16] = &[400];

/// An answer, whatever has carried it. A code is compared as it is written: nothing else may look like 0.
#[derive(Debug, Default)]
pub(super) struct Answer {
    status: u16,
    code: String,
    /// For people.
    words: String,
    transaction: Option<String>,
    reference: Option<String>,
    invoice: Option<String>,
    amount: Option<String>,
    state: Option<String>,
}

/// The frame in JSON. `result` is an object, a text, or nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    status_code: Written,
    #[serde(default)]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    message: Written,
    #[serde(default)]
    transaction_id: Written,
}

/// `result`, where it is an object.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    transaction_id: Written,
    reference: Written,
    invoice_no: Written,
    amount: Written,
    status: Written,
}

/// Reads an answer in JSON.
pub(super) fn rest(reply: &Reply) -> Result<Answer, Refusal> {
    let is_good = (200..=299).contains(&reply.status);
    let answer = object::<Frame>(&reply.body).and_then(|frame| frame.answer(reply.status));
    match answer {
        Ok(answer) if is_good || answer.code != "0" => Ok(answer),
        Err(message) if is_good => Err(refusal(Kind::Protocol, Delivery::Maybe, message)),
        // What is refused as a request was not looked at any further.
        Err(_) if reply.status == 400 => {
            Err(refusal(Kind::Invalid, Delivery::Never, "the provider answered with status 400"))
        }
        _ => {
            let message = format!("status {} and what comes with it contradict each other", reply.status);
            Err(refusal(Kind::Protocol, Delivery::Maybe, message))
        }
    }
}

impl Frame {
    fn answer(&self, status: u16) -> Result<Answer, String> {
        let code = self.status_code.given().ok_or("the answer has no statusCode")?;
        let text = |written: &Written| written.given().map(str::to_owned);
        let result = self.result.as_ref().map_or("null", |raw| raw.get());
        let (details, said) = if result.starts_with('{') {
            (object::<Details>(result.as_bytes())?, Written::default())
        } else {
            (Details::default(), read::<Written>(result.as_bytes())?)
        };
        let words = said.given().or(self.message.given()).unwrap_or_default().to_owned();
        Ok(Answer {
            status,
            code: code.to_owned(),
            words,
            transaction: text(&details.transaction_id).or_else(|| text(&self.transaction_id)),
            // Pay's own text is the reference (SOURCE.md, "Answers").
            reference: text(&details.reference).or_else(|| text(&said)),
            invoice: text(&details.invoice_no),
            amount: text(&details.amount),
            state: text(&details.status),
        })
    }
}

/// Reads an object: serde would take a list of the fields' values for one as well.
fn object<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, String> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err("the answer is not a JSON object".to_owned());
    }
    read(body)
}

fn read<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, String> {
    // Not serde's own message, which repeats parts of the body.
    serde_json::from_slice(body)
        .map_err(|error| format!("the answer has another shape (at line {}, column {})", error.line(), error.column()))
}

/// Reads an answer in SOAP.
pub(super) fn soap(operation: Operation, reply: &Reply) -> Result<Answer, Refusal> {
    let (_, _, name) = operation.soap();
    let response = faults::response(reply, NAMESPACE, name)?;
    let text = |name| Ok(response.text(name)?.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned));
    let answer = || -> Result<Answer, SoapError> {
        Ok(Answer {
            status: reply.status,
            code: response.required("StatusCode")?.trim().to_owned(),
            words: text("Message")?.unwrap_or_default(),
            transaction: text("TransactionId")?,
            reference: text("Reference")?,
            invoice: text("InvoiceNo")?,
            amount: text("Amount")?,
            state: text("Status")?,
        })
    };
    answer().map_err(|error| faults::malformed(&error))
}

/// Judges answers in JSON.
pub(super) fn rest_outcome(operation: Operation) -> Outcome {
    match operation {
        Operation::Enquiry => |reply| rest(reply)?.record().map(drop),
        _ => |reply| rest(reply)?.technical(),
    }
}

/// Judges answers in SOAP.
pub(super) fn soap_outcome(operation: Operation) -> Outcome {
    match operation {
        Operation::Validate => |reply| soap(Operation::Validate, reply)?.technical(),
        Operation::Pay => |reply| soap(Operation::Pay, reply)?.technical(),
        Operation::Resend => |reply| soap(Operation::Resend, reply)?.technical(),
        Operation::Enquiry => |reply| soap(Operation::Enquiry, reply)?.record().map(drop),
    }
}

fn refusal(kind: Kind, delivery: Delivery, message: impl Into<String>) -> Refusal {
    Refusal { kind, delivery, message: message.into() }
}

/// What enquiry has said.
enum Record<'a> {
    /// There is no such invoice.
    Unknown,
    /// Nobody has paid it yet.
    Pending,
    /// Any other state, in the provider's own word.
    Known(&'a str),
}

impl Answer {
    /// What is wrong with the gateway, or with the request as it was written: no word about the payment.
    fn technical(&self) -> Result<(), Refusal> {
        match self.code.as_str() {
            "999" => Err(self.refused(Kind::Unavailable, Delivery::Maybe)),
            "400" if self.status == 400 => Err(self.refused(Kind::Invalid, Delivery::Never)),
            _ => Ok(()),
        }
    }

    fn refused(&self, kind: Kind, delivery: Delivery) -> Refusal {
        refusal(kind, delivery, self.raw())
    }

    /// A code that stands in no table: it says neither what was done nor whose fault it is.
    fn not_understood(&self) -> Refusal {
        self.technical().err().unwrap_or_else(|| self.refused(Kind::Protocol, Delivery::Maybe))
    }

    fn raw(&self) -> String {
        if self.words.is_empty() { self.code.clone() } else { format!("{}: {}", self.code, self.words) }
    }

    /// The session that Validate has opened.
    pub(super) fn session(self) -> Result<Session, Refusal> {
        match (self.code.as_str(), &self.transaction) {
            ("0", Some(id)) if is_session(id) => Ok(waiting(id)),
            ("0", _) => {
                Err(refusal(Kind::Protocol, Delivery::Maybe, "the answer has no transactionId that can be used"))
            }
            ("931", _) => Err(self.refused(Kind::NotFound, Delivery::Done)),
            ("932", _) => Err(self.refused(Kind::Unavailable, Delivery::Done)),
            ("933", _) => Err(self.refused(Kind::Conflict, Delivery::Done)),
            _ => Err(self.not_understood()),
        }
    }

    /// The same session, whose code was sent again.
    pub(super) fn resent(self, session: &str) -> Result<Session, Refusal> {
        match self.code.as_str() {
            "0" => Ok(waiting(session)),
            "932" => Err(self.refused(Kind::Unavailable, Delivery::Done)),
            "937" => Err(self.refused(Kind::RateLimited, Delivery::Done)),
            "934" | "935" | "938" => Err(self.refused(Kind::Conflict, Delivery::Done)),
            _ => Err(self.not_understood()),
        }
    }

    /// What Pay has done.
    ///
    /// Its `total` includes a commission, and it has no other amount (SOURCE.md, "Answers"): the transaction was opened for
    /// the order's amount, which therefore stands here. Enquiry has one of its own.
    pub(super) fn confirmed(&self, order: &Order) -> Confirmed {
        match self.code.as_str() {
            "0" => match self.transaction.as_ref().or(self.reference.as_ref()) {
                Some(id) => {
                    let state = self.state("0");
                    Confirmed::Paid(Transaction { approved: true, amount: Ok(order.amount), ..sale(id, state) })
                }
                None => Confirmed::Unclear { message: "the answer says 0 and names no transaction".to_owned() },
            },
            "927" => Confirmed::WrongCode,
            "928" => Confirmed::CodeExpired,
            "929" | "930" | "934" | "938" => Confirmed::Refused { raw: self.raw() },
            // "Paid already" is not paid by this call, so that the records must say by what.
            _ => Confirmed::Unclear { message: self.raw() },
        }
    }

    fn record(&self) -> Result<Record<'_>, Refusal> {
        match (self.code.as_str(), self.state.as_deref()) {
            ("936", _) => Ok(Record::Unknown),
            ("0", Some(state)) if state.eq_ignore_ascii_case("Pending") => Ok(Record::Pending),
            ("0", Some(state)) => Ok(Record::Known(state)),
            ("0", None) => Err(refusal(Kind::Protocol, Delivery::Maybe, "the answer has no status")),
            _ => Err(self.technical().err().unwrap_or_else(|| self.refused(Kind::Rejected, Delivery::Never))),
        }
    }

    /// What enquiry knows of a question.
    pub(super) fn finding(&self, question: &Question) -> Result<Finding, Refusal> {
        let Record::Known(state) = self.record()? else { return Ok(Finding::nothing(question)) };
        let id = self.transaction.as_ref().or(self.reference.as_ref()).map_or("", String::as_str);
        let transaction = Transaction {
            approved: state.eq_ignore_ascii_case("Paid"),
            declined: state.eq_ignore_ascii_case("Failed"),
            amount: self.amount(),
            ours: self.invoice.as_ref().is_none_or(|invoice| *invoice == question.wire_reference),
            ..sale(id, self.state(state))
        };
        Ok(Finding { wire_reference: question.wire_reference.clone(), transactions: vec![transaction] })
    }

    fn amount(&self) -> Result<Money, String> {
        let text = self.amount.as_deref().unwrap_or_default();
        Money::parse(text, Currency::Lyd).map_err(|_| text.to_owned())
    }

    /// The provider's word with its reference, by which its people find the payment.
    fn state(&self, word: &str) -> String {
        self.reference.as_ref().map_or_else(|| word.to_owned(), |reference| format!("{word}/{reference}"))
    }
}

/// A sale of which nothing is known yet.
fn sale(id: &str, raw_status: String) -> Transaction {
    Transaction {
        id: id.to_owned(),
        kind: TransactionKind::Sale,
        approved: false,
        declined: false,
        amount: Err(String::new()),
        ours: true,
        remaining: None,
        only_whole: false,
        raw_status,
    }
}

fn waiting(id: &str) -> Session {
    Session { id: id.to_owned(), next: SessionStep::Code { length: CODE_LENGTH, expires_at: None } }
}

/// A number as a rule; it comes back to the provider as it is written.
fn is_session(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
