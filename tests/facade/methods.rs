//! What a checkout can offer: `GET /v1/payment-methods`.

use serde_json::{Value, json};

use super::party::{cash, is_arabic, live, shop};
use crate::harness::{Client, Gateway, on_both};

async fn methods(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/payment-methods{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].as_array().cloned().unwrap_or_default()
}

fn of(methods: &[Value], method: &str) -> Value {
    methods.iter().find(|shown| shown["method"] == method).cloned().unwrap_or_default()
}

fn ids(list: &Value, field: &str) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|each| each[field].as_str().unwrap_or_default().to_owned()).collect()
}

on_both! {
    async fn every_way_is_shown_with_banks_cards_and_limits(backend) {
        let gateway = Gateway::start(backend).await;
        let all = methods(&gateway.client, "").await;
        // What the store has no account with is shown too, with the reason.
        let (shown, others): (Vec<Value>, Vec<Value>) = all.into_iter().partition(|method| method["enabled"] == true);
        assert!(others.iter().all(|method| method["why_not"]["code"] == "no_account"), "{others:?}");
        assert!(others.iter().any(|method| method["brands"] == json!(["sadad"])), "{others:?}");
        assert_eq!(ids(&json!(shown), "method"), ["card", "bank_transfer", "cash_on_delivery"]);
        for method in &shown {
            assert_eq!(method["enabled"], true, "{method}");
            assert_eq!((&method["health"], method.get("why_not")), (&json!("healthy"), None), "{method}");
            for name in ["title", "processing_time"] {
                assert!(!method[name].as_str().unwrap_or_default().is_empty(), "{method}");
                assert!(is_arabic(method[format!("{name}_ar")].as_str().unwrap_or_default()), "{method}");
            }
        }
        let card = of(&shown, "card");
        assert_eq!(card["limits"], json!({"min": "0.500", "max": "50000.000"}));
        assert_eq!(ids(&card["cards"], "card_type"), ["credit", "debit"]);
        assert_eq!(card["cards"][0]["limits"], json!({"min": "1.000", "max": "50000.000"}));
        assert_eq!(card["cards"][1]["limits"], json!({"min": "0.500", "max": "25000.000"}));
        let banks = ["national_commercial", "jumhouria", "sahara", "wahda", "commerce_development"];
        assert_eq!(ids(&card["banks"], "id"), banks);
        assert!(ids(&card["banks"], "name_ar").iter().all(|name| is_arabic(name)));
        let transfer = of(&shown, "bank_transfer");
        assert_eq!(ids(&transfer["banks"], "id"), banks[..4]);
        assert_eq!((&transfer["cards"], &of(&shown, "cash_on_delivery")["banks"]), (&json!([]), &json!([])));
        gateway.stop().await;
    }
}

on_both! {
    async fn what_cannot_be_chosen_says_why(backend) {
        let gateway = Gateway::start(backend).await;
        for (query, code) in [
            ("?amount=0.499", "amount_out_of_limits"),
            ("?amount=50000.001&currency=LYD", "amount_out_of_limits"),
            ("?amount=12.50&currency=USD", "other_currency"),
        ] {
            let card = of(&methods(&gateway.client, query).await, "card");
            assert_eq!((&card["enabled"], &card["why_not"]["code"]), (&json!(false), &json!(code)), "{query}: {card}");
            assert!(is_arabic(card["why_not"]["message_ar"].as_str().unwrap_or_default()), "{card}");
        }
        let within = methods(&gateway.client, "?amount=0.500").await;
        let mut served = within.iter().filter(|method| method["why_not"]["code"] != "no_account");
        assert!(served.all(|method| method["enabled"] == true), "{within:?}");
        let cash = of(&methods(&gateway.client, "?amount=50000.001").await, "cash_on_delivery");
        assert_eq!(cash["enabled"], true);
        gateway.client.post("/v1/integrations/moamalat/breaker", json!({"action": "open"})).await;
        let shut = of(&methods(&gateway.client, "").await, "card");
        assert_eq!(
            (&shut["enabled"], &shut["health"], &shut["why_not"]["code"]),
            (&json!(false), &json!("unhealthy"), &json!("shut"))
        );
        gateway.stop().await;
    }
}

on_both! {
    async fn every_store_sees_its_own_accounts_or_the_platforms(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        assert_eq!(of(&methods(&other, "").await, "card")["enabled"], true);
        // No account for real money is there.
        let card = of(&methods(&live(&gateway).await, "").await, "card");
        assert_eq!((&card["enabled"], &card["why_not"]["code"]), (&json!(false), &json!("no_account")));
        let own = json!({"configuration": {"instructions": "Small notes, please."}});
        let put = other.put("/v1/stores/other/accounts/cash_on_delivery", own).await;
        assert_eq!(put.status, 200, "{put:?}");
        let paid = other.post("/v1/payments", cash("ORD")).await;
        assert!(paid.at("/next_action/text").ends_with("Small notes, please."), "{paid:?}");
        let paid = gateway.create(cash("ORD")).await.answer;
        assert!(!paid.at("/next_action/text").contains("Small notes"), "{paid:?}");
        gateway.stop().await;
    }
}
