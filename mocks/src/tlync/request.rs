//! Reads the two calls, strictly, and writes the refusals.

use axum::http::{
    StatusCode,
    header::{ACCEPT, RETRY_AFTER},
};
use serde_json::json;
use url::Url;

use crate::{
    amount::dirham,
    exchange::{Answer, Received, Refusal},
    form::Form,
};

/// payment/initiate, with every value checked.
#[derive(Debug, Clone)]
pub(super) struct Initiate {
    pub(super) dirham: i64,
    pub(super) phone: String,
    pub(super) email: Option<String>,
    pub(super) backend_url: String,
    pub(super) frontend_url: String,
    pub(super) failed_front_end_url: Option<String>,
    pub(super) custom_ref: String,
}

/// What a receipt is asked by.
#[derive(Debug, Clone)]
pub(super) enum Reference {
    Custom(String),
    Transaction(String),
}

/// A call, read.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Initiate(Initiate),
    Receipt(Reference),
}

/// A field and what is wrong with it.
type Wrong = (&'static str, &'static str);

/// Reads a call of this operation for the store whose token came with it.
pub(super) fn read(operation: &str, store_id: &str, request: &Received) -> Result<Call, Refusal> {
    if request.content_type() != "application/x-www-form-urlencoded" {
        return Err(invalid("id", "The id field is required: only a form is read."));
    }
    // Without it the real one answers with pages.
    if !request.header(ACCEPT).contains("application/json") {
        return Err(invalid("accept", "The Accept header must be application/json."));
    }
    let mut form = Form::read(&request.body).map_err(|reason| invalid("form", &reason))?;
    let call = if operation == super::INITIATE { initiate(&mut form, store_id) } else { receipt(&mut form, store_id) };
    let call = call.map_err(|(field, reason)| invalid(field, reason))?;
    // Strictness: nothing says what the real one does with a field that it does not know.
    match form.left() {
        Some(name) => Err(invalid(name, "The field is not known.")),
        None => Ok(call),
    }
}

fn initiate(form: &mut Form, store_id: &str) -> Result<Call, Wrong> {
    own(form, "id", store_id)?;
    let amount = required(form, "amount")?;
    let decimals = amount.split_once('.').map(|(_, decimals)| decimals.len());
    let amount = dirham(&amount).ok().filter(|_| decimals == Some(2));
    let phone = required(form, "phone")?;
    if !is_phone(&phone) {
        return Err(("phone", "The phone format is invalid."));
    }
    let email = form.take("email");
    if email.as_ref().is_some_and(|email| !email.contains('@')) {
        return Err(("email", "The email must be a valid email address."));
    }
    let custom_ref = required(form, "custom_ref")?;
    if custom_ref.len() > 255 {
        return Err(("custom_ref", "The custom ref may not be greater than 255 characters."));
    }
    Ok(Call::Initiate(Initiate {
        dirham: amount.ok_or(("amount", "The amount format is invalid."))?,
        phone,
        email,
        backend_url: required(form, "backend_url").and_then(|text| web(text, "backend_url"))?,
        frontend_url: required(form, "frontend_url").and_then(|text| web(text, "frontend_url"))?,
        failed_front_end_url: form
            .take("failed_front_end_url")
            .map(|text| web(text, "failed_front_end_url"))
            .transpose()?,
        custom_ref,
    }))
}

fn receipt(form: &mut Form, store_id: &str) -> Result<Call, Wrong> {
    own(form, "store_id", store_id)?;
    match (form.take("custom_ref"), form.take("transaction_ref")) {
        (Some(reference), None) => Ok(Call::Receipt(Reference::Custom(reference))),
        (None, Some(reference)) => Ok(Call::Receipt(Reference::Transaction(reference))),
        // Strictness: what two of them mean is not known.
        _ => Err(("custom_ref", "One of custom ref and transaction ref is required.")),
    }
}

/// The id of the store that the token belongs to.
fn own(form: &mut Form, name: &'static str, store_id: &str) -> Result<(), Wrong> {
    if required(form, name)? == store_id { Ok(()) } else { Err((name, "The selected id is invalid.")) }
}

fn required(form: &mut Form, name: &'static str) -> Result<String, Wrong> {
    form.take(name).filter(|text| !text.is_empty()).ok_or((name, "The field is required."))
}

/// `09…` and `2189…` are both in use.
fn is_phone(text: &str) -> bool {
    let national = text.strip_prefix("218").or_else(|| text.strip_prefix('0')).unwrap_or_default();
    let bytes = national.as_bytes();
    bytes.len() == 9 && bytes.iter().all(u8::is_ascii_digit) && bytes[0] == b'9' && (b'1'..=b'6').contains(&bytes[1])
}

fn web(text: String, name: &'static str) -> Result<String, Wrong> {
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(|_| text).ok_or((name, "The format is invalid: an address of the web is needed."))
}

/// The refusal of a field: HTTP 422, as Laravel does it.
pub(super) fn invalid(field: &str, reason: &str) -> Refusal {
    let errors = json!({ field: [reason] });
    let body = json!({ "message": "The given data was invalid.", "errors": errors });
    Refusal::violation(format!("{field}: {reason}"), Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &body))
}

/// An answer that has a message alone.
pub(super) fn message(status: StatusCode, text: &str) -> Answer {
    Answer::json(status, &json!({ "message": text }))
}

/// The answer to whoever sent too much.
pub(super) fn too_many(seconds: u64) -> Answer {
    message(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts.").with(RETRY_AFTER, seconds)
}
