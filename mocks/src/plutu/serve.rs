//! The HTTP side: which call a request is, what it does, and how refusals look.

use std::sync::Arc;

use axum::{
    http::{HeaderName, Method, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Merchant, NAME, OPERATIONS, PRESENCE, Plutu,
    book::{Confirmation, Unconfirmed},
    customer,
    request::{Action, Amount, Call, Checkout, Wallet, error, refused},
};
use crate::{
    Charge, Code, Pay, PayResult,
    clock::clock,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
    wallet::{CODE, Customer},
};

/// The code of four digits.
const SHORT_CODE: &str = "1111";
/// More than this is too much; the real limits are not known.
const MOST: i64 = 10_000_000;

impl Provider for Plutu {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        if request.path == "api/v1" && request.parts.method == Method::GET {
            return Ask::of(PRESENCE, None, Err(absent(request)));
        }
        let Some((action, operation)) = Action::of_path(&request.path) else {
            let answer = refused(404, "INVALID_GATEWAY", "There is no such gateway");
            return Ask::unknown(Refusal::violation("there is no such gateway", answer));
        };
        if request.parts.method != Method::POST {
            let answer = refused(405, "INVALID_INPUTS", "Only POST is allowed");
            return Ask::unknown(Refusal::violation("only POST is served", answer));
        }
        let api_key = request.header(HeaderName::from_static("x-api-key")).to_owned();
        let merchant = shared.plutu.lock().merchant(&api_key, request.bearer().unwrap_or_default()).cloned();
        let Some(merchant) = merchant else {
            let answer = refused(401, "AUTH_ERROR", "Invalid access token or API key");
            let refusal = Refusal::violation("X-API-KEY or the access token is wrong", answer);
            return Ask::of(operation, Some(&api_key), Err(refusal));
        };
        let origin = request.origin();
        let work = Call::read(action, request).and_then(|call| admit(shared, &merchant, call));
        Ask::of(operation, Some(&api_key), work.map(|call| work_of(merchant, call, origin)))
    }

    fn page(&self, shared: &Arc<Shared>, request: &Received) -> Option<Response> {
        customer::page(shared, request)
    }

    fn error_in_200(&self, _operation: &str, _path: &str) -> Answer {
        Answer::json(StatusCode::OK, &error(500, "BACKEND_ERROR", "Backend error"))
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        refused(status.as_u16(), "BACKEND_ERROR", "Backend error")
    }

    fn sends_callbacks(&self) -> bool {
        true
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let merchant: Merchant = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.plutu.add(merchant)
    }

    fn pay(&self, shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
        customer::pay(shared, act)
    }

    fn charges(&self, shared: &Shared) -> Vec<Charge> {
        shared.plutu.charges()
    }
}

/// There is nothing at the base, whoever asks. To prove who one is there would be to show a secret for nothing.
fn absent(request: &Received) -> Refusal {
    let answer = refused(404, "NOT_FOUND", "There is no such resource");
    if request.bearer().is_some() {
        return Refusal::violation("a credential was sent where nobody asks for one", answer);
    }
    Refusal::decline(answer)
}

/// Checks what a caller who keeps count never does: confirm again, use an invoice again.
fn admit(shared: &Shared, merchant: &Merchant, call: Call) -> Result<Call, Refusal> {
    let state = shared.plutu.lock();
    let misuse = match &call {
        Call::Verify { .. } => None,
        Call::Confirm { wallet, process, code, invoice, amount } => {
            let asked = Confirmation { wallet: *wallet, process, code, invoice, dirham: amount.dirham };
            state.misuse(&merchant.api_key, &asked).map(unconfirmed)
        }
        Call::Checkout(checkout) => state.is_used(&merchant.api_key, &checkout.invoice).then(used),
    };
    misuse.map_or(Ok(call), Err)
}

fn work_of(merchant: Merchant, call: Call, origin: String) -> Work {
    Box::new(move |shared: &Arc<Shared>| match call {
        Call::Verify { wallet, phone, birth_year, amount } => {
            verify(shared, &merchant, wallet, phone, birth_year, &amount)
        }
        Call::Confirm { wallet, process, code, invoice, amount } => {
            let asked =
                Confirmation { wallet, process: &process, code: &code, invoice: &invoice, dirham: amount.dirham };
            let number = shared.plutu.lock().confirm(&merchant.api_key, &asked).map_err(unconfirmed)?;
            Ok(done(&format!("\"transaction_id\":{number}"), &amount, "Transaction completed successfully"))
        }
        Call::Checkout(checkout) => make(shared, &merchant, checkout, &origin),
    })
}

fn verify(
    shared: &Shared,
    merchant: &Merchant,
    wallet: Wallet,
    phone: String,
    birth_year: Option<u16>,
    amount: &Amount,
) -> Result<Answer, Refusal> {
    let decline = |status, code, message| Err(Refusal::decline(refused(status, code, message)));
    let year = clock().to_zoned(jiff::tz::TimeZone::UTC).year().unsigned_abs();
    let is_known = birth_year.is_none_or(|born| (1940..=year - 12).contains(&born));
    match Customer::of(&phone) {
        Customer::Unreachable => {
            return decline(500, "BACKEND_SERVER_ERROR", "There is a problem connecting to the bank server");
        }
        Customer::Unknown if wallet == Wallet::Edfali => {
            return decline(400, "NOT_SUBSCRIBED", "The mobile number is not subscribed to Adfali service");
        }
        customer if customer == Customer::Unknown || !is_known => {
            return decline(400, "INVALID_MOBILE_NUMBER_OR_BIRTH_YEAR", "Incorrect mobile number/year of birth");
        }
        _ => {}
    }
    if amount.dirham > MOST {
        return decline(400, "AMOUNT_EXCEEDED_MAXIMUM", "The amount exceeded the maximum");
    }
    let code = if wallet == Wallet::Sadad { CODE } else { SHORT_CODE };
    let process = shared.plutu.lock().verify(merchant, wallet, &phone, amount, code, &shared.chance);
    let answer = done(&format!("\"process_id\":{process}"), amount, "OTP has been sent to your mobile number");
    // The invoice is not known yet: the process is all that a code can be found by.
    let (reference, code) = (String::new(), code.to_owned());
    shared.codes.send(Code { at: clock(), provider: NAME, reference, transaction_id: process, phone, code });
    Ok(answer)
}

fn make(shared: &Shared, merchant: &Merchant, checkout: Checkout, origin: &str) -> Result<Answer, Refusal> {
    if checkout.amount.dirham > MOST {
        let answer = refused(400, "AMOUNT_EXCEEDED_MAXIMUM", "The amount exceeded the maximum");
        return Err(Refusal::decline(answer));
    }
    let token = shared.plutu.lock().make(merchant, checkout, &shared.chance).ok_or_else(used)?;
    let url = format!("{origin}/{NAME}/checkout/{token}");
    let body = json!({ "status": 200, "result": { "code": "CHECKOUT_REDIRECT", "redirect_url": url } });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// The answer of a wallet: its numbers are JSON numbers, and an amount is no float here.
fn done(field: &str, amount: &Amount, message: &str) -> Answer {
    let amount = amount.number();
    let body = format!("{{\"status\":200,\"result\":{{{field},\"amount\":{amount}}},\"message\":\"{message}\"}}");
    Answer::new(StatusCode::OK, "application/json", body)
}

fn unconfirmed(refusal: Unconfirmed) -> Refusal {
    let message = match refusal.code {
        "INVLIAD_OTP" => "Invalid OTP",
        "OTP_EXPIRED" => "The OTP has exceeded the time allowed for its use",
        "INSUFFICIENT_BALANCE" => "Insufficient balance for the transaction",
        "DUPLICATED_INVOICE_NUMBER" => "Invoice number already exists",
        "REFERENCE_NUMBER_DOES_NOT_EXIST" => "Reference number does not exist",
        "INVALID_INVOICE_AMOUNT_OR_NUMBER" => "Incorrect invoice ID or amount",
        _ => "Something went wrong",
    };
    let answer = refused(400, refusal.code, message);
    Refusal { violation: refusal.violation.map(str::to_owned), answer }
}

fn used() -> Refusal {
    let answer = refused(400, "DUPLICATED_INVOICE_NUMBER", "Invoice number already exists");
    Refusal::violation("invoice_no was used before", answer)
}
