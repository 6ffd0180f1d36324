//! A booking as Vanex takes it: the API's own misspellings, and amounts that are numbers without ever being floats.

use kit::Error;
use schemas::{Currency, Money, Phone};
use serde::Serialize;
use serde_json::value::RawValue;

use super::wire::CREATE;
use super::{NAME, invalid};
use crate::port::{End, Order};

/// A commercial package; documents and returns are other types.
const COMMERCIAL: u8 = 1;
/// The dinar.
const LYD: u8 = 1;
/// How much of an address is written on a label.
const LONGEST: usize = 200;

/// The body of POST `customer/package` (SOURCE.md, "A package").
#[derive(Serialize)]
struct Package<'a> {
    #[serde(rename = "type")]
    kind: u8,
    reciever: &'a str,
    phone: String,
    city: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_child: Option<u64>,
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<String>,
    price: Box<RawValue>,
    total_amount: Box<RawValue>,
    currency_type_id: u8,
    payment_methode: &'static str,
    // The driver takes exactly the price: what the carriage costs is the store's.
    paid_by: &'static str,
    extra_size_by: &'static str,
    commission_by: &'static str,
    description: &'a str,
    qty: usize,
    leangh: i64,
    width: i64,
    height: i64,
    store_reference_id: &'a str,
    store_pkg_details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
}

/// The body, or why Vanex cannot carry this.
pub(super) fn body(order: &Order) -> Result<String, Error> {
    let refuse = |message: &str| Err(invalid(CREATE, message));
    if order.reference.is_empty() || order.reference.len() > 36 {
        return refuse("a reference has 36 characters at most, and at least one");
    }
    if order.parcels.is_empty() {
        return refuse("there is nothing to carry");
    }
    let price = price(order.cash)?;
    let end = &order.destination;
    let [leangh, width, height] = order.size().map(|length| length.whole_centimetres());
    let package = Package {
        kind: COMMERCIAL,
        reciever: &end.name,
        phone: national(&end.phone),
        city: number(&end.place.code)?,
        address_child: end.area_place.as_ref().map(|place| number(&place.code)).transpose()?,
        address: address(end),
        map: end.coordinates.as_ref().map(|(latitude, longitude)| format!("{latitude},{longitude}")),
        total_amount: price.clone(),
        price,
        currency_type_id: LYD,
        payment_methode: "cash",
        paid_by: "market",
        extra_size_by: "market",
        commission_by: "market",
        description: order.description.as_deref().unwrap_or(order.service.title.1),
        qty: order.parcels.len(),
        leangh,
        width,
        height,
        store_reference_id: &order.reference,
        store_pkg_details: format!("{}، {} كغ", order.service.title.1, order.weight()),
        notes: order.notes.as_deref(),
    };
    Ok(serde_json::to_string(&package).expect("text and numbers are JSON"))
}

/// What the driver takes, in dinars; nothing is a price of 0.
fn price(cash: Option<Money>) -> Result<Box<RawValue>, Error> {
    let text = match cash {
        None => "0".to_owned(),
        Some(cash) if cash.currency != Currency::Lyd => return Err(invalid(CREATE, "the driver takes dinars alone")),
        Some(cash) if cash.minor <= 0 => return Err(invalid(CREATE, "there is nothing to collect")),
        Some(cash) => cash.to_string().trim_end_matches('0').trim_end_matches('.').to_owned(),
    };
    Ok(RawValue::from_string(text).expect("a decimal is a number of JSON"))
}

/// Cities and quarters have numbers over there.
fn number(code: &str) -> Result<u64, Error> {
    code.parse().map_err(|_| invalid(CREATE, &format!("{NAME} names its places by numbers")))
}

/// With a zero, as people in Libya dial it.
pub(super) fn national(phone: &Phone) -> String {
    let text = phone.e164();
    text.strip_prefix("+218").map_or_else(|| text.to_owned(), |rest| format!("0{rest}"))
}

/// Everything below the city; where nothing is known, the city itself, since an address is asked for.
pub(super) fn address(end: &End) -> String {
    let line = end.line(LONGEST);
    if line.is_empty() { end.place.name.clone() } else { line }
}
