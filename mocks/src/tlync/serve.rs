//! The HTTP side: the proof, the pace, the call and what it does.

use std::{sync::Arc, time::Instant};

use axum::{
    http::{Method, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    NAME, OPERATIONS, PRESENCE, Store, Tlync, customer, page,
    receipt::receipt,
    request::{self, Call, Initiate, Reference},
    stores::Status,
};
use crate::{
    Charge, Pay, PayResult,
    clock::clock,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
};

impl Provider for Tlync {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        if request.path.is_empty() && request.parts.method == Method::GET {
            return Ask::of(PRESENCE, None, Err(absent(request)));
        }
        let Some(operation) =
            OPERATIONS.into_iter().filter(|known| *known != PRESENCE).find(|known| request.path == *known)
        else {
            let answer = request::message(StatusCode::NOT_FOUND, "Not Found");
            return Ask::unknown(Refusal::violation("there is no such operation", answer));
        };
        let store = shared.tlync.lock().by_token(request.bearer().unwrap_or_default()).cloned();
        let Some(store) = store else {
            let answer = request::message(StatusCode::UNAUTHORIZED, "Unauthenticated.");
            return Ask::of(operation, None, Err(Refusal::violation("the token is not known", answer)));
        };
        let call = admit(shared, operation, &store, request);
        let (account, origin) = (store.store_id.clone(), request.origin());
        let work = call.map(|call| {
            let work: Work = Box::new(move |shared: &Arc<Shared>| act(shared, &store, call, &origin));
            work
        });
        Ask::of(operation, Some(&account), work)
    }

    fn page(&self, shared: &Arc<Shared>, request: &Received) -> Option<Response> {
        page::serve(shared, request)
    }

    fn error_in_200(&self, _operation: &str, _path: &str) -> Answer {
        Answer::json(StatusCode::OK, &json!({ "result": "error", "message": "Something went wrong" }))
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        request::message(status, status.canonical_reason().unwrap_or("Unknown"))
    }

    fn too_fast(&self, seconds: u64) -> Option<Refusal> {
        Some(Refusal::decline(request::too_many(seconds)))
    }

    fn sends_callbacks(&self) -> bool {
        true
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let store: Store = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.tlync.add(store)
    }

    fn pay(&self, shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
        customer::pay(shared, act)
    }

    fn charges(&self, shared: &Shared) -> Vec<Charge> {
        let state = shared.tlync.lock();
        let paid = state.payments().iter().filter_map(|payment| match payment.status {
            Status::Paid(dirham) => Some((payment, dirham)),
            Status::Open => None,
        });
        let charge = |(payment, dirham): (&super::stores::Payment, i64)| Charge {
            provider: NAME,
            reference: payment.asked.custom_ref.clone(),
            transaction_id: payment.transaction_ref.clone(),
            dirham,
            at: payment.at,
        };
        paid.map(charge).collect()
    }
}

/// There is nothing at the base, whoever asks. To prove who one is there would be to show a secret for nothing.
fn absent(request: &Received) -> Refusal {
    let answer = request::message(StatusCode::NOT_FOUND, "The route could not be found.");
    if request.bearer().is_some() {
        return Refusal::violation("a credential was sent where nobody asks for one", answer);
    }
    Refusal::decline(answer)
}

/// Counts a call and reads it.
fn admit(shared: &Shared, operation: &'static str, store: &Store, request: &Received) -> Result<Call, Refusal> {
    if let Err(seconds) = shared.tlync.lock().count(store, operation, Instant::now()) {
        let reason = format!("more than {} requests of {operation} in a minute", store.per_minute);
        return Err(Refusal::violation(reason, request::too_many(seconds)));
    }
    if request.parts.method != Method::POST {
        let answer = request::message(StatusCode::METHOD_NOT_ALLOWED, "The method is not supported for this route.");
        return Err(Refusal::violation("only POST is taken", answer));
    }
    request::read(operation, &store.store_id, request)
}

/// Does what the call asks.
fn act(shared: &Shared, store: &Store, call: Call, origin: &str) -> Result<Answer, Refusal> {
    match call {
        Call::Initiate(asked) => initiate(shared, store, asked, origin),
        Call::Receipt(reference) => {
            let mut state = shared.tlync.lock();
            let found = state.find(&store.store_id, |payment| match &reference {
                Reference::Custom(text) => payment.asked.custom_ref == *text,
                Reference::Transaction(text) => payment.transaction_ref == *text,
            });
            let body = json!({ "result": "error", "message": "Transaction not found" });
            // To ask for what never arrived is no mistake.
            let payment = found.ok_or(Refusal::decline(Answer::json(StatusCode::NOT_FOUND, &body)))?;
            Ok(Answer::json(StatusCode::OK, &receipt(payment, store.receipt)))
        }
    }
}

fn initiate(shared: &Shared, store: &Store, asked: Initiate, origin: &str) -> Result<Answer, Refusal> {
    let token = format!("{:016x}{:016x}", shared.chance.below(u64::MAX), shared.chance.below(u64::MAX));
    let mut state = shared.tlync.lock();
    let opened = state.open(store, asked, token, clock());
    let taken = || request::invalid("custom_ref", "The custom ref has already been taken.");
    let payment = opened.ok_or_else(taken)?;
    let body = json!({
        "result": "success",
        "custom_ref": payment.asked.custom_ref,
        "url": format!("{origin}/{NAME}/{}{}", page::FOLDER, payment.page),
    });
    Ok(Answer::json(StatusCode::OK, &body))
}
