//! Reads a request, strictly: what it asks, and what is in it.

use axum::http::Method;
use serde_json::Value;

use super::{Carrier, Service, cities};
use crate::{
    contract::{
        fields::Fields,
        request::{invalid, is_digits, misuse},
    },
    exchange::{Received, Refusal},
};

/// The longest text that people write.
const LONGEST_TEXT: usize = 200;

/// What a request asks.
pub(super) enum Operation {
    ListCities,
    InquireRates,
    CreateShipment,
    FindShipments,
    ListEvents(String),
    CancelShipment(String),
    ReturnShipment(String),
    CreatePickup,
    OpenStream,
}

impl Operation {
    /// The operation of a method and a path.
    pub(super) fn of(carrier: &Carrier, request: &Received) -> Option<Self> {
        let is_post = request.parts.method == Method::POST;
        if !is_post && request.parts.method != Method::GET {
            return None;
        }
        let segments: Vec<&str> = request.path.split('/').collect();
        Some(match (is_post, segments.as_slice()) {
            (false, ["v1", "cities"]) => Self::ListCities,
            (true, ["v1", "rates"]) => Self::InquireRates,
            (true, ["v1", "shipments"]) => Self::CreateShipment,
            (false, ["v1", "shipments"]) => Self::FindShipments,
            (false, ["v1", "shipments", number, "events"]) => Self::ListEvents((*number).to_owned()),
            (true, ["v1", "shipments", number, "cancel"]) => Self::CancelShipment((*number).to_owned()),
            (true, ["v1", "shipments", number, "return"]) => Self::ReturnShipment((*number).to_owned()),
            (true, ["v1", "pickups"]) => Self::CreatePickup,
            (false, ["v1", "stream"]) if carrier.streams => Self::OpenStream,
            _ => return None,
        })
    }

    /// Its name in faults and the journal.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ListCities => "list_cities",
            Self::InquireRates => "inquire_rates",
            Self::CreateShipment => "create_shipment",
            Self::FindShipments => "find_shipments",
            Self::ListEvents(_) => "list_events",
            Self::CancelShipment(_) => "cancel_shipment",
            Self::ReturnShipment(_) => "return_shipment",
            Self::CreatePickup => "create_pickup",
            Self::OpenStream => "open_stream",
        }
    }
}

/// What is carried from where to where, as far as prices and services go by it.
pub(super) struct Load {
    origin: String,
    destination: String,
    grams: u64,
    /// What the driver collects, in dirham.
    pub(super) cash: Option<i64>,
}

impl Load {
    /// Reads the parcels and the money of a body whose ends are read.
    pub(super) fn read(fields: &mut Fields, origin: String, destination: String) -> Result<Self, Refusal> {
        let parcels = fields.list("parcels")?.into_iter().map(parcel);
        let grams = parcels.collect::<Result<Vec<u64>, Refusal>>()?.into_iter().sum();
        let cash = fields.amount("cash_on_delivery")?;
        fields.lyd()?;
        Ok(Self { origin, destination, grams, cash })
    }

    /// Whether a service carries it; else the word of the refusal.
    pub(super) fn fits(&self, service: &Service) -> Result<(), (&'static str, &'static str)> {
        let (from, to) = (self.origin.as_str(), self.destination.as_str());
        let goes = service.ways.iter().any(|way| *way == (from, to) || *way == (to, from));
        if !service.ways.is_empty() && !goes {
            return Err(("not_served", "this service does not go there"));
        }
        if service.most_grams.is_some_and(|most| self.grams > most) {
            return Err(("too_heavy", "this service does not carry so much"));
        }
        if self.cash.is_some() && !service.cash {
            return Err(("cash_not_supported", "this service collects no money"));
        }
        Ok(())
    }
}

/// One end of a way; the last seven digits of its number can say something of it.
pub(super) struct End {
    pub(super) city: String,
    pub(super) phone: String,
}

/// Reads who is where.
pub(super) fn end(carrier: &Carrier, fields: &mut Fields) -> Result<End, Refusal> {
    if written(fields, "name")?.is_none() {
        return Err(invalid("name is missing"));
    }
    let phone = fields.text("phone")?;
    if !phone.strip_prefix("+218").is_some_and(|national| is_digits(national, 9..=9)) {
        return Err(invalid("phone is not +218 and nine digits"));
    }
    let (city, area) = (fields.text("city")?, fields.optional("area")?);
    written(fields, "address")?;
    if !cities::knows(carrier, &city, area.as_deref()) {
        return Err(misuse(422, "unknown_city", "there is no such city, or no such quarter of it"));
    }
    Ok(End { city, phone })
}

/// Reads an end that stands in a member, with where it is on the map.
pub(super) fn member(carrier: &Carrier, fields: &mut Fields, name: &str) -> Result<End, Refusal> {
    let value = fields.take(name).ok_or_else(|| invalid(&format!("{name} is missing")))?;
    let mut inner = Fields::of(value, name)?;
    let end = end(carrier, &mut inner)?;
    if let Some(coordinates) = inner.take("coordinates") {
        let mut coordinates = Fields::of(coordinates, "coordinates")?;
        for degree in ["lat", "lng"] {
            let text = coordinates.text(degree)?;
            if text.parse::<f64>().is_err() {
                return Err(invalid(&format!("{degree} is no decimal text")));
            }
        }
        coordinates.end()?;
    }
    inner.end()?;
    Ok(end)
}

/// The weight of a parcel whose fields are right.
fn parcel(value: Value) -> Result<u64, Refusal> {
    let mut fields = Fields::of(value, "a parcel")?;
    let grams = fields.whole("weight_grams")?;
    for length in ["length_mm", "width_mm", "height_mm"] {
        fields.whole(length)?;
    }
    fields.amount("value")?;
    fields.end()?;
    Ok(grams)
}

/// A text that people write, where it is there: neither empty nor endless.
pub(super) fn written(fields: &mut Fields, name: &str) -> Result<Option<String>, Refusal> {
    let text = fields.optional(name)?;
    let fits = |text: &String| !text.trim().is_empty() && text.chars().count() <= LONGEST_TEXT;
    if text.as_ref().is_none_or(fits) { Ok(text) } else { Err(invalid(&format!("{name} is empty or too long"))) }
}

/// The service of a carrier.
pub(super) fn service(carrier: &Carrier, name: &str) -> Result<&'static Service, Refusal> {
    let found = carrier.services.iter().find(|service| service.name == name);
    found.ok_or_else(|| misuse(422, "unknown_service", "there is no such service"))
}
