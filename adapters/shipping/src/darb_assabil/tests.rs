//! The adapter over the real transport: the promises, prices, trails, changes, and what is refused before anything is sent.

use std::sync::Arc;

use kit::testing::{self, Script, ScriptedWire};
use schemas::shipping::Weight;
use serde_json::json;

use super::*;
use crate::conformance::{self, Subject};
use crate::port::Parcel;
use crate::registry;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/providers/darb_assabil/", $name))
    };
}

const PLAN: &str = "65b0c1d2e3f4051627384950";

fn built(more: Value, script: Vec<Script>) -> (DarbAssabil, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new(script);
    let mut configuration = json!({"base_url": "http://127.0.0.1:9090/darb_assabil", "service_id": PLAN,
        "account_id": "65a1b2c3d4e5f60718293a4b"});
    for (name, value) in more.as_object().expect("an object") {
        configuration[name] = value.clone();
    }
    let parts = conformance::parts(Arc::clone(&wire));
    let built = DarbAssabil::build(configuration, json!({"api_key": "geheim"}), parts);
    (built.unwrap_or_else(|error| panic!("{error}")), wire)
}

pub(super) fn account(script: Vec<Script>) -> (DarbAssabil, Arc<ScriptedWire>) {
    built(json!({}), script)
}

fn place() -> Place {
    Place { code: "طرابلس".to_owned(), name: "طرابلس".to_owned(), other_name: None, within: None }
}

fn parcel(id: Option<&str>) -> Tracked {
    Tracked { number: "1584689".to_owned(), id: id.map(str::to_owned), reference: "jisr-0190a3f2-s1".to_owned() }
}

const ID: &str = "65d0e1f20314253647586970";

#[tokio::test(start_paused = true)]
async fn it_keeps_the_promises() {
    // What a return must name is asked for; the suite's parcel has an id of its own.
    let record = sample!("shipment_processing.json").replace(ID, "1390");
    let (carrier, wire) = account(vec![Script::Answer(200, String::leak(record))]);
    conformance::all(&Subject { carrier: &carrier, wire: &wire, place: place() }).await;
    assert_eq!(registry::provider("darb_assabil").expect("it is listed").card.name, carrier.card().name);
}

#[tokio::test(start_paused = true)]
async fn each_plan_is_asked_for_once() {
    let other = "65b0c1d2e3f4051627384951";
    let services = json!({"services": {"same_day": PLAN, "next_day": other, "standard": PLAN}});
    let cheaper = sample!("price.json").replace(r#""shipping","amount":15"#, r#""shipping","amount":7.25"#);
    let (carrier, wire) =
        built(services, vec![Script::Answer(200, sample!("price.json")), Script::Answer(200, String::leak(cheaper))]);
    let quotes = carrier.rates(&conformance::inquiry(&CARD, &place())).await.expect("prices");
    let told: Vec<_> = quotes.iter().map(|quote| (quote.service, quote.amount.minor, quote.amount_max)).collect();
    assert_eq!(told, [("same_day", 15_000, None), ("next_day", 7_250, None), ("standard", 15_000, None)]);
    assert_eq!(wire.carried().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_offered_has_no_price() {
    let (carrier, _) = account(vec![Script::Answer(500, sample!("branch_unknown.json"))]);
    assert!(carrier.rates(&conformance::inquiry(&CARD, &place())).await.expect("an answer").is_empty());
    let (carrier, wire) =
        built(json!({"services": {"standard": PLAN}}), vec![Script::Answer(200, sample!("price.json"))]);
    let quotes = carrier.rates(&conformance::inquiry(&CARD, &place())).await.expect("prices");
    assert_eq!((quotes.len(), quotes[0].service, wire.carried().len()), (1, "standard", 1));
    for (script, kind) in [
        (Script::Answer(500, ""), Kind::Unavailable),
        (Script::Answer(200, sample!("shipment_deleted.json")), Kind::Protocol),
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized),
    ] {
        let (carrier, _) = account(vec![script]);
        let error = carrier.rates(&conformance::inquiry(&CARD, &place())).await.expect_err("an error");
        assert_eq!(error.kind, kind);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_carried_is_refused_before_anything_is_sent() {
    let order = conformance::order(&CARD.services[1], &place());
    for (settings, kind) in [
        (json!({"services": {"standard": PLAN}}), Kind::Unsupported),
        (json!({"payment_by": "sender"}), Kind::Unsupported),
    ] {
        let (carrier, wire) = built(settings, vec![]);
        for error in [
            carrier.describe_preparation(&order).expect_err("a refusal"),
            carrier.describe_booking(&order, Some("c")).await.expect_err("a refusal"),
        ] {
            assert_eq!((error.kind, error.delivery), (kind, Delivery::Never));
        }
        assert!(wire.carried().is_empty());
    }
    let (carrier, _) = built(json!({"payment_by": "sender"}), vec![]);
    assert!(carrier.describe_booking(&Order { cash: None, ..order.clone() }, Some("c")).await.is_ok());
    let error = carrier.describe_booking(&Order { cash: None, ..order }, None).await.expect_err("without a contact");
    assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never));
}

#[tokio::test(start_paused = true)]
async fn a_booking_is_never_repeated_where_it_may_be_there() {
    let order = conformance::order(&CARD.services[0], &place());
    for (script, kind, delivery) in [
        (Script::Answer(200, sample!("invalid_input.json")), Kind::Rejected, Delivery::Never),
        (Script::Answer(500, sample!("branch_unknown.json")), Kind::Rejected, Delivery::Never),
        (Script::Answer(200, sample!("country_stumbles.json")), Kind::Protocol, Delivery::Maybe),
        (Script::Answer(401, sample!("unauthorized.json")), Kind::Unauthorized, Delivery::Never),
        (Script::Answer(500, ""), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(502, "<html>"), Kind::Unavailable, Delivery::Maybe),
        (Script::Answer(200, "<html>"), Kind::Protocol, Delivery::Maybe),
        (Script::Cut, Kind::Unavailable, Delivery::Maybe),
        (Script::Refused, Kind::Unavailable, Delivery::Never),
    ] {
        let (carrier, wire) = account(vec![script.clone()]);
        let call = carrier.describe_booking(&order, Some("c")).await.expect("a call");
        let error = carrier.parts.transport.act(&call, testing::intent(&call)).await.expect_err("no booking");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{script:?}");
        assert_eq!(wire.carried().len(), 1, "it is not repeated");
    }
}

#[tokio::test(start_paused = true)]
async fn every_parcel_has_its_trail() {
    let gone = || Script::Answer(200, sample!("shipment_gone.json"));
    let completed = Script::Answer(200, sample!("shipment_completed.json"));
    let (carrier, _) = account(vec![completed.clone(), gone(), gone()]);
    let parcels = [parcel(Some(ID)), parcel(Some(ID)), parcel(None)];
    let trails = carrier.track(&parcels).await.expect("trails");
    let told: Vec<_> = trails.iter().map(|trail| (trail.entries.len(), trail.is_gone)).collect();
    assert_eq!(told, [(7, false), (0, true), (0, false)], "a number may have been given anew");
    assert!(trails.iter().all(|trail| trail.number == "1584689"));
    let (carrier, _) = account(vec![completed.clone()]);
    let error = carrier.track(&[parcel(Some("65d0e1f2031425364758697f"))]).await.expect_err("another parcel's record");
    assert_eq!(error.kind, Kind::Protocol);
    let (carrier, _) = account(vec![completed, Script::Answer(500, "")]);
    let error = carrier.track(&parcels).await.expect_err("one of them could not be asked about");
    assert_eq!(error.kind, Kind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn changes_name_what_the_records_name() {
    let (carrier, wire) = account(vec![Script::Answer(200, sample!("shipment_processing.json"))]);
    let call = carrier.describe_cancel(&parcel(Some(ID)), None).await.expect("a call");
    assert!(wire.carried().is_empty() && call.request.url.path().ends_with(ID));
    let call = carrier.describe_cancel(&parcel(None), None).await.expect("a call");
    assert!(call.request.url.path().ends_with(ID), "its id is in its record");
    let (carrier, _) = account(vec![Script::Answer(200, sample!("shipment_processing.json"))]);
    let call = carrier.describe_return(&parcel(Some(ID)), None).await.expect("a call");
    assert_eq!(call.request.body, sample!("return_request.json").trim_end());
}

#[tokio::test(start_paused = true)]
async fn a_question_that_fails_has_changed_nothing() {
    for (script, kind) in [
        (Script::Answer(200, sample!("shipment_gone.json")), Kind::NotFound),
        (Script::Cut, Kind::Unavailable),
        (
            Script::Answer(200, r#"{"status":true,"data":{"results":[{"_id":"65d0e1f20314253647586970"}]}}"#),
            Kind::Unsupported,
        ),
    ] {
        let (carrier, wire) = account(vec![script]);
        let error = carrier.describe_return(&parcel(Some(ID)), None).await.expect_err("no call");
        assert_eq!((error.kind, error.delivery), (kind, Delivery::Never));
        assert!(wire.carried().iter().all(|call| !call.safety.acts()));
    }
}

#[tokio::test(start_paused = true)]
async fn places_are_told_once_from_all_pages() {
    let branch = |number: usize| json!({"city": format!("city {number}"), "areas": [{"area": "centre"}]});
    let page = |branches: Vec<Value>| {
        Script::Answer(200, String::leak(json!({"status": true, "data": {"results": branches}}).to_string()))
    };
    let full: Vec<Value> = (0..BRANCHES).map(branch).collect();
    let (carrier, wire) = account(vec![page(full.clone()), page(vec![branch(0), branch(900)])]);
    assert_eq!(carrier.coverage().await.expect("places").len(), 2 * BRANCHES + 2);
    assert!(wire.carried()[1].request.url.query().expect("a query").starts_with("offset=500&"));
    let (carrier, _) = account(vec![page(full); MOST_PAGES]);
    assert_eq!(carrier.coverage().await.expect_err("no end").kind, Kind::Protocol);
}

#[test]
fn the_card_is_the_guides() {
    let service = |key| CARD.service(key).expect("a service");
    let (same, next, standard) = (service("same_day"), service("next_day"), service("standard"));
    assert!(same.route.goes("tripoli", "tripoli") && !same.route.goes("tripoli", "benghazi"));
    assert!(next.route.goes("tripoli", "misrata") && !next.route.goes("tripoli", "zawiya"));
    assert!(standard.route.goes("zawiya", "benghazi") && !standard.route.goes("sabha", "tripoli"));
    let weights = [same, next, standard].map(|service| service.most_weight);
    assert_eq!(weights, [10, 25, 50].map(|kilograms| Some(Weight::kilograms(kilograms))));
    assert_eq!([same.cutoff, next.cutoff, standard.cutoff], [Some((14, 0)), Some((18, 0)), None]);
    assert!(CARD.status("RELEASED").is_some() && CARD.status("partially-completed").is_none());
    let heavy = Parcel { weight: Weight::kilograms(11), ..conformance::parcel() };
    assert!(same.most_weight < Some(heavy.weight));
}

#[tokio::test(start_paused = true)]
async fn a_probe_tells_no_balance_and_a_no_is_about_who_asks() {
    let told = |status, body: &'static str| async move {
        let (carrier, _) = account(vec![Script::Answer(status, body)]);
        let probed = conformance::probe(&carrier, &carrier.parts.transport).await;
        probed.map(|reading| reading.expect("a probe")).map_err(|error| error.kind)
    };
    assert_eq!(told(200, sample!("wallet_metadata.json")).await, Ok(kit::Reading::default()));
    let no = r#"{"status":false,"messages":[{"message":"Unauthorized"}]}"#;
    for (status, body, kind) in [
        (401, sample!("unauthorized.json"), Kind::Unauthorized),
        (200, no, Kind::Unauthorized),
        (400, no, Kind::Unauthorized),
        (500, no, Kind::Unavailable),
        (500, "<html>", Kind::Unavailable),
        (200, "<html>", Kind::Protocol),
        (200, r#"{"status":true}"#, Kind::Protocol),
        (200, r#"{"data":{}}"#, Kind::Protocol),
    ] {
        assert_eq!(told(status, body).await, Err(kind), "{status} {body}");
    }
}
