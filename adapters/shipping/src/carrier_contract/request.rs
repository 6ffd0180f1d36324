//! The bodies of requests: pure, and golden against the samples.

use kit::Kind;
use schemas::{Currency, Money};
use serde::Serialize;

use crate::pickups::PickupOrder;
use crate::port::{End, Inquiry, Order, Parcel};

/// Characters of an address, and of anything else that people have written.
const LONGEST_TEXT: usize = 200;

#[derive(Serialize)]
struct Inquired<'a> {
    origin: City<'a>,
    destination: City<'a>,
    parcels: Vec<WireParcel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash_on_delivery: Option<String>,
    currency: &'static str,
    services: Vec<&'static str>,
}

#[derive(Serialize)]
struct City<'a> {
    city: &'a str,
}

#[derive(Serialize)]
struct Booking<'a> {
    reference: &'a str,
    service: &'static str,
    origin: WireEnd<'a>,
    destination: WireEnd<'a>,
    parcels: Vec<WireParcel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash_on_delivery: Option<String>,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_url: Option<&'a str>,
}

#[derive(Serialize)]
struct WireEnd<'a> {
    name: &'a str,
    phone: &'a str,
    city: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coordinates: Option<Coordinates<'a>>,
}

#[derive(Serialize)]
struct Coordinates<'a> {
    lat: &'a str,
    lng: &'a str,
}

#[derive(Serialize)]
struct WireParcel {
    weight_grams: i64,
    length_mm: i64,
    width_mm: i64,
    height_mm: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Serialize)]
struct Reason {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Fetching<'a> {
    reference: &'a str,
    #[serde(flatten)]
    at: WireEnd<'a>,
    date: String,
    shipments: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
}

impl<'a> WireEnd<'a> {
    fn of(end: &'a End) -> Self {
        let coordinates = end.coordinates.as_ref().map(|(lat, lng)| Coordinates { lat, lng });
        Self {
            name: &end.name,
            phone: end.phone.e164(),
            city: &end.place.code,
            area: end.area_place.as_ref().map(|place| place.code.as_str()),
            address: Some(end.line(LONGEST_TEXT)).filter(|line| !line.is_empty()),
            coordinates,
        }
    }
}

fn parcels(parcels: &[Parcel]) -> Vec<WireParcel> {
    let written = |parcel: &Parcel| {
        let [length_mm, width_mm, height_mm] = parcel.size.map(|length| length.in_millimetres());
        let value = parcel.value.map(|value| value.to_string());
        WireParcel { weight_grams: parcel.weight.in_grams(), length_mm, width_mm, height_mm, value }
    };
    parcels.iter().map(written).collect()
}

/// What people have written, as far as it goes.
fn text(written: Option<&str>) -> Option<String> {
    let short: String = written?.trim().chars().take(LONGEST_TEXT).collect();
    Some(short).filter(|text| !text.is_empty())
}

/// A question for prices; an amount of another currency cannot be put.
pub(super) fn inquiry(inquiry: &Inquiry) -> Result<Vec<u8>, &'static str> {
    in_dinar(&inquiry.parcels, inquiry.cash)?;
    Ok(encode(&Inquired {
        origin: City { city: &inquiry.origin.place.code },
        destination: City { city: &inquiry.destination.place.code },
        parcels: parcels(&inquiry.parcels),
        cash_on_delivery: inquiry.cash.map(|cash| cash.to_string()),
        currency: Currency::Lyd.code(),
        services: inquiry.services.iter().map(|service| service.wire).collect(),
    }))
}

fn in_dinar(parcels: &[Parcel], cash: Option<Money>) -> Result<(), &'static str> {
    let mut amounts = parcels.iter().filter_map(|parcel| parcel.value).chain(cash);
    if amounts.all(|amount| amount.currency == Currency::Lyd) { Ok(()) } else { Err("amounts are in LYD") }
}

/// What the contract cannot say, or the service does not do.
pub(super) fn check(order: &Order) -> Result<(), (Kind, &'static str)> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=64).contains(&order.reference.len()) || !order.reference.bytes().all(plain) {
        return Err((Kind::Invalid, "a reference has 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-'"));
    }
    if order.parcels.is_empty() {
        return Err((Kind::Invalid, "there is nothing to carry"));
    }
    in_dinar(&order.parcels, order.cash).map_err(|message| (Kind::Unsupported, message))?;
    match order.cash {
        Some(_) if !order.service.cash_on_delivery => Err((Kind::Unsupported, "this service collects no money")),
        Some(cash) if cash.minor <= 0 => Err((Kind::Invalid, "what is collected is more than nothing")),
        _ => Ok(()),
    }
}

/// A booking; whoever has a stream wants no address for webhooks.
pub(super) fn booking(order: &Order, has_webhooks: bool) -> Vec<u8> {
    encode(&Booking {
        reference: &order.reference,
        service: order.service.wire,
        origin: WireEnd::of(&order.origin),
        destination: WireEnd::of(&order.destination),
        parcels: parcels(&order.parcels),
        cash_on_delivery: order.cash.map(|cash| cash.to_string()),
        currency: Currency::Lyd.code(),
        description: text(order.description.as_deref()),
        notes: text(order.notes.as_deref()),
        callback_url: has_webhooks.then_some(&order.callback_url),
    })
}

/// Why something is changed, where anybody says so.
pub(super) fn reason(reason: Option<&str>) -> Vec<u8> {
    encode(&Reason { reason: text(reason) })
}

pub(super) fn pickup(order: &PickupOrder) -> Vec<u8> {
    encode(&Fetching {
        reference: &order.reference,
        at: WireEnd { coordinates: None, ..WireEnd::of(&order.at) },
        date: order.day.to_string(),
        shipments: order.parcels.iter().map(|parcel| parcel.number.as_str()).collect(),
        notes: text(order.notes.as_deref()),
    })
}

fn encode(request: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(request).expect("texts and numbers always encode")
}

#[cfg(test)]
pub(in crate::carrier_contract) mod tests;
