//! Whatever bytes come: the answer is a problem, and never a fault of ours.

use serde_json::{Value, json};

use super::party::{card, evidence, scoped};
use crate::harness::{Answer, Gateway, on_both, uuid};

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("it fits")
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.below(200);
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// A body with some of its bytes changed, taken away or doubled.
    fn bent(&mut self, body: &Value) -> Vec<u8> {
        let mut bytes = body.to_string().into_bytes();
        for _ in 0..=self.below(3) {
            let (at, byte) = (self.below(bytes.len()), self.next().to_le_bytes()[0]);
            match self.below(4) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    }

    /// A body whose fields hold what nobody expects.
    fn odd(&mut self, body: &Value) -> Vec<u8> {
        let values = [
            json!(null),
            json!(-1),
            json!(1e308),
            json!(""),
            json!("\u{0}"),
            json!("\u{202e}\u{fffd}🏦"),
            json!([[]]),
            json!({"": {"a": [null]}}),
            json!("x".repeat(5_000)),
            json!(u64::MAX),
            json!(true),
        ];
        let mut body = body.clone();
        for (_, value) in body.as_object_mut().expect("an object") {
            if self.below(2) == 0 {
                *value = values[self.below(values.len())].clone();
            }
        }
        body.to_string().into_bytes()
    }
}

/// Paths that take a body, and a body that each takes.
fn paths(id: &str) -> Vec<(&'static str, String, Value)> {
    let payment = |rest: &str| format!("/v1/payments/{id}/{rest}");
    let notice = json!({"MerchantId": "10081014649", "TerminalId": "99179395", "MerchantReference": "J", "Amount": "1",
        "Currency": "434", "DateTimeLocalTrxn": "20260101000000", "SecureHash": "00", "TxnType": 1});
    vec![
        ("POST", "/v1/payments".to_owned(), card("ORD")),
        ("POST", payment("attempts"), json!({"method": "cash_on_delivery", "bank": null, "provider": "moamalat"})),
        ("POST", payment("refunds"), json!({"amount": "1", "reason": "x"})),
        ("POST", payment("settle"), evidence()),
        ("POST", payment("client-result"), json!({"client_secret": "pcs_", "result": "complete", "data": {}})),
        ("POST", "/v1/callbacks/moamalat".to_owned(), notice),
        (
            "POST",
            "/v1/stores".to_owned(),
            json!({"key": "k", "name": "n", "locale": "ar", "contacts": {}, "return_urls": []}),
        ),
        ("POST", "/v1/keys".to_owned(), json!({"name": "n", "scopes": ["all"]})),
        (
            "PUT",
            "/v1/stores/default/accounts/moamalat".to_owned(),
            json!({"configuration": {}, "currency": "LYD", "mode": "test"}),
        ),
        (
            "PUT",
            "/v1/stores/default/accounts/cash_on_delivery".to_owned(),
            json!({"configuration": {"instructions": "x"}}),
        ),
        ("PUT", "/v1/stores/default/accounts/moamalat/credentials".to_owned(), json!({"secret_key": "00"})),
        ("POST", "/v1/integrations/moamalat/breaker".to_owned(), json!({"action": "close"})),
    ]
}

#[track_caller]
fn is_no_fault_of_ours(answer: &Answer, told: &str) {
    assert!(answer.status < 500, "{told}: {answer:?}");
    if answer.status >= 400 {
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{told}: {answer:?}");
    }
}

on_both! {
    async fn no_body_makes_a_fault_of_ours(backend) {
        let own = [("JISR_LIMITS__FAILED_PROOFS_PER_SECOND", "100000")];
        let gateway = Gateway::start_with(backend, &own).await;
        let id = gateway.card("OPEN").await.id;
        let platform = scoped(&gateway, None, &["all"]).await.with_header("jisr-store", "default");
        let mut chance = Chance(2026);
        for round in 0..60 {
            for (method, path, body) in paths(&id) {
                let bytes = match round % 3 {
                    0 => chance.bytes(),
                    1 => chance.bent(&body),
                    _ => chance.odd(&body),
                };
                let told = format!("{method} {path} {}", String::from_utf8_lossy(&bytes));
                let answer = platform.send_bytes(method, &path, Some(bytes), &[("idempotency-key", &uuid())]).await;
                is_no_fault_of_ours(&answer, &told);
            }
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn no_path_or_query_makes_a_fault_of_ours(backend) {
        let gateway = Gateway::start(backend).await;
        let mut chance = Chance(7);
        let escaped = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>();
        for _ in 0..60 {
            let text = escaped(chance.bytes());
            for path in [
                format!("/v1/payments/{text}"),
                format!("/v1/payments?reference={text}"),
                format!("/v1/payments?cursor={text}"),
                format!("/v1/logs?reference={text}&integration={text}"),
                format!("/v1/stores/{text}"),
                format!("/v1/stores/default/accounts/{text}"),
                format!("/v1/payment-methods?amount={text}"),
                format!("/v1/callbacks/moamalat/{text}"),
                format!("/v1/returns/{text}"),
                format!("/docs/problems/{text}"),
            ] {
                is_no_fault_of_ours(&gateway.client.get(&path).await, &path);
            }
        }
        gateway.stop().await;
    }
}
