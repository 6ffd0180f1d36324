//! Prices and bookings.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Account, Carrier, Service,
    book::{Happening, Shipment},
    request::{Load, member, service, written},
    tell,
};
use crate::{
    amount::decimal,
    clock::clock,
    contract::{
        fields::Fields,
        request::{decline, invalid, misuse},
    },
    exchange::{Answer, Refusal},
    shared::Shared,
};

/// Answers what the services cost that can carry it.
pub(super) fn rates(carrier: &'static Carrier, mut fields: Fields) -> Result<Answer, Refusal> {
    let mut city = |name: &str| {
        let value = fields.take(name).ok_or_else(|| invalid(&format!("{name} is missing")))?;
        let mut inner = Fields::of(value, name)?;
        let city = inner.text("city")?;
        inner.end()?;
        if super::cities::knows(carrier, &city, None) {
            Ok(city)
        } else {
            Err(misuse(422, "unknown_city", "there is no such city"))
        }
    };
    let (origin, destination) = (city("origin")?, city("destination")?);
    let load = Load::read(&mut fields, origin, destination)?;
    let mut rates = Vec::new();
    for name in fields.list("services")? {
        let service = service(carrier, name.as_str().unwrap_or_default())?;
        if load.fits(service).is_ok() {
            rates.push(json!({ "service": service.name, "amount": decimal(service.dirham), "currency": "LYD" }));
        }
    }
    fields.end()?;
    Ok(Answer::json(StatusCode::OK, &json!({ "rates": rates })))
}

/// A request to book.
pub(super) struct Order {
    pub(super) reference: String,
    service: &'static Service,
    cash: Option<i64>,
    callback_url: Option<String>,
    /// The word of a phone that ends so.
    is_over_the_limit: bool,
}

impl Order {
    /// Reads one, and refuses what this carrier does not carry.
    pub(super) fn read(carrier: &Carrier, mut fields: Fields) -> Result<Self, Refusal> {
        let reference = fields.reference()?;
        let service = service(carrier, &fields.text("service")?)?;
        let origin = member(carrier, &mut fields, "origin")?;
        let destination = member(carrier, &mut fields, "destination")?;
        let load = Load::read(&mut fields, origin.city, destination.city)?;
        written(&mut fields, "description")?;
        written(&mut fields, "notes")?;
        let callback_url = if carrier.streams { None } else { fields.url("callback_url")? };
        fields.end()?;
        load.fits(service).map_err(|(code, message)| misuse(422, code, message))?;
        let is_over_the_limit = destination.phone.ends_with("0000001");
        Ok(Self { reference, service, cash: load.cash, callback_url, is_over_the_limit })
    }

    /// Books it, once.
    pub(super) fn perform(
        self,
        shared: &Arc<Shared>,
        carrier: &'static Carrier,
        account: &Account,
    ) -> Result<Answer, Refusal> {
        if self.is_over_the_limit {
            return Err(decline(422, "limit_exceeded", "this account carries nothing more to this number"));
        }
        let shipment = Shipment {
            number: String::new(),
            account: account.clone(),
            reference: self.reference,
            service: self.service.name,
            dirham: self.service.dirham,
            cash: self.cash,
            callback_url: self.callback_url,
            status: "pending".to_owned(),
            at: clock(),
        };
        let mut book = shared.carriers.lock(carrier.name);
        let reference = shipment.reference.clone();
        let Some(kept) = book.keep(carrier.prefix, shipment) else {
            return Err(book.find(account, &reference).map_or_else(|| invalid("it is not there"), duplicate));
        };
        drop(book);
        let happening = Happening { status: "pending".to_owned(), at: clock(), ..Happening::default() };
        tell::happen(shared, carrier, &kept.number, happening);
        Ok(Answer::json(StatusCode::CREATED, &kept.row()))
    }
}

/// A reference that is taken, with what it is taken by.
pub(super) fn duplicate(first: &Shipment) -> Refusal {
    repeated("shipment", first.row())
}

/// The same of anything that has a reference.
pub(super) fn repeated(name: &str, first: Value) -> Refusal {
    let reason = "this reference was used before";
    let mut body = json!({ "error": { "code": "duplicate_reference", "message": reason } });
    body[name] = first;
    Refusal::violation(reason, Answer::json(StatusCode::CONFLICT, &body))
}
