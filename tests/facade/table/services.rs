//! What the paths of wallet services owe to another store's key.

use jisr::http::Route;
use serde_json::json;

use super::{Belongings, Rule};
use crate::facade::party::{evidence, patched};
use crate::harness::Gateway;

/// Whether a path is one of them.
pub(super) fn has(path: &str) -> bool {
    ["/v1/bills", "/v1/top-ups", "/v1/transfers", "/v1/wallet-services"].iter().any(|begin| path.starts_with(begin))
}

/// A service of the store `default`, by an account of its own.
pub(super) async fn made(gateway: &Gateway) -> String {
    let client = &gateway.client;
    let own = json!({"configuration": {"base_url": gateway.mocks.base_url("mobicash")}});
    assert_eq!(client.put("/v1/stores/default/accounts/mobicash", own).await.status, 200);
    let account = mocks::contract::Account::of("mobicash");
    let keys = json!({"api_key": account.api_key, "secret_key": account.secret_key});
    assert_eq!(client.put("/v1/stores/default/accounts/mobicash/credentials", keys).await.status, 204);
    let order =
        json!({"reference": "A-OUT", "provider": "mobicash", "phone": "0911234567", "amount": "5", "currency": "LYD"});
    let made = client.post("/v1/top-ups", order).await;
    assert_eq!((made.status, made.text("status")), (201, "succeeded".to_owned()), "{made:?}");
    made.text("id")
}

/// What they owe.
pub(super) fn rule(route: &Route, a: &Belongings) -> Rule {
    let named = |rest: &str, body| Rule::Named(vec![format!("/v1/wallet-services/{}{rest}", a.service)], body);
    // The very reference that the other store uses, by a provider that has no such call, whatever the mode.
    let money = json!({"reference": "A-OUT", "provider": "moamalat", "amount": "5", "currency": "LYD"});
    let order = |more| Rule::Own(422, Some(patched(money.clone(), more)));
    match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/v1/bills/inquiries") => {
            Rule::Own(422, Some(json!({"provider": "moamalat", "biller": "water", "number": "104500123"})))
        }
        ("POST", "/v1/bills") => order(json!({"biller": "water", "number": "104500123"})),
        ("POST", "/v1/top-ups" | "/v1/transfers") => order(json!({"phone": "0911234567"})),
        ("GET", "/v1/wallet-services") => Rule::Own(200, None),
        ("GET", "/v1/wallet-services/{id}") => named("", None),
        ("POST", "/v1/wallet-services/{id}/sync") => named("/sync", None),
        ("POST", "/v1/wallet-services/{id}/settle") => named("/settle", Some(evidence())),
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}
