//! The HTTP side: the proof, the call, and the same work behind both protocols.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    Merchant, NAME, OPERATIONS, Sadad, Status, Transaction,
    book::{Call, Declined},
    rest, soap,
};
use crate::{
    Charge, Code,
    clock::clock,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
    soap::Envelope,
};

/// How an answer is written.
#[derive(Debug, Clone, Copy)]
enum Protocol {
    Rest,
    Soap,
}

impl Provider for Sadad {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        if request.path.trim_end_matches('/') == soap::PATH {
            return ask_soap(shared, request);
        }
        let Some(operation) = rest::operation(&request.path) else {
            return Ask::unknown(rest::invalid(StatusCode::NOT_FOUND, "there is no such operation".to_owned()));
        };
        let merchant = {
            let state = shared.sadad.lock();
            state.by_token(request.bearer().unwrap_or_default(), clock()).cloned()
        };
        match merchant {
            Err(reason) => Ask::of(operation, None, Err(rest::unauthorized(reason))),
            Ok(merchant) => {
                let call = rest::read(operation, request);
                ask(shared, Protocol::Rest, operation, merchant, call)
            }
        }
    }

    fn error_in_200(&self, operation: &str, path: &str) -> Answer {
        if path.ends_with(soap::PATH) { soap::gateway_error(operation) } else { rest::gateway_error() }
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let merchant: Merchant = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.sadad.add(merchant)
    }

    fn charges(&self, shared: &Shared) -> Vec<Charge> {
        let state = shared.sadad.lock();
        let paid = state.book.transactions().filter(|transaction| transaction.status == Status::Paid);
        let charge = |paid: &Transaction| Charge {
            provider: NAME,
            reference: paid.invoice_no.clone(),
            transaction_id: paid.transaction_id.to_string(),
            dirham: paid.dirham,
            at: paid.at,
        };
        paid.map(charge).collect()
    }
}

fn ask_soap(shared: &Arc<Shared>, request: &Received) -> Ask {
    let envelope = match Envelope::read(request) {
        Ok(envelope) => envelope,
        Err(reason) => return Ask::unknown(soap::invalid(reason)),
    };
    let operation = match soap::operation(&envelope) {
        Ok(operation) => operation,
        Err(reason) => return Ask::unknown(soap::invalid(reason)),
    };
    let (username, password) = envelope.username_token().unwrap_or_default();
    let merchant = shared.sadad.lock().by_user(username, password).cloned();
    let Some(merchant) = merchant else { return Ask::of(operation, None, Err(soap::unauthorized())) };
    let call = soap::read(operation, &envelope).map_err(soap::invalid);
    ask(shared, Protocol::Soap, operation, merchant, call)
}

/// The rest is the same for both protocols.
fn ask(
    shared: &Shared,
    protocol: Protocol,
    operation: &'static str,
    merchant: Merchant,
    call: Result<Call, Refusal>,
) -> Ask {
    let refuse = move |declined: Declined| match protocol {
        Protocol::Rest => rest::declined(declined),
        Protocol::Soap => soap::declined(operation, declined),
    };
    let account = merchant.merchant_no.clone();
    let call = call.and_then(|call| match shared.sadad.lock().book.refuses(&merchant, &call) {
        Some(declined) => Err(refuse(declined)),
        None => Ok(call),
    });
    let work = call.map(|call| {
        let work: Work = Box::new(move |shared: &Arc<Shared>| {
            let done = perform(shared, &merchant, &call).map_err(refuse)?;
            Ok(match protocol {
                Protocol::Rest => rest::accepted(&call, &done, &merchant),
                Protocol::Soap => soap::accepted(operation, &done),
            })
        });
        work
    });
    Ask::of(operation, Some(&account), work)
}

/// Does what the call asks, and sends the code that belongs to it.
fn perform(shared: &Shared, merchant: &Merchant, call: &Call) -> Result<Transaction, Declined> {
    let now = clock();
    let done = shared.sadad.lock().book.perform(merchant, call, now)?.clone();
    if matches!(call, Call::Validate(_) | Call::Resend { .. }) {
        shared.codes.send(Code {
            at: now,
            provider: NAME,
            reference: done.invoice_no.clone(),
            transaction_id: done.transaction_id.to_string(),
            phone: done.phone.clone(),
            code: merchant.code.clone(),
        });
    }
    Ok(done)
}
