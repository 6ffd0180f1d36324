//! Answers compared with the samples, and what is none.

use jiff::Timestamp;
use proptest::prelude::*;
use schemas::shipping::ShipmentStatus;

use super::super::AMYAL;
use super::super::tests::{NUMBER, REFERENCE, booking, changed as other, reply, sample};
use super::*;

fn read(status: u16, body: &str) -> Booked {
    booked(REFERENCE, &reply(status, body))
}

fn followed(body: &str) -> Result<Trail, String> {
    trail(NUMBER, &reply(200, body))
}

#[test]
fn bookings_as_in_the_samples() {
    assert_eq!(read(201, sample!("shipment.json")), Booked::Done(booking()));
    // An earlier try has booked it.
    assert_eq!(read(409, sample!("duplicate_reference.json")), Booked::Done(booking()));
    let refused = "not_served: this service does not go there".to_owned();
    assert_eq!(read(422, sample!("not_served.json")), Booked::Refused { message: refused });
    for cost in ["15.00", "15", "\u{661}5.000", ""] {
        let unread = other(sample!("shipment.json"), "15.000", cost);
        assert_eq!(read(201, &unread), Booked::Done(Booking { cost: None, ..booking() }), "{cost}");
    }
}

#[test]
fn nothing_else_is_a_booking_or_a_refusal() {
    for (status, body) in [
        (201, other(sample!("shipment.json"), REFERENCE, "jisr-0190a3f2-s2")),
        (201, other(sample!("shipment.json"), NUMBER, "")),
        (201, other(sample!("shipment.json"), NUMBER, "..")),
        (201, other(sample!("shipment.json"), NUMBER, "a/b")),
        (201, sample!("shipments.json").to_owned()),
        (409, sample!("shipment.json").to_owned()),
        (409, sample!("not_served.json").to_owned()),
        (409, other(sample!("duplicate_reference.json"), REFERENCE, "jisr-0190a3f2-s2")),
        (422, r#"{"error":{"code":"sixth_sense"}}"#.to_owned()),
        (422, "<html>".to_owned()),
        (400, sample!("not_served.json").to_owned()),
        (200, sample!("not_served.json").to_owned()),
    ] {
        assert!(matches!(read(status, &body), Booked::Unclear { .. }), "{status} {body}");
    }
}

#[test]
fn what_was_found_is_of_this_reference() {
    let find = |body: &str| found(REFERENCE, &reply(200, body));
    assert_eq!(find(sample!("shipments.json")), Ok(Found::Bookings(vec![booking()])));
    assert_eq!(find(sample!("shipments_none.json")), Ok(Found::Nothing));
    let foreign = other(sample!("shipments.json"), REFERENCE, "jisr-0190a3f2-s2");
    for wrong in
        [foreign.as_str(), "{}", "[]", "{\"shipments\":null}", "{\"shipments\":[{}]}", sample!("shipment.json")]
    {
        assert!(find(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_trail_as_in_the_sample() {
    let trail = followed(sample!("events.json")).expect("a trail");
    let said = trail.entries.iter().map(|entry| {
        let collected = entry.collected.map(|money| money.minor);
        (entry.raw.as_str(), entry.at.to_string(), entry.note.as_deref(), collected)
    });
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            ("pending", "2026-11-30T09:00:00Z".to_owned(), None, None),
            ("picked_up", "2026-11-30T12:15:30Z".to_owned(), Some("من المتجر"), None),
            ("delivered", "2026-12-01T10:05:00Z".to_owned(), None, Some(85_000)),
        ]
    );
    assert!(trail.malformed.is_empty() && !trail.is_gone);
    assert!(trail.entries.iter().all(|entry| AMYAL.card.status(&entry.raw).is_some()));
}

#[test]
fn what_cannot_be_read_of_a_trail_is_kept_beside_the_rest() {
    for (from, to) in [
        ("\"status\":\"picked_up\",", ""),
        ("\"picked_up\"", "\"a\\u0000b\""),
        ("2026-11-30T12:15:30Z", "yesterday"),
        ("2026-11-30T12:15:30Z", ""),
        ("\"من المتجر\"", "{}"),
        ("{\"id\":44,", "[44],{"),
    ] {
        let trail = followed(&other(sample!("events.json"), from, to)).expect("a trail");
        assert_eq!(trail.malformed.len(), 1, "{to}");
        assert!(trail.entries.iter().any(|entry| entry.raw == "delivered"), "{to}");
    }
    let trail = followed(&other(sample!("events.json"), "\"85.000\"", "85.0")).expect("a trail");
    assert_eq!((trail.entries.len(), trail.malformed.len()), (2, 1));
    assert!(followed(&other(sample!("events.json"), NUMBER, "AMY-284511")).is_err());
    let fraction = followed(&other(sample!("events.json"), "12:15:30Z", "12:15:30.9+00:00")).expect("a trail");
    assert_eq!(fraction.entries[1].at, "2026-11-30T12:15:30Z".parse::<Timestamp>().expect("a time"));
}

#[test]
fn every_word_of_the_contract_has_a_meaning() {
    let source = include_str!("../../../../../schemas/providers/carrier_contract/SOURCE.md");
    let (_, table) = source.split_once("### Words of status").expect("a table");
    let (table, _) = table.split_once("\n## ").expect("its end");
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    let words: Vec<&str> = cells.flat_map(|(cell, _)| cell.split(", ")).map(|word| word.trim_matches('`')).collect();
    assert_eq!(words.len(), AMYAL.card.statuses.len());
    assert!(words.iter().all(|word| AMYAL.card.status(word).is_some()), "{words:?}");
    assert_eq!(AMYAL.card.status("AT_HUB"), Some(ShipmentStatus::InTransit));
    assert_eq!(AMYAL.card.status("beamed_up"), None);
}

#[test]
fn changes_as_in_the_samples_and_no_others() {
    let read = |status, body: &str| changed(NUMBER, &reply(status, body));
    assert_eq!(read(200, sample!("cancelled.json")), Changed::Done);
    assert_eq!(read(200, sample!("returning.json")), Changed::Done);
    assert!(matches!(read(422, sample!("not_cancellable.json")), Changed::Refused { .. }));
    assert!(matches!(read(422, sample!("not_returnable.json")), Changed::Refused { .. }));
    for (status, body) in [
        (200, other(sample!("cancelled.json"), NUMBER, "AMY-284511")),
        (200, other(sample!("cancelled.json"), "\"cancelled\"", "\"delivered\"")),
        (422, r#"{"error":{"code":"sixth_sense"}}"#.to_owned()),
        (409, sample!("not_cancellable.json").to_owned()),
    ] {
        assert!(matches!(read(status, &body), Changed::Unclear { .. }), "{status} {body}");
    }
}

#[test]
fn a_place_without_a_name_and_a_price_that_is_none_are_errors() {
    let cities = |body: &str| object::read::<Cities>(body.as_bytes()).and_then(Cities::places);
    assert!(cities(&other(sample!("cities.json"), "\"السلماني\"", "\"\"")).is_err());
    assert!(cities(&other(sample!("cities.json"), "\"BEN\"", "null")).is_err());
    let services: Vec<_> = AMYAL.card.services.iter().collect();
    let rates = |body: &str| object::read::<Rates>(body.as_bytes()).and_then(|rates| rates.quotes(&services));
    assert_eq!(rates(&other(sample!("rates.json"), "\"standard\"", "\"by_camel\"")).map(|quotes| quotes.len()), Ok(1));
    for (from, to) in [("\"8.000\"", "\"8.00\""), ("\"8.000\"", "8.0"), ("LYD", "USD"), ("\"25.000\"", "\"14.000\"")] {
        assert!(rates(&other(sample!("rates.json"), from, to)).is_err(), "{to}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(status in 200u16..600, body in prop::collection::vec(any::<u8>(), 0..100)) {
        let reply = Reply { status, headers: http::HeaderMap::new(), body: body.into() };
        let unclear = matches!(booked(REFERENCE, &reply), Booked::Unclear { .. });
        prop_assert!(unclear && found(REFERENCE, &reply).is_err() && trail(NUMBER, &reply).is_err());
    }
}
