//! What a customer's browser sees with the payment's own secret, and from which pages.

use serde_json::json;

use super::party::{card, nobody, patched, problem, shop};
use crate::harness::{Answer, Client, Gateway, eventually, on_both};

async fn from(client: &Client, method: &str, path: &str, origin: &str, body: Option<&str>) -> Answer {
    client.send(method, path, body.map(str::to_owned), &[("origin", origin)]).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.headers.get("access-control-allow-origin").and_then(|value| value.to_str().ok())
}

on_both! {
    async fn the_secret_opens_its_own_payment_and_no_other(backend) {
        let gateway = Gateway::start(backend).await;
        let client = nobody(&gateway);
        let customer = json!({"name": "Planted Customer Zlitni"});
        let payment =
            gateway.create(patched(card("ORD"), json!({"customer": customer, "metadata": {"inner": "note"}}))).await;
        let other = gateway.card("OTHER").await;
        let path = format!("/v1/payments/{}/public", payment.id);
        let secret = payment.answer.text("client_secret");
        let by_query = client.get(&format!("{path}?client_secret={secret}")).await;
        let by_header = client.clone().with_key(&secret).get(&path).await;
        for answer in [&by_query, &by_header] {
            assert_eq!((answer.status, answer.text("id")), (200, payment.id.clone()), "{answer:?}");
            assert_eq!(answer.body["next_action"], payment.answer.body["next_action"]);
            let fields: Vec<&str> = answer.body.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(fields, ["id", "amount", "currency", "status", "method", "next_action"]);
        }
        let wrong = [
            other.answer.text("client_secret"),
            secret.to_uppercase(),
            secret[4..].to_owned(),
            String::new(),
            format!("{secret}0"),
        ];
        for wrong in wrong {
            problem(&client.get(&format!("{path}?client_secret={wrong}")).await, 401, "unauthorized");
        }
        problem(&client.get(&path).await, 401, "unauthorized");
        let other_path = format!("/v1/payments/{}/public?client_secret={secret}", other.id);
        problem(&client.get(&other_path).await, 401, "unauthorized");
        // A key of the store is no secret of the payment, and the secret is no key.
        problem(&gateway.client.get(&path).await, 401, "unauthorized");
        problem(&client.with_key(&secret).get(&format!("/v1/payments/{}", payment.id)).await, 401, "unauthorized");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_result_needs_the_secret_in_header_or_body(backend) {
        let gateway = Gateway::start(backend).await;
        let client = nobody(&gateway);
        let payment = gateway.card("ORD").await;
        let path = format!("/v1/payments/{}/client-result", payment.id);
        let report = json!({"result": "cancel", "data": {"MerchantReference": payment.wire}});
        problem(&client.post(&path, report.clone()).await, 401, "unauthorized");
        let wrong = patched(report.clone(), json!({"client_secret": "pcs_0000"}));
        problem(&client.post(&path, wrong).await, 401, "unauthorized");
        let secret = payment.answer.text("client_secret");
        let inside = patched(report.clone(), json!({"client_secret": secret}));
        for answer in [client.post(&path, inside).await, client.with_key(&secret).post(&path, report).await] {
            assert_eq!((answer.status, answer.text("status").as_str()), (200, "requires_action"), "{answer:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn only_the_stores_own_pages_may_read(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let made = other.post("/v1/payments", card("ORD")).await;
        let (id, client) = (made.text("id"), nobody(&gateway).with_key(&made.text("client_secret")));
        let (read, report) = (format!("/v1/payments/{id}/public"), format!("/v1/payments/{id}/client-result"));
        let wire = made.at("/next_action/parameters/MerchantReference");
        let body = json!({"result": "cancel", "data": {"MerchantReference": wire}}).to_string();
        let pages = [
            ("https://other.example", Some("https://other.example")),
            ("https://evil.example", None),
            ("https://other.example.evil.example", None),
            ("http://other.example", None),
            ("https://other.example:8443", None),
            ("null", None),
        ];
        for (origin, expected) in pages {
            for path in [&read, &report] {
                let preflight = from(&client, "OPTIONS", path, origin, None).await;
                assert_eq!((preflight.status, allowed(&preflight)), (204, expected), "{origin} {path}: {preflight:?}");
                assert_eq!(preflight.headers.contains_key("access-control-allow-headers"), expected.is_some());
            }
            let answers = [
                from(&client, "GET", &read, origin, None).await,
                from(&client, "POST", &report, origin, Some(&body)).await,
                from(&client, "POST", &report, origin, Some("{")).await,
                from(&nobody(&gateway), "GET", &read, origin, None).await,
            ];
            for (answer, status) in answers.iter().zip([200, 200, 400, 401]) {
                assert_eq!((answer.status, allowed(answer)), (status, expected), "{origin}: {answer:?}");
                assert_eq!(answer.headers["vary"], "origin", "{origin}: {answer:?}");
            }
        }
        let elsewhere = from(&other, "GET", &format!("/v1/payments/{id}"), "https://other.example", None).await;
        assert_eq!((elsewhere.status, allowed(&elsewhere)), (200, None));
        let unknown = "/v1/payments/pay_01J9Z3N8M4Q0X7V5K2T6B1C8DE/public";
        assert_eq!(allowed(&from(&client, "OPTIONS", unknown, "https://other.example", None).await), None);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_browser_that_comes_back_goes_on_to_the_store(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let mut tokens = Vec::new();
        for (reference, target) in [
            ("A", json!("https://other.example/return")),
            ("B", json!("https://other.example/orders/7?x=%26")),
            ("C", json!(null)),
        ] {
            let made = other.post("/v1/payments", patched(card(reference), json!({"return_url": target}))).await;
            assert_eq!(made.status, 201, "{made:?}");
            let id: schemas::PaymentId = made.text("id").parse().expect("an id");
            let attempt =
                jisr::db::attempts::numbered(&gateway.facade.db, id, 1).await.expect("a row").expect("an attempt").id;
            let proof = gateway.facade.vault.derive(jisr::vault::Purpose::ReturnToken, attempt.uuid().as_bytes());
            tokens.push((id, format!("{attempt}.{proof}")));
        }
        let client = nobody(&gateway);
        let expected = [
            format!("https://other.example/return?payment_id={}&status=requires_action", tokens[0].0),
            format!("https://other.example/orders/7?x=%26&payment_id={}&status=requires_action", tokens[1].0),
        ];
        for (index, location) in expected.iter().enumerate() {
            for method in ["GET", "POST"] {
                let answer = client.send(method, &format!("/v1/returns/{}", tokens[index].1), None, &[]).await;
                assert_eq!(answer.status, 303, "{answer:?}");
                assert_eq!(answer.headers["location"], location.as_str());
            }
        }
        eventually("a question", || async { gateway.received("FilterTransactions") > 0 }).await;
        let (one, two) = (&tokens[0].1, &tokens[1].1);
        let mixed = format!("{}.{}", one.split_once('.').expect("a dot").0, two.split_once('.').expect("a dot").1);
        // A store that has named no page: the customer is told how it stands.
        let here = client.get(&format!("/v1/returns/{}", tokens[2].1)).await;
        assert_eq!(here.status, 200, "{here:?}");
        assert!(here.raw.contains("يجري التحقق") && here.raw.contains("is being checked"), "{here:?}");
        for wrong in [mixed.as_str(), &format!("{one}0"), "att_1.0", "nothing"] {
            problem(&client.get(&format!("/v1/returns/{wrong}")).await, 404, "not_found");
        }
        gateway.stop().await;
    }
}
