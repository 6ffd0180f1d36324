//! Bodies compared with the samples, byte for byte, and what is hidden of them.

use super::super::tests::{NUMBER, order, parcel, sample, tripoli};
use super::super::{AMYAL, WINGSLY};
use super::*;
use crate::conformance;
use crate::port::Place;

fn text_of(body: Vec<u8>) -> String {
    String::from_utf8(body).expect("JSON is UTF-8")
}

pub(in crate::carrier_contract) fn pickup_order() -> PickupOrder {
    PickupOrder {
        reference: "jisr-0190a3f2-p1".to_owned(),
        at: conformance::end(&tripoli(), "متجر النور", "0921112233"),
        day: jiff::civil::date(2026, 12, 1),
        parcels: vec![parcel()],
        notes: Some("الباب الخلفي".to_owned()),
    }
}

#[test]
fn bookings_as_in_the_samples() {
    assert_eq!(text_of(booking(&order(&AMYAL), true)), sample!("shipment_request.json"));
    // Whoever has a stream is given no address.
    assert_eq!(text_of(booking(&order(&WINGSLY), false)), sample!("shipment_air_request.json"));
}

#[test]
fn everything_else_as_in_the_samples() {
    let asked = conformance::inquiry(AMYAL.card, &tripoli());
    let mut asked = Inquiry { services: AMYAL.card.services.iter().collect(), ..asked };
    asked.destination.place = Place { code: "BEN".to_owned(), ..tripoli() };
    assert_eq!(text_of(inquiry(&asked).expect("a body")), sample!("rates_request.json"));
    assert_eq!(text_of(reason(Some(" طلب الزبون "))), sample!("cancel_request.json"));
    assert_eq!(text_of(reason(None)), sample!("return_request.json"));
    assert_eq!(text_of(reason(Some(" "))), sample!("return_request.json"));
    assert_eq!(text_of(pickup(&pickup_order())), sample!("pickup_request.json"));
    assert!(sample!("pickup_request.json").contains(NUMBER));
}

#[test]
fn amounts_of_other_currencies_are_not_asked_about() {
    let asked = conformance::inquiry(AMYAL.card, &tripoli());
    assert!(inquiry(&Inquiry { cash: Some(Money::new(1_000, Currency::Eur)), ..asked }).is_err());
}

#[test]
fn what_people_write_ends_somewhere() {
    let mut long = order(&AMYAL);
    long.notes = Some("ن".repeat(500));
    long.destination.street = Some("ش".repeat(500));
    long.origin.area = None;
    (long.origin.street, long.origin.building) = (None, None);
    let body: serde_json::Value = serde_json::from_slice(&booking(&long, true)).expect("JSON");
    assert_eq!(body["notes"].as_str().map(|text| text.chars().count()), Some(200));
    assert_eq!(body["destination"]["address"].as_str().map(|text| text.chars().count()), Some(200));
    assert!(body["origin"].get("address").is_none(), "nothing is left out");
}

#[test]
fn references_are_plain() {
    for wrong in ["", "a b", "a/b", "é", &"a".repeat(65)] {
        assert_eq!(
            check(&Order { reference: wrong.to_owned(), ..order(&AMYAL) }).map_err(|(kind, _)| kind),
            Err(Kind::Invalid)
        );
    }
    assert!(check(&order(&AMYAL)).is_ok());
}
