//! The control surface over HTTP; it says what the methods of `Mocks` say.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Charge, Code, Fault, FaultKind, JournalEntry, Parcel, Pay, Ship, StatusFile, callbacks, moamalat, pay, providers,
    shared::Shared, ship, telegram,
};

type Shop = State<Arc<Shared>>;
type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

/// The Lightbox calls `/_pay` from the shop's page, which is of another origin.
const CORS: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
];

/// The routes below `/_`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_pay", post(act).options(|| async { (CORS, StatusCode::NO_CONTENT) }))
        .route("/_settle", post(settle))
        .route("/_ship", post(ship))
        .route("/_parcels", get(parcels))
        .route("/_drop", post(leave))
        .route("/_journal", get(journal).delete(clear_journal))
        .route("/_faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/_accounts", post(add_account))
        .route("/_transactions", get(transactions))
        .route("/_charges", get(charges))
        .route("/_codes", get(codes))
        .route("/_messages", get(messages))
}

#[derive(Deserialize)]
struct Filter {
    provider: Option<String>,
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    provider: String,
}

fn refused(reason: impl std::fmt::Display) -> (StatusCode, Json<Value>) {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": reason.to_string() })))
}

async fn act(State(shared): Shop, Json(body): Json<Value>) -> Response {
    let result = serde_json::from_value::<Pay>(body).map_err(|error| error.to_string());
    let result = result.and_then(|act| pay::pay(&shared, &act));
    (CORS, result.map(Json).map_err(refused)).into_response()
}

async fn settle(State(shared): Shop, Json(body): Json<Settle>) -> Answer {
    let provider = providers::find(&body.provider).map_err(refused)?;
    provider.settle(&shared).map_err(refused)?;
    Ok(Json(json!({ "settled": true })))
}

async fn ship(State(shared): Shop, Json(body): Json<Value>) -> Result<Json<Parcel>, (StatusCode, Json<Value>)> {
    let act: Ship = serde_json::from_value(body).map_err(refused)?;
    ship::ship(&shared, &act).map(Json).map_err(refused)
}

async fn parcels(State(shared): Shop, Query(filter): Query<Filter>) -> Json<Vec<Parcel>> {
    let mut parcels = providers::parcels(&shared, filter.provider.as_deref());
    parcels.retain(|parcel| filter.reference.is_none() || parcel.reference == filter.reference);
    Json(parcels)
}

async fn leave(State(shared): Shop, Json(body): Json<Value>) -> Answer {
    let file: StatusFile = serde_json::from_value(body).map_err(refused)?;
    let name = shared.ftp.leave(&file).map_err(refused)?;
    Ok(Json(json!({ "name": name })))
}

async fn journal(State(shared): Shop, Query(filter): Query<Filter>) -> Json<Vec<JournalEntry>> {
    Json(shared.journal.list(filter.provider.as_deref()))
}

async fn clear_journal(State(shared): Shop) -> StatusCode {
    shared.journal.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(shared): Shop) -> Json<Vec<Fault>> {
    Json(shared.faults.list())
}

/// One fault or a list; none is queued when one of them is wrong.
async fn add_faults(State(shared): Shop, Json(body): Json<Value>) -> Answer {
    let list = if body.is_array() { body } else { json!([body]) };
    let list: Vec<Fault> = serde_json::from_value(list).map_err(refused)?;
    for fault in &list {
        check(fault).map_err(refused)?;
    }
    let queued = list.len();
    list.into_iter().for_each(|fault| shared.faults.add(fault));
    Ok(Json(json!({ "queued": queued })))
}

fn check(fault: &Fault) -> Result<(), String> {
    let provider = providers::find(&fault.provider)?;
    if fault.kind == FaultKind::Pace && provider.too_fast(1).is_none() {
        return Err(format!("{} has no pace of its own", fault.provider));
    }
    if fault.is_of_frames() {
        let streams = provider.streams().then_some(());
        streams.ok_or_else(|| format!("{} has no stream", fault.provider))?;
    } else if fault.kind.of_callbacks() && !provider.sends_callbacks() {
        return Err(format!("{} sends no callbacks here", fault.provider));
    }
    fault.check(provider.operations())
}

async fn clear_faults(State(shared): Shop) -> StatusCode {
    shared.faults.clear();
    callbacks::flush(&shared);
    StatusCode::NO_CONTENT
}

/// An account, with the `provider` beside its fields; without it a merchant of Moamalat.
async fn add_account(State(shared): Shop, Json(mut body): Json<Value>) -> Answer {
    let provider = body.as_object_mut().and_then(|fields| fields.remove("provider"));
    let name = provider.as_ref().map_or(moamalat::NAME, |name| name.as_str().unwrap_or_default());
    providers::find(name).and_then(|provider| provider.add_account(&shared, body)).map_err(refused)?;
    Ok(Json(json!({ "added": true })))
}

async fn transactions(State(shared): Shop, Query(filter): Query<Filter>) -> Json<Vec<moamalat::Transaction>> {
    Json(shared.moamalat.transactions(filter.reference.as_deref()))
}

async fn charges(State(shared): Shop, Query(filter): Query<Filter>) -> Json<Vec<Charge>> {
    let mut charges = providers::charges(&shared, filter.provider.as_deref());
    charges.retain(|charge| filter.reference.as_ref().is_none_or(|reference| charge.reference == *reference));
    Json(charges)
}

async fn codes(State(shared): Shop, Query(filter): Query<Filter>) -> Json<Vec<Code>> {
    Json(shared.codes.list(filter.provider.as_deref(), filter.reference.as_deref()))
}

async fn messages(State(shared): Shop) -> Json<Vec<telegram::Sent>> {
    Json(shared.telegram.sent())
}
