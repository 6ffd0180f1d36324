//! Requests against the samples, byte for byte, and what a log may show of them and of the answers.

use kit::mask;
use kit::testing::ScriptedWire;
use schemas::shipping::Length;
use schemas::store::Mode;
use schemas::{Currency, Money};
use serde_json::{Value, json};

use super::super::CARD;
use super::*;
use crate::conformance;
use crate::port::Place;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/darb_assabil/", $name))
    };
}

const PLAN: &str = "65b0c1d2e3f4051627384950";
const CONTACT: &str = "65c0d1e2f304152637485960";
const SHIPMENT: &str = "65d0e1f20314253647586970";

fn settings(more: Value) -> Settings {
    let mut whole = json!({"base_url": "https://sabil.example.ly/mock/", "service_id": PLAN,
        "account_id": "65a1b2c3d4e5f60718293a4b"});
    for (name, value) in more.as_object().expect("an object") {
        whole[name] = value.clone();
    }
    Settings::read(whole, Mode::Test).expect("settings")
}

fn place(name: &str, within: Option<&str>) -> Place {
    Place { code: name.to_owned(), name: name.to_owned(), other_name: None, within: within.map(str::to_owned) }
}

/// The order of the samples.
fn order() -> Order {
    let mut order = conformance::order(&CARD.services[0], &place("طرابلس", None));
    order.destination.area_place = Some(place("حي الأندلس", Some("طرابلس")));
    order
}

fn parcel(id: Option<&str>) -> Tracked {
    Tracked { number: "1584689".to_owned(), id: id.map(str::to_owned), reference: order().reference }
}

fn calls<T>(settings: &Settings, use_it: impl FnOnce(&Sender<'_>) -> T) -> T {
    let key = SecretString::from("geheim.key");
    let parts = conformance::parts(ScriptedWire::new([]));
    use_it(&Sender { account: parts.account, destination: parts.destination, settings, key: &key })
}

fn booked(settings: &Settings, order: &Order) -> Value {
    let call = calls(settings, |sender| sender.booking(order, PLAN, CONTACT));
    serde_json::from_slice(&call.request.body).expect("JSON")
}

#[test]
fn requests_are_the_samples() {
    let order = order();
    let inquiry =
        Inquiry { destination: order.destination.clone(), ..conformance::inquiry(&CARD, &order.origin.place) };
    let products = [("65e0f10213243546576869a0".to_owned(), 1)];
    let calls = calls(&settings(json!({})), |sender| {
        [
            (sender.contact(&order), "contacts/create/public/contact", sample!("contact_request.json")),
            (sender.price(PLAN, &inquiry), "local/shipments/calculate/shipping", sample!("price_request.json")),
            (sender.booking(&order, PLAN, CONTACT), "local/shipments", sample!("booking_request.json")),
            (
                sender.request_return(&parcel(None), SHIPMENT, &products),
                "local/shipments/request/return/65d0e1f20314253647586970",
                sample!("return_request.json"),
            ),
        ]
    });
    for (call, path, sample) in calls {
        assert_eq!(std::str::from_utf8(&call.request.body).expect("text"), sample.trim_end());
        assert_eq!(call.request.url.as_str(), format!("https://sabil.example.ly/mock/api/{path}"));
        assert_eq!(call.request.method, Method::POST);
        assert_eq!(call.request.headers["content-type"], "application/json");
        proves(&call);
    }
}

/// All three headers, each once.
fn proves(call: &Call) {
    for (name, value) in [
        ("authorization", "apikey geheim.key"),
        ("x-api-version", "1.0.0"),
        ("x-account-id", "65a1b2c3d4e5f60718293a4b"),
        ("accept", "application/json"),
    ] {
        let values: Vec<_> = call.request.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name} of {}", call.operation);
    }
}

#[test]
fn questions_stand_in_the_address() {
    let calls = calls(&settings(json!({})), |sender| {
        let (known, unknown) = (parcel(Some(SHIPMENT)), parcel(None));
        [
            (
                sender.page(99, "jisr-0190a3f2-s1"),
                "shipments?offset=99&limit=100&sort=%7B%22createdAt%22%3A-1%7D".to_owned(),
            ),
            (sender.record(&known), format!("shipments/{SHIPMENT}")),
            (sender.record(&unknown), "shipments?reference=1584689&offset=0&limit=2".to_owned()),
            (sender.branches(0), "branches/public?offset=0&limit=500".to_owned()),
            (sender.delete(&known, SHIPMENT), format!("shipments/{SHIPMENT}")),
        ]
    });
    for (call, address) in calls {
        assert_eq!(call.request.url.as_str(), format!("https://sabil.example.ly/mock/api/local/{address}"));
        assert!(call.request.body.is_empty());
        let is_change = call.operation == "localShipments.delete";
        assert_eq!(call.safety, if is_change { Safety::Once } else { Safety::Read }, "{}", call.operation);
        assert_eq!(call.request.method, if is_change { Method::DELETE } else { Method::GET });
        proves(&call);
    }
}

#[test]
fn amounts_lose_no_digit() {
    for (minor, amount) in [(85_000, "85"), (85_500, "85.5"), (100_000, "100"), (1, "0.001"), (12_345_678, "12345.678")]
    {
        let order = Order { cash: Some(Money::new(minor, Currency::Lyd)), ..order() };
        let call = calls(&settings(json!({})), |sender| sender.booking(&order, PLAN, CONTACT));
        let sent = String::from_utf8(call.request.body.to_vec()).expect("text");
        assert!(sent.contains(&format!(r#""amount":{amount},"currency":"lyd","isChargeable":true"#)), "{sent}");
    }
}

#[test]
fn money_stands_in_the_first_product_alone() {
    let small = crate::port::Parcel { size: [Length::millimetres(101); 3], value: None, ..conformance::parcel() };
    let two = Order { parcels: vec![conformance::parcel(), small], ..order() };
    let sent = booked(&settings(json!({})), &two);
    let products = sent["products"].as_array().expect("a list");
    assert_eq!((&products[0]["amount"], &products[0]["isChargeable"]), (&json!(85), &json!(true)));
    assert_eq!((&products[1]["amount"], &products[1]["isChargeable"]), (&json!(0), &json!(false)));
    assert_eq!(products[1]["heightCM"], json!(11), "rounded up");
    let sent = booked(&settings(json!({})), &Order { cash: None, ..two });
    let product = &sent["products"][0];
    assert_eq!((&product["amount"], &product["isChargeable"]), (&json!(120), &json!(false)), "what it is worth");
    assert_eq!(sent["paymentBy"], "sender", "there is nothing to keep it from");
}

#[test]
fn texts_fit() {
    let long = "ش".repeat(150);
    let mut order = Order { description: Some(long.clone()), notes: Some(" ".to_owned()), ..order() };
    order.destination.street = Some(long);
    order.destination.coordinates = Some(("32.8872".to_owned(), "13.1913".to_owned()));
    let sent = booked(&settings(json!({"pickup": true, "payment_by": "receiver"})), &order);
    let characters = |value: &Value| value.as_str().expect("text").chars().count();
    assert_eq!((characters(&sent["products"][0]["title"]), characters(&sent["to"]["address"])), (100, 100));
    assert_eq!(sent["to"]["geoPoint"]["coordinates"], json!([13.1913, 32.8872]));
    assert_eq!((&sent["isPickup"], &sent["paymentBy"]), (&json!(true), &json!("receiver")));
    assert!(sent.get("notes").is_none());
    order.description = Some("ق".to_owned());
    order.destination.area_place = None;
    order.destination.coordinates = Some(("1,5".to_owned(), "x".to_owned()));
    let sent = booked(&settings(json!({})), &order);
    assert_eq!((&sent["products"][0]["title"], &sent["to"]["area"]), (&json!("طرد"), &json!("طرابلس")));
    assert!(sent["to"].get("geoPoint").is_none());
}

#[test]
fn no_log_shows_a_secret() {
    let order = order();
    let (contact, booking) =
        calls(&settings(json!({})), |sender| (sender.contact(&order), sender.booking(&order, PLAN, CONTACT)));
    let headers = mask::headers(&booking.request.headers, booking.secrets.headers);
    assert!(!headers.contains("geheim") && !format!("{:?}", booking.request).contains("geheim"), "{headers}");
    let shown = |body: &[u8]| mask::body(body, booking.secrets.body).expect("a body");
    let requests = [shown(&contact.request.body), shown(&booking.request.body)];
    let answers = [
        sample!("contact_created.json"),
        sample!("booking_accepted.json"),
        sample!("shipment_completed.json"),
        sample!("invalid_input.json"),
    ];
    for body in answers.map(|answer| shown(answer.as_bytes())).iter().chain(&requests) {
        for secret in ["الورفلي", "912345678", "قرقارش", "الاتصال", "لا يرد", "/srv/app"] {
            assert!(!body.contains(secret), "{secret}: {body}");
        }
    }
    assert!(requests[1].contains("jisr-0190a3f2-s1") && requests[1].contains("حي الأندلس"), "{}", requests[1]);
}
