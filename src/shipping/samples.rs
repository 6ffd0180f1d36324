//! A shipment and a booking for tests.

use schemas::shipping::{BookingFallback, ShipmentStatus};
use schemas::{BookingId, Currency};
use sqlx::types::Json;
use uuid::Uuid;

use crate::config::{Config, Shipping as Settings, Variables};
use crate::db::Time;
use crate::db::bookings::{Booking, BookingStatus};
use crate::db::shipments::Shipment;

/// When everything began.
pub(super) const START: Time = Time::from_second(1_795_600_000);

/// As they are by default.
pub(super) fn settings() -> Settings {
    Config::load(None, &Variables::from_pairs([])).expect("the defaults can be read").shipping
}

/// One that is being booked.
pub(super) fn shipment() -> Shipment {
    let id = Uuid::from_u128(1);
    Shipment {
        id: id.into(),
        store_id: id.into(),
        livemode: false,
        reference: "ORD-1".to_owned(),
        carrier: "amyal".to_owned(),
        service: "standard".to_owned(),
        account_id: id.into(),
        fallback: BookingFallback::Auto,
        fallback_from: None,
        carrier_number: None,
        carrier_id: None,
        status: ShipmentStatus::Pending,
        raw_status: None,
        status_at: None,
        cost: None,
        currency: Currency::Lyd,
        cash: Some(85_000),
        collected: None,
        collected_at: None,
        eta_from: None,
        eta_to: None,
        origin_city: "tripoli".to_owned(),
        destination_city: "benghazi".to_owned(),
        pieces: 1,
        grams: 2_500,
        subject: Vec::new(),
        review_reason: None,
        alternatives: Json(Vec::new()),
        evidence: None,
        tracks: 0,
        tracked_at: None,
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

/// Its try, which has left.
pub(super) fn booking() -> Booking {
    let id = BookingId::from(Uuid::from_u128(2));
    let shipment = shipment();
    Booking {
        id,
        shipment_id: shipment.id,
        store_id: shipment.store_id,
        livemode: false,
        carrier: shipment.carrier,
        service: shipment.service,
        account_id: shipment.account_id,
        reference: "B01".to_owned(),
        status: BookingStatus::Unknown,
        intent_id: Some(Uuid::from_u128(3)),
        left_at: Some(START),
        carrier_number: None,
        carrier_id: None,
        cost: None,
        message: None,
        asks: 0,
        asked_at: None,
        version: 1,
        created_at: START,
        updated_at: START,
    }
}
