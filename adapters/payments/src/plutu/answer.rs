//! Reading Plutu's answers: an answer is a result or an error, and an error's word says whose it is.

use kit::{Delivery, Error, Explanation, Kind, Refusal, Reply};
use schemas::Money;
use serde::Deserialize;
use url::Url;

use super::NAME;
use super::gateway::Gateway;
use crate::codes::Confirmed;
use crate::port::{Order, Session, SessionStep, Transaction, TransactionKind};
use kit::object;
use kit::written::Written;

/// What an answer has of all that it may have.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    status: Written,
    #[serde(default)]
    message: Written,
    #[serde(default, deserialize_with = "object::member")]
    result: Option<Done>,
    #[serde(default, deserialize_with = "object::member")]
    error: Option<Failure>,
}

/// What was done.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Done {
    process_id: Written,
    code: Written,
    redirect_url: Written,
    transaction_id: Written,
    amount: Written,
    invoice_no: Written,
    #[serde(skip)]
    message: Written,
}

/// Why it was not.
#[derive(Deserialize)]
struct Failure {
    code: Written,
}

/// Reads an answer, or says what is wrong with it.
fn read(reply: &Reply) -> Result<Result<Done, Failure>, String> {
    let answer: Answer = object::read(&reply.body)?;
    let good = (200..=299).contains(&reply.status) && answer.status.says("200");
    match (answer.result, answer.error) {
        (None, Some(failure)) => Ok(Err(failure)),
        (Some(done), None) if good => Ok(Ok(Done { message: answer.message, ..done })),
        (Some(_), Some(_)) => Err("the answer has a result and an error".to_owned()),
        _ => Err("the answer has neither a result nor an error".to_owned()),
    }
}

impl Failure {
    fn word(&self) -> &str {
        self.code.text()
    }

    /// What a refused opening means (SOURCE.md, "Answers"; the typos are Plutu's): whose fault it is, and whether a code or
    /// a page may be there all the same.
    fn kind(&self) -> (Kind, Delivery) {
        match self.word() {
            // The customer's: the number, the money, the limits.
            "INVALID_MOBILE_NUMBER" | "INVALID_MOBILE_NUMBER_OR_BIRTH_YEAR" | "NOT_SUBSCRIBED" => {
                (Kind::Rejected, Delivery::Done)
            }
            word if refuses(word) => (Kind::Rejected, Delivery::Done),
            // The merchant's: credentials, addresses, what was subscribed to.
            "AUTH_ERROR" | "UNAUTHORIZED" | "FORBIDDEN_IP_ADDRESS" | "UNAUTHORIZED_MERCHANT_ACCOUNT" => {
                (Kind::Unauthorized, Delivery::Never)
            }
            "SECRET_KEY_DOES_NOT_EXIST" | "INVALID_MERCHANT_SECRET_KEY" => (Kind::Unauthorized, Delivery::Never),
            "DENIED_ACCESS_GATEWAY" | "INVALID_GATEWAY" | "INVALID_MERCHANT_CATEGORY" | "MISSING_QR_PARAMETER" => {
                (Kind::Unsupported, Delivery::Never)
            }
            "CURRENCY_NOT_SUPPORTED" | "TEST_MODE_NOT_SUPPORTED" => (Kind::Unsupported, Delivery::Never),
            // Ours.
            "INVALID_INPUTS" | "MISSING_PARAMETER" | "EMPTY_MOBILE_NUMBER" | "EMPTY_BIRTH_YEAR" | "INVALID_AMOUNT" => {
                (Kind::Invalid, Delivery::Never)
            }
            "OTP_WAIT_BEFORE_RESNED" | "TOO_MAY_REQUESTS" => (Kind::RateLimited, Delivery::Never),
            "DUPLICATED_INVOICE_NUMBER" => (Kind::Conflict, Delivery::Maybe),
            // Plutu's, or that of whoever stands behind it.
            "BACKEND_ERROR" | "BACKEND_SERVER_ERROR" | "ADD_PAYMENT_ERROR" | "CONFIRMATION_ERROR" => {
                (Kind::Unavailable, Delivery::Maybe)
            }
            _ => (Kind::Protocol, Delivery::Maybe),
        }
    }

    fn refusal(&self) -> Refusal {
        let (kind, delivery) = self.kind();
        Refusal { kind, delivery, message: self.word().to_owned() }
    }
}

/// What refuses a payment in so many words: no money, a limit, an account or a number that is not in order.
fn refuses(word: &str) -> bool {
    matches!(
        word,
        "INSUFFICIENT_BALANCE"
            | "AMOUNT_EXCEEDED_MAXIMUM"
            | "NOT_ALLOWED_AMOUNT"
            | "CHECK_BANK_ACCOUNT"
            | "PHONE_NUMBER_IS_LOCKED"
    )
}

/// Judges the answer to an opening: what only the customer can mend is an answer, everything else a failure.
pub(super) fn opened(reply: &Reply) -> Result<(), Refusal> {
    match read(reply).map_err(protocol)? {
        Err(failure) if failure.kind().0 != Kind::Rejected => Err(failure.refusal()),
        _ => Ok(()),
    }
}

/// Judges the answer to a confirmation: only what refuses us, and what fails at the other end, is a failure.
pub(super) fn confirmed(reply: &Reply) -> Result<(), Refusal> {
    match read(reply).map_err(protocol)? {
        Err(failure) if matches!(failure.kind().0, Kind::Unauthorized | Kind::Unsupported) => Err(failure.refusal()),
        Err(failure) if matches!(failure.word(), "BACKEND_ERROR" | "BACKEND_SERVER_ERROR") => Err(failure.refusal()),
        _ => Ok(()),
    }
}

fn protocol(message: String) -> Refusal {
    Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message }
}

/// The word of an error, beside a bad status. Its sentence may repeat the customer's number.
pub(super) fn explain(reply: &Reply) -> Option<Explanation> {
    let failure = read(reply).ok()?.err()?;
    let message = failure.code.given().map(str::to_owned);
    Some(Explanation { message, retry_after: None })
}

/// Reads the answer to an opening: the process that a code was sent for, or the page.
pub(super) fn session(gateway: Gateway, order: &Order, base_url: &Url, reply: &Reply) -> Result<Session, Error> {
    let fail = |kind, delivery, message: String| {
        Err(Error::provider(kind, delivery, NAME, gateway.opening(), message).with_status(reply.status))
    };
    let done = match read(reply) {
        Ok(Ok(done)) => done,
        Ok(Err(failure)) => {
            let Refusal { kind, delivery, message } = failure.refusal();
            return fail(kind, delivery, message);
        }
        Err(message) => return fail(Kind::Protocol, Delivery::Maybe, message),
    };
    let session = match gateway.code() {
        Some(length) => process(&done).map(|id| Session { id, next: SessionStep::Code { length, expires_at: None } }),
        None => page(&done, base_url).map(|url| {
            let id = name(&done.transaction_id).unwrap_or_else(|| order.wire_reference.clone());
            Session { id, next: SessionStep::Page { url } }
        }),
    };
    session.or_else(|message| fail(Kind::Protocol, Delivery::Maybe, message))
}

fn process(done: &Done) -> Result<String, String> {
    name(&done.process_id).ok_or_else(|| "the answer names no process".to_owned())
}

/// Where the customer pays. No other scheme than the API's own, so that nothing but a page is opened there.
fn page(done: &Done, base_url: &Url) -> Result<Url, String> {
    if done.code.text() != "CHECKOUT_REDIRECT" {
        return Err("the answer is not CHECKOUT_REDIRECT".to_owned());
    }
    let url = done.redirect_url.given().and_then(|text| Url::parse(text).ok());
    url.filter(|url| url.has_host() && (url.scheme() == "https" || url.scheme() == base_url.scheme()))
        .ok_or_else(|| "the answer has no page".to_owned())
}

/// Anything that can be written down and sent back.
fn name(field: &Written) -> Option<String> {
    let plain = |text: &&str| text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic());
    field.given().filter(plain).map(str::to_owned)
}

/// Reads the answer to a confirmation.
pub(super) fn confirmation(order: &Order, reply: &Reply) -> Confirmed {
    match read(reply) {
        Ok(Ok(done)) => match name(&done.transaction_id) {
            Some(id) => Confirmed::Paid(done.transaction(id, order)),
            None => Confirmed::Unclear { message: "the answer names no transaction".to_owned() },
        },
        Ok(Err(failure)) => match failure.word() {
            "INVLIAD_OTP" => Confirmed::WrongCode,
            "OTP_EXPIRED" => Confirmed::CodeExpired,
            word if refuses(word) => Confirmed::Refused { raw: word.to_owned() },
            // Among them CONFIRMATION_ERROR, which may be the code and may be anything, and DUPLICATED_INVOICE_NUMBER,
            // which is also what a payment that went through says (SOURCE.md, "Answers").
            word => Confirmed::Unclear { message: word.to_owned() },
        },
        Err(message) => Confirmed::Unclear { message },
    }
}

impl Done {
    /// What was paid, as the answer says it. The documentation has no invoice in it; where there is one, it is compared.
    fn transaction(&self, id: String, order: &Order) -> Transaction {
        let text = self.amount.text();
        Transaction {
            id,
            kind: TransactionKind::Sale,
            approved: true,
            declined: false,
            amount: Money::parse(text, order.amount.currency).map_err(|_| text.to_owned()),
            ours: self.invoice_no.given().is_none_or(|invoice| invoice == order.wire_reference),
            remaining: None,
            only_whole: false,
            raw_status: self.message.text().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
