//! REST: which call a request is, and how an answer looks.

use axum::http::{Method, StatusCode, header::WWW_AUTHENTICATE};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    Merchant, OPERATIONS, PAY, RESEND, Transaction, VALIDATE,
    book::{Call, Declined, Opening},
};
use crate::{
    amount::{decimal, dirham},
    exchange::{Answer, Received, Refusal},
};

/// The categories that are known.
const CATEGORIES: [u16; 29] =
    [0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 36];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Validate {
    msisdn: String,
    /// Text in most clients, a number in one.
    birth_year: Value,
    invoice_no: String,
    /// As written: a float would hide how many decimals there are.
    amount: Box<RawValue>,
    category: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Pay {
    transaction_id: u64,
    #[serde(rename = "OTP")]
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Resend {
    transaction_id: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Enquiry {
    invoice_no: String,
}

/// The operation of a path below the provider's, whose case does not matter.
pub(super) fn operation(path: &str) -> Option<&'static str> {
    let (folder, name) = path.split_once('/')?;
    let known = OPERATIONS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    known.filter(|_| folder.eq_ignore_ascii_case("api"))
}

/// Reads a call of this operation.
pub(super) fn read(operation: &str, request: &Received) -> Result<Call, Refusal> {
    if request.parts.method != Method::POST {
        return Err(invalid(StatusCode::METHOD_NOT_ALLOWED, "only POST is taken".to_owned()));
    }
    if request.content_type() != "application/json" {
        return Err(invalid(StatusCode::UNSUPPORTED_MEDIA_TYPE, "only application/json is taken".to_owned()));
    }
    let call = match operation {
        VALIDATE => parse::<Validate>(request).and_then(validate),
        PAY => parse::<Pay>(request).and_then(|call| pay(call.transaction_id, call.code)),
        RESEND => parse::<Resend>(request).map(|call| Call::Resend { transaction_id: call.transaction_id }),
        _ => parse::<Enquiry>(request).map(|call| Call::Enquiry { invoice_no: call.invoice_no }),
    };
    call.map_err(|reason| invalid(StatusCode::BAD_REQUEST, reason))
}

fn parse<'a, T: Deserialize<'a>>(request: &'a Received) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn validate(call: Validate) -> Result<Call, String> {
    let year = match &call.birth_year {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("BirthYear is neither text nor a number".to_owned()),
    };
    // Text keeps its quotes here, and so is no amount.
    opening(call.msisdn, &year, call.invoice_no, call.amount.get(), call.category)
}

/// Validate from its values, whichever protocol they came over.
pub(super) fn opening(
    phone: String,
    birth_year: &str,
    invoice_no: String,
    amount: &str,
    category: u16,
) -> Result<Call, String> {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let national = phone.strip_prefix('0').unwrap_or(&phone);
    if !digits(national, 9) || !(national.starts_with("91") || national.starts_with("93")) {
        return Err("Msisdn is no number of Almadar, 091 or 093 and seven digits".to_owned());
    }
    let is_year = digits(birth_year, 4) && ("1900".."2025").contains(&birth_year);
    if !is_year {
        return Err("BirthYear is no year".to_owned());
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if invoice_no.is_empty() || invoice_no.len() > 50 || !invoice_no.bytes().all(is_plain) {
        return Err("InvoiceNo is not made of 1 to 50 letters, digits, '.', '_' and '-'".to_owned());
    }
    if !CATEGORIES.contains(&category) {
        return Err(format!("Category {category} is not known"));
    }
    Ok(Call::Validate(Opening { phone, invoice_no, dirham: dirham(amount)? }))
}

/// Pay from its values, whichever protocol they came over.
pub(super) fn pay(transaction_id: u64, code: String) -> Result<Call, String> {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("OTP is not six digits".to_owned());
    }
    Ok(Call::Pay { transaction_id, code })
}

/// The answer of a call that was done.
pub(super) fn accepted(call: &Call, done: &Transaction, merchant: &Merchant) -> Answer {
    let (id, total) = (done.transaction_id, number(done.dirham + done.commission));
    let reference = done.reference.as_deref();
    let whole = |result: Value| json!({ "statusCode": 0, "result": result, "message": "Success" });
    let body = match call {
        Call::Validate(_) => whole(json!({ "transactionId": id, "merchantNo": done.merchant_no })),
        Call::Resend { .. } => whole(Value::Null),
        Call::Pay { .. } => {
            let commission = number(done.commission);
            let fields = json!({
                "transactionId": id, "merchantNo": done.merchant_no, "commission": commission, "total": total,
            });
            let (mut nested, mut flat) = (json!({ "reference": reference }), whole(json!(reference)));
            extend(if merchant.nested { &mut nested } else { &mut flat }, fields);
            if merchant.nested { whole(nested) } else { flat }
        }
        Call::Enquiry { .. } => whole(json!({
            "transactionId": id,
            "invoiceNo": done.invoice_no,
            "amount": number(done.dirham),
            "status": done.status,
            "reference": reference,
        })),
    };
    Answer::json(StatusCode::OK, &body)
}

/// The answer of a call that was not done: HTTP 200 all the same.
pub(super) fn declined(declined: Declined) -> Refusal {
    let body = json!({ "statusCode": declined.code, "result": declined.text, "message": null });
    Refusal { violation: declined.violation, answer: Answer::json(StatusCode::OK, &body) }
}

/// An error of the gateway inside a good status.
pub(super) fn gateway_error() -> Answer {
    let body = json!({ "statusCode": 999, "result": "خطأ في النظام، حاول لاحقا", "message": null });
    Answer::json(StatusCode::OK, &body)
}

/// The refusal of a token.
pub(super) fn unauthorized(reason: &str) -> Refusal {
    let answer = Answer::new(StatusCode::UNAUTHORIZED, "application/json", "");
    let challenge = axum::http::HeaderValue::from_static("Bearer");
    Refusal::violation(reason, answer.with(WWW_AUTHENTICATE, challenge))
}

/// The refusal of a request that is not valid.
pub(super) fn invalid(status: StatusCode, reason: String) -> Refusal {
    let answer = Answer::json(status, &json!({ "statusCode": 400, "result": null, "message": reason }));
    Refusal::violation(reason, answer)
}

/// An amount as a JSON number with its three decimals.
fn number(amount: i64) -> Value {
    serde_json::from_str(&decimal(amount)).unwrap_or_default()
}

fn extend(object: &mut Value, fields: Value) {
    if let (Value::Object(object), Value::Object(fields)) = (object, fields) {
        object.extend(fields);
    }
}
