//! An explanation is what the next request then does.

use serde_json::{Value, json};

use super::{put, wallet};
use crate::facade::party::{fault, is_arabic, problem, scoped};
use crate::harness::{Answer, Gateway, on_both};
use crate::shipping::way;

const WALLET: &str =
    "/v1/routing/explain?port=payments&method=wallet&brand=sadad&amount=12.500&phone=0912345678&birth_year=1987";

fn order(answer: &Answer) -> Vec<String> {
    let candidates = answer.body["candidates"].as_array().cloned().unwrap_or_default();
    candidates.iter().map(|one| one["provider"].as_str().unwrap_or_default().to_owned()).collect()
}

fn of<'a>(answer: &'a Answer, provider: &str) -> &'a Value {
    let candidates = answer.body["candidates"].as_array().expect("a list");
    candidates.iter().find(|one| one["provider"] == provider).unwrap_or_else(|| panic!("{provider}: {answer:?}"))
}

on_both! {
    async fn it_agrees_with_what_a_payment_then_does(backend) {
        let fees = [("JISR_PAYMENTS__FEES__SADAD__BASIS_POINTS", "150")];
        let gateway = Gateway::start_with_all(backend, &fees).await;
        let client = &gateway.client;
        let rule = |uses: Value, only: bool| json!([{"name": "قاعدة", "use": uses, "only": only}]);
        let half = json!([{"provider": "sadad", "weight": 1}, {"provider": "plutu", "weight": 1}]);
        for (number, rules) in [
            json!([]),
            rule(json!([{"provider": "plutu"}]), false),
            rule(json!([{"provider": "sadad"}]), true),
            rule(half.clone(), false),
            rule(half, true),
        ].into_iter().enumerate() {
            put(client, "payments", rules).await;
            for draw in 0..4 {
                let reference = format!("ORD-{number}-{draw}");
                let told = client.get(&format!("{WALLET}&reference={reference}")).await;
                assert_eq!(told.status, 200, "{told:?}");
                let made = client.post("/v1/payments", wallet(&reference, json!({}))).await;
                assert_eq!(made.text("provider"), order(&told)[0], "{told:?}");
            }
        }
        client.post("/v1/integrations/sadad/breaker", json!({"action": "open"})).await;
        let told = client.get(&format!("{WALLET}&reference=X")).await;
        let sadad = of(&told, "sadad");
        assert_eq!((&sadad["usable"], &sadad["breaker"], &sadad["why_not"]["code"]), (&json!(false), &json!("open"), &json!("shut")));
        assert!(is_arabic(sadad["why_not"]["message_ar"].as_str().unwrap_or_default()), "{sadad}");
        assert_eq!(sadad["cost"], "0.188", "what it would cost, rounded up");
        let instead: Vec<&str> = sadad["fallbacks"].as_array().into_iter().flatten().filter_map(|one| one["provider"].as_str()).collect();
        assert_eq!(instead, ["cash_on_delivery", "bank_transfer"]);
        let made = client.post("/v1/payments", wallet("X", json!({}))).await;
        assert_eq!(made.text("provider"), order(&told)[0], "{told:?}");
        let left_out = of(&told, "tlync");
        assert_eq!((&left_out["why_not"]["code"], &left_out["placed_by"]), (&json!("left_out_by_rule"), &json!("rule")), "{told:?}");
        assert_eq!((told.at("/rule/name").as_str(), told.at("/rule/owner").as_str()), ("قاعدة", "store"));
        gateway.stop().await;
    }
}

on_both! {
    async fn nobody_usable_is_told_as_the_payment_would_be_refused(backend) {
        let gateway = Gateway::start(backend).await;
        let told = gateway.client.get("/v1/routing/explain?port=payments&method=wallet&brand=sadad&amount=12.505").await;
        let why = |provider: &str| of(&told, provider)["why_not"]["code"].clone();
        assert_eq!((why("sadad"), of(&told, "sadad")["account"].clone()), (json!("no_account"), Value::Null), "{told:?}");
        let refused = gateway.client.post("/v1/payments", wallet("A", json!({}))).await;
        problem(&refused, 422, "unsupported");
        gateway.stop().await;
    }
}

on_both! {
    async fn it_agrees_with_what_a_shipment_then_does(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let client = &gateway.client;
        let path = "/v1/routing/explain?port=shipping&from=tripoli&to=%D8%A8%D9%86%D8%BA%D8%A7%D8%B2%D9%8A&weight_kg=2.5";
        let uses = [
            json!([{"provider": "vanex"}, {"provider": "amyal"}]),
            json!([{"provider": "wingsly"}]),
            json!([{"provider": "amyal", "weight": 1}, {"provider": "darb_assabil", "weight": 1}]),
        ];
        for (number, uses) in uses.into_iter().enumerate() {
            put(client, "shipping", json!([{"name": "r", "use": uses}])).await;
            for draw in 0..3 {
                let reference = format!("SHP-{number}-{draw}");
                let told = client.get(&format!("{path}&reference={reference}")).await;
                assert_eq!((told.status, &told.body["candidates"][0]["usable"]), (200, &json!(true)), "{told:?}");
                let mut order = way(&reference);
                order["destination"]["city"] = json!("بنغازي");
                order.as_object_mut().expect("an object").remove("cash_on_delivery");
                let made = client.post("/v1/shipments", order).await;
                assert_eq!(made.status, 201, "{made:?}");
                let chosen = (told.at("/candidates/0/provider"), told.at("/candidates/0/route"));
                assert_eq!((made.text("carrier"), made.text("service")), chosen, "{told:?}");
            }
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn bad_questions_name_their_fields(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let ask = async |query: &str| client.get(&format!("/v1/routing/explain?{query}")).await;
        fault(&ask("port=payments").await, "method");
        fault(&ask("port=payments&method=card&amount=x").await, "amount");
        fault(&ask("port=payments&method=card&brand=sadad").await, "brand");
        fault(&ask("port=payments&method=card&phone=12").await, "phone");
        fault(&ask("port=payments&method=card&from=tripoli").await, "from");
        fault(&ask("port=shipping&from=tripoli&to=Atlantis").await, "to");
        fault(&ask("port=shipping&from=tripoli&to=benghazi&weight_kg=-1").await, "weight_kg");
        fault(&ask("port=shipping&from=tripoli&to=benghazi&amount=5").await, "amount");
        let platform = scoped(&gateway, None, &["admin"]).await;
        fault(&platform.get("/v1/routing/explain?port=payments&method=card").await, "Jisr-Store");
        gateway.stop().await;
    }
}
