//! The HTTP side: one call, its fault, its answer and its journal entry.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;

use super::{
    NAME,
    filter::filter,
    refund::{RefundAnswer, refund},
    request::{Call, Operation, Refusal},
};
use crate::{Fault, FaultKind, clock::clock, journal::JournalEntry, shared::Shared, wire::Scissors};

/// A server call is a few hundred bytes.
const BODY_LIMIT: usize = 64 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const PAGE: &str = "<!DOCTYPE html><html><head><title>Runtime Error</title></head><body><h1>Server Error in '/cube' \
                    Application.</h1></body></html>";

/// Everything below `/moamalat`.
pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut entry = JournalEntry::received(NAME, clock(), &parts);
    if shared.faults.take_connect(NAME) {
        entry.fault = Some(FaultKind::CutBefore);
        shared.journal.add(entry);
        scissors.cut_all();
        return Response::default();
    }
    let path = parts.uri.path().strip_prefix("/moamalat/").unwrap_or_default();
    if path.eq_ignore_ascii_case("js/lightbox.js") {
        return script();
    }
    let operation = Operation::of_path(path);
    // The client may close the connection before its body is complete; nobody is left to be answered then.
    entry.body = to_bytes(body, BODY_LIMIT).await.map_or_else(|_| Bytes::new(), |body| Bytes::copy_from_slice(&body));
    let Some(operation) = operation else {
        let refusal = Refusal::new(StatusCode::NOT_FOUND, "There is no such operation");
        return finish(&shared, &scissors, entry, Err(refusal), None);
    };
    entry.operation = operation.name();
    let admitted = admit(&shared, operation, &parts, &entry.body);
    let terminal = admitted.terminal.as_deref();
    let fault = shared.faults.take_call(NAME, operation.name(), terminal);
    if fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::Delay) {
        // A client that stops waiting does not stop the provider, so the work must outlive the connection.
        let work = async move {
            let wait = fault.as_ref().and_then(|fault| fault.delay_ms);
            tokio::time::sleep(wait.map_or_else(|| shared.chance.delay(), Duration::from_millis)).await;
            perform(&shared, &scissors, entry, admitted, operation, fault)
        };
        return tokio::spawn(work).await.unwrap_or_default();
    }
    perform(&shared, &scissors, entry, admitted, operation, fault)
}

/// A call whose shape, hash and time were checked; a fault does not spare a call these checks.
struct Admitted {
    terminal: Option<String>,
    call: Result<Call, Refusal>,
}

fn admit(shared: &Shared, operation: Operation, parts: &Parts, body: &[u8]) -> Admitted {
    match Call::read(operation, parts, body) {
        Err(refusal) => Admitted { terminal: None, call: Err(refusal) },
        Ok(call) => {
            let envelope = call.envelope();
            let terminal = Some(envelope.terminal_id.to_owned());
            let refused = shared.moamalat.lock().admit(&envelope).err();
            Admitted { terminal, call: refused.map_or(Ok(call), Err) }
        }
    }
}

fn perform(
    shared: &Shared,
    scissors: &Scissors,
    mut entry: JournalEntry,
    admitted: Admitted,
    operation: Operation,
    fault: Option<Fault>,
) -> Response {
    let Some(fault) = fault else {
        let result = admitted.call.and_then(|call| act(shared, &call));
        return finish(shared, scissors, entry, result, None);
    };
    entry.fault = Some(fault.kind);
    let spared = match fault.kind {
        FaultKind::Status => {
            let code = fault.status.and_then(|code| StatusCode::from_u16(code).ok());
            Some((code.unwrap_or(StatusCode::SERVICE_UNAVAILABLE), Bytes::from_static(b"")))
        }
        FaultKind::ErrorIn200 => Some((StatusCode::OK, failure(operation))),
        FaultKind::CutBefore => Some((StatusCode::OK, Bytes::new())),
        _ => None,
    };
    let Some((status, body)) = spared else {
        let result = admitted.call.and_then(|call| act(shared, &call));
        return finish(shared, scissors, entry, result, Some(fault.kind));
    };
    entry.violation = admitted.call.err().map(|refusal| refusal.reason);
    let cut = fault.kind == FaultKind::CutBefore;
    if cut {
        scissors.cut_all();
    }
    entry.status = (!cut).then_some(status.as_u16());
    entry.answer = body.clone();
    shared.journal.add(entry);
    respond(status, JSON, body)
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

/// Notes the exchange and answers, in the way that the fault wants.
fn finish(
    shared: &Shared,
    scissors: &Scissors,
    mut entry: JournalEntry,
    result: Result<Bytes, Refusal>,
    fault: Option<FaultKind>,
) -> Response {
    entry.acted = result.is_ok();
    let (status, mut body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => {
            entry.violation = Some(refusal.reason);
            (refusal.status, refusal.body)
        }
    };
    entry.status = Some(status.as_u16());
    let mut content_type = JSON;
    match fault {
        Some(FaultKind::ActThenCut) => {
            entry.status = None;
            scissors.cut_all();
        }
        Some(FaultKind::Truncate) => scissors.cut_tail((body.len() / 2).max(1)),
        Some(FaultKind::WrongBody) => {
            (body, content_type) = (Bytes::from_static(PAGE.as_bytes()), HTML);
            entry.status = Some(200);
        }
        _ => {}
    }
    entry.answer = body.clone();
    shared.journal.add(entry);
    respond(if fault == Some(FaultKind::WrongBody) { StatusCode::OK } else { status }, content_type, body)
}

fn failure(operation: Operation) -> Bytes {
    const MESSAGE: &str = "System error, please try again later";
    let body = match operation {
        Operation::Refund => serde_json::to_vec(&RefundAnswer::failure(MESSAGE)),
        Operation::Filter => serde_json::to_vec(&json!({
            "Message": MESSAGE,
            "Success": false,
            "TotalAmountAllTransaction": 0,
            "TotalAmountTipsTransaction": 0,
            "TotalCountAllTransaction": 0,
            "Transactions": null,
        })),
    };
    body.unwrap_or_default().into()
}

fn respond(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, include_str!("lightbox.js")).into_response()
}
