//! Rules are read at the edge, replaced whole by compare-and-set, and hold for the next request.

use std::collections::BTreeMap;
use std::time::Duration;

use jisr::app::Roles;
use serde_json::{Value, json};

use super::{put, try_put, wallet};
use crate::facade::party::{is_arabic, live, problem, scoped, shop};
use crate::harness::{Gateway, on_both};
use crate::shipping::way;

fn rule(name: &str, when: Value, uses: Value) -> Value {
    json!({"name": name, "when": when, "use": uses})
}

on_both! {
    async fn bad_rules_name_their_fields_in_both_languages(backend) {
        let gateway = Gateway::start(backend).await;
        let good = json!([{"provider": "moamalat"}]);
        for (when, uses, field) in [
            (json!({"amount_min": "1.2345"}), good.clone(), "rules[2].when.amount_min"),
            (json!({"amount_min": "-3"}), good.clone(), "rules[2].when.amount_min"),
            (json!({"amount_min": "5", "amount_max": "4.999"}), good.clone(), "rules[2].when.amount_max"),
            (json!({"amount_max": 5}), good.clone(), "rules[2].when.amount_max"),
            (json!({"methods": ["barter"]}), good.clone(), "rules[2].when.methods[0]"),
            (json!({"brands": ["sadad", "paypal"]}), good.clone(), "rules[2].when.brands[1]"),
            (json!({"banks": ["lehman"]}), good.clone(), "rules[2].when.banks[0]"),
            (json!({"prefixes": ["091"]}), good.clone(), "rules[2].when.prefixes[0]"),
            (json!({"cities": {"to": ["tripoli"]}}), good.clone(), "rules[2].when.cities"),
            (json!({"weather": "rain"}), good.clone(), "rules[2].when.weather"),
            (json!({}), json!([]), "rules[2].use"),
            (json!({}), json!([{"provider": "paypal"}]), "rules[2].use[0].provider"),
            (json!({}), json!([{"provider": "amyal"}]), "rules[2].use[0].provider"),
            (json!({}), json!([{"provider": "sadad"}, {"provider": "sadad"}]), "rules[2].use[1].provider"),
            (json!({}), json!([{"provider": "sadad", "weight": 1001}]), "rules[2].use[0].weight"),
            (json!({}), json!([{"provider": "sadad", "weight": 1}, {"provider": "plutu"}]), "rules[2].use"),
            (json!({}), json!([{"provider": "sadad", "weight": 0}]), "rules[2].use"),
            (json!({}), json!([{"provider": "sadad", "service": "express"}]), "rules[2].use[0].service"),
        ] {
            let rules = json!([rule("a", json!({}), good.clone()), rule("b", json!({}), good.clone()), rule("c", when, uses)]);
            let answer = try_put(&gateway.client, "payments", json!({"version": 0, "rules": rules})).await;
            problem(&answer, 400, "invalid_request");
            assert_eq!(answer.fields(), [field], "{answer:?}");
        }
        let twice = json!([rule("a", json!({}), good.clone()), rule("a", json!({}), good.clone())]);
        let answer = try_put(&gateway.client, "payments", json!({"version": 0, "rules": twice})).await;
        assert_eq!(answer.fields(), ["rules[1].name"], "{answer:?}");
        let carried = json!([{"provider": "amyal"}]);
        for (when, field) in [
            (json!({"cities": {"from": ["طرابلس", "Atlantis"]}}), "rules[0].when.cities.from[1]"),
            (json!({"most_grams": 0}), "rules[0].when.most_grams"),
            (json!({"least_grams": 9, "most_grams": 8}), "rules[0].when.most_grams"),
            (json!({"methods": ["card"]}), "rules[0].when.methods"),
        ] {
            let rules = json!([rule("a", when, carried.clone())]);
            let answer = try_put(&gateway.client, "shipping", json!({"version": 0, "rules": rules})).await;
            assert_eq!((answer.status, answer.fields()), (400, vec![field.to_owned()]), "{answer:?}");
            assert!(is_arabic(&answer.at("/errors/0/message_ar")), "{answer:?}");
        }
        let none = gateway.client.get("/v1/routing/rules?port=payments").await;
        assert_eq!((&none.body["version"], &none.body["rules"]), (&json!(0), &json!([])), "nothing was kept: {none:?}");
        problem(&gateway.client.get("/v1/routing/rules?port=teleport").await, 400, "invalid_request");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_list_is_replaced_whole_by_whoever_has_read_it_last(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let first = json!([rule("first", json!({"amount_min": "5", "currency": "LYD"}), json!([{"provider": "moamalat"}]))]);
        let made = put(client, "payments", first.clone()).await;
        assert_eq!((&made.body["version"], made.text("owner")), (&json!(1), "store".to_owned()), "{made:?}");
        assert_eq!(made.body["rules"][0]["when"], first[0]["when"]);
        problem(&try_put(client, "payments", json!({"version": 0, "rules": []})).await, 409, "conflict");
        let racers = (0..8).map(|number| {
            let rules = json!([rule(&format!("racer {number}"), json!({}), json!([{"provider": "moamalat"}]))]);
            let client = client.clone();
            async move { try_put(&client, "payments", json!({"version": 1, "rules": rules})).await.status }
        });
        let mut came: Vec<u16> = futures_util::future::join_all(racers).await;
        came.sort_unstable();
        assert_eq!(came, [200, 409, 409, 409, 409, 409, 409, 409]);
        let read = client.get("/v1/routing/rules?port=payments").await;
        assert_eq!((&read.body["version"], read.body["rules"].as_array().map(Vec::len)), (&json!(2), Some(1)), "{read:?}");
        let shipping = client.get("/v1/routing/rules?port=shipping").await;
        assert_eq!(shipping.body["version"], 0, "another port has a list of its own");
        gateway.stop().await;
    }
}

on_both! {
    async fn another_stores_rules_are_not_seen_and_the_platforms_come_after_a_stores_own(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let other = shop(&gateway, "other").await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        put(&gateway.client, "payments", json!([rule("mine", json!({}), json!([{"provider": "plutu"}]))])).await;
        let provider = async |client: &crate::harness::Client, reference: &str| {
            let made = client.post("/v1/payments", wallet(reference, json!({}))).await;
            assert_eq!(made.status, 201, "{made:?}");
            made.text("provider")
        };
        assert_eq!(provider(&gateway.client, "A-1").await, "plutu");
        assert_eq!(provider(&other, "B-1").await, "sadad", "another store's rule");
        let seen = other.get("/v1/routing/rules?port=payments").await;
        assert_eq!((&seen.body["version"], &seen.body["rules"]), (&json!(0), &json!([])), "{seen:?}");
        let of_live = live(&gateway).await.get("/v1/routing/rules?port=payments").await;
        assert_eq!(of_live.body["version"], 0, "a test key shapes nothing live: {of_live:?}");
        let made = put(&platform, "payments", json!([rule("all", json!({}), json!([{"provider": "tlync"}]))])).await;
        assert_eq!(made.text("owner"), "platform", "{made:?}");
        assert_eq!(provider(&other, "B-2").await, "tlync");
        assert_eq!(provider(&gateway.client, "A-2").await, "plutu", "a store's own rule comes first");
        let for_other = platform.clone().with_header("jisr-store", "other");
        put(&for_other, "payments", json!([rule("theirs", json!({}), json!([{"provider": "plutu"}]))])).await;
        assert_eq!(provider(&other, "B-3").await, "plutu");
        put(&gateway.client, "payments", json!([])).await;
        assert_eq!(provider(&gateway.client, "A-3").await, "tlync", "without rules of its own the platform's hold");
        gateway.stop().await;
    }
}

on_both! {
    async fn the_first_rule_that_fits_counts_and_only_keeps_the_others_out(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let client = &gateway.client;
        put(client, "payments", json!([
            rule("large", json!({"amount_min": "100"}), json!([{"provider": "plutu"}])),
            rule("almadar", json!({"prefixes": ["91"], "amount_min": "50"}), json!([{"provider": "tlync"}])),
            {"name": "one", "when": {"methods": ["wallet"], "brands": ["sadad"]}, "use": [{"provider": "mobicash"}], "only": true},
        ])).await;
        let made = async |reference: &str, amount: &str| {
            client.post("/v1/payments", wallet(reference, json!({"amount": amount}))).await
        };
        assert_eq!(made("A", "100").await.text("provider"), "plutu");
        assert_eq!(made("B", "99.990").await.text("provider"), "tlync");
        // Mobicash does not reach the wallet: nobody is left.
        let refused = made("C", "49").await;
        problem(&refused, 422, "unsupported");
        assert_eq!(refused.body["alternatives"], json!(["cash_on_delivery", "bank_transfer"]), "{refused:?}");
        let named = client.post("/v1/payments", wallet("D", json!({"provider": "sadad"}))).await;
        assert_eq!(named.text("provider"), "sadad", "whoever names a provider has it: {named:?}");
        // A rule opens no shut breaker, and makes no amount fit.
        client.post("/v1/integrations/plutu/breaker", json!({"action": "open"})).await;
        assert_eq!(made("E", "100").await.text("provider"), "sadad");
        gateway.stop().await;
    }
}

on_both! {
    async fn weights_share_requests_and_a_reference_is_always_drawn_alike(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let client = &gateway.client;
        let uses = json!([{"provider": "sadad", "weight": 1}, {"provider": "tlync", "weight": 1}]);
        put(client, "payments", json!([rule("half", json!({}), uses)])).await;
        let mut counts = BTreeMap::new();
        for number in 0..40 {
            let path = format!("/v1/routing/explain?port=payments&method=wallet&brand=sadad&amount=5&phone=0912345678&birth_year=1987&reference=ORD-{number}");
            let first = client.get(&path).await;
            assert_eq!(client.get(&path).await.body, first.body);
            *counts.entry(first.at("/candidates/0/provider")).or_insert(0) += 1;
        }
        assert!(counts.len() == 2 && counts.values().all(|count| (8..=32).contains(count)), "{counts:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn carriers_are_chosen_by_rules_too(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let client = &gateway.client;
        let send = async |reference: &str| client.post("/v1/shipments", way(reference)).await;
        let without = send("S-1").await;
        assert_eq!(without.status, 201, "{without:?}");
        let other = if without.text("carrier") == "darb_assabil" { "amyal" } else { "darb_assabil" };
        put(client, "shipping", json!([
            rule("too light", json!({"most_grams": 1}), json!([{"provider": "vanex"}])),
            rule("here", json!({"cities": {"from": ["طرابلس"]}}), json!([{"provider": other}])),
        ])).await;
        let with = send("S-2").await;
        assert_eq!((with.status, with.text("carrier").as_str()), (201, other), "{with:?}");
        let keep = json!([{"name": "keep", "use": [{"provider": other}], "only": true}]);
        put(client, "shipping", keep).await;
        let shut = client.post(&format!("/v1/integrations/{other}/breaker"), json!({"action": "open"})).await;
        assert_eq!(shut.status, 200, "{shut:?}");
        problem(&send("S-3").await, 503, "provider_unavailable");
        gateway.stop().await;
    }
}

on_both! {
    async fn the_other_process_follows_within_a_second(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let second = gateway.another(Roles { api: true, worker: false, probe: false }).await;
        let there = gateway.client.clone().at(second.address);
        assert_eq!(there.post("/v1/payments", wallet("A", json!({}))).await.text("provider"), "sadad");
        put(&gateway.client, "payments", json!([rule("r", json!({}), json!([{"provider": "tlync"}]))])).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(there.post("/v1/payments", wallet("B", json!({}))).await.text("provider"), "tlync");
        second.stop().await;
        gateway.stop().await;
    }
}
