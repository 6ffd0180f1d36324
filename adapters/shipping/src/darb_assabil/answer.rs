//! Reading Darb Assabil's answers: a good status alone says nothing, a `status` of false is a no, and some of them are a
//! server that stumbled.

use kit::written::Written;
use kit::{Delivery, Explanation, Kind, Refusal, Reply, object};
use schemas::{Currency, Money};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config::is_id;
use super::record::{Invoice, Record};
use crate::change::Changed;
use crate::port::{Booked, Order, Place};

/// What every answer has around what it says.
#[derive(Deserialize)]
struct Envelope {
    status: Option<bool>,
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Body<T> {
    #[serde(default, deserialize_with = "object::member")]
    data: Option<T>,
}

/// A sentence of an answer. Its `stack` is theirs alone and is never repeated.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    message: Written,
    name: Written,
    location: Written,
}

impl Message {
    /// Whether it is about a part of the request: what names one has been checked, and not been done.
    fn names_input(&self) -> bool {
        let is_part = |text: &str| text.split('.').any(|part| matches!(part, "body" | "query" | "params"));
        is_part(self.location.text()) || is_part(self.name.text())
    }

    /// Whether it is the one known sentence that names none: there is no such place.
    fn names_place(&self) -> bool {
        self.message.text().starts_with("Unable to fetch branch")
    }

    fn words(&self) -> String {
        match self.location.given() {
            Some(location) => format!("{} ({location})", self.message.text()),
            None => self.message.text().to_owned(),
        }
    }
}

impl Envelope {
    fn words(&self) -> String {
        self.messages.iter().map(Message::words).collect::<Vec<_>>().join("; ")
    }

    /// What a no is worth. One that is about the request, or about a place, was said before anything was done.
    fn refusal(&self, status: u16) -> Refusal {
        let said = self.words();
        let message = if said.is_empty() { "it says no, and not why".to_owned() } else { said };
        let (kind, delivery) = match status {
            _ if self.messages.iter().any(|message| message.names_input() || message.names_place()) => {
                (Kind::Rejected, Delivery::Never)
            }
            400 => (Kind::Invalid, Delivery::Never),
            500 => (Kind::Unavailable, Delivery::Maybe),
            _ => (Kind::Protocol, Delivery::Maybe),
        };
        Refusal { kind, delivery, message }
    }
}

/// Darb Assabil's words beside a bad status.
pub(super) fn explain(reply: &Reply) -> Option<Explanation> {
    let envelope: Envelope = object::read(&reply.body).ok()?;
    let message = Some(envelope.words()).filter(|words| !words.is_empty())?;
    Some(Explanation { message: Some(message), retry_after: None })
}

/// Judges any answer by what is around it.
pub(super) fn accepted(reply: &Reply) -> Result<(), Refusal> {
    let envelope: Envelope = object::read(&reply.body).map_err(|message| unreadable(reply, message))?;
    match (reply.status, envelope.status) {
        (200..=299, Some(true)) => Ok(()),
        (status, Some(false)) => Err(envelope.refusal(status)),
        _ => Err(unreadable(reply, "the answer does not say whether it was done".to_owned())),
    }
}

/// Judges what is said of the wallet. There is nothing in the request that could be wrong but who sends it (SOURCE.md, "The probe").
pub(super) fn wallet_outcome(reply: &Reply) -> Result<(), Refusal> {
    let refused = |refusal: Refusal| match object::read::<Envelope>(&reply.body) {
        Ok(Envelope { status: Some(false), .. }) if reply.status < 500 => {
            Refusal { kind: Kind::Unauthorized, delivery: Delivery::Never, ..refusal }
        }
        _ => refusal,
    };
    data::<serde_json::Map<String, serde_json::Value>>(reply).map(drop).map_err(refused)
}

/// No answer of theirs: a page, half an answer, another server's.
fn unreadable(reply: &Reply, message: String) -> Refusal {
    let (kind, delivery) = match reply.status {
        400 => (Kind::Invalid, Delivery::Never),
        500 => (Kind::Unavailable, Delivery::Maybe),
        _ => (Kind::Protocol, Delivery::Maybe),
    };
    Refusal { kind, delivery, message }
}

/// What an answer says where it says yes.
pub(super) fn data<T: DeserializeOwned>(reply: &Reply) -> Result<T, Refusal> {
    accepted(reply)?;
    let body: Body<T> = object::read(&reply.body).map_err(|message| unreadable(reply, message))?;
    body.data.ok_or_else(|| unreadable(reply, "the answer has no data".to_owned()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Contact {
    #[serde(rename = "_id")]
    id: Written,
}

/// Judges the answer about a contact.
pub(super) fn contact_outcome(reply: &Reply) -> Result<(), Refusal> {
    contact(reply).map(drop)
}

/// Reads what a booking names the contact by.
pub(super) fn contact(reply: &Reply) -> Result<String, Refusal> {
    let contact: Contact = data(reply)?;
    match contact.id.given().filter(|id| is_id(id)) {
        Some(id) => Ok(id.to_owned()),
        None => Err(unreadable(reply, "the contact has no id".to_owned())),
    }
}

/// Judges the answer to a booking.
pub(super) fn booking_outcome(reply: &Reply) -> Result<(), Refusal> {
    record(reply).map(drop)
}

/// The record of what was booked: nothing is booked that cannot be named.
fn record(reply: &Reply) -> Result<Record, Refusal> {
    let record: Record = data(reply)?;
    match record.booking() {
        Some(_) => Ok(record),
        None => Err(unreadable(reply, "the shipment has no id or no reference".to_owned())),
    }
}

/// Reads the answer to a booking.
pub(super) fn booked(order: &Order, reply: &Reply) -> Booked {
    match record(reply) {
        Ok(record) if record.tells_another(&order.reference) => {
            Booked::Unclear { message: "the shipment is another reference's".to_owned() }
        }
        Ok(record) => match record.booking() {
            Some(booking) => Booked::Done(booking),
            None => Booked::Unclear { message: "the shipment has no id or no reference".to_owned() },
        },
        Err(refusal) if refusal.delivery == Delivery::Never => Booked::Refused { message: refusal.message },
        Err(refusal) => Booked::Unclear { message: refusal.message },
    }
}

/// Reads the answer to a change.
pub(super) fn changed(reply: &Reply) -> Changed {
    match accepted(reply) {
        Ok(()) => Changed::Done,
        // A no in its own words, and no server that stumbled: what is not changed is not.
        Err(refusal) if refusal.delivery == Delivery::Never => Changed::Refused { message: refusal.message },
        Err(refusal) => Changed::Unclear { message: refusal.message },
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Price {
    invoices: Vec<Invoice>,
}

/// What the way costs.
pub(super) fn price(reply: &Reply) -> Result<Money, Refusal> {
    let price: Price = data(reply)?;
    let amount = price.invoices.iter().find_map(|invoice| invoice.shipping(Currency::Lyd));
    amount.ok_or_else(|| unreadable(reply, "the answer has no price for the way in dinars".to_owned()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Branches {
    results: Vec<Branch>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Branch {
    city: Written,
    area: Written,
    areas: Vec<Area>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Area {
    area: Written,
}

/// The cities and quarters of a page of branches, with how many branches it has. Several serve one city.
pub(super) fn places(reply: &Reply) -> Result<(usize, Vec<Place>), Refusal> {
    let branches: Branches = data(reply)?;
    let mut places = Vec::new();
    for branch in &branches.results {
        let Some(city) = branch.city.given() else { continue };
        places.push(place(city, None));
        let areas = std::iter::once(&branch.area).chain(branch.areas.iter().map(|area| &area.area));
        places.extend(areas.filter_map(Written::given).map(|area| place(area, Some(city))));
    }
    Ok((branches.results.len(), places))
}

fn place(name: &str, within: Option<&str>) -> Place {
    Place { code: name.to_owned(), name: name.to_owned(), other_name: None, within: within.map(str::to_owned) }
}

#[cfg(test)]
mod tests;
