//! Requests against the samples, byte for byte, and what a log may show of them and of the answers.

use std::sync::Arc;

use jiff::civil::date;
use kit::mask;
use kit::testing::{Script, ScriptedWire};
use schemas::{Currency, Money};
use serde_json::{Value, json};

use super::super::{CARD, Vanex};
use super::*;
use crate::change::Changes;
use crate::pickups::{PickupOrder, Pickups};
use crate::port::{Carrier, Order, Place};
use crate::tracking::Tracked;
use crate::{Drops, conformance};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/vanex/", $name))
    };
}

fn place(code: &str) -> Place {
    Place { code: code.to_owned(), name: "طرابلس".to_owned(), other_name: None, within: None }
}

fn vanex(configuration: Value, extra: Value) -> (Vanex, Arc<ScriptedWire>) {
    let wire = ScriptedWire::new([Script::Answer(200, sample!("authenticate_accepted.json"))]);
    let mut credentials = json!({"email": "shop@example.ly", "password": "SecurePassword123"});
    credentials.as_object_mut().expect("an object").extend(extra.as_object().cloned().unwrap_or_default());
    let parts = conformance::parts(Arc::clone(&wire));
    (Vanex::build(configuration, credentials, parts).expect("an account"), wire)
}

fn order() -> Order {
    conformance::order(&CARD.services[0], &place("1"))
}

async fn book(order: &Order) -> Result<Call, kit::Error> {
    vanex(json!({}), json!({})).0.describe_booking(order, None).await
}

fn text(call: &Call) -> &str {
    std::str::from_utf8(&call.request.body).expect("JSON is text")
}

fn header<'a>(call: &'a Call, name: &str) -> &'a str {
    call.request.headers[name].to_str().expect("text")
}

#[tokio::test]
async fn requests_are_the_samples() {
    let (carrier, wire) = vanex(json!({}), json!({}));
    let booking = carrier.describe_booking(&order(), None).await.expect("a call");
    assert_eq!(text(&booking), sample!("package_request.json").trim_end());
    assert_eq!(booking.request.url.as_str(), "https://test.dev.vanex.ly/api/v1/customer/package");
    assert_eq!(
        (header(&booking, "accept"), header(&booking, "content-type")),
        ("application/json", "application/json")
    );
    assert_eq!(header(&booking, "authorization"), "Bearer 993548|exampleTokenOfTheTopAbcdefghijklmnopqrst");
    let log_in = wire.carried().pop().expect("a log-in");
    assert_eq!(text(&log_in), sample!("authenticate_request.json").trim_end());
    assert_eq!((log_in.safety, log_in.request.headers.get("authorization")), (Safety::Counted, None));
    let parcel = Tracked { number: "H-1".to_owned(), id: Some("2942850".to_owned()), reference: "r".to_owned() };
    let recall = carrier.describe_return(&parcel, Some("عنوان خاطئ")).await.expect("a call");
    assert_eq!((text(&recall), &recall.request.method), (sample!("recall_request.json").trim_end(), &Method::PUT));
    assert!(recall.request.url.path().ends_with("/customer/package/2942850/recall"));
    let cancel = carrier.describe_cancel(&parcel, None).await.expect("a call");
    assert_eq!((text(&cancel), &cancel.request.method), ("", &Method::DELETE));
    assert!(cancel.request.url.path().ends_with("/customer/package/2942850"));
    let pickup = PickupOrder {
        reference: "jisr-0190a3f2-p1".to_owned(),
        at: conformance::end(&place("1"), "متجر النور", "0921112233"),
        day: date(2025, 2, 2),
        parcels: vec![parcel],
        notes: None,
    };
    let collect = carrier.describe_pickup(&pickup).await.expect("a call");
    assert_eq!(text(&collect), sample!("collects_request.json").trim_end());
}

#[tokio::test]
async fn amounts_are_numbers_to_the_last_dirham() {
    for (minor, price) in [(85_000, "85"), (85_500, "85.5"), (1, "0.001"), (100_000, "100"), (12_345_678, "12345.678")]
    {
        let order = Order { cash: Some(Money::new(minor, Currency::Lyd)), ..order() };
        let call = book(&order).await.expect("a call");
        let expected = format!("\"price\":{price},\"total_amount\":{price},\"currency_type_id\":1,");
        assert!(text(&call).contains(&expected), "{minor}: {}", text(&call));
    }
    let paid = book(&Order { cash: None, ..order() }).await.expect("a call");
    assert!(text(&paid).contains("\"price\":0,\"total_amount\":0,"), "{}", text(&paid));
}

#[tokio::test]
async fn a_quarter_is_named_and_strange_places_are_refused() {
    let mut order = order();
    order.destination.area_place = Some(place("42"));
    order.destination.coordinates = Some(("32.88".to_owned(), "13.19".to_owned()));
    let call = book(&order).await.expect("a call");
    assert!(
        text(&call).contains("\"city\":1,\"address_child\":42,") && text(&call).contains("\"map\":\"32.88,13.19\"")
    );
    order.destination.place = place("tripoli");
    let error = book(&order).await.expect_err("no number");
    assert_eq!((error.kind, error.delivery), (kit::Kind::Invalid, kit::Delivery::Never));
}

#[test]
fn a_path_is_never_that_of_all_packages() {
    for (id, path) in [("", "customer/package/-"), ("..", "customer/package/-"), ("a/../b", "customer/package/ab")] {
        assert_eq!(package(id, ""), path, "{id}");
    }
}

#[tokio::test]
async fn files_are_asked_for_with_the_credentials_in_a_header() {
    let configuration = json!({"ftp_url": "ftp://127.0.0.1:2121/drops"});
    let (carrier, wire) = vanex(configuration, json!({"ftp_user": "vanex", "ftp_password": "geheim"}));
    let wire_answers = carrier.list().await.expect("a list");
    // The scripted answer is a log-in's, and no list.
    assert!(wire_answers.is_empty());
    let call = wire.carried().pop().expect("a call");
    assert_eq!((call.request.method.as_str(), call.request.url.as_str()), ("LIST", "ftp://127.0.0.1:2121/drops"));
    assert_eq!(header(&call, "authorization"), format!("Basic {}", STANDARD.encode("vanex:geheim")));
    assert!(!format!("{call:?}").contains("geheim") && call.safety == Safety::Read);
}

#[tokio::test]
async fn no_log_shows_a_secret_or_a_person() {
    let call = book(&order()).await.expect("a call");
    let headers = mask::headers(&call.request.headers, call.secrets.headers);
    assert!(!headers.contains("exampleToken") && !format!("{:?}", call.request).contains("exampleToken"), "{headers}");
    let shown = |body: &str| mask::body(body.as_bytes(), call.secrets.body).expect("a body");
    let bodies = [
        text(&call),
        sample!("authenticate_request.json"),
        sample!("authenticate_accepted.json"),
        sample!("authenticate_in_data.json"),
        sample!("package_list.json"),
        sample!("collects_request.json"),
    ];
    for body in bodies.map(shown) {
        for secret in ["exampleToken", "SecurePassword", "shop@", "سالم", "هدى", "0912345678", "0921112233", "قرقارش"]
        {
            assert!(!body.contains(secret), "{secret}: {body}");
        }
    }
    assert!(shown(text(&call)).contains("jisr-0190a3f2-s1"));
}
