//! The order in which things are told does not matter.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::db::shipment_entries::HeardBy;
use crate::shipping::samples::{START, shipment};

fn entry(index: u128, status: Option<ShipmentStatus>, minutes: u64) -> ShipmentEntry {
    let shipment = shipment();
    ShipmentEntry {
        id: Uuid::from_u128(index),
        shipment_id: shipment.id,
        store_id: shipment.store_id,
        carrier: shipment.carrier,
        raw: status.map_or("mystery", ShipmentStatus::as_str).to_owned(),
        status: status.map(|status| status.as_str().to_owned()),
        occurred_at: START.after(std::time::Duration::from_secs(minutes * 60)),
        note: None,
        collected: (status == Some(ShipmentStatus::Delivered)).then_some(85_000),
        heard_by: HeardBy::Poll,
        heard_at: START,
    }
}

fn entries() -> impl Strategy<Value = Vec<ShipmentEntry>> {
    let one = (prop::option::of(prop::sample::select(ShipmentStatus::ALL.to_vec())), 0..5_u64);
    prop::collection::vec(one, 1..12).prop_map(|told| {
        told.into_iter().enumerate().map(|(index, (status, minutes))| entry(index as u128, status, minutes)).collect()
    })
}

proptest! {
    #[test]
    fn any_order_of_telling_ends_alike((told, order) in entries().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))) {
        let (mut first, mut second) = (shipment(), shipment());
        stand(&mut first, &told);
        stand(&mut second, &order);
        prop_assert_eq!(
            (first.status, first.raw_status, first.status_at, first.collected),
            (second.status, second.raw_status, second.status_at, second.collected)
        );
    }
}

#[test]
fn a_word_that_is_not_known_changes_nothing() {
    let mut shipment = shipment();
    shipment.status = ShipmentStatus::InTransit;
    assert!(!stand(&mut shipment, &[entry(1, None, 9)]));
    assert_eq!(shipment.status, ShipmentStatus::InTransit);
}

#[test]
fn the_last_thing_that_happened_counts_however_late_the_others_are_told() {
    let mut shipment = shipment();
    let told = [
        entry(1, Some(ShipmentStatus::Delivered), 30),
        entry(2, Some(ShipmentStatus::PickedUp), 5),
        entry(3, Some(ShipmentStatus::OutForDelivery), 30),
    ];
    assert!(stand(&mut shipment, &told));
    assert_eq!((shipment.status, shipment.collected), (ShipmentStatus::Delivered, Some(85_000)));
}
