//! What would have been under other rules: counted, and nothing changed.

use serde_json::{Value, json};

use super::{put, wallet};
use crate::facade::party::{card, fault, patched, scoped, shop};
use crate::harness::{Answer, Client, Gateway, on_both};

const PLENTY: &[(&str, &str)] = &[
    ("JISR_PAYMENTS__FEES__SADAD__BASIS_POINTS", "200"),
    ("JISR_PAYMENTS__FEES__PLUTU__FIXED", "500"),
    ("JISR_PAYMENTS__ROUTES__SADAD", "[\"sadad\"]"),
    ("JISR_PAYMENTS__CODES_PER_PHONE__BURST", "1000"),
];

async fn ask(client: &Client, rules: Value) -> Answer {
    let answer = client.post("/v1/routing/what-if", json!({"port": "payments", "rules": rules})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// Count, amount and fees of a provider.
fn share(answer: &Answer, provider: &str, when: &str) -> Value {
    let providers = answer.body["providers"].as_array().expect("a list");
    let found = providers.iter().find(|one| one["provider"] == provider);
    found.map_or(Value::Null, |one| json!([one[when]["count"], one[when]["amount"], one[when]["fees"]]))
}

on_both! {
    async fn other_rules_are_tried_on_what_has_been(backend) {
        let gateway = Gateway::start_with_all(backend, PLENTY).await;
        let client = &gateway.client;
        for number in 0..3 {
            let made = client.post("/v1/payments", wallet(&format!("W-{number}"), json!({}))).await;
            assert_eq!(made.text("provider"), "sadad", "{made:?}");
        }
        gateway.card("C-1").await;
        let other = shop(&gateway, "other").await;
        assert_eq!(other.post("/v1/payments", wallet("O-1", json!({}))).await.text("provider"), "sadad");

        let same = ask(client, json!([])).await;
        assert_eq!((&same.body["requests"], &same.body["moved"], &same.body["unserved"]), (&json!(4), &json!(0), &json!(0)), "{same:?}");
        assert_eq!(share(&same, "sadad", "before"), json!([3, "37.500", "0.750"]), "another store's is not counted");
        assert_eq!(share(&same, "sadad", "after"), share(&same, "sadad", "before"));

        let plutu = json!([{"name": "r", "when": {"brands": ["sadad"], "prefixes": ["91"]}, "use": [{"provider": "plutu"}]}]);
        let moved = ask(client, plutu.clone()).await;
        assert_eq!((&moved.body["moved"], &moved.body["unserved"]), (&json!(3), &json!(0)), "{moved:?}");
        assert_eq!(share(&moved, "sadad", "after"), json!([0, "0.000", "0.000"]), "{moved:?}");
        assert_eq!(share(&moved, "plutu", "after"), json!([3, "37.500", "1.500"]), "{moved:?}");
        assert_eq!(share(&moved, "moamalat", "after"), json!([1, "12.500", "0.000"]), "{moved:?}");

        let nobody = json!([{"name": "r", "when": {"methods": ["wallet"]}, "use": [{"provider": "mobicash"}], "only": true}]);
        assert_eq!(ask(client, nobody).await.body["unserved"], 3);

        // Nothing has changed by it, and what it says is what the rules then do.
        assert_eq!(client.post("/v1/payments", wallet("W-9", json!({}))).await.text("provider"), "sadad");
        put(client, "payments", plutu.clone()).await;
        assert_eq!(client.post("/v1/payments", wallet("W-10", json!({}))).await.text("provider"), "plutu");
        assert_eq!(ask(client, plutu.clone()).await.body["moved"], 4, "the last one is there already");

        // The platform's rules stand behind a store's own, for all stores.
        let platform = scoped(&gateway, None, &["admin"]).await;
        let all = ask(&platform, json!([{"name": "r", "use": [{"provider": "tlync"}]}])).await;
        assert_eq!((&all.body["requests"], share(&all, "tlync", "after")), (&json!(7), json!([1, "12.500", "0.000"])), "{all:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn bad_questions_name_their_fields(backend) {
        let gateway = Gateway::start(backend).await;
        let ask = async |body: Value| gateway.client.post("/v1/routing/what-if", body).await;
        fault(&ask(json!({"port": "shipping", "rules": []})).await, "port");
        for days in [0, 32] {
            fault(&ask(json!({"port": "payments", "rules": [], "days": days})).await, "days");
        }
        let bad = json!([{"name": "r", "when": {"amount_min": "x"}, "use": [{"provider": "sadad"}]}]);
        fault(&ask(json!({"port": "payments", "rules": bad})).await, "rules[0].when.amount_min");
        // A request that a fallback served from the start counts as one for whom it stood in.
        gateway.client.post("/v1/integrations/moamalat/breaker", json!({"action": "open"})).await;
        let made = gateway.client.post("/v1/payments", patched(card("F"), json!({"fallback": "auto"}))).await;
        assert_eq!(made.text("provider"), "cash_on_delivery", "{made:?}");
        let told = ask(json!({"port": "payments", "rules": []})).await;
        assert_eq!((share(&told, "cash_on_delivery", "before"), share(&told, "moamalat", "after")),
            (json!([1, "12.500", "0.000"]), json!([1, "12.500", "0.000"])), "{told:?}");
        gateway.stop().await;
    }
}
