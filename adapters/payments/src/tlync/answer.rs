//! Reading T-Lync's answers: a good status alone says nothing, and a receipt comes in three shapes.

use std::collections::BTreeMap;

use kit::{Delivery, Error, Explanation, Kind, Refusal, Reply};
use schemas::{Currency, Money};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use url::Url;

use super::NAME;
use super::wire::Operation;
use crate::port::{Order, Session, SessionStep, Transaction, TransactionKind};
use kit::object;
use kit::written::Written;

/// The answer to `payment/initiate`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Initiated {
    result: Written,
    custom_ref: Written,
    url: Written,
}

/// The answer to `receipt/transaction`, without what may stand at its top.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Receipt {
    result: Written,
    #[serde(deserialize_with = "object::member")]
    data: Option<Fields>,
}

/// What a receipt says, at its top or in `data` (SOURCE.md, "receipt/transaction").
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    amount: Written,
    currency: Written,
    payment_method: Written,
    gateway_name: Written,
    custom_ref: Written,
    store_id: Written,
    transaction_ref: Written,
    transaction_id: Written,
    reference: Written,
    gateway_ref: Written,
}

/// What is said where nothing was done, or nothing is known.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    result: Written,
    message: Written,
    errors: Option<Box<RawValue>>,
}

fn protocol(message: String) -> Refusal {
    Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message }
}

/// T-Lync's words beside a bad status, and which fields they are about.
pub(super) fn explain(reply: &Reply) -> Option<Explanation> {
    let refused: Refused = object::read(&reply.body).ok()?;
    let message = refused.message.given().or(refused.result.given())?;
    let errors: Option<BTreeMap<String, IgnoredAny>> =
        refused.errors.and_then(|errors| serde_json::from_str(errors.get()).ok());
    let names = errors.unwrap_or_default().into_keys().collect::<Vec<_>>().join(", ");
    let message = if names.is_empty() { message.to_owned() } else { format!("{message} ({names})") };
    Some(Explanation { message: Some(message), retry_after: None })
}

/// Judges the answer to `payment/initiate`.
pub(super) fn initiated(reply: &Reply) -> Result<(), Refusal> {
    let initiated: Initiated = object::read(&reply.body).map_err(protocol)?;
    if initiated.result.says("success") { Ok(()) } else { Err(protocol(other(&initiated.result))) }
}

fn other(result: &Written) -> String {
    format!("the result is {:?}", result.text())
}

/// Reads the answer to `payment/initiate`: the page.
pub(super) fn session(order: &Order, base_url: &Url, reply: &Reply) -> Result<Session, Error> {
    page(order, base_url, reply).map_err(|message| {
        let operation = Operation::Initiate.name();
        Error::provider(Kind::Protocol, Delivery::Maybe, NAME, operation, message).with_status(reply.status)
    })
}

fn page(order: &Order, base_url: &Url, reply: &Reply) -> Result<Session, String> {
    let initiated: Initiated = object::read(&reply.body)?;
    if !(200..=299).contains(&reply.status) || !initiated.result.says("success") {
        return Err(other(&initiated.result));
    }
    if initiated.custom_ref.given().is_some_and(|given| given != order.wire_reference) {
        return Err("the page is for another reference".to_owned());
    }
    // No other scheme than the API's own, so that nothing but a page is opened there.
    let url = initiated.url.given().and_then(|text| Url::parse(text).ok());
    let url = url.filter(|url| url.has_host() && (url.scheme() == "https" || url.scheme() == base_url.scheme()));
    let url = url.ok_or_else(|| "the answer has no page".to_owned())?;
    // It has no name of its own for a page: both sides know it by our reference.
    Ok(Session { id: order.wire_reference.clone(), next: SessionStep::Page { url } })
}

/// Judges the answer to `receipt/transaction`.
pub(super) fn receipt_outcome(reply: &Reply) -> Result<(), Refusal> {
    approved(reply).map(drop).map_err(protocol)
}

/// What the receipt of a reference says: `None` where the provider knows of no payment *now*.
pub(super) fn receipt(reply: &Reply, wire_reference: &str, store_id: &str) -> Result<Option<Transaction>, String> {
    Ok(approved(reply)?.map(|shown| shown.transaction(wire_reference, store_id)))
}

/// The fields of a receipt of success, or `None` where it knows none; anything else is no answer.
fn approved(reply: &Reply) -> Result<Option<Shown>, String> {
    match reply.status {
        200..=299 => {}
        404 if knows_none(reply)? => return Ok(None),
        404 => return Err("nothing answers receipts at this address".to_owned()),
        status => return Err(format!("the status is {status}")),
    }
    let receipt: Receipt = object::read(&reply.body)?;
    match receipt.result.text().trim() {
        "success" => Ok(Some(Shown { top: object::read(&reply.body)?, data: receipt.data.unwrap_or_default() })),
        "incomplete" => Ok(None),
        _ => Err(other(&receipt.result)),
    }
}

/// Whether a 404 is T-Lync's word about a payment. What a server says of an address that it does not have must not be
/// taken for one: every payment would be unknown.
fn knows_none(reply: &Reply) -> Result<bool, String> {
    let refused: Refused = object::read(&reply.body)?;
    let message = refused.message.text().trim().to_ascii_lowercase();
    let of_an_address = message.is_empty() || message == "not found" || message.contains("route");
    Ok(refused.result.given().is_some() || !of_an_address)
}

/// A receipt of success.
struct Shown {
    top: Fields,
    data: Fields,
}

impl Shown {
    fn get(&self, field: fn(&Fields) -> &Written) -> Option<&str> {
        field(&self.data).given().or(field(&self.top).given())
    }

    fn transaction(&self, wire_reference: &str, store_id: &str) -> Transaction {
        // One shape names neither: what was asked for was our reference at our store, and nothing else.
        let is = |given: Option<&str>, own: &str| given.is_none_or(|given| given == own);
        let method = self.get(|fields| &fields.payment_method).or(self.get(|fields| &fields.gateway_name));
        Transaction {
            id: self.id(wire_reference),
            kind: TransactionKind::Sale,
            approved: true,
            declined: false,
            amount: self.amount(),
            ours: is(self.get(|fields| &fields.custom_ref), wire_reference)
                && is(self.get(|fields| &fields.store_id), store_id),
            remaining: None,
            only_whole: false,
            raw_status: method.map_or_else(|| "success".to_owned(), |method| format!("success/{method}")),
        }
    }

    /// T-Lync's own number, by the name that this shape has for it. Whether `reference` is theirs or ours is not known.
    fn id(&self, wire_reference: &str) -> String {
        let names: [fn(&Fields) -> &Written; 4] = [
            |fields| &fields.transaction_ref,
            |fields| &fields.transaction_id,
            |fields| &fields.reference,
            |fields| &fields.gateway_ref,
        ];
        let id = names.into_iter().filter_map(|name| self.get(name)).find(|id| *id != wire_reference);
        id.unwrap_or_default().to_owned()
    }

    fn amount(&self) -> Result<Money, String> {
        let text = self.get(|fields| &fields.amount).unwrap_or_default();
        match self.get(|fields| &fields.currency) {
            Some(other) if other != Currency::Lyd.code() => Err(format!("{text} {other}")),
            _ => Money::parse(text, Currency::Lyd).map_err(|_| text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
