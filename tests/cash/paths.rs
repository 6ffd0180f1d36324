//! What the paths of cash on delivery owe to another store's key.

use jisr::http::Route;
use serde_json::json;

use super::rows::{self, Parcel};
use super::{REMITTANCES, hand_in};
use crate::facade::party::evidence;
use crate::facade::table::Rule;
use crate::harness::Gateway;

/// Whether a path is one of them.
pub fn has(path: &str) -> bool {
    path.starts_with("/v1/cod/")
}

/// A remittance of the store `default`, with a line that waits for a person.
pub async fn made(gateway: &Gateway) -> String {
    rows::insert(gateway, &[Parcel::delivered(gateway, "A", 100_000)]).await;
    let made = hand_in(&gateway.client, "tracking,cod\nAMY-A,90\n").await;
    assert_eq!((made.status, made.text("status").as_str()), (201, "differences"), "{made:?}");
    made.text("id")
}

/// What they owe.
pub fn rule(route: &Route, remittance: &str) -> Rule {
    let named = |rest: &str, body| Rule::Named(vec![format!("{REMITTANCES}/{remittance}{rest}")], body);
    let mut decided = json!({"line": 1, "decision": "accept"});
    decided["evidence"] = evidence()["evidence"].clone();
    match (route.method.as_str(), route.path.as_str()) {
        ("GET", REMITTANCES | "/v1/cod/owed") => Rule::Own(200, None),
        // Without its query.
        ("POST", REMITTANCES) => Rule::Own(400, None),
        ("GET", "/v1/cod/remittances/{id}") => named("", None),
        ("GET", "/v1/cod/remittances/{id}/lines") => named("/lines", None),
        ("GET", "/v1/cod/remittances/{id}/original") => named("/original", None),
        ("POST", "/v1/cod/remittances/{id}/resolve") => named("/resolve", Some(decided)),
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}
