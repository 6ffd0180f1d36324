//! Reads a request, strictly: who sends it, what it asks, what is in it. Writes the refusals.

use axum::http::{HeaderName, Method, StatusCode};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use url::Url;

use super::{Account, Contract, book::Wallet, sign};
use crate::{
    amount,
    clock::clock,
    exchange::{Answer, Received, Refusal},
    form::Form,
};

/// What a request asks.
pub(super) enum Operation {
    CreatePayment,
    ConfirmPayment(String),
    ResendCode(String),
    FindPayments,
    ListTransactions,
    InquireBill,
    CreateService,
    FindServices,
}

impl Operation {
    /// The operation of a method and a path.
    pub(super) fn of(contract: Contract, request: &Received) -> Option<Self> {
        let is_post = request.parts.method == Method::POST;
        if !is_post && request.parts.method != Method::GET {
            return None;
        }
        let segments: Vec<&str> = request.path.split('/').collect();
        Some(match (is_post, segments.as_slice()) {
            (true, ["v1", "payments"]) => Self::CreatePayment,
            (true, ["v1", "payments", id, "confirm"]) => Self::ConfirmPayment((*id).to_owned()),
            (true, ["v1", "payments", id, "resend"]) => Self::ResendCode((*id).to_owned()),
            (false, ["v1", "payments"]) => Self::FindPayments,
            (false, ["v1", "transactions"]) => Self::ListTransactions,
            (true, ["v1", "bills", "inquire"]) if contract.services => Self::InquireBill,
            (true, ["v1", "services"]) if contract.services => Self::CreateService,
            (false, ["v1", "services"]) if contract.services => Self::FindServices,
            _ => return None,
        })
    }

    /// Its name in faults and the journal.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::CreatePayment => "create_payment",
            Self::ConfirmPayment(_) => "confirm_payment",
            Self::ResendCode(_) => "resend_code",
            Self::FindPayments => "find_payments",
            Self::ListTransactions => "list_transactions",
            Self::InquireBill => "inquire_bill",
            Self::CreateService => "create_service",
            Self::FindServices => "find_services",
        }
    }
}

/// The account that sent a request, if its key, its time and its signature are right.
pub(super) fn sender(wallet: &Wallet, request: &Received) -> Result<Account, Refusal> {
    let refuse = |reason: &str| Err(misuse(401, "unauthorized", reason));
    let Some(account) = request.bearer().and_then(|key| wallet.account(key)) else {
        return refuse("Authorization is missing, or the key is wrong");
    };
    let header = |name: &'static str| request.header(HeaderName::from_static(name));
    let time = header("x-timestamp");
    let Ok(seconds) = time.parse::<i64>() else { return refuse("X-Timestamp is missing, or no number of seconds") };
    let target = request.parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let expected = sign::request(&account.secret_key, time, request.parts.method.as_str(), target, &request.body);
    if header("x-signature") != expected {
        return refuse("X-Signature is missing or wrong");
    }
    if (clock().as_second() - seconds).abs() > sign::TOLERANCE {
        return refuse("X-Timestamp is more than 300 seconds off");
    }
    Ok(account.clone())
}

/// The fields of a body or a query, of which one after the other is taken.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of a body of JSON.
    pub(super) fn of_body(request: &Received) -> Result<Self, Refusal> {
        if request.content_type() != "application/json" {
            return Err(invalid("Content-Type is not application/json"));
        }
        if request.parts.uri.query().is_some() {
            return Err(invalid("there is a query"));
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(invalid("the body is not a JSON object")),
        }
    }

    /// The fields of a query; there is no body.
    pub(super) fn of_query(request: &Received, names: &[&str]) -> Result<Self, Refusal> {
        if !request.body.is_empty() {
            return Err(invalid("there is a body"));
        }
        let query = request.parts.uri.query().unwrap_or_default();
        let mut form = Form::read(query.as_bytes()).map_err(|reason| invalid(&reason))?;
        let mut fields = Map::new();
        for name in names {
            let text = form.take(name).ok_or_else(|| invalid(&format!("{name} is missing")))?;
            fields.insert((*name).to_owned(), Value::from(text));
        }
        form.left().map_or(Ok(Self(fields)), |name| Err(unknown(name)))
    }

    /// A text, where it is there.
    pub(super) fn optional(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(&format!("{name} is no text"))),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &str) -> Result<String, Refusal> {
        self.optional(name)?.ok_or_else(|| invalid(&format!("{name} is missing")))
    }

    /// A reference: 1 to 64 plain letters.
    pub(super) fn reference(&mut self) -> Result<String, Refusal> {
        let text = self.text("reference")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(text) } else { Err(invalid("reference is not 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-'")) }
    }

    /// Amount and currency.
    pub(super) fn money(&mut self) -> Result<i64, Refusal> {
        let text = self.text("amount")?;
        if text.split_once('.').is_none_or(|(_, fraction)| fraction.len() != 3) {
            return Err(invalid("amount has not three decimals"));
        }
        let dirham = amount::dirham(&text).map_err(|reason| invalid(&reason))?;
        let currency = self.text("currency")?;
        if currency == "LYD" { Ok(dirham) } else { Err(invalid("currency is not LYD")) }
    }

    /// A Libyan mobile number, where it is there.
    pub(super) fn phone(&mut self) -> Result<Option<String>, Refusal> {
        let Some(phone) = self.optional("phone")? else { return Ok(None) };
        let national = phone.strip_prefix("+218").filter(|national| national.starts_with('9'));
        let fits = national.is_some_and(|national| is_digits(national, 9..=9));
        if fits { Ok(Some(phone)) } else { Err(invalid("phone is not +218 and nine digits of a mobile number")) }
    }

    /// An address of the web, where it is there.
    pub(super) fn url(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map_or_else(|| Err(invalid(&format!("{name} is no address"))), |_| Ok(Some(text)))
    }

    /// A day.
    pub(super) fn day(&mut self) -> Result<Date, Refusal> {
        let text = self.text("date")?;
        let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
        date.ok_or_else(|| invalid("date is not YYYY-MM-DD"))
    }

    /// Refuses what nobody has taken.
    pub(super) fn end(self) -> Result<(), Refusal> {
        self.0.keys().next().map_or(Ok(()), |name| Err(unknown(name)))
    }
}

/// Whether a text is of digits, this many.
pub(super) fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A request that is not as the contract lists it.
pub(super) fn invalid(reason: &str) -> Refusal {
    misuse(400, "invalid_request", reason)
}

fn unknown(name: &str) -> Refusal {
    invalid(&format!("there is no field {name}, or not here"))
}

/// A mistake of the caller.
pub(super) fn misuse(status: u16, code: &str, reason: &str) -> Refusal {
    Refusal::violation(reason, error(status, code, reason))
}

/// A refusal of which the caller need not be ashamed.
pub(super) fn decline(status: u16, code: &str, message: &str) -> Refusal {
    Refusal::decline(error(status, code, message))
}

/// The body of every refusal.
pub(super) fn error(status: u16, code: &str, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::json(status, &json!({ "error": { "code": code, "message": message } }))
}
