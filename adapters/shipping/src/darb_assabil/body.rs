//! The bodies of requests. Amounts and coordinates are JSON numbers that are written as text, so that no digit is lost.

use schemas::{Currency, Money};
use serde::Serialize;
use serde_json::value::RawValue;

use super::config::Settings;
use crate::port::{End, Inquiry, Order, Parcel};

/// In characters.
const LONGEST_TITLE: usize = 100;
const SHORTEST_TITLE: usize = 3;
const LONGEST_ADDRESS: usize = 100;
/// For what nobody has described.
const TITLE: &str = "طرد";

/// `api/contacts/create/public/contact`.
#[derive(Serialize)]
pub(super) struct Contact<'a> {
    pub(super) account: &'a str,
    pub(super) name: &'a str,
    pub(super) phone: &'a str,
}

/// `api/local/shipments`, and what is asked of its price.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Consignment<'a> {
    service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<&'a str>,
    products: Vec<Product<'a>>,
    payment_by: &'static str,
    to: To<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_pickup: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Product<'a> {
    title: String,
    quantity: u8,
    #[serde(rename = "widthCM")]
    width: i64,
    #[serde(rename = "heightCM")]
    height: i64,
    #[serde(rename = "lengthCM")]
    length: i64,
    amount: Box<RawValue>,
    currency: &'a str,
    is_chargeable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct To<'a> {
    country_code: &'static str,
    city: &'a str,
    area: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    geo_point: Option<GeoPoint>,
}

/// Longitude first.
#[derive(Serialize)]
struct GeoPoint {
    coordinates: [Box<RawValue>; 2],
}

#[derive(Serialize)]
struct Metadata<'a> {
    reference: &'a str,
}

impl<'a> Consignment<'a> {
    /// A booking. Our reference stands in it twice: where records are known to show it, and where people see it.
    pub(super) fn of_order(settings: &Settings, plan: &'a str, contact: &'a str, order: &'a Order) -> Self {
        let title = order.description.as_deref().unwrap_or_default();
        Self {
            notes: order.notes.as_deref().map(str::trim).filter(|notes| !notes.is_empty()),
            contacts: vec![contact],
            tags: vec![&order.reference],
            metadata: Some(Metadata { reference: &order.reference }),
            ..Self::new(settings, plan, title, &order.parcels, order.cash, to(&order.destination, true))
        }
    }

    /// A question for its price.
    pub(super) fn of_inquiry(settings: &Settings, plan: &'a str, inquiry: &'a Inquiry) -> Self {
        Self::new(settings, plan, "", &inquiry.parcels, inquiry.cash, to(&inquiry.destination, false))
    }

    fn new(
        settings: &Settings,
        plan: &'a str,
        title: &str,
        parcels: &[Parcel],
        cash: Option<Money>,
        to: To<'a>,
    ) -> Self {
        Self {
            service: plan,
            notes: None,
            contacts: Vec::new(),
            products: products(title, parcels, cash),
            payment_by: settings.payment_by.of_order(cash.is_some()).as_str(),
            to,
            is_pickup: settings.pickup.then_some(true),
            tags: Vec::new(),
            metadata: None,
        }
    }
}

/// A product for each parcel; what is collected for all of them stands in the first.
fn products(title: &str, parcels: &[Parcel], cash: Option<Money>) -> Vec<Product<'static>> {
    let title: String = title.trim().chars().take(LONGEST_TITLE).collect();
    let title = if title.chars().count() < SHORTEST_TITLE { TITLE.to_owned() } else { title };
    let product = |(index, parcel): (usize, &Parcel)| {
        let cash = cash.filter(|_| index == 0);
        let value = parcel.value.filter(|value| value.currency == Currency::Lyd);
        let [length, width, height] = parcel.size.map(|length| length.whole_centimetres());
        Product {
            title: title.clone(),
            quantity: 1,
            width,
            height,
            length,
            amount: cash.or(value).map_or_else(|| number("0"), amount),
            currency: "lyd",
            is_chargeable: cash.is_some(),
        }
    };
    parcels.iter().enumerate().map(product).collect()
}

fn to(end: &End, whole: bool) -> To<'_> {
    let place = |(lat, lng): &(String, String)| {
        let number = |text: &str| RawValue::from_string(text.to_owned()).ok().filter(|_| is_number(text));
        Some(GeoPoint { coordinates: [number(lng)?, number(lat)?] })
    };
    To {
        country_code: "lby",
        city: &end.place.code,
        // Where nobody names a quarter, the one that has the city's own name: most cities have such a one.
        area: end.area_place.as_ref().map_or(&end.place.code, |area| &area.code),
        address: if whole { end.line(LONGEST_ADDRESS) } else { String::new() },
        geo_point: end.coordinates.as_ref().filter(|_| whole).and_then(place),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte))
}

/// `85` or `85.5`: a number without needless zeros.
fn amount(money: Money) -> Box<RawValue> {
    let text = money.to_string();
    number(text.trim_end_matches('0').trim_end_matches('.'))
}

fn number(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("decimal digits are a JSON number")
}
