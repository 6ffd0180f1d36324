//! The state machine of a shipment: what follows from what was learnt of its booking. Pure functions of the rows and the clock.

use std::time::Duration;

use kit::{Delivery, Error};
use schemas::shipping::{ShipmentReview, ShipmentStatus};
use shipping_adapters::{Booked, Booking as AtCarrier, Found};

use crate::config::Shipping as Settings;
use crate::db::Time;
use crate::db::bookings::{Booking, BookingStatus};
use crate::db::shipments::Shipment;

/// What was learnt of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// The carrier has it.
    Booked(AtCarrier),
    /// The carrier has it more than once.
    BookedTwice(AtCarrier),
    /// It has certainly booked nothing, and will not.
    Refused(String),
    /// Nothing that says either. That the carrier knows of no such booking says neither: it may not have got round to it.
    Nothing(Option<String>),
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask then.
    Ask(Time),
    /// The carrier has it: follow it.
    Follow,
    /// It was refused: somebody else may be tried.
    Refused,
    /// Nothing follows.
    Over,
}

impl Fact {
    /// What the answer to a booking says.
    pub(super) fn of(booked: Booked) -> Self {
        match booked {
            Booked::Done(booking) => Self::Booked(booking),
            Booked::Refused { message } => Self::Refused(message),
            Booked::Unclear { message } => Self::Nothing(Some(message)),
        }
    }

    /// What the failure of the call that books says: only one that certainly did not arrive has booked nothing.
    pub(super) fn of_failed_call(error: Error) -> Self {
        match error.delivery {
            Delivery::Never => Self::Refused(error.message),
            Delivery::Maybe | Delivery::Done => Self::Nothing(Some(error.message)),
        }
    }

    /// What is in a carrier's records.
    pub(super) fn of_found(found: Found) -> Self {
        match found {
            Found::Bookings(bookings) => {
                let mut bookings = bookings.into_iter();
                match (bookings.next(), bookings.next()) {
                    (Some(only), None) => Self::Booked(only),
                    (Some(first), Some(_)) => Self::BookedTwice(first),
                    (None, _) => Self::Nothing(None),
                }
            }
            Found::Nothing => Self::Nothing(None),
            Found::CannotSay { message } => Self::Nothing(Some(message)),
        }
    }
}

/// Takes in what was learnt of the booking that stands. What is over stays as it is.
pub(super) fn learn(
    shipment: &mut Shipment,
    booking: &mut Booking,
    fact: Fact,
    can_be_asked: bool,
    now: Time,
    settings: &Settings,
) -> Next {
    booking.asked_at = Some(now);
    if booking.status != BookingStatus::Unknown {
        return contradicted(shipment, booking, &fact);
    }
    booking.updated_at = now;
    match fact {
        Fact::Booked(at_carrier) => {
            book(shipment, booking, at_carrier);
            shipment.review_reason = None;
            Next::Follow
        }
        Fact::BookedTwice(at_carrier) => {
            book(shipment, booking, at_carrier);
            review(shipment, ShipmentReview::BookedTwice);
            Next::Follow
        }
        Fact::Refused(words) => {
            booking.status = BookingStatus::Refused;
            booking.message = Some(words);
            shipment.review_reason = None;
            Next::Refused
        }
        Fact::Nothing(words) => {
            booking.message = words.or(booking.message.take());
            shipment.status = ShipmentStatus::Unknown;
            Next::Ask(in_doubt(shipment, booking, can_be_asked, now, settings))
        }
    }
}

/// A booking that is over and of which the opposite is told needs a person.
fn contradicted(shipment: &mut Shipment, booking: &Booking, fact: &Fact) -> Next {
    let told = match fact {
        Fact::Booked(told) | Fact::BookedTwice(told) => told,
        Fact::Refused(_) | Fact::Nothing(_) => return Next::Over,
    };
    if booking.status == BookingStatus::Refused {
        review(shipment, ShipmentReview::Contradiction);
    } else if !is_same(booking, told) {
        review(shipment, ShipmentReview::BookedTwice);
    }
    Next::Over
}

/// A carrier may give a parcel another number on its way, and keeps what its calls name it by.
fn is_same(booking: &Booking, told: &AtCarrier) -> bool {
    match (&booking.carrier_id, &told.id) {
        (Some(known), Some(told)) => known == told,
        _ => booking.carrier_number.as_ref() == Some(&told.number),
    }
}

fn book(shipment: &mut Shipment, booking: &mut Booking, at_carrier: AtCarrier) {
    booking.status = BookingStatus::Booked;
    booking.carrier_number = Some(at_carrier.number.clone());
    booking.carrier_id = at_carrier.id.clone();
    booking.cost = at_carrier.cost.map(|cost| cost.minor);
    booking.message = None;
    shipment.status = ShipmentStatus::Booked;
    shipment.carrier = booking.carrier.clone();
    shipment.service = booking.service.clone();
    shipment.account_id = booking.account_id;
    shipment.carrier_number = Some(at_carrier.number);
    shipment.carrier_id = at_carrier.id;
    shipment.cost = booking.cost.or(shipment.cost);
}

/// Nobody knows: time alone never turns that into a failure, it only brings a person in. An answer may come all the same.
fn in_doubt(
    shipment: &mut Shipment,
    booking: &mut Booking,
    can_be_asked: bool,
    now: Time,
    settings: &Settings,
) -> Time {
    let patience = Duration::from_millis(settings.review_after_ms);
    let since = booking.left_at.unwrap_or(booking.created_at);
    let review_at = since.after(patience);
    if shipment.review_reason.is_some() || !can_be_asked || now >= review_at {
        review(shipment, ShipmentReview::Unresolved);
        return now.after(patience);
    }
    let gap = settings.gap(booking.asks);
    booking.asks = booking.asks.saturating_add(1);
    now.after(gap).min(review_at)
}

/// Brings a person in. A worse reason is not forgotten for another one.
pub(super) fn review(shipment: &mut Shipment, reason: ShipmentReview) {
    let is_worse = shipment.review().is_none_or(|known| reason > known);
    if is_worse {
        shipment.review_reason = Some(reason.as_str().to_owned());
    }
}

/// Nobody has booked it, and nobody else is tried.
pub(super) fn fail(shipment: &mut Shipment, alternatives: Vec<String>) {
    shipment.status = ShipmentStatus::Failed;
    shipment.alternatives.0 = alternatives;
    shipment.review_reason = None;
}

#[cfg(test)]
mod tests;
