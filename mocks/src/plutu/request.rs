//! Reads a call, strictly, and writes the errors.

use std::net::IpAddr;

use axum::http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use crate::{
    amount,
    exchange::{Answer, Received, Refusal},
    form::Form,
};

/// A wallet with one-time codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wallet {
    Edfali,
    Sadad,
}

/// A gateway with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hosted {
    LocalBankCards,
    Mpgs,
    Tlync,
}

impl Hosted {
    /// Its name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::LocalBankCards => "localbankcards",
            Self::Mpgs => "mpgs",
            Self::Tlync => "tlync",
        }
    }

    /// What its amounts are in.
    pub(super) fn currency(self) -> &'static str {
        if self == Self::Mpgs { "USD" } else { "LYD" }
    }
}

/// What a path asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Verify(Wallet),
    Confirm(Wallet),
    Checkout(Hosted),
}

impl Action {
    /// The action of a path, and its name as an operation.
    pub(super) fn of_path(path: &str) -> Option<(Self, &'static str)> {
        Some(match path.strip_prefix("api/v1/transaction/")? {
            "edfali/verify" => (Self::Verify(Wallet::Edfali), "edfali_verify"),
            "edfali/confirm" => (Self::Confirm(Wallet::Edfali), "edfali_confirm"),
            "sadadapi/verify" => (Self::Verify(Wallet::Sadad), "sadadapi_verify"),
            "sadadapi/confirm" => (Self::Confirm(Wallet::Sadad), "sadadapi_confirm"),
            "localbankcards/confirm" => (Self::Checkout(Hosted::LocalBankCards), "localbankcards_confirm"),
            "mpgs/confirm" => (Self::Checkout(Hosted::Mpgs), "mpgs_confirm"),
            "tlync/confirm" => (Self::Checkout(Hosted::Tlync), "tlync_confirm"),
            _ => return None,
        })
    }
}

/// An amount as it was written, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    pub(super) text: String,
    pub(super) dirham: i64,
}

impl Amount {
    /// Reads one of at most two decimals.
    pub(super) fn read(text: String) -> Result<Self, String> {
        if text.split_once('.').is_some_and(|(_, fraction)| fraction.len() > 2) {
            return Err("at most two decimals".to_owned());
        }
        let dirham = amount::dirham(&text)?;
        Ok(Self { text, dirham })
    }

    /// As PHP writes a number: without zeros at the end.
    pub(super) fn number(&self) -> String {
        let text = amount::decimal(self.dirham);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A call whose fields are right.
pub(super) enum Call {
    Verify { wallet: Wallet, phone: String, birth_year: Option<u16>, amount: Amount },
    Confirm { wallet: Wallet, process: String, code: String, invoice: String, amount: Amount },
    Checkout(Checkout),
}

/// A page that is to be made.
pub(super) struct Checkout {
    pub(super) gateway: Hosted,
    pub(super) invoice: String,
    pub(super) amount: Amount,
    pub(super) return_url: String,
    pub(super) callback_url: Option<String>,
    pub(super) english: bool,
}

/// A field that is wrong, and why.
type Wrong = (&'static str, String);

impl Call {
    /// Reads the form of an action.
    pub(super) fn read(action: Action, request: &Received) -> Result<Self, Refusal> {
        if request.content_type() != "application/x-www-form-urlencoded" {
            // Strictness: the real one takes multipart as well.
            return Err(invalid("Content-Type", "this mock takes application/x-www-form-urlencoded alone"));
        }
        let mut form = Form::read(&request.body).map_err(|reason| invalid("body", &reason))?;
        let call = fields(action, &mut form).map_err(|(field, reason)| invalid(field, &reason))?;
        match form.left() {
            Some(field) => Err(invalid(field, "there is no such parameter")),
            None => Ok(call),
        }
    }
}

fn fields(action: Action, form: &mut Form) -> Result<Call, Wrong> {
    let amount = take(form, "amount", |text| Amount::read(text.to_owned()))?;
    match action {
        Action::Verify(wallet) => {
            let prefixes = if wallet == Wallet::Sadad { "13" } else { "123456" };
            let phone = take(form, "mobile_number", |text| mobile(text, prefixes))?;
            let birth_year = match wallet {
                Wallet::Edfali => None,
                Wallet::Sadad => Some(take(form, "birth_year", year)?),
            };
            Ok(Call::Verify { wallet, phone, birth_year, amount })
        }
        Action::Confirm(wallet) => {
            let process = take(form, "process_id", |text| digits(text, 13))?;
            let code = take(form, "code", |text| digits(text, if wallet == Wallet::Sadad { 6 } else { 4 }))?;
            let invoice = take(form, "invoice_no", invoice)?;
            address(form)?;
            Ok(Call::Confirm { wallet, process, code, invoice, amount })
        }
        Action::Checkout(gateway) => checkout(gateway, amount, form).map(Call::Checkout),
    }
}

fn checkout(gateway: Hosted, amount: Amount, form: &mut Form) -> Result<Checkout, Wrong> {
    let invoice = take(form, "invoice_no", invoice)?;
    let return_url = take(form, "return_url", web_address)?;
    let callback_url = match gateway {
        Hosted::Tlync => {
            take(form, "mobile_number", |text| mobile(text, "123456"))?;
            if form.take("email").is_some_and(|email| !email.contains('@')) {
                return Err(("email", "no address of electronic mail".to_owned()));
            }
            Some(take(form, "callback_url", web_address)?)
        }
        _ => None,
    };
    address(form)?;
    let english = match form.take("lang").as_deref() {
        None | Some("ar") => false,
        Some("en") => true,
        Some(_) => return Err(("lang", "ar or en".to_owned())),
    };
    Ok(Checkout { gateway, invoice, amount, return_url, callback_url, english })
}

fn take<T>(form: &mut Form, name: &'static str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Wrong> {
    let text = form.take(name).ok_or((name, "is required".to_owned()))?;
    read(&text).map_err(|reason| (name, reason))
}

fn mobile(text: &str, prefixes: &str) -> Result<String, String> {
    let third = text.chars().nth(2).unwrap_or(' ');
    let fits = text.starts_with("09") && prefixes.contains(third) && digits(text, 10).is_ok();
    if fits { Ok(text.to_owned()) } else { Err(format!("no mobile number 09[{prefixes}]XXXXXXX")) }
}

fn digits(text: &str, length: usize) -> Result<String, String> {
    let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err(format!("not {length} digits")) }
}

fn year(text: &str) -> Result<u16, String> {
    digits(text, 4)?.parse().map_err(|_| "no year".to_owned())
}

fn invoice(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let fits = !text.is_empty() && text.bytes().all(plain);
    if fits { Ok(text.to_owned()) } else { Err("letters, digits, '.', '-' and '_' alone".to_owned()) }
}

fn web_address(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_some() { Ok(text.to_owned()) } else { Err("no address".to_owned()) }
}

fn address(form: &mut Form) -> Result<(), Wrong> {
    match form.take("customer_ip").map(|text| text.parse::<IpAddr>()) {
        Some(Err(_)) => Err(("customer_ip", "no address of the internet".to_owned())),
        _ => Ok(()),
    }
}

fn invalid(field: &str, reason: &str) -> Refusal {
    let mut answer = error(422, "INVALID_INPUTS", "The given data was invalid");
    answer["error"]["fields"] = json!({ field: [reason] });
    Refusal::violation(format!("{field}: {reason}"), Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &answer))
}

/// The body of an error.
pub(super) fn error(status: u16, code: &str, message: &str) -> Value {
    json!({ "error": { "status": status, "code": code, "message": message } })
}

/// An error whose status is also the one of HTTP.
pub(super) fn refused(status: u16, code: &str, message: &str) -> Answer {
    let http = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::json(http, &error(status, code, message))
}
