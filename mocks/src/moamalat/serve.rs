//! The HTTP side: which call a request is, what it does, and how Moamalat's errors look.

use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Merchant, Moamalat, NAME, OPERATIONS, SCRIPT, customer,
    filter::filter,
    refund::{RefundAnswer, refund},
    request::{Call, Operation, Refusal},
};
use crate::{
    Charge, Pay, PayResult,
    clock::clock,
    exchange::{Answer, Ask, Provider, Received},
    shared::Shared,
};

const JSON: &str = "application/json; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Runtime Error</title></head><body><h1>Server Error in '/cube' \
                    Application.</h1></body></html>";

impl Provider for Moamalat {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        if request.path.eq_ignore_ascii_case("js/lightbox.js") {
            return Ask::of(SCRIPT, None, Err(script(request)));
        }
        let Some(operation) = Operation::of_path(&request.path) else {
            return Ask::unknown(Refusal::new(StatusCode::NOT_FOUND, "There is no such operation").into());
        };
        let call = match Call::read(operation, request) {
            Ok(call) => call,
            Err(refusal) => return Ask::of(operation.name(), None, Err(refusal.into())),
        };
        let terminal = call.envelope().terminal_id.to_owned();
        let refused = shared.moamalat.lock().admit(&call.envelope()).err();
        let work = match refused {
            Some(refusal) => Err(refusal.into()),
            None => Ok(Box::new(move |shared: &Arc<Shared>| {
                let body = act(shared, &call)?;
                Ok(Answer::new(StatusCode::OK, JSON, body))
            }) as _),
        };
        Ask::of(operation.name(), Some(&terminal), work)
    }

    fn error_in_200(&self, operation: &str, _path: &str) -> Answer {
        const MESSAGE: &str = "System error, please try again later";
        let body = if operation == Operation::Refund.name() {
            serde_json::to_vec(&RefundAnswer::failure(MESSAGE))
        } else {
            serde_json::to_vec(&json!({
                "Message": MESSAGE,
                "Success": false,
                "TotalAmountAllTransaction": 0,
                "TotalAmountTipsTransaction": 0,
                "TotalCountAllTransaction": 0,
                "Transactions": null,
            }))
        };
        Answer::new(StatusCode::OK, JSON, body.unwrap_or_default())
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        Answer::new(status, JSON, "")
    }

    fn wrong_body(&self) -> Answer {
        Answer::new(StatusCode::OK, "text/html; charset=utf-8", PAGE)
    }

    fn sends_callbacks(&self) -> bool {
        true
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let merchant: Merchant = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.moamalat.add(merchant)
    }

    fn pay(&self, shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
        customer::pay(shared, act)
    }

    fn settle(&self, shared: &Shared) -> Result<(), String> {
        shared.moamalat.settle();
        Ok(())
    }

    fn charges(&self, shared: &Shared) -> Vec<Charge> {
        let mut sales = shared.moamalat.transactions(None);
        sales.retain(|entry| entry.kind == super::TransactionKind::Sale && entry.approved);
        let charge = |sale: super::Transaction| Charge {
            provider: NAME,
            reference: sale.reference,
            transaction_id: sale.transaction_id,
            dirham: sale.amount,
            at: sale.at,
        };
        sales.into_iter().map(charge).collect()
    }
}

/// Does what the call asks.
fn act(shared: &Shared, call: &Call) -> Result<Bytes, Refusal> {
    let mut state = shared.moamalat.lock();
    let number = if matches!(call, Call::Refund(_)) { state.next_number() } else { 0 };
    let envelope = call.envelope();
    let account = state
        .find(envelope.merchant_id, envelope.terminal_id)
        .ok_or_else(|| Refusal::authentication("MerchantId and TerminalId are not known"))?;
    let body = match call {
        Call::Filter(request) => serde_json::to_vec(&filter(&account.book, request)?),
        Call::Refund(request) => serde_json::to_vec(&refund(account, request, number, clock())?),
    };
    body.map(Bytes::from).map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// What browsers load; it acts no more than a refusal does. Whoever asks for it otherwise asks for nothing that is there.
fn script(request: &Received) -> crate::exchange::Refusal {
    if request.parts.method != Method::GET {
        let answer = Answer::new(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "");
        return crate::exchange::Refusal::violation("the script is fetched by GET", answer);
    }
    let answer = Answer::new(StatusCode::OK, "text/javascript; charset=utf-8", include_str!("lightbox.js"))
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    crate::exchange::Refusal::decline(answer)
}
