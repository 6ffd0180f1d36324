//! What Vanex is, as static data: the guide's three services, and its own words for where a parcel stands.

use kit::EvidenceGrade;
use schemas::Currency;
use schemas::shipping::ShipmentStatus::{
    Booked, Cancelled, Delayed, Delivered, FailedAttempt, InTransit, OutForDelivery, PickedUp, Returned, Returning,
};
use schemas::shipping::{Length, Weight};

use super::NAME;
use crate::card::{Callbacks, Card, Feed, Price, Promise, Route, Service, StatusWord};

/// What Vanex is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Vanex", "فانيكس"),
    services: &[
        cargo("light_cargo", ("Light cargo", "شحن خفيف"), 5, [50, 30, 30], Price::Between(8_000, 12_000), (1, 2)),
        cargo("medium_cargo", ("Medium cargo", "شحن متوسط"), 20, [100, 50, 50], Price::Between(15_000, 25_000), (2, 3)),
        cargo("heavy_cargo", ("Heavy cargo", "شحن ثقيل"), 100, [200, 100, 100], Price::Asked, (3, 5)),
    ],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Documented,
    finds: true,
    callbacks: Callbacks::Hinting,
    feed: Feed::Drops,
    callback_answer: ("application/json", "{}"),
    statuses: STATUSES,
};

/// All three are commercial packages over there (type 1): Vanex tells them apart by their size alone.
const fn cargo(
    key: &'static str,
    title: (&'static str, &'static str),
    kilograms: i64,
    [length, width, height]: [i64; 3],
    price: Price,
    (least, most): (u8, u8),
) -> Service {
    Service {
        key,
        wire: "1",
        title,
        most_weight: Some(Weight::kilograms(kilograms)),
        most_size: Some([Length::centimetres(length), Length::centimetres(width), Length::centimetres(height)]),
        route: Route::Anywhere,
        price,
        promise: Promise::Days(least, most),
        cutoff: None,
        tracking: true,
        insurance: false,
        cash_on_delivery: true,
    }
}

/// SOURCE.md, "Statuses".
const STATUSES: &[StatusWord] = &[
    StatusWord::new("created", Booked),
    StatusWord::new("store_new", Booked),
    StatusWord::new("pending", Booked),
    StatusWord::new("accepted_by_store", Booked),
    StatusWord::new("ship_received", PickedUp),
    StatusWord::new("ship_preperation", InTransit),
    StatusWord::new("in_warehouse", InTransit),
    StatusWord::new("in_transit", InTransit),
    StatusWord::new("shipped", InTransit),
    StatusWord::new("on_track", InTransit),
    StatusWord::new("ship_ongoing", OutForDelivery),
    StatusWord::new("enable_delivery", OutForDelivery),
    StatusWord::new("ship_pending", Delayed),
    StatusWord::new("refused", FailedAttempt),
    StatusWord::new("pending_office_sett", Delivered),
    StatusWord::new("pending_store_sett", Delivered),
    StatusWord::new("complete", Delivered),
    StatusWord::new("completed", Delivered),
    StatusWord::new("delivered", Delivered),
    StatusWord::new("ship_del_return", Returning),
    StatusWord::new("recalled", Returning),
    // Most clients hold `returned` for a parcel that is on its way back, and `store_return` for one that the store has.
    StatusWord::new("returned", Returning),
    StatusWord::new("store_return", Returned),
    StatusWord::new("store_canceled", Cancelled),
    StatusWord::new("cancelled", Cancelled),
    StatusWord::new("canceled", Cancelled),
    StatusWord::new("canceled_by_admin", Cancelled),
    StatusWord::new("canceled_by_source", Cancelled),
];
