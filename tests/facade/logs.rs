//! The log of calls: found by what one knows, and without a secret.

use std::sync::Arc;
use std::time::Duration;

use jisr::db::provider_accounts::ProviderAccount;
use kit::{Account, Delivery, Entry, EntryStatus, Recorder};
use mocks::Outcome;
use schemas::store::Mode;
use serde_json::{Value, json};

use super::party::{card, nobody, problem, scoped, shop};
use crate::harness::{Backend, Client, Gateway, eventually, key_in, on_both};

const SECRETS: [&str; 2] = ["3a488a89b3f7993476c252f017c488bb", "6a6973722d6d6f636b732d6e6f74696679"];

async fn rows(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/logs{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    answer.body["data"].as_array().cloned().unwrap_or_default()
}

/// A gateway with two calls in its log: a question of a paid card, and the refund of it.
async fn with_calls(backend: Backend) -> (Gateway, String) {
    let gateway = Gateway::start(backend).await;
    let payment = gateway.paid_card("ORD").await;
    let refund = gateway.client.post(&format!("/v1/payments/{}/refunds", payment.id), json!({})).await;
    gateway.refund_until(&refund.text("id"), "succeeded").await;
    let called = gateway.received("FilterTransactions") + gateway.received("RefundTransaction");
    eventually("the rows", || async { rows(&gateway.client, "?status=success").await.len() == called }).await;
    (gateway, payment.wire)
}

on_both! {
    async fn rows_are_found_by_what_one_knows(backend) {
        let (gateway, wire) = with_calls(backend).await;
        let client = &gateway.client;
        let all = rows(client, "").await;
        let newest = |rows: &[Value]| rows.is_sorted_by(|a, b| a["started_at"].as_str() >= b["started_at"].as_str());
        assert!(newest(&all) && all.iter().all(|row| row["integration"] == "moamalat"), "{all:?}");
        let refunds = rows(client, "?operation=RefundTransaction").await;
        assert_eq!(
            (refunds.len(), &refunds[0]["delivery"], &refunds[0]["attempt"]),
            (1, &json!("done"), &json!(1)),
            "{refunds:?}"
        );
        let by = |name: &str| all.iter().filter(|row| row["operation"] == name).count();
        assert_eq!(rows(client, "?operation=FilterTransactions").await.len(), by("FilterTransactions"));
        assert!(!rows(client, &format!("?reference={wire}")).await.is_empty());
        assert_eq!(rows(client, "?reference=nothing").await.len(), 0);
        assert_eq!(
            (
                rows(client, "?integration=moamalat").await.len(),
                rows(client, "?integration=cash_on_delivery").await.len()
            ),
            (all.len(), 0)
        );
        assert_eq!(rows(client, "?status=timeout").await.len(), 0);
        let moment = refunds[0]["started_at"].as_str().expect("a time");
        let (from, to) =
            (rows(client, &format!("?from={moment}")).await.len(), rows(client, &format!("?to={moment}")).await.len());
        assert!(from >= 1 && to >= 1 && from + to == all.len(), "{from} {to} {}", all.len());
        let first = rows(client, "?limit=1").await;
        let next = rows(client, &format!("?limit=200&cursor={}", first[0]["id"].as_str().expect("an id"))).await;
        assert_eq!(next, all[1..]);
        gateway.stop().await;
    }
}

on_both! {
    async fn rows_of_due_work_carry_the_tasks_id(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD").await;
        gateway.pay_quietly(&payment, Outcome::Approved).await;
        let path = format!("/v1/payments/{}/sync", payment.id);
        let sync = gateway.client.clone().with_header("x-request-id", "storefront-0001").post(&path, json!({})).await;
        assert_eq!(
            (sync.headers["x-request-id"].as_bytes(), sync.text("status")),
            (b"storefront-0001".as_slice(), "paid".to_owned())
        );
        eventually("a row", || async { !rows(&gateway.client, "").await.is_empty() }).await;
        // The store asked us to ask; the call itself is of the work that it set off.
        let row = rows(&gateway.client, "").await[0].clone();
        let id = row["request_id"].as_str().expect("an id");
        assert!(id.starts_with("task_"), "{row}");
        assert_eq!(rows(&gateway.client, &format!("?request_id={id}")).await, [row]);
        assert_eq!(rows(&gateway.client, "?request_id=storefront-0001").await.len(), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn every_answer_carries_an_id_of_the_request(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let made = client.get("/v1/payments").await.headers["x-request-id"].to_str().expect("text").to_owned();
        assert!(made.starts_with("req_") && made.len() == 36, "{made}");
        assert_ne!(client.get("/v1/payments").await.headers["x-request-id"], made.as_str());
        let own = client.clone().with_header("x-request-id", "order-7:try.2_a");
        assert_eq!(own.get("/v1/payments/x").await.text("request_id"), "order-7:try.2_a");
        // What a log cannot hold, or what is too short to be told apart, is replaced.
        for wrong in ["short", "with blanks in it", "مرحبا بالعالم", "<script>alert</script>", &"x".repeat(129)]
        {
            let answer = client.clone().with_header("x-request-id", wrong).get("/v1/payments/x").await;
            assert!(answer.text("request_id").starts_with("req_"), "{wrong}: {answer:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn no_answer_of_the_log_has_a_secret(backend) {
        let (gateway, _) = with_calls(backend).await;
        let client = &gateway.client;
        let hashes: Vec<String> = gateway
            .mocks
            .journal(Some("moamalat"))
            .iter()
            .filter_map(|entry| {
                let body: Value = serde_json::from_slice(&entry.body).ok()?;
                body["SecureHash"].as_str().map(str::to_lowercase)
            })
            .collect();
        assert!(hashes.len() >= 3, "{hashes:?}");
        let page = client.get("/v1/logs").await.raw;
        let mut shown = vec![page];
        for row in rows(client, "").await {
            let answer = client.get(&format!("/v1/logs/{}", row["id"].as_str().expect("an id"))).await;
            let curl = answer.text("curl");
            assert!(curl.starts_with("curl -X POST 'http://127.0.0.1:") && curl.contains("--data-raw '{"), "{curl}");
            assert!(answer.text("request_body").contains("\"SecureHash\":\"***\""), "{answer:?}");
            assert!(
                answer.body["request_headers"].is_object() && answer.body["response_headers"].is_object(),
                "{answer:?}"
            );
            assert!(
                !answer.text("response_body").is_empty() && answer.body["duration_ms"].as_f64() > Some(0.0),
                "{answer:?}"
            );
            shown.push(answer.raw);
        }
        for text in shown {
            let text = text.to_lowercase();
            for secret in SECRETS.map(str::to_owned).iter().chain(&hashes) {
                assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
            }
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn the_platform_sees_the_log_of_every_store(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let made = other.post("/v1/payments", card("ORD")).await;
        other.post(&format!("/v1/payments/{}/sync", made.text("id")), json!({})).await;
        let platform = scoped(&gateway, None, &["logs:read"]).await;
        eventually("a row", || async { !rows(&platform, "").await.is_empty() }).await;
        let id = rows(&platform, "").await[0]["id"].as_str().expect("an id").to_owned();
        assert_eq!(platform.get(&format!("/v1/logs/{id}")).await.status, 200);
        let named = platform.with_header("jisr-store", "nowhere").get("/v1/logs").await;
        problem(&named, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_platform_key_sees_the_log_of_its_own_mode(backend) {
        let gateway = Gateway::start(backend).await;
        let account = jisr::db::provider_accounts::own(&gateway.facade.db, gateway.store, "moamalat", false).await;
        let account = account.expect("a row").expect("an account");
        for livemode in [false, true] {
            gateway.facade.logs.note(entry(&gateway, &account, livemode));
        }
        for (mode, livemode) in [(Mode::Test, false), (Mode::Live, true)] {
            let platform = nobody(&gateway).with_key(&key_in(&gateway.facade, None, &["logs:read"], mode).await);
            eventually("the row", || async { rows(&platform, "").await.len() == 1 }).await;
            let row = rows(&platform, "").await[0].clone();
            assert_eq!(row["livemode"], livemode);
            let other = if livemode { Mode::Test } else { Mode::Live };
            let other = nobody(&gateway).with_key(&key_in(&gateway.facade, None, &["logs:read"], other).await);
            let path = format!("/v1/logs/{}", row["id"].as_str().expect("an id"));
            assert_eq!(platform.get(&path).await.status, 200);
            problem(&other.get(&path).await, 404, "not_found");
        }
        gateway.stop().await;
    }
}

/// The row of a call that never was: no test reaches a host of real money.
fn entry(gateway: &Gateway, account: &ProviderAccount, livemode: bool) -> Entry {
    let account = Account { id: account.id, store: account.store_id, integration: account.integration_id, livemode };
    Entry {
        id: gateway.facade.ambient.uuid(),
        intent: None,
        account,
        provider: "moamalat",
        operation: "FilterTransactions",
        reference: None,
        attempt: 1,
        origin: Arc::default(),
        endpoint: "https://npg.example/".to_owned(),
        method: "POST".to_owned(),
        request_headers: "{}".to_owned(),
        request_body: None,
        response_status: None,
        response_headers: None,
        response_body: None,
        started_at: gateway.facade.ambient.now(),
        duration: Some(Duration::from_millis(1)),
        status: EntryStatus::Timeout,
        error_code: None,
        error_message: None,
        delivery: Delivery::Never,
    }
}
