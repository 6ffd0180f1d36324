//! Reading Edfali's answers: one text each, a session, `OK` or a code, and nothing that names the payment.

use kit::{Delivery, Kind, Refusal, Reply};

use super::CODE_LENGTH;
use super::wire::{NAMESPACE, Operation};
use crate::codes::Confirmed;
use crate::faults;
use crate::port::{Order, Session, SessionStep, Transaction, TransactionKind};

/// The namespace of descriptions.
const WSDL: &str = "\"http://schemas.xmlsoap.org/wsdl/\"";

/// A result, read without regard to case (SOURCE.md, "Answers").
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// `OK`
    Ok,
    /// No text, or no element: the customer is not registered.
    Nothing,
    /// `PW1`: the password of the service.
    Password,
    /// `PW`: the PIN, which is the merchant's in DoPTrans and the customer's code in OnlineConfTrans.
    Pin,
    /// `ACC`, `LIMIT`, `BAL`: the customer's account, the limits, the balance.
    Customer(String),
    /// `NO`: the customer is not registered, or there is no such session.
    No,
    /// Everything else, codes of which a single client knows among it.
    Other(String),
}

impl Word {
    fn of(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().trim();
        match text.to_ascii_uppercase().as_str() {
            "" => Self::Nothing,
            "OK" => Self::Ok,
            "PW1" => Self::Password,
            "PW" => Self::Pin,
            "ACC" | "LIMIT" | "BAL" => Self::Customer(text.to_owned()),
            "NO" => Self::No,
            _ => Self::Other(text.to_owned()),
        }
    }
}

fn word(operation: Operation, reply: &Reply) -> Result<Word, Refusal> {
    let response = faults::response(reply, NAMESPACE, operation.response())?;
    let text = response.text(operation.result()).map_err(|error| faults::malformed(&error))?;
    Ok(Word::of(text))
}

fn refusal(kind: Kind, delivery: Delivery, message: impl Into<String>) -> Refusal {
    Refusal { kind, delivery, message: message.into() }
}

fn wrong_password() -> Refusal {
    refusal(Kind::Unauthorized, Delivery::Never, "the password of the service was refused (PW1)")
}

/// Judges the description of the service: one in WSDL, whole, with both operations in it.
pub(super) fn description_outcome(reply: &Reply) -> Result<(), Refusal> {
    let text = std::str::from_utf8(&reply.body).unwrap_or_default();
    let is_whole = text.contains(WSDL) && text.trim_end().ends_with("definitions>");
    let has = |operation: Operation| text.contains(operation.name());
    if is_whole && has(Operation::DoPTrans) && has(Operation::OnlineConfTrans) {
        return Ok(());
    }
    Err(refusal(Kind::Protocol, Delivery::Maybe, "the answer does not describe the service"))
}

/// Judges an answer of DoPTrans: what is the customer's fault is an answer, which `session` reads.
pub(super) fn opening_outcome(reply: &Reply) -> Result<(), Refusal> {
    match session(reply) {
        Err(refusal) if !matches!(refusal.kind, Kind::Rejected | Kind::NotFound) => Err(refusal),
        _ => Ok(()),
    }
}

/// Judges an answer of OnlineConfTrans. A wrong password of the service was refused before anything was done.
pub(super) fn confirm_outcome(reply: &Reply) -> Result<(), Refusal> {
    match word(Operation::OnlineConfTrans, reply)? {
        Word::Password => Err(wrong_password()),
        _ => Ok(()),
    }
}

/// Reads the session that DoPTrans has begun. Nothing is charged by it, whatever it says.
pub(super) fn session(reply: &Reply) -> Result<Session, Refusal> {
    match word(Operation::DoPTrans, reply)? {
        Word::Other(text) if is_session(&text) => {
            Ok(Session { id: text, next: SessionStep::Code { length: CODE_LENGTH, expires_at: None } })
        }
        Word::Nothing => Err(refusal(Kind::NotFound, Delivery::Done, "the customer is not registered")),
        Word::No => Err(refusal(Kind::NotFound, Delivery::Done, "the customer is not registered (NO)")),
        Word::Customer(code) => Err(refusal(Kind::Rejected, Delivery::Done, code)),
        Word::Password => Err(wrong_password()),
        Word::Pin => Err(refusal(Kind::Unauthorized, Delivery::Never, "the merchant's PIN was refused (PW)")),
        Word::Ok => Err(not_understood("OK")),
        Word::Other(text) => Err(not_understood(&text)),
    }
}

fn not_understood(text: &str) -> Refusal {
    // Somebody else's page may stand there: a word is enough to know it by.
    let shown: String = text.chars().take(40).collect();
    refusal(
        Kind::Protocol,
        Delivery::Maybe,
        format!("the result is neither a session nor a code that is known: {shown}"),
    )
}

/// Digits, by what most clients demand; letters are taken where digits are among them, as the rest do. No word that was
/// ever seen as a code is such.
fn is_session(text: &str) -> bool {
    (4..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Reads the answer to a confirmation.
///
/// `OK` names neither the session, an amount nor a number of its own. What it confirms is the session that was sent, which
/// was begun for the order's amount: the transaction is made of the order's own reference and amount, so the judge can find
/// nothing wrong with it, and there is nobody to ask.
pub(super) fn confirmed(order: &Order, reply: &Reply) -> Confirmed {
    let word = match word(Operation::OnlineConfTrans, reply) {
        Ok(word) => word,
        Err(refusal) => return Confirmed::Unclear { message: refusal.message },
    };
    match word {
        Word::Ok => Confirmed::Paid(sale(order)),
        Word::Pin => Confirmed::WrongCode,
        Word::Customer(raw) => Confirmed::Refused { raw },
        // It is said of a session that is over or not known, and nobody knows whether of a paid one as well.
        Word::No => Confirmed::Unclear { message: "NO".to_owned() },
        Word::Password => Confirmed::Unclear { message: wrong_password().message },
        Word::Nothing => Confirmed::Unclear { message: "the result is empty".to_owned() },
        Word::Other(text) => Confirmed::Unclear { message: not_understood(&text).message },
    }
}

fn sale(order: &Order) -> Transaction {
    Transaction {
        id: order.wire_reference.clone(),
        kind: TransactionKind::Sale,
        approved: true,
        declined: false,
        amount: Ok(order.amount),
        ours: true,
        remaining: None,
        only_whole: false,
        raw_status: "OK".to_owned(),
    }
}

#[cfg(test)]
mod tests;
