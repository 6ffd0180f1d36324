//! What Darb Assabil is and offers: data alone. Where each figure is from stands in SOURCE.md, "Services".

use kit::EvidenceGrade;
use schemas::Currency;
use schemas::shipping::{ShipmentStatus, Weight};

use super::NAME;
use crate::card::{Callbacks, Card, Feed, Price, Promise, Route, Service, StatusWord};

/// What Darb Assabil is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Darb Assabil", "درب السبيل"),
    services: SERVICES,
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Documented,
    finds: true,
    callbacks: Callbacks::None,
    feed: Feed::None,
    callback_answer: ("application/json", "{}"),
    statuses: STATUSES,
};

/// On the wire a service is a plan of the account, which the configuration names; so there is no word for it here.
static SERVICES: &[Service] = &[
    Service {
        most_weight: Some(Weight::kilograms(10)),
        route: Route::Within(&["tripoli", "benghazi"]),
        price: Price::Between(20_000, 30_000),
        promise: Promise::SameDay,
        cutoff: Some((14, 0)),
        ..service("same_day", "Same-day delivery", "توصيل نفس اليوم")
    },
    Service {
        most_weight: Some(Weight::kilograms(25)),
        route: Route::Between(&["tripoli", "benghazi", "misrata"]),
        price: Price::Between(10_000, 20_000),
        promise: Promise::Days(1, 1),
        cutoff: Some((18, 0)),
        ..service("next_day", "Next-day delivery", "توصيل اليوم التالي")
    },
    Service {
        most_weight: Some(Weight::kilograms(50)),
        route: Route::Between(&["tripoli", "benghazi", "misrata", "zawiya"]),
        price: Price::Between(5_000, 15_000),
        promise: Promise::Days(2, 3),
        ..service("standard", "Standard delivery", "توصيل عادي")
    },
];

const fn service(key: &'static str, english: &'static str, arabic: &'static str) -> Service {
    Service {
        key,
        wire: "",
        title: (english, arabic),
        most_weight: None,
        most_size: None,
        route: Route::Anywhere,
        price: Price::Asked,
        promise: Promise::SameDay,
        cutoff: None,
        tracking: true,
        insurance: false,
        cash_on_delivery: true,
    }
}

/// Statuses of a shipment, and the kinds of events that say as much. `cancelled` is no end: what was given up under way is
/// brought back, or delivered after all (SOURCE.md, "Where a parcel stands").
static STATUSES: &[StatusWord] = &[
    StatusWord::new("pending", ShipmentStatus::Booked),
    StatusWord::new("booked", ShipmentStatus::Booked),
    StatusWord::new("processing", ShipmentStatus::PickedUp),
    StatusWord::new("on-branch", ShipmentStatus::InTransit),
    StatusWord::new("resent", ShipmentStatus::InTransit),
    StatusWord::new("released", ShipmentStatus::OutForDelivery),
    StatusWord::new("delayed", ShipmentStatus::Delayed),
    StatusWord::new("completed", ShipmentStatus::Delivered),
    StatusWord::new("cancelled", ShipmentStatus::Returning),
    StatusWord::new("returning", ShipmentStatus::Returning),
    StatusWord::new("returned", ShipmentStatus::Returned),
    StatusWord::new("assigned", ShipmentStatus::InTransit),
    StatusWord::new("accepted", ShipmentStatus::InTransit),
    StatusWord::new("shipped", ShipmentStatus::InTransit),
    StatusWord::new("arrived", ShipmentStatus::InTransit),
];
