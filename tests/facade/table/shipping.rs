//! What the paths of shipping owe to another store's key.

use jisr::http::Route;
use serde_json::{Value, json};

use super::{Belongings, Rule};
use crate::facade::party::{evidence, patched};
use crate::harness::Gateway;
use crate::shipping::way;

/// Whether a path is one of them.
pub(super) fn has(path: &str) -> bool {
    ["/v1/shipping", "/v1/shipments", "/v1/pickups"].iter().any(|begin| path.starts_with(begin))
}

/// What the store `default` has with a carrier, by an account of its own.
pub(super) struct Carried {
    pub(super) shipment: String,
    pub(super) pickup: String,
}

/// A shipment of the store `default`, and the pickup that fetches it.
pub(super) async fn made(gateway: &Gateway) -> Carried {
    let client = &gateway.client;
    let own = json!({"configuration": {"base_url": gateway.mocks.base_url("amyal")}});
    assert_eq!(client.put("/v1/stores/default/accounts/amyal", own).await.status, 200);
    let account = mocks::carrier_contract::Account::of("amyal");
    let keys = json!({"api_key": account.api_key, "api_secret": account.api_secret});
    assert_eq!(client.put("/v1/stores/default/accounts/amyal/credentials", keys).await.status, 204);
    let booked = client.post("/v1/shipments", named("A-SENT")).await;
    assert_eq!((booked.status, booked.text("status")), (201, "booked".to_owned()), "{booked:?}");
    let shipment = booked.text("id");
    let fetched = client.post("/v1/pickups", json!({"carrier": "amyal", "shipments": [shipment]})).await;
    assert_eq!((fetched.status, fetched.text("status")), (201, "scheduled".to_owned()), "{fetched:?}");
    Carried { shipment, pickup: fetched.text("id") }
}

fn named(reference: &str) -> Value {
    patched(way(reference), json!({"carrier": "amyal", "service": "standard", "fallback": "none"}))
}

/// What they owe.
pub(super) fn rule(route: &Route, a: &Belongings) -> Rule {
    let Carried { shipment, pickup } = &a.carried;
    let named_here = |path: &str, id: &str, rest: &str, body| Rule::Named(vec![format!("{path}/{id}{rest}")], body);
    let of_shipment = |rest: &str, body| named_here("/v1/shipments", shipment, rest, body);
    let of_pickup = |rest: &str, body| named_here("/v1/pickups", pickup, rest, body);
    match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/v1/shipping/rates") => {
            let way = way("A-SENT");
            let asked = json!({"origin": way["origin"], "destination": way["destination"], "parcels": way["parcels"]});
            Rule::Own(200, Some(asked))
        }
        // The very reference that the other store uses, by a carrier that this one has no account with.
        ("POST", "/v1/shipments") => Rule::Own(422, Some(named("A-SENT"))),
        ("GET", "/v1/shipments" | "/v1/pickups") => Rule::Own(200, None),
        // Without its query.
        ("GET", "/v1/shipments/manifest") => Rule::Own(400, None),
        ("GET", "/v1/shipments/{id}") => of_shipment("", None),
        ("GET", "/v1/shipments/{id}/events") => of_shipment("/events", None),
        ("GET", "/v1/shipments/{id}/label") => of_shipment("/label", None),
        ("POST", "/v1/shipments/{id}/cancel") => of_shipment("/cancel", Some(json!({}))),
        ("POST", "/v1/shipments/{id}/return") => of_shipment("/return", Some(json!({}))),
        ("POST", "/v1/shipments/{id}/settle") => {
            of_shipment("/settle", Some(patched(evidence(), json!({"booked": false}))))
        }
        ("POST", "/v1/pickups") => Rule::Own(422, Some(json!({"carrier": "amyal", "shipments": [shipment]}))),
        ("GET", "/v1/pickups/{id}") => of_pickup("", None),
        ("POST", "/v1/pickups/{id}/settle") => {
            of_pickup("/settle", Some(patched(evidence(), json!({"scheduled": true}))))
        }
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}
