//! Reading answers: strict about whose they are, exact about money, and no verdict that is not there in so many words.

use kit::contract::{Failure, is_good, is_segment};
use kit::written::Written;
use kit::{Reply, object};
use schemas::{Currency, Money};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{Event, amount};
use crate::card::Service;
use crate::change::Changed;
use crate::port::{Booked, Booking, Found, Place, Quote};
use crate::tracking::Trail;

/// Every city that is served.
#[derive(Deserialize)]
pub(super) struct Cities {
    cities: Vec<City>,
}

#[derive(Deserialize)]
struct City {
    code: Written,
    name: Written,
    #[serde(default)]
    name_en: Written,
    #[serde(default)]
    areas: Vec<Area>,
}

#[derive(Deserialize)]
struct Area {
    code: Written,
    name: Written,
}

/// What services cost.
#[derive(Deserialize)]
pub(super) struct Rates {
    rates: Vec<Rate>,
}

#[derive(Deserialize)]
struct Rate {
    service: Written,
    amount: Written,
    #[serde(default)]
    amount_max: Written,
    currency: Written,
}

/// A shipment that is booked.
#[derive(Deserialize)]
pub(super) struct Shipment {
    number: Written,
    reference: Written,
    #[serde(default)]
    cost: Written,
    #[serde(default)]
    currency: Written,
}

/// Everything under one reference.
#[derive(Deserialize)]
pub(super) struct Shipments {
    shipments: Vec<Shipment>,
}

#[derive(Deserialize)]
struct Repeated {
    shipment: Shipment,
}

/// What has happened to a shipment.
#[derive(Deserialize)]
pub(super) struct Events {
    number: Written,
    events: Vec<Box<RawValue>>,
}

/// What became of a change.
#[derive(Deserialize)]
pub(super) struct Change {
    number: Written,
    status: Written,
}

impl Cities {
    /// Cities and their quarters, each a place. One without a code or a name would be a hole that nobody sees.
    pub(super) fn places(self) -> Result<Vec<Place>, String> {
        let mut places = Vec::new();
        for city in self.cities {
            let whole = place(&city.code, &city.name, &city.name_en, None)?;
            for area in city.areas {
                places.push(place(&area.code, &area.name, &Written::default(), Some(whole.code.clone()))?);
            }
            places.push(whole);
        }
        Ok(places)
    }
}

fn place(code: &Written, name: &Written, other: &Written, within: Option<String>) -> Result<Place, String> {
    let (Some(code), Some(name)) = (code.given(), name.given()) else {
        return Err("a place has no code or no name".to_owned());
    };
    Ok(Place { code: code.to_owned(), name: name.to_owned(), other_name: other.given().map(str::to_owned), within })
}

impl Rates {
    /// The prices of the services that were asked for.
    pub(super) fn quotes(self, services: &[&'static Service]) -> Result<Vec<Quote>, String> {
        let asked = |rate: &Rate| services.iter().find(|service| service.wire == rate.service.text()).copied();
        let quotes = self.rates.iter().filter_map(|rate| asked(rate).map(|service| rate.quote(service)));
        quotes.collect()
    }
}

impl Rate {
    fn quote(&self, service: &'static Service) -> Result<Quote, String> {
        let wrong = || format!("the price of {} is none", service.key);
        let money = |text: &str| in_dinar(text, &self.currency).ok_or_else(wrong);
        let least = money(self.amount.text())?;
        let most = self.amount_max.given().map(money).transpose()?;
        if most.is_some_and(|most| most.minor < least.minor) {
            return Err(wrong());
        }
        Ok(Quote { service: service.key, amount: least, amount_max: most.filter(|most| *most != least) })
    }
}

fn in_dinar(text: &str, currency: &Written) -> Option<Money> {
    amount(text).filter(|_| currency.text() == Currency::Lyd.code())
}

impl Shipment {
    /// The booking, if it is the one under this reference.
    fn booking(&self, reference: &str) -> Result<Booking, String> {
        if self.reference.text() != reference {
            return Err("the answer speaks of another shipment".to_owned());
        }
        let number = self.number.text();
        if !is_segment(number) {
            return Err("the number is missing, or none that can stand in a path".to_owned());
        }
        // A cost that cannot be read takes nothing away from the booking.
        let cost = in_dinar(self.cost.text(), &self.currency);
        Ok(Booking { number: number.to_owned(), id: None, cost })
    }
}

/// Reads the answer to a booking.
pub(super) fn booked(reference: &str, reply: &Reply) -> Booked {
    let booking = |shipment: Shipment| shipment.booking(reference).map(Booked::Done);
    let read = match reply.status {
        _ if is_good(reply) => object::read(&reply.body).and_then(booking),
        // An earlier try has booked it: a reference is never used for anything else.
        409 => object::read::<Repeated>(&reply.body).and_then(|repeated| booking(repeated.shipment)),
        422 => Failure::read(reply).and_then(|failure| refused(&failure)),
        status => Err(format!("status {status} is no answer to a booking")),
    };
    read.unwrap_or_else(|message| Booked::Unclear { message })
}

fn refused(failure: &Failure) -> Result<Booked, String> {
    match failure.code() {
        "unknown_city" | "unknown_service" | "not_served" | "too_heavy" | "too_large" | "cash_not_supported"
        | "limit_exceeded" => Ok(Booked::Refused { message: failure.words() }),
        // The contract says of every such status that nothing was booked; of a word that it lacks nobody said so.
        _ => Err(failure.words()),
    }
}

/// Reads what was booked under a reference: all of it is about this reference, or it is no answer.
pub(super) fn found(reference: &str, reply: &Reply) -> Result<Found, String> {
    let shipments = object::read::<Shipments>(&reply.body)?.shipments;
    let bookings: Vec<Booking> =
        shipments.iter().map(|shipment| shipment.booking(reference)).collect::<Result<_, _>>()?;
    Ok(if bookings.is_empty() { Found::Nothing } else { Found::Bookings(bookings) })
}

/// Reads what has happened to a parcel, event by event.
pub(super) fn trail(number: &str, reply: &Reply) -> Result<Trail, String> {
    let mut trail = Trail { number: number.to_owned(), entries: Vec::new(), malformed: Vec::new(), is_gone: false };
    if !is_good(reply) {
        let failure = Failure::read(reply)?;
        // Of another path, or of a proxy's, this says nothing.
        trail.is_gone = failure.code() == "unknown_shipment";
        return if trail.is_gone { Ok(trail) } else { Err(failure.words()) };
    }
    let events = object::read::<Events>(&reply.body)?;
    if events.number.text() != number {
        return Err("the answer speaks of another shipment".to_owned());
    }
    for raw in events.events {
        match Event::of(&raw).and_then(|event| event.entry()) {
            Some(entry) => trail.entries.push(entry),
            None => trail.malformed.push(raw.get().to_owned()),
        }
    }
    Ok(trail)
}

/// Reads the answer to a change.
pub(super) fn changed(number: &str, reply: &Reply) -> Changed {
    let read = match reply.status {
        _ if is_good(reply) => object::read::<Change>(&reply.body).and_then(|change| change.done(number)),
        422 => Failure::read(reply).and_then(|failure| match failure.code() {
            "not_cancellable" | "not_returnable" => Ok(Changed::Refused { message: failure.words() }),
            _ => Err(failure.words()),
        }),
        status => Err(format!("status {status} is no answer to a change")),
    };
    read.unwrap_or_else(|message| Changed::Unclear { message })
}

impl Change {
    fn done(&self, number: &str) -> Result<Changed, String> {
        if self.number.text() != number {
            return Err("the answer speaks of another shipment".to_owned());
        }
        match self.status.text() {
            "cancelled" | "returning" | "returned" => Ok(Changed::Done),
            status => Err(format!("it is {status:?}")),
        }
    }
}

#[cfg(test)]
mod tests;
