//! The life of payments without faults: made, read, listed, switched, given up, settled.

use serde_json::{Value, json};

use super::party::{card, cash, evidence, is_arabic, patched, problem, scoped, settled};
use crate::harness::{Client, Gateway, on_both};

/// The names of a payment's events; they are numbered from 1 without gaps.
async fn events(client: &Client, id: &str) -> Vec<String> {
    let answer = client.get(&format!("/v1/payments/{id}/events")).await;
    let events = answer.body["data"].as_array().cloned().unwrap_or_default();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["sequence"], index + 1, "{answer:?}");
        assert!(event["id"].as_str().is_some_and(|id| id.starts_with("evt_")), "{answer:?}");
    }
    events.iter().map(|event| event["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The ids of a list.
async fn ids(client: &Client, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/v1/payments{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let data = answer.body["data"].as_array().cloned().unwrap_or_default();
    data.iter().map(|payment| payment["id"].as_str().unwrap_or_default().to_owned()).collect()
}

on_both! {
    async fn a_card_is_paid_in_the_lightbox(backend) {
        let gateway = Gateway::start(backend).await;
        let made = gateway.card("ORD").await.answer;
        let action = &made.body["next_action"];
        assert_eq!(action["type"], "lightbox");
        assert!(made.at("/next_action/script_url").ends_with("/js/lightbox.js"), "{made:?}");
        assert_eq!(action["parameters"]["AmountTrxn"], 12_500);
        for name in ["MID", "TID", "MerchantReference", "TrxDateTime", "SecureHash"] {
            assert!(!made.at(&format!("/next_action/parameters/{name}")).is_empty(), "{name}: {made:?}");
        }
        let expected = json!({
            "amount": "12.500", "currency": "LYD", "amount_refunded": "0.000", "status": "requires_action",
            "method": "card", "brand": null, "provider": "moamalat", "attempt": 1, "livemode": false,
            "store": "default", "reference": "ORD", "metadata": {},
        });
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(made.body[name], *value, "{name}: {made:?}");
        }
        assert!(made.text("client_secret").starts_with("pcs_") && made.text("expires_at").ends_with('Z'), "{made:?}");
        assert_eq!(made.body["alternatives"][0], "cash_on_delivery");
        for name in ["late", "review", "fallback_from", "customer"] {
            assert!(made.body.get(name).is_none(), "{name}: {made:?}");
        }
        assert_eq!(gateway.received("FilterTransactions"), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn cash_and_transfers_are_paid_by_instructions(backend) {
        let gateway = Gateway::start(backend).await;
        for method in ["cash_on_delivery", "bank_transfer"] {
            let body = patched(card(method), json!({"method": method}));
            let made = gateway.create(body).await.answer;
            assert_eq!((made.text("method"), made.text("provider")), (method.to_owned(), method.to_owned()));
            assert_eq!(made.at("/next_action/type"), "instructions");
            assert!(made.at("/next_action/text").contains("12.500"), "{made:?}");
            let arabic = made.at("/next_action/text_ar");
            assert!(is_arabic(&arabic) && arabic.contains("12.500"), "{made:?}");
            assert_eq!(made.at("/next_action/details/amount"), "12.500", "{made:?}");
            assert!(made.body["expires_at"].is_null() && made.body["alternatives"] == json!([]), "{made:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn what_was_given_is_read_back_as_it_came(backend) {
        let gateway = Gateway::start(backend).await;
        let metadata = json!({"z": [1, 2.5, null], "a": {"ب": "سلة", "deep": [[{}]]}, "n": 9_007_199_254_740_993_u64});
        let (name, phone) = ("Planted Customer Zlitni", "091-999 9999");
        let customer = json!({"name": name, "phone": phone, "email": "a@example.ly", "birth_year": 1931});
        let given = patched(
            card("طلب 7 / ١"),
            json!({"metadata": metadata, "customer": customer, "card_type": "debit", "bank": "JUM"}),
        );
        let made = gateway.create(given).await;
        let read = gateway.read(&made.id).await;
        assert_eq!((read.status, &read.body), (200, &made.answer.body));
        assert_eq!(read.body["metadata"], metadata);
        assert_eq!(read.at("/customer/phone"), "+218919999999");
        assert_eq!(
            (read.at("/customer/name"), read.body["customer"]["birth_year"].clone()),
            ("Planted Customer Zlitni".into(), json!(1931))
        );
        assert_eq!(ids(&gateway.client, "?reference=%D8%B7%D9%84%D8%A8%207%20/%20%D9%A1").await, [made.id]);
        gateway.stop().await;
    }
}

on_both! {
    async fn lists_are_narrowed_and_paged(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let mut made = Vec::new();
        for index in 0..5 {
            made.push(gateway.create(cash(&format!("ORD-{index}"))).await);
        }
        let newest: Vec<String> = made.iter().rev().map(|payment| payment.id.clone()).collect();
        client.post(&format!("/v1/payments/{}/cancel", made[1].id), json!({})).await;
        assert_eq!(ids(client, "").await, newest);
        assert_eq!(ids(client, "?status=cancelled").await, [made[1].id.clone()]);
        assert_eq!(ids(client, "?status=requires_action&reference=ORD-1").await, Vec::<String>::new());
        assert_eq!(ids(client, "?reference=ORD-3").await, [made[3].id.clone()]);
        let third = made[2].answer.text("created_at");
        assert_eq!(ids(client, &format!("?from={third}")).await, newest[..3]);
        assert_eq!(ids(client, &format!("?to={third}")).await, newest[3..]);
        assert_eq!(ids(client, &format!("?from={third}&to={third}")).await, Vec::<String>::new());
        assert_eq!((ids(client, "?limit=0").await.len(), ids(client, "?limit=100000").await.len()), (1, 5));
        gateway.stop().await;
    }
}

on_both! {
    async fn pages_follow_one_another_without_gaps(backend) {
        let gateway = Gateway::start(backend).await;
        for index in 0..5 {
            gateway.create(cash(&format!("ORD-{index}"))).await;
        }
        let all = ids(&gateway.client, "").await;
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let query = if cursor.is_empty() { "?limit=2".to_owned() } else { format!("?limit=2&cursor={cursor}") };
            seen.extend(ids(&gateway.client, &query).await);
            pages += 1;
            let next = gateway.client.get(&format!("/v1/payments{query}")).await.body["next_cursor"].clone();
            // A payment that comes meanwhile is on no later page.
            gateway.create(cash(&format!("NEW-{pages}"))).await;
            match next {
                Value::String(next) => cursor = next,
                end => break assert!(end.is_null(), "{end}"),
            }
        }
        assert_eq!((pages, seen), (3, all));
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_given_up_is_given_up_once(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let id = gateway.card("ORD").await.id;
        let cancel = format!("/v1/payments/{id}/cancel");
        let given_up = client.post(&cancel, json!({})).await;
        assert_eq!((given_up.status, given_up.text("status").as_str()), (200, "cancelled"), "{given_up:?}");
        assert!(given_up.body["next_action"].is_null());
        problem(&client.post(&cancel, json!({})).await, 409, "conflict");
        assert_eq!(events(client, &id).await, ["payment.created", "payment.cancelled"]);
        assert_eq!(gateway.create(card("ORD")).await.answer.text("status"), "requires_action");
        // The reference now stands for another payment, so this one cannot come back.
        let switch = client.post(&format!("/v1/payments/{id}/attempts"), json!({"method": "cash_on_delivery"})).await;
        problem(&switch, 409, "reference_in_use");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_paid_is_not_given_up_or_switched(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        for id in [gateway.paid_card("CARD").await.id, settled(client, "CASH").await] {
            problem(&client.post(&format!("/v1/payments/{id}/cancel"), json!({})).await, 409, "conflict");
            let switch = json!({"method": "bank_transfer"});
            problem(&client.post(&format!("/v1/payments/{id}/attempts"), switch).await, 409, "conflict");
            problem(&client.post(&format!("/v1/payments/{id}/settle"), evidence()).await, 409, "conflict");
            assert_eq!(gateway.read(&id).await.text("status"), "paid");
            assert_eq!(events(client, &id).await, ["payment.created", "payment.paid"]);
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_card_becomes_cash_and_is_settled_by_an_administrator(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let id = gateway.card("ORD").await.id;
        let settle = format!("/v1/payments/{id}/settle");
        // A card is proved by its provider, and by nobody else.
        problem(&client.post(&settle, evidence()).await, 409, "conflict");
        let switched = client.post(&format!("/v1/payments/{id}/attempts"), json!({"method": "cash_on_delivery"})).await;
        assert_eq!((switched.status, switched.body["attempt"].clone()), (201, json!(2)), "{switched:?}");
        assert_eq!(
            (switched.text("method"), switched.text("provider")),
            ("cash_on_delivery".into(), "cash_on_delivery".into())
        );
        assert_eq!(switched.at("/next_action/type"), "instructions");
        let clerk = scoped(&gateway, Some(gateway.store), &["payments:read", "payments:write"]).await;
        problem(&clerk.post(&settle, evidence()).await, 403, "forbidden");
        let paid = client.post(&settle, evidence()).await;
        assert_eq!((paid.status, paid.text("status").as_str()), (200, "paid"), "{paid:?}");
        assert!(paid.body["next_action"].is_null() && paid.body.get("late").is_none(), "{paid:?}");
        problem(&client.post(&settle, evidence()).await, 409, "conflict");
        assert_eq!(events(client, &id).await, ["payment.created", "payment.attempt_created", "payment.paid"]);
        // The evidence is kept for those who look into the database with the key; it is not told again.
        assert!(!gateway.read(&id).await.raw.contains("receipt 7"));
        gateway.stop().await;
    }
}
