//! The HTTP side: which call a request is, what it does, and how refusals look.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::{
    Edfali, Merchant, NAME, OPERATIONS, WSDL,
    description::description,
    request::{Begin, Call, Confirm, NAMESPACE},
    sessions::{Code, Unconfirmed},
};
use crate::{
    Charge, Code as SentCode,
    clock::clock,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
    soap,
    wallet::Customer,
};

const PATH: &str = "BCDUssd/NewEdfali.asmx";
/// More than this is outside the limits; the real ones are not known.
const MOST: i64 = 10_000_000;

impl Provider for Edfali {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        if is_description(request) {
            let answer = description(&request.origin(), request.parts.uri.path());
            return Ask::of(WSDL, None, Ok(Box::new(move |_| Ok(answer))));
        }
        let operation = match operation(request) {
            Ok(operation) => operation,
            Err(refusal) => return Ask::unknown(refusal),
        };
        let call = match Call::read(operation, request) {
            Ok(call) => call,
            Err(reason) => return Ask::of(operation, None, Err(unreadable(reason))),
        };
        let mobile = call.mobile().to_owned();
        let work = admit(shared, operation, &call).map(|merchant| work(merchant, call));
        Ask::of(operation, Some(&mobile), work)
    }

    fn error_in_200(&self, operation: &str, _path: &str) -> Answer {
        if operation == WSDL {
            return Answer::new(StatusCode::OK, "text/plain", "SYS");
        }
        // A word of which nobody knows more than that one client has it in a table.
        result(operation, "SYS")
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        match status {
            StatusCode::INTERNAL_SERVER_ERROR => soap::fault("Server", "Server was unable to process request."),
            status => Answer::new(status, "text/html", ""),
        }
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let merchant: Merchant = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.edfali.add(merchant)
    }

    fn charges(&self, shared: &Shared) -> Vec<Charge> {
        shared.edfali.charges()
    }
}

/// Whether it asks how the service is called; IIS takes the word in any case.
fn is_description(request: &Received) -> bool {
    let asked = request.parts.uri.query().is_some_and(|query| query.eq_ignore_ascii_case(WSDL));
    asked && request.parts.method == Method::GET && request.path.eq_ignore_ascii_case(PATH)
}

/// The operation that SOAPAction names.
fn operation(request: &Received) -> Result<&'static str, Refusal> {
    let refuse = |status, reason: &str| Err(Refusal::violation(reason, Answer::new(status, "text/plain", "")));
    if !request.path.eq_ignore_ascii_case(PATH) {
        return refuse(StatusCode::NOT_FOUND, "there is no such path");
    }
    if request.parts.method != Method::POST {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "only POST is served");
    }
    if request.content_type() != "text/xml" {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "SOAP 1.1 is text/xml");
    }
    let action = request.parts.headers.get("soapaction").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = action.trim_matches('"').strip_prefix(NAMESPACE);
    let known = OPERATIONS.into_iter().find(|known| Some(*known) == name);
    known.ok_or_else(|| {
        let reason = format!("Server did not recognize the value of HTTP Header SOAPAction: {action}.");
        Refusal::violation(reason.clone(), soap::fault("Client", &reason))
    })
}

fn unreadable(reason: String) -> Refusal {
    let answer = soap::fault("Client", &format!("Server was unable to read request. ---> {reason}"));
    Refusal::violation(reason, answer)
}

/// Checks who calls, and that a session is not confirmed again.
fn admit(shared: &Shared, operation: &str, call: &Call) -> Result<Merchant, Refusal> {
    let state = shared.edfali.lock();
    let refuse = |reason: &str, code: Code| Refusal::violation(reason, result(operation, code.text()));
    let merchant =
        state.merchant(call.mobile(), call.password()).map_err(|code| refuse("Mobile or PW is wrong", code))?;
    match call {
        Call::Begin(begin) if begin.pin != merchant.pin => Err(refuse("Pin is wrong", Code::Pin)),
        Call::Begin(_) => Ok(merchant.clone()),
        Call::Confirm(confirm) => match state.misuse(&confirm.mobile, &confirm.session) {
            Some(reason) => Err(refuse(reason, Code::No)),
            None => Ok(merchant.clone()),
        },
    }
}

fn work(merchant: Merchant, call: Call) -> Work {
    Box::new(move |shared: &Arc<Shared>| match call {
        Call::Begin(call) => begin(shared, &merchant, call),
        Call::Confirm(call) => confirm(shared, &call),
    })
}

fn begin(shared: &Shared, merchant: &Merchant, call: Begin) -> Result<Answer, Refusal> {
    let decline = |text: &str| Err(Refusal::decline(result("DoPTrans", text)));
    match Customer::of(&call.customer) {
        Customer::Poor => return decline("Bal"),
        Customer::Unknown => return decline(""),
        Customer::Unreachable => {
            let text = "Server was unable to process request. ---> Unable to connect to the remote server";
            return Err(Refusal::decline(soap::fault("Server", text)));
        }
        Customer::Ready => {}
    }
    if call.dirham > MOST {
        return decline("Limit");
    }
    let (session, code) = shared.edfali.lock().begin(merchant, call.dirham, &shared.chance);
    let answer = result("DoPTrans", &session);
    // No request carries a reference: the session is all that a code can be found by.
    let (reference, phone) = (String::new(), call.customer);
    shared.codes.send(SentCode { at: clock(), provider: NAME, reference, transaction_id: session, phone, code });
    Ok(answer)
}

fn confirm(shared: &Shared, call: &Confirm) -> Result<Answer, Refusal> {
    let confirmed = shared.edfali.lock().confirm(&call.mobile, &call.session, &call.code, clock());
    let result = |text| result("OnlineConfTrans", text);
    match confirmed {
        Ok(()) => Ok(result("OK")),
        Err(Unconfirmed::Declined(code)) => Err(Refusal::decline(result(code.text()))),
        Err(Unconfirmed::Violation(reason)) => Err(Refusal::violation(reason, result(Code::No.text()))),
    }
}

/// The answer of an operation; an empty text is an empty element.
fn result(operation: &str, text: &str) -> Answer {
    let (response, name) = (format!("{operation}Response"), format!("{operation}Result"));
    soap::answer(StatusCode::OK, &soap::element(NAMESPACE, &response, &[(&name, text)]))
}
