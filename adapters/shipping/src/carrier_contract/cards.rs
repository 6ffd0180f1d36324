//! The two carriers that speak the contract: what each is, and how it is listed. Facts are the guide's (SOURCE.md of each).

use std::sync::Arc;

use kit::EvidenceGrade;
use schemas::Currency;
use schemas::shipping::{ShipmentStatus, Weight};

use super::{CarrierContract, config, notice};
use crate::card::{Callbacks, Card, Feed, Price, Promise, Route, Service, StatusWord};
use crate::registry::{Build, Provider, no_identity};

/// The words of the contract.
const STATUSES: &[StatusWord] = &[
    StatusWord::new("pending", ShipmentStatus::Booked),
    StatusWord::new("picked_up", ShipmentStatus::PickedUp),
    StatusWord::new("in_transit", ShipmentStatus::InTransit),
    StatusWord::new("at_hub", ShipmentStatus::InTransit),
    StatusWord::new("out_for_delivery", ShipmentStatus::OutForDelivery),
    StatusWord::new("delivered", ShipmentStatus::Delivered),
    StatusWord::new("delayed", ShipmentStatus::Delayed),
    StatusWord::new("attempt_failed", ShipmentStatus::FailedAttempt),
    StatusWord::new("returning", ShipmentStatus::Returning),
    StatusWord::new("returned", ShipmentStatus::Returned),
    StatusWord::new("cancelled", ShipmentStatus::Cancelled),
    StatusWord::new("lost", ShipmentStatus::Lost),
];

/// What is the same for both.
const ASSUMED: Card = Card {
    name: "",
    title: ("", ""),
    services: &[],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Assumed,
    finds: true,
    callbacks: Callbacks::None,
    feed: Feed::None,
    callback_answer: ("application/json", "{}"),
    statuses: STATUSES,
};

/// A service, with what most of them have.
const fn service(
    key: &'static str,
    title: (&'static str, &'static str),
    promise: Promise,
    least: i64,
    most: i64,
) -> Service {
    Service {
        key,
        wire: key,
        title,
        most_weight: None,
        most_size: None,
        route: Route::Anywhere,
        price: Price::Between(least, most),
        promise,
        cutoff: None,
        tracking: true,
        insurance: false,
        cash_on_delivery: true,
    }
}

static AMYAL_SERVICES: [Service; 3] = [
    Service {
        insurance: true,
        ..service("express", ("Express delivery", "توصيل سريع"), Promise::Days(1, 2), 15_000, 25_000)
    },
    service("standard", ("Standard delivery", "توصيل عادي"), Promise::Days(2, 4), 8_000, 15_000),
    Service {
        tracking: false,
        ..service("economy", ("Economy delivery", "توصيل اقتصادي"), Promise::Days(5, 7), 5_000, 10_000)
    },
];

static WINGSLY_SERVICES: [Service; 2] = [
    Service {
        most_weight: Some(Weight::kilograms(10)),
        route: Route::Ways(&[("tripoli", "benghazi"), ("benghazi", "misrata")]),
        cash_on_delivery: false,
        ..service("air_express", ("Air express", "شحن جوي سريع"), Promise::Hours(4, 6), 25_000, 40_000)
    },
    Service {
        most_weight: Some(Weight::kilograms(20)),
        route: Route::Ways(&[("tripoli", "benghazi"), ("benghazi", "sabha")]),
        cash_on_delivery: false,
        ..service("air_standard", ("Air standard", "شحن جوي عادي"), Promise::Hours(12, 24), 15_000, 25_000)
    },
];

static AMYAL_CARD: Card = Card {
    name: "amyal",
    title: ("Amyal Express", "أميال"),
    services: &AMYAL_SERVICES,
    callbacks: Callbacks::Proving,
    ..ASSUMED
};

static WINGSLY_CARD: Card = Card {
    name: "wingsly",
    title: ("Wingsly Express", "وينغسلي"),
    services: &WINGSLY_SERVICES,
    feed: Feed::Push,
    ..ASSUMED
};

const fn listed(card: &'static Card, build: Build) -> Provider {
    let (settings, credentials) = (config::SETTINGS, config::CREDENTIALS);
    Provider { card, build, address: notice::address, identity: no_identity, settings, credentials }
}

/// Amyal Express: all larger cities, followed by webhooks.
pub static AMYAL: Provider = listed(&AMYAL_CARD, |configuration, credentials, parts| {
    Ok(Arc::new(CarrierContract::build(&AMYAL_CARD, configuration, credentials, parts)?))
});

/// Wingsly Express: by air, followed by a stream.
pub static WINGSLY: Provider = listed(&WINGSLY_CARD, |configuration, credentials, parts| {
    Ok(Arc::new(CarrierContract::build(&WINGSLY_CARD, configuration, credentials, parts)?))
});
