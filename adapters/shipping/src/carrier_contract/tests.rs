//! The adapter over the real transport: bookings, questions, changes and errors, of both.

use std::sync::Arc;
use std::time::Duration;

use kit::testing::{Script, ScriptedWire, intent};
use kit::{EvidenceGrade, Fault, Safety};
use schemas::store::Mode;
use schemas::{Currency, Money};
use serde_json::json;

use super::*;
use crate::card::{Price, Promise, Route};
use crate::change::Changed;
use crate::conformance::{self, Subject};
use crate::pickups::{PickupAnswer, PickupOrder};
use crate::port::Booking;
use crate::registry::{self, Provider};

/// A sample beside the contract, without its last end of line.
macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/providers/carrier_contract/", $name))
            .trim_end()
    };
}
pub(super) use sample;

pub(super) const KEY: &str = "carrier-contract-secret";
pub(super) const REFERENCE: &str = "jisr-0190a3f2-s1";
pub(super) const NUMBER: &str = "AMY-284510";

pub(super) fn built(provider: &Provider, parts: Parts) -> CarrierContract {
    let configuration = json!({"base_url": format!("https://c.example.ly/{}", provider.card.name)});
    let credentials = json!({"api_key": "api-key-1", "api_secret": KEY});
    // Not by the list, which hides what it builds.
    CarrierContract::build(provider.card, configuration, credentials, parts).expect("an account")
}

pub(super) fn account(
    provider: &Provider,
    script: impl IntoIterator<Item = Script>,
) -> (CarrierContract, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    (built(provider, conformance::parts(Arc::clone(&wire))), wire)
}

fn place(code: &str, name: &str, within: Option<&str>) -> Place {
    Place { code: code.to_owned(), name: name.to_owned(), other_name: None, within: within.map(str::to_owned) }
}

pub(super) fn tripoli() -> Place {
    place("TIP", "طرابلس", None)
}

/// The order of the samples.
pub(super) fn order(provider: &Provider) -> Order {
    let mut order = conformance::order(&provider.card.services[0], &tripoli());
    order.destination.place = place("BEN", "بنغازي", None);
    order.destination.area_place = Some(place("BEN-SALMANI", "السلماني", Some("BEN")));
    order.destination.coordinates = Some(("32.1167".to_owned(), "20.0667".to_owned()));
    order.callback_url = "https://jisr.example.ly/v1/callbacks/amyal/acc_1".to_owned();
    order
}

pub(super) fn parcel() -> Tracked {
    Tracked { number: NUMBER.to_owned(), id: None, reference: REFERENCE.to_owned() }
}

pub(super) fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: http::HeaderMap::new(), body: body.to_owned().into() }
}

/// A sample with one thing changed, which must be in it.
pub(super) fn changed(sample: &str, from: &str, to: &str) -> String {
    assert!(sample.contains(from), "{from} is not in {sample}");
    sample.replace(from, to)
}

pub(super) fn booking() -> Booking {
    Booking { number: NUMBER.to_owned(), id: None, cost: Some(Money::new(15_000, Currency::Lyd)) }
}

fn wanted() -> Wanted {
    let order = order(&AMYAL);
    Wanted { reference: order.reference, since: conformance::now(), phone: order.destination.phone }
}

async fn sent(account: &CarrierContract, call: &Call) -> Result<Reply, Error> {
    account.parts.transport.act(call, intent(call)).await
}

#[tokio::test(start_paused = true)]
async fn they_keep_the_promises() {
    for provider in [&AMYAL, &WINGSLY] {
        let (account, wire) = account(provider, []);
        conformance::all(&Subject { carrier: &account, wire: &wire, place: tripoli() }).await;
        assert!(wire.carried().is_empty(), "describing sends nothing");
    }
}

#[test]
fn each_is_what_the_guide_says() {
    let told = |provider: &Provider| {
        let service = |service: &crate::card::Service| {
            let Price::Between(least, most) = service.price else { panic!("{} has a span", service.key) };
            let flags = (service.tracking, service.insurance, service.cash_on_delivery);
            (service.key, service.promise, least, most, flags, service.most_weight.map(|weight| weight.in_grams()))
        };
        provider.card.services.iter().map(service).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&AMYAL),
        [
            ("express", Promise::Days(1, 2), 15_000, 25_000, (true, true, true), None),
            ("standard", Promise::Days(2, 4), 8_000, 15_000, (true, false, true), None),
            ("economy", Promise::Days(5, 7), 5_000, 10_000, (false, false, true), None),
        ]
    );
    assert_eq!(
        told(&WINGSLY),
        [
            ("air_express", Promise::Hours(4, 6), 25_000, 40_000, (true, false, false), Some(10_000)),
            ("air_standard", Promise::Hours(12, 24), 15_000, 25_000, (true, false, false), Some(20_000)),
        ]
    );
    let route = |key| WINGSLY.card.service(key).expect("a service").route;
    assert!(route("air_express").goes("misrata", "benghazi") && !route("air_express").goes("benghazi", "sabha"));
    assert!(route("air_standard").goes("sabha", "benghazi") && !route("air_standard").goes("benghazi", "misrata"));
    assert!(AMYAL.card.services.iter().all(|service| service.route == Route::Anywhere));
    for (provider, callbacks, pushes) in [(&AMYAL, Callbacks::Proving, false), (&WINGSLY, Callbacks::None, true)] {
        let card = provider.card;
        assert_eq!((card.evidence, card.callbacks, card.finds), (EvidenceGrade::Assumed, callbacks, true));
        let (account, _) = account(provider, []);
        assert_eq!((account.push().is_some(), account.tracked_at_once()), (pushes, 1));
        assert_eq!(account.lane(), format!("{}/c.example.ly/{}", card.name, account.account().id));
        assert_eq!(account.identity(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_builds_each_as_itself_and_live_mode_wants_an_address() {
    for name in ["amyal", "wingsly"] {
        let provider = registry::provider(name).expect("it is listed");
        let parts = conformance::parts(ScriptedWire::new([]));
        let credentials = || json!({"api_key": "a", "api_secret": "b"});
        let configuration = json!({"base_url": "https://c.example.ly"});
        let built = (provider.build)(configuration, credentials(), parts.clone()).expect("an account");
        assert_eq!(built.card().name, name);
        for mode in [Mode::Live, Mode::Test] {
            let error = (provider.build)(json!({}), credentials(), Parts { mode, ..parts.clone() });
            assert_eq!(error.err().expect("a refusal").field, "configuration.base_url");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_parcel_is_booked_found_followed_and_cancelled() {
    let (account, wire) = account(
        &AMYAL,
        [
            Script::Answer(201, sample!("shipment.json")),
            Script::Answer(200, sample!("shipments.json")),
            Script::Answer(200, sample!("shipments_none.json")),
            Script::Answer(200, sample!("events.json")),
            Script::Answer(404, sample!("unknown_shipment.json")),
            Script::Answer(200, sample!("cancelled.json")),
            Script::Answer(422, sample!("not_returnable.json")),
        ],
    );
    let order = order(&AMYAL);
    let call = account.describe_booking(&order, None).await.expect("a call");
    let reply = sent(&account, &call).await.expect("an answer");
    assert_eq!(account.read_booking(&order, &reply), Booked::Done(booking()));
    assert_eq!(account.find(&wanted()).await.expect("records"), Found::Bookings(vec![booking()]));
    assert_eq!(account.find(&wanted()).await.expect("records"), Found::Nothing);
    let trails = account.track(&[parcel(), parcel()]).await.expect("trails");
    assert_eq!((trails[0].entries.len(), trails[0].is_gone, trails[1].is_gone), (3, false, true));
    let changes = account.changes().expect("changes");
    let cancel = changes.describe_cancel(&parcel(), Some("طلب الزبون")).await.expect("a call");
    let reply = sent(&account, &cancel).await.expect("an answer");
    assert_eq!(changes.read_change(&parcel(), &reply), Changed::Done);
    let back = changes.describe_return(&parcel(), None).await.expect("a call");
    let reply = sent(&account, &back).await.expect("a refusal is an answer");
    assert!(matches!(changes.read_change(&parcel(), &reply), Changed::Refused { .. }));
    let seen: Vec<_> =
        wire.carried().iter().map(|call| call.request.url[url::Position::BeforePath..].to_owned()).collect();
    let of_parcel = |verb: &str| format!("/amyal/v1/shipments/{NUMBER}/{verb}");
    let find = format!("/amyal/v1/shipments?reference={REFERENCE}");
    let booked = "/amyal/v1/shipments".to_owned();
    let events = of_parcel("events");
    assert_eq!(seen, [booked, find.clone(), find, events.clone(), events, of_parcel("cancel"), of_parcel("return")]);
}

#[tokio::test(start_paused = true)]
async fn places_and_prices_are_asked_for() {
    let (account, _) =
        account(&AMYAL, [Script::Answer(200, sample!("cities.json")), Script::Answer(200, sample!("rates.json"))]);
    let places = account.coverage().await.expect("places");
    assert_eq!(places.len(), 7);
    let quarter = places.iter().find(|place| place.code == "BEN-SALMANI").expect("a quarter");
    assert_eq!((quarter.within.as_deref(), quarter.other_name.as_deref()), (Some("BEN"), None));
    assert!(places.iter().any(|place| place.name == "سبها" && place.other_name.as_deref() == Some("Sabha")));
    let quotes = account.rates(&conformance::inquiry(AMYAL.card, &tripoli())).await.expect("prices");
    let money = |minor| Money::new(minor, Currency::Lyd);
    let quote =
        |service, least, most: Option<i64>| Quote { service, amount: money(least), amount_max: most.map(money) };
    assert_eq!(quotes, [quote("express", 15_000, Some(25_000)), quote("standard", 8_000, None)]);
}

#[tokio::test(start_paused = true)]
async fn a_pickup_is_ordered_once_and_recognised() {
    let order = PickupOrder { reference: "jisr-0190a3f2-p1".to_owned(), ..request::tests::pickup_order() };
    let (account, _) = account(&AMYAL, []);
    let pickups = account.pickups().expect("pickups");
    let read = |status, body: &str| pickups.read_pickup(&order, &reply(status, body));
    let scheduled = PickupAnswer::Scheduled { id: Some("PU-17".to_owned()) };
    assert_eq!(read(201, sample!("pickup.json")), scheduled);
    assert_eq!(read(409, sample!("duplicate_pickup.json")), scheduled);
    assert!(matches!(read(422, sample!("unknown_shipments.json")), PickupAnswer::Refused { .. }));
    for (status, body) in [
        (422, r#"{"error":{"code":"sixth_sense"}}"#.to_owned()),
        (201, changed(sample!("pickup.json"), "-p1", "-p2")),
        (201, changed(sample!("pickup.json"), "PU-17", "")),
        (409, sample!("pickup.json").to_owned()),
    ] {
        assert!(matches!(read(status, &body), PickupAnswer::Unclear { .. }), "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn whether_it_was_booked_is_said_by_the_error() {
    let late = Duration::from_secs(11);
    let maybe = Delivery::Maybe;
    for (script, kind, delivery) in [
        (Script::Answer(503, sample!("unavailable.json")), Kind::Unavailable, maybe),
        (Script::Answer(201, "<html>"), Kind::Protocol, maybe),
        (Script::Answer(201, "{\"number\":\"AMY"), Kind::Protocol, maybe),
        (Script::Answer(200, sample!("unavailable.json")), Kind::Protocol, maybe),
        (Script::Answer(422, "<html>"), Kind::Protocol, maybe),
        (Script::Answer(409, "<html>"), Kind::Protocol, maybe),
        (Script::Cut, Kind::Unavailable, maybe),
        (Script::Late(late, 201, sample!("shipment.json")), Kind::Timeout, maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(400, sample!("invalid_request.json")), Kind::Invalid, Delivery::Never),
    ] {
        let (account, wire) = account(&WINGSLY, [script.clone()]);
        let mut order = order(&WINGSLY);
        order.cash = None;
        let call = account.describe_booking(&order, None).await.expect("a call");
        let error = sent(&account, &call).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery, error.origin), (kind, delivery, Fault::Provider), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is never sent twice");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_not_what_was_not_found() {
    for body in ["<html>", r#"{"error":{"code":"not_found"}}"#, "{}"] {
        let (account, _) = account(&AMYAL, [Script::Answer(404, body)]);
        let error = account.track(&[parcel()]).await.expect_err("no trail");
        assert_eq!(error.kind, Kind::Protocol, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn air_carries_no_cash_and_no_foreign_amounts() {
    let (account, _) = account(&WINGSLY, []);
    let cash = Order { cash: Some(Money::new(1_000, Currency::Lyd)), ..order(&WINGSLY) };
    let mut foreign = order(&WINGSLY);
    foreign.parcels[0].value = Some(Money::new(100, Currency::Usd));
    for order in [cash, foreign] {
        let error = account.describe_booking(&order, None).await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Unsupported, Delivery::Never));
    }
}

#[tokio::test(start_paused = true)]
async fn no_number_leads_out_of_its_path() {
    let (account, wire) = account(&AMYAL, []);
    for number in ["", ".", "..", "a/b", "a?b", "a b", "%2e%2e", "é", &"a".repeat(129)] {
        let parcel = Tracked { number: number.to_owned(), ..parcel() };
        let error = account.changes().expect("changes").describe_cancel(&parcel, None).await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{number}");
        account.track(std::slice::from_ref(&parcel)).await.expect_err("a refusal");
    }
    assert!(wire.carried().is_empty());
}

#[test]
fn what_acts_is_never_repeated_on_its_own() {
    let (account, _) = account(&AMYAL, []);
    for (operation, safety, answers) in [
        (Operation::ListCities, Safety::Read, &[][..]),
        (Operation::InquireRates, Safety::Read, &[]),
        (Operation::CreateShipment, Safety::Once, &[409, 422]),
        (Operation::FindShipments, Safety::Read, &[]),
        (Operation::ListEvents, Safety::Read, &[404]),
        (Operation::CancelShipment, Safety::Once, &[422]),
        (Operation::ReturnShipment, Safety::Once, &[422]),
        (Operation::CreatePickup, Safety::Once, &[409, 422]),
        (Operation::OpenStream, Safety::Read, &[]),
    ] {
        let sender = account.sender();
        let call = sender.call(operation, Some("r"), sender.post(&["x"], Vec::new()));
        assert_eq!((&call.safety, call.answers, call.operation), (&safety, answers, operation.name()));
        assert_eq!((call.provider, call.account), ("amyal", *account.account()));
    }
}
