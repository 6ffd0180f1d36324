//! Answers: the samples, and what nobody means.

use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;

use super::super::CARD;
use super::*;
use crate::conformance;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/darb_assabil/", $name))
    };
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn order() -> Order {
    conformance::order(&CARD.services[0], &place("طرابلس", None))
}

fn booking(status: u16, body: &str) -> Booked {
    booked(&order(), &reply(status, body))
}

#[test]
fn what_was_booked_has_its_number_its_id_and_its_price() {
    let Booked::Done(booking) = booking(200, sample!("booking_accepted.json")) else { panic!("it is booked") };
    assert_eq!((booking.number.as_str(), booking.id.as_deref()), ("SH1584689", Some("65d0e1f20314253647586970")));
    assert_eq!(booking.cost, Some(Money::new(15_000, Currency::Lyd)));
    assert!(booking_outcome(&reply(200, sample!("booking_accepted.json"))).is_ok());
}

#[test]
fn only_what_names_the_request_or_a_place_is_a_refusal() {
    for (status, body) in [
        (200, sample!("invalid_input.json")),
        (400, sample!("invalid_input.json")),
        (500, sample!("branch_unknown.json")),
        (200, sample!("branch_unknown.json")),
        (400, "<html>"),
    ] {
        assert!(matches!(booking(status, body), Booked::Refused { .. }), "{status} {body}");
        let refusal = booking_outcome(&reply(status, body)).expect_err("a refusal");
        assert_eq!(refusal.delivery, Delivery::Never, "{status} {body}");
    }
    for (status, body, kind) in [
        (200, sample!("country_stumbles.json"), Kind::Protocol),
        (500, sample!("country_stumbles.json"), Kind::Unavailable),
        (500, "", Kind::Unavailable),
        (200, r#"{"status":false}"#, Kind::Protocol),
        (200, r#"{"status":"true","data":{}}"#, Kind::Protocol),
        (200, r#"{"status":true}"#, Kind::Protocol),
        (200, r#"{"status":true,"data":{"_id":"65d0e1f20314253647586970"}}"#, Kind::Protocol),
        (200, r#"{"status":true,"data":{"reference":"SH1"}}"#, Kind::Protocol),
        (200, sample!("shipment_processing.json"), Kind::Protocol),
    ] {
        assert!(matches!(booking(status, body), Booked::Unclear { .. }), "{status} {body}");
        let refusal = booking_outcome(&reply(status, body)).expect_err("no answer");
        assert_eq!((refusal.kind, refusal.delivery), (kind, Delivery::Maybe), "{status} {body}");
    }
}

#[test]
fn another_references_shipment_is_not_ours() {
    let other = sample!("booking_accepted.json").replace("jisr-0190a3f2-s1", "jisr-0190a3f2-s9");
    assert!(matches!(booking(200, &other), Booked::Unclear { .. }));
    let silent = sample!("booking_accepted.json").replace(r#""metadata":{"reference":"jisr-0190a3f2-s1"},"#, "");
    assert!(matches!(booking(200, &silent), Booked::Done(_)), "it need not be repeated in the answer");
}

#[test]
fn words_are_told_and_their_server_is_not() {
    let Booked::Refused { message } = booking(200, sample!("invalid_input.json")) else { panic!("it is refused") };
    assert_eq!(message, "Value is not an instanceOf ObjectId! (localShipments.body.service)");
    let explained = explain(&reply(500, sample!("branch_unknown.json"))).expect("words");
    assert_eq!(explained.message.as_deref(), Some("Unable to fetch branch 'LBY-طرابلس,طرابلس'!"));
    assert!(explain(&reply(502, "<html>")).is_none() && explain(&reply(200, r#"{"status":false}"#)).is_none());
}

#[test]
fn contacts_have_ids() {
    assert_eq!(contact(&reply(200, sample!("contact_created.json"))).expect("a contact"), "65c0d1e2f304152637485960");
    for body in [r#"{"status":true,"data":{"_id":"x"}}"#, r#"{"status":true,"data":{}}"#, sample!("invalid_input.json")]
    {
        assert!(contact_outcome(&reply(200, body)).is_err(), "{body}");
    }
}

#[test]
fn prices_are_of_the_way_alone() {
    let priced = |body: &str| price(&reply(200, body)).ok().map(|money| money.minor);
    assert_eq!(priced(sample!("price.json")), Some(15_000));
    let with_box = sample!("price.json")
        .replace(r#"{"type":"product""#, r#"{"type":"package-charge","amount":2.5},{"type":"product""#);
    assert_eq!(priced(&with_box), Some(17_500));
    for (from, to) in
        [(r#""currency":"lyd","items""#, r#""currency":"usd","items""#), ("\"shipping\"", "\"tax\""), (":15", ":1e1")]
    {
        assert_eq!(priced(&sample!("price.json").replace(from, to)), None, "{to}");
    }
}

#[test]
fn places_are_cities_and_their_quarters() {
    let (branches, places) = places(&reply(200, sample!("branches.json"))).expect("places");
    assert_eq!(branches, 6);
    let of = |within: Option<&str>| {
        let meant = places.iter().filter(|place| place.within.as_deref() == within);
        meant.map(|place| place.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of(None), ["طرابلس", "طرابلس", "بنغازي", "مصراتة", "الزاوية", "سبها"]);
    assert_eq!(of(Some("مصراتة")), ["مصراتة", "قصر أحمد", "الزروق"]);
    assert!(of(Some("طرابلس")).contains(&"سوق الجمعة"));
}

#[test]
fn changes_are_done_refused_or_unclear() {
    let change = |status, body| changed(&reply(status, body));
    assert_eq!(change(200, sample!("shipment_deleted.json")), Changed::Done);
    assert_eq!(change(200, sample!("return_accepted.json")), Changed::Done);
    assert!(matches!(change(200, sample!("delete_refused.json")), Changed::Refused { .. }));
    assert!(matches!(change(200, sample!("country_stumbles.json")), Changed::Unclear { .. }));
    assert!(matches!(change(500, ""), Changed::Unclear { .. }));
}

proptest! {
    #[test]
    fn any_answer_is_read_without_panic(status in prop::sample::select(vec![200_u16, 201, 400, 500]), body in "\\PC{0,80}") {
        let reply = reply(status, &body);
        let _ = (booked(&order(), &reply), contact(&reply), price(&reply), places(&reply), changed(&reply));
    }

    #[test]
    fn half_an_answer_books_nothing(length in 0..1_100_usize) {
        let whole = sample!("booking_accepted.json").trim_end().as_bytes();
        let half = Reply { body: Bytes::copy_from_slice(&whole[..length.min(whole.len() - 1)]), ..reply(200, "") };
        let is_unclear = matches!(booked(&order(), &half), Booked::Unclear { .. });
        prop_assert!(is_unclear);
    }
}
