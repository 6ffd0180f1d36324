//! Signatures as in the contract's vectors, and what the log does not show.

use kit::mask;

use super::super::tests::{account, order, sample};
use super::super::{AMYAL, CarrierContract, WINGSLY, request};
use super::*;

/// The account at the moment of the contract's vectors.
fn sender(account: &CarrierContract) -> Sender<'_> {
    Sender { now: Timestamp::from_second(1_795_600_000).expect("a time"), ..account.sender() }
}

fn header_of<'a>(call: &'a Call, name: &str) -> &'a str {
    call.request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[test]
fn a_request_is_signed_with_the_path_of_its_base_as_in_the_vectors() {
    let (amyal, _) = account(&AMYAL, []);
    let sender_of = sender(&amyal);
    let body = request::booking(&order(&AMYAL), true);
    let call = sender_of.call(Operation::CreateShipment, Some("r"), sender_of.post(&["shipments"], body));
    assert_eq!(call.request.url.as_str(), "https://c.example.ly/amyal/v1/shipments");
    assert_eq!(header_of(&call, "authorization"), "Bearer api-key-1");
    assert_eq!(header_of(&call, "x-timestamp"), "1795600000");
    assert_eq!(header_of(&call, "x-signature"), "fc47f2cdc8e5e07b81d5e4bb60da57aed0829529238d7cb5dd26f056a6548970");
    let (wingsly, _) = account(&WINGSLY, []);
    let sender = sender(&wingsly);
    let call = sender.call(Operation::OpenStream, None, sender.get(&["stream"], Some(("after", "51"))));
    assert_eq!(header_of(&call, "x-signature"), "f786f9f5c176352783b2aab0c71d868fe4793139cc68d12cd411f9f1d273544c");
}

#[test]
fn every_secret_of_the_samples_is_masked() {
    let (account, _) = account(&AMYAL, []);
    let sender = sender(&account);
    let masked = |operation: Operation, body: &str| {
        let call = sender.call(operation, None, sender.post(&["x"], body.into()));
        let shown = mask::headers(&call.request.headers, call.secrets.headers);
        assert!(!shown.contains("api-key-1") && !shown.contains(header_of(&call, "x-signature")), "{shown}");
        mask::body(body.as_bytes(), call.secrets.body).expect("a body")
    };
    for (operation, body, hidden, shown) in [
        (Operation::CreateShipment, sample!("shipment_request.json"), "218912345678", "jisr-0190a3f2-s1"),
        (Operation::CreateShipment, sample!("shipment_request.json"), "سالم", "85.000"),
        (Operation::CreateShipment, sample!("shipment_request.json"), "قرقارش", "BEN-SALMANI"),
        (Operation::CreateShipment, sample!("shipment_request.json"), "32.1167", "2500"),
        (Operation::CreateShipment, sample!("shipment_request.json"), "الاتصال", "كتب"),
        (Operation::CreateShipment, sample!("shipment_request.json"), "acc_1", "express"),
        (Operation::CreatePickup, sample!("pickup_request.json"), "متجر", "2026-12-01"),
        (Operation::ListCities, sample!("cities.json"), "geheim", "السلماني"),
    ] {
        let logged = masked(operation, body);
        assert!(!logged.contains(hidden) && logged.contains(shown), "{hidden}: {logged}");
    }
}
