//! The two carriers that speak our contract, over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "a client of the mocks has a clock of its own")]

mod client;
mod faults;
mod samples;
mod stream;
mod strictness;
mod webhooks;

use mocks::{Ship, carrier_contract::Account};
use serde_json::json;

use crate::client::{act, booking, get, post, post_as, raw, start, statuses};

#[tokio::test]
async fn a_shipment_is_booked_found_and_followed() {
    let mocks = start().await;
    for carrier in ["amyal", "wingsly"] {
        let booked = post(&mocks, carrier, "shipments", &booking(carrier, "ref-1")).await;
        assert_eq!((booked.status, &booked.json()["status"]), (201, &json!("pending")), "{}", booked.body);
        let number = booked.json()["number"].as_str().unwrap().to_owned();
        let found = get(&mocks, carrier, "shipments?reference=ref-1").await.json();
        assert_eq!(found, json!({ "shipments": [booked.json()] }));
        act(&mocks, carrier, "ref-1", "picked_up");
        let at = "2026-12-01T10:05:00Z".parse().unwrap();
        let delivered = Ship {
            provider: carrier.to_owned(),
            number: Some(number.clone()),
            status: "delivered".to_owned(),
            note: Some("سلمت".to_owned()),
            collected: Some("85.000".to_owned()),
            at: Some(at),
            ..Ship::default()
        };
        mocks.ship(&delivered).unwrap();
        let events = get(&mocks, carrier, &format!("shipments/{number}/events")).await.json();
        assert_eq!(statuses(&events), ["pending", "picked_up", "delivered"]);
        let last = json!({ "id": 3, "status": "delivered", "occurred_at": "2026-12-01T10:05:00Z", "note": "سلمت",
                           "collected": "85.000" });
        assert_eq!(events["events"][2], last);
        let found = get(&mocks, carrier, "shipments?reference=ref-1").await.json();
        assert_eq!(found["shipments"][0]["status"], "delivered");
    }
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn a_reference_is_used_once_and_the_first_is_told() {
    let mocks = start().await;
    let first = post(&mocks, "amyal", "shipments", &booking("amyal", "ref-1")).await.json();
    let mut other = booking("amyal", "ref-1");
    other["service"] = "economy".into();
    let second = post(&mocks, "amyal", "shipments", &other).await;
    assert_eq!((second.status, second.code().as_str()), (409, "duplicate_reference"));
    assert_eq!(second.json()["shipment"], first);
    // A refusal leaves the reference free, and another account has its own.
    let mut refused = booking("amyal", "ref-2");
    refused["destination"]["phone"] = "+218910000001".into();
    assert_eq!(post(&mocks, "amyal", "shipments", &refused).await.code(), "limit_exceeded");
    assert_eq!(post(&mocks, "amyal", "shipments", &booking("amyal", "ref-2")).await.status, 201);
    let account = json!({ "provider": "amyal", "api_key": "other", "api_secret": "secret" }).to_string();
    assert_eq!(raw(&mocks, "POST", "/_accounts", "Content-Type: application/json", &account).await.status, 200);
    let other = Account { carrier: "amyal".into(), api_key: "other".into(), api_secret: "secret".into() };
    let own = post_as(&mocks, &other, "shipments", &booking("amyal", "ref-1")).await;
    assert_eq!(own.status, 201);
    let number = first["number"].as_str().unwrap();
    let foreign = post_as(&mocks, &other, &format!("shipments/{number}/cancel"), &json!({})).await;
    assert_eq!((foreign.status, foreign.code().as_str()), (404, "unknown_shipment"));
}

#[tokio::test]
async fn what_is_on_its_way_is_returned_and_what_is_not_is_cancelled() {
    let mocks = start().await;
    let number = post(&mocks, "amyal", "shipments", &booking("amyal", "ref-1")).await.json()["number"].clone();
    let path = |verb: &str| format!("shipments/{}/{verb}", number.as_str().unwrap());
    let change = async |verb: &str| post(&mocks, "amyal", &path(verb), &json!({ "reason": "r" })).await;
    assert_eq!(change("return").await.code(), "not_returnable");
    act(&mocks, "amyal", "ref-1", "in_transit");
    assert_eq!(change("cancel").await.code(), "not_cancellable");
    for _ in 0..2 {
        assert_eq!(change("return").await.json(), json!({ "number": number, "status": "returning" }));
    }
    let events = get(&mocks, "amyal", &path("events")).await.json();
    assert_eq!(statuses(&events), ["pending", "in_transit", "returning"], "a repeat does nothing");
    let number = post(&mocks, "amyal", "shipments", &booking("amyal", "ref-2")).await.json()["number"].clone();
    let path = format!("shipments/{}/cancel", number.as_str().unwrap());
    for _ in 0..2 {
        let cancelled = post(&mocks, "amyal", &path, &json!({})).await;
        assert_eq!(cancelled.json(), json!({ "number": number, "status": "cancelled" }));
    }
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn parcels_move_over_the_control_surface_too() {
    let mocks = start().await;
    post(&mocks, "wingsly", "shipments", &booking("wingsly", "ref-1")).await;
    let ship = async |body: &str| raw(&mocks, "POST", "/_ship", "Content-Type: application/json", body).await.status;
    assert_eq!(ship(r#"{"provider":"wingsly","reference":"ref-1","status":"at_hub"}"#).await, 200);
    assert_eq!(statuses(&get(&mocks, "wingsly", "shipments/WNG-284510/events").await.json()), ["pending", "at_hub"]);
    let [parcel] = mocks.parcels(Some("wingsly")).try_into().unwrap();
    assert_eq!((parcel.number.as_str(), parcel.status.as_str()), ("WNG-284510", "at_hub"));
    assert_eq!((parcel.reference.as_deref(), mocks.parcels(Some("amyal")).len()), (Some("ref-1"), 0));
    for wrong in [
        r#"{"provider":"wingsly","reference":"ref-2","status":"at_hub"}"#,
        r#"{"provider":"wingsly","status":"at_hub"}"#,
        r#"{"provider":"wingsly","reference":"ref-1","status":""}"#,
        r#"{"provider":"wingsly","reference":"ref-1","status":"delivered","collected":"1.0000"}"#,
        r#"{"provider":"wingsly","reference":"ref-1","status":"delivered","colour":"red"}"#,
        r#"{"provider":"moamalat","reference":"ref-1","status":"delivered"}"#,
        r#"{"provider":"nobody","reference":"ref-1","status":"delivered"}"#,
    ] {
        assert_eq!(ship(wrong).await, 422, "{wrong}");
    }
}

#[tokio::test]
async fn who_delivers_has_collected() {
    let mocks = start().await;
    let mut body = booking("amyal", "ref-1");
    body["cash_on_delivery"] = "85.000".into();
    post(&mocks, "amyal", "shipments", &body).await;
    act(&mocks, "amyal", "ref-1", "out_for_delivery");
    act(&mocks, "amyal", "ref-1", "delivered");
    let events = get(&mocks, "amyal", "shipments/AMY-284510/events").await.json();
    assert_eq!(
        (&events["events"][1]["collected"], &events["events"][2]["collected"]),
        (&json!(null), &json!("85.000"))
    );
}
