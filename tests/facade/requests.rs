//! Requests that are no requests: bodies, paths, queries and methods.

use serde_json::json;

use super::party::{card, fault, problem, scoped, settled};
use crate::harness::{Answer, Client, Gateway, on_both, uuid};

async fn raw(client: &Client, body: impl Into<Vec<u8>>) -> Answer {
    client.send_bytes("POST", "/v1/payments", Some(body.into()), &[("idempotency-key", &uuid())]).await
}

on_both! {
    async fn a_body_that_is_no_object_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let whole = card("ORD").to_string();
        let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        let deep = format!("{},\"metadata\":{}}}", &whole[..whole.len() - 1], nested("{\"a\":", "}"));
        let broken: Vec<Vec<u8>> = vec![
            b"{".to_vec(),
            b"null".to_vec(),
            b"[]".to_vec(),
            b"\"text\"".to_vec(),
            b"12".to_vec(),
            b"amount=12.500&currency=LYD".to_vec(),
            whole.as_bytes()[..whole.len() - 1].to_vec(),
            format!("{whole}{whole}").into(),
            format!("\u{feff}{whole}").into(),
            whole.replace("ORD", "ORD\\q").into(),
            whole.replace("ORD", "ORD\\ud800").into(),
            [b"{\"reference\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat(),
            br#"["ORD","12.500","LYD","card"]"#.to_vec(),
            nested("[", "]").into(),
            deep.into(),
        ];
        for body in broken {
            let told = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let answer = raw(client, body).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["body".to_owned()]), "{told}: {answer:?}");
            fault(&answer, "body");
        }
        fault(&raw(client, "").await, "reference");
        fault(&raw(client, whole.replace("\"amount\"", "\"reference\":\"X\",\"amount\"")).await, "reference");
        assert_eq!(client.get("/v1/payments").await.body["data"], json!([]));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_body_that_is_too_large_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let id = gateway.card("ORD").await.id;
        for path in
            ["/v1/payments", "/v1/callbacks/moamalat", "/v1/stores", &format!("/v1/payments/{id}/client-result")]
        {
            for length in [300_000, 1 << 20] {
                let platform = scoped(&gateway, None, &["all"]).await.with_header("jisr-store", "default");
                let body = json!({"reference": "x".repeat(length)}).to_string();
                let answer = platform.send("POST", path, Some(body), &[("idempotency-key", &uuid())]).await;
                problem(&answer, 413, "invalid_request");
                assert_eq!(answer.fields(), ["body"]);
            }
        }
        assert_eq!(gateway.client.get("/v1/payments").await.body["data"].as_array().map(Vec::len), Some(1));
        gateway.stop().await;
    }
}

on_both! {
    async fn text_that_no_database_keeps_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let nul = |field: &str, value: &str| {
            let mut body = card("ORD");
            body[field] = serde_json::from_str(value).expect("JSON");
            body
        };
        for body in [
            nul("metadata", r#"{"text": "a\u0000b"}"#),
            nul("metadata", r#"{"a\u0000b": 1}"#),
            nul("customer", r#"{"name": "a\u0000b"}"#),
            nul("reference", r#""a\u0000b""#),
            nul("provider", r#""a\u0000b""#),
        ] {
            let answer = client.post("/v1/payments", body).await;
            problem(&answer, 400, "invalid_request");
        }
        let paid = settled(client, "CASH").await;
        let reason = client.post(&format!("/v1/payments/{paid}/refunds"), json!({"reason": "a\u{0}b"})).await;
        problem(&reason, 400, "invalid_request");
        problem(&client.post("/v1/keys", json!({"name": "a\u{0}b", "scopes": ["all"]})).await, 400, "invalid_request");
        for path in ["/v1/payments?reference=%00", "/v1/logs?reference=a%00", "/v1/logs?integration=%00"] {
            problem(&client.get(path).await, 400, "invalid_request");
        }
        for path in ["/v1/stores/%00", "/v1/stores/default/accounts/%00", "/v1/payments/%00", "/docs/problems/%00"] {
            let answer = client.get(path).await;
            assert!(matches!(answer.status, 400 | 404), "{path}: {answer:?}");
        }
        let notice = json!({"MerchantId": "1\u{0}", "TerminalId": "1", "MerchantReference": "a\u{0}"});
        let answer = client.post("/v1/callbacks/moamalat", notice).await;
        assert!(matches!(answer.status, 400 | 401), "{answer:?}");
        // A backslash before it makes it six harmless letters.
        assert_eq!(client.post("/v1/payments", nul("metadata", r#"{"text": "a\\u0000b"}"#)).await.status, 201);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_path_that_names_nothing_is_not_found(backend) {
        let gateway = Gateway::start(backend).await;
        let id = gateway.card("ORD").await.id;
        let (lower, none) = (id.to_lowercase(), format!("{}0", &id[..id.len() - 1]));
        let wrong = [
            "pay_",
            "pay_1",
            "1",
            "%FF",
            "%2e%2e",
            "pay_%00",
            &lower,
            &none,
            &id.replace("pay_", "ref_"),
            &"9".repeat(4_000),
        ];
        for wrong in wrong {
            if *wrong == id {
                continue;
            }
            problem(&gateway.client.get(&format!("/v1/payments/{wrong}")).await, 404, "not_found");
            problem(&gateway.client.get(&format!("/v1/refunds/{wrong}")).await, 404, "not_found");
            problem(&gateway.client.get(&format!("/v1/logs/{wrong}")).await, 404, "not_found");
            let cancel = gateway.client.post(&format!("/v1/payments/{wrong}/cancel"), json!({})).await;
            problem(&cancel, 404, "not_found");
        }
        for path in
            ["/", "/v1", "/v2/payments", "/v1/payments/", "/v1/payments//", "/v1/callbacks/nobody", "/favicon.ico"]
        {
            problem(&gateway.client.get(path).await, 404, "not_found");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_method_that_a_path_has_not_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let id = gateway.card("ORD").await.id;
        for (method, path) in [
            ("DELETE", "/v1/payments".to_owned()),
            ("PUT", format!("/v1/payments/{id}")),
            ("GET", format!("/v1/payments/{id}/cancel")),
            ("PATCH", "/v1/keys".to_owned()),
            ("DELETE", "/v1/stores/default".to_owned()),
            ("POST", "/health".to_owned()),
        ] {
            problem(&gateway.client.send(method, &path, None, &[]).await, 405, "method_not_allowed");
        }
        assert_eq!(gateway.read(&id).await.text("status"), "requires_action");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_query_at_fault_names_its_parameter(backend) {
        let gateway = Gateway::start(backend).await;
        for (path, field) in [
            ("/v1/payments?limit=many", "limit"),
            ("/v1/payments?limit=", "limit"),
            ("/v1/payments?status=unheard", "status"),
            ("/v1/payments?from=yesterday", "from"),
            ("/v1/payments?to=2026-13-01T00:00:00Z", "to"),
            ("/v1/payments?cursor=first", "cursor"),
            ("/v1/payments?page=2", "page"),
            ("/v1/payment-methods?amount=-1", "amount"),
            ("/v1/payment-methods?amount=1e3", "amount"),
            ("/v1/payment-methods?currency=XXX", "currency"),
            ("/v1/logs?from=0", "from"),
            ("/v1/logs?limit=x", "limit"),
            ("/v1/logs?order=asc", "order"),
        ] {
            let answer = gateway.client.get(path).await;
            assert_eq!(answer.fields(), [field], "{path}: {answer:?}");
            fault(&answer, field);
        }
        gateway.stop().await;
    }
}
