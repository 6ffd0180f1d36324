//! Bad input: every fault is told in both languages with the field at fault, and nothing is created.

use serde_json::{Value, json};

use super::party::{card, fault, patched, problem, scoped, settled, shop};
use crate::harness::{Answer, Client, Gateway, on_both};

async fn create(client: &Client, patch: Value) -> Answer {
    client.post("/v1/payments", patched(card("ORD"), patch)).await
}

#[track_caller]
fn nothing(listed: &Answer) {
    assert_eq!(listed.body["data"].as_array().map(Vec::len), Some(0), "{listed:?}");
}

/// The field at fault, and a list of values that it does not take.
fn table() -> Vec<(&'static str, Value)> {
    let long = |length: usize| "x".repeat(length);
    vec![
        (
            "amount",
            json!(["-1", "0", "0.000", "12.5000", "1e3", "", " 12", "12 ", "١٢", "1,5", "+1", "NaN", ".5", "1."]),
        ),
        ("amount", json!(["99999999999999999999", "10000000000000", 12.5, 12, null, {}])),
        ("currency", json!(["XXX", "lyd", "", 434, null])),
        ("reference", json!(["", "  ", "a\nb", long(129), 7, null])),
        ("method", json!(["cheque", "Card", 1, null])),
        ("card_type", json!(["prepaid", 1])),
        ("brand", json!(["sadad"])),
        ("bank", json!(["nowhere", 1])),
        ("fallback", json!(["maybe", true])),
        ("customer", json!(["Salem", 1])),
        ("return_url", json!(["https://evil.example/", "https://other.example.evil.example/return", "/return", ""])),
        ("return_url", json!(["javascript:alert(1)", "https://other.example/orders", "http://other.example/return"])),
        ("metadata", json!(["text", [1], {"text": long(8 * 1024)}])),
        ("amout", json!(["12.500"])),
    ]
}

on_both! {
    async fn every_field_at_fault_is_named(backend) {
        let gateway = Gateway::start(backend).await;
        let client = shop(&gateway, "other").await;
        for (field, values) in table() {
            for value in values.as_array().expect("a list") {
                let told = format!("{field}: {value}");
                let answer = create(&client, json!({field: value})).await;
                assert_eq!(answer.fields(), [field], "{told}: {answer:?}");
                fault(&answer, field);
            }
        }
        for field in ["reference", "amount", "currency", "method"] {
            let mut body = card("ORD");
            body.as_object_mut().expect("an object").remove(field);
            fault(&client.post("/v1/payments", body).await, field);
        }
        let several = create(&client, json!({"amount": "0", "bank": "x", "return_url": "x", "reference": ""})).await;
        problem(&several, 400, "invalid_request");
        assert_eq!(several.fields(), ["reference", "amount", "bank", "return_url"]);
        nothing(&client.get("/v1/payments").await);
        gateway.stop().await;
    }
}

on_both! {
    async fn every_field_of_the_customer_is_named(backend) {
        let gateway = Gateway::start(backend).await;
        let table = [
            ("name", json!("x".repeat(201))),
            ("name", json!("a\u{7}b")),
            ("phone", json!("call me")),
            ("phone", json!("0972345678")),
            ("phone", json!(912345678)),
            ("email", json!("nobody")),
            ("email", json!("a b@example.ly")),
            ("birth_year", json!(0)),
            ("birth_year", json!(1899)),
            ("birth_year", json!(-1)),
            ("birth_year", json!(70_000)),
            ("birth_year", json!("1987")),
            ("nickname", json!("x")),
        ];
        for (field, value) in table {
            let answer = create(&gateway.client, json!({"customer": {field: value}})).await;
            fault(&answer, &format!("customer.{field}"));
        }
        nothing(&gateway.client.get("/v1/payments").await);
        gateway.stop().await;
    }
}

on_both! {
    async fn limits_hold_to_the_dirham(backend) {
        let gateway = Gateway::start(backend).await;
        let kinds =
            [(json!(null), "0.500", "50000"), (json!("credit"), "1", "50000"), (json!("debit"), "0.5", "25000")];
        let beyond = [("0.499", "50000.001"), ("0.999", "50000.001"), ("0.499", "25000.001")];
        for (index, (card_type, least, most)) in kinds.into_iter().enumerate() {
            for amount in [beyond[index].0, beyond[index].1] {
                fault(&create(&gateway.client, json!({"amount": amount, "card_type": card_type})).await, "amount");
            }
            for amount in [least, most] {
                let reference = format!("{index} {amount}");
                let patch = json!({"amount": amount, "card_type": card_type, "reference": reference});
                assert_eq!(create(&gateway.client, patch).await.status, 201);
            }
        }
        let cash = json!({"card_type": "debit", "method": "cash_on_delivery"});
        fault(&create(&gateway.client, cash).await, "card_type");
        gateway.stop().await;
    }
}

on_both! {
    async fn banks_are_of_the_way_of_paying(backend) {
        let gateway = Gateway::start(backend).await;
        let wrong = [
            json!({"method": "bank_transfer", "bank": "commerce_development"}),
            json!({"method": "bank_transfer", "bank": "BCD"}),
            json!({"method": "bank_transfer", "bank": "nowhere"}),
            json!({"method": "cash_on_delivery", "bank": "jumhouria"}),
        ];
        for patch in wrong {
            fault(&create(&gateway.client, patch).await, "bank");
        }
        nothing(&gateway.client.get("/v1/payments").await);
        let payment = gateway.card("ORD").await.id;
        let switch = json!({"method": "bank_transfer", "bank": "BCD"});
        fault(&gateway.client.post(&format!("/v1/payments/{payment}/attempts"), switch).await, "bank");
        for patch in
            [json!({"bank": "JUM", "reference": "1"}), json!({"bank": "commerce_development", "reference": "2"})]
        {
            assert_eq!(create(&gateway.client, patch).await.status, 201);
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn what_no_account_can_do_is_unsupported(backend) {
        let gateway = Gateway::start(backend).await;
        for patch in [
            json!({"currency": "USD", "amount": "12.50"}),
            json!({"method": "wallet"}),
            json!({"provider": "nobody"}),
            json!({"provider": "cash_on_delivery"}),
        ] {
            let answer = create(&gateway.client, patch).await;
            problem(&answer, 422, "unsupported");
            assert!(answer.body["alternatives"].is_array(), "{answer:?}");
        }
        fault(&create(&gateway.client, json!({"currency": "USD", "amount": "1.005"})).await, "amount");
        nothing(&gateway.client.get("/v1/payments").await);
        gateway.stop().await;
    }
}

on_both! {
    async fn other_bodies_name_their_fields(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let id = gateway.card("ORD").await.id;
        let cash = settled(client, "CASH").await;
        let table = [
            ("attempts", json!({}), "method"),
            ("attempts", json!({"method": "card", "amount": "1"}), "amount"),
            ("attempts", json!({"method": "card", "brand": "x"}), "brand"),
            ("cancel", json!({"why": "x"}), "why"),
            ("confirm", json!({}), "otp"),
            ("settle", json!({}), "evidence"),
            ("settle", json!({"evidence": {"by": "x"}}), "evidence.document"),
            ("settle", json!({"evidence": {"by": " ", "document": "x"}}), "evidence.by"),
            ("refunds", json!({"amount": 1}), "amount"),
            ("refunds", json!({"amout": "1"}), "amout"),
        ];
        for (path, body, field) in table {
            fault(&client.post(&format!("/v1/payments/{id}/{path}"), body).await, field);
        }
        for (body, field) in [
            (json!({"amount": "0"}), "amount"),
            (json!({"amount": "12.501"}), "amount"),
            (json!({"amount": "1.0001"}), "amount"),
            (json!({"reason": "x".repeat(501)}), "reason"),
        ] {
            fault(&client.post(&format!("/v1/payments/{cash}/refunds"), body).await, field);
        }
        for path in ["confirm", "resend-otp"] {
            let body = if path == "confirm" { json!({"otp": "739104"}) } else { json!({}) };
            problem(&client.post(&format!("/v1/payments/{id}/{path}"), body).await, 422, "unsupported");
        }
        assert_eq!(gateway.read(&id).await.text("status"), "requires_action");
        assert_eq!(client.get(&format!("/v1/payments/{cash}/refunds")).await.body["data"], json!([]));
        gateway.stop().await;
    }
}

on_both! {
    async fn the_store_of_a_platform_key_is_named_and_known(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["all"]).await;
        fault(&create(&platform, json!({})).await, "Jisr-Store");
        fault(&platform.get("/v1/payments").await, "Jisr-Store");
        for unknown in ["nowhere", "DEFAULT", " ", "a/b"] {
            let client = platform.clone().with_header("jisr-store", unknown);
            problem(&create(&client, json!({})).await, 404, "not_found");
        }
        let bound = gateway.client.clone().with_header("jisr-store", "another");
        problem(&create(&bound, json!({})).await, 404, "not_found");
        nothing(&gateway.client.get("/v1/payments").await);
        let named = platform.with_header("jisr-store", "default");
        assert_eq!(create(&named, json!({})).await.text("store"), "default");
        gateway.stop().await;
    }
}
