//! Accounts with providers: tried before they are kept, and their credentials never told.

use mocks::moamalat::Merchant;
use serde_json::{Value, json};

use super::party::{card, cash, fault, live, patched, problem, scoped, shop};
use crate::harness::{Client, Gateway, eventually, on_both};

const PATH: &str = "/v1/stores/other/accounts/moamalat";
const CREDENTIALS: &str = "/v1/stores/other/accounts/moamalat/credentials";
/// The published key of Moamalat's test terminal, which the scan of secrets looks for.
const SECRET: &str = "3a488a89b3f7993476c252f017c488bb";
const NOTIFICATION: &str = "6a6973722d6d6f636b732d6e6f74696679";

fn configuration(base: &str) -> Value {
    json!({"configuration": {"merchant_id": "10099999991", "terminal_id": "11111111", "base_url": base}})
}

async fn own_account(client: &Client, base: &str) {
    let put = client.put(PATH, configuration(base)).await;
    assert_eq!(put.status, 200, "{put:?}");
    let kept = client.put(CREDENTIALS, json!({"secret_key": SECRET, "notification_key": NOTIFICATION})).await;
    assert_eq!((kept.status, kept.raw.as_str()), (204, ""), "{kept:?}");
}

on_both! {
    async fn a_store_uses_its_own_account_and_nobody_sees_its_credentials(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        problem(&other.get(PATH).await, 404, "not_found");
        problem(&other.put(CREDENTIALS, json!({"secret_key": SECRET})).await, 404, "not_found");
        let merchant =
            Merchant { merchant_id: "10099999991".into(), terminal_id: "11111111".into(), ..Merchant::default() };
        gateway.mocks.add_merchant(merchant);
        assert_eq!(
            other.put(PATH, configuration(&gateway.mocks.base_url("moamalat"))).await.body["has_credentials"],
            false
        );
        own_account(&other, &gateway.mocks.base_url("moamalat")).await;
        let made = other.post("/v1/payments", card("ORD")).await;
        assert_eq!(made.at("/next_action/parameters/TID"), "11111111", "{made:?}");
        let synced = other.post(&format!("/v1/payments/{}/sync", made.text("id")), json!({})).await;
        assert_eq!(synced.status, 200, "{synced:?}");
        assert!(gateway.mocks.violations().is_empty(), "{:?}", gateway.mocks.violations());
        let account = other.get(PATH).await;
        assert_eq!((account.body["has_credentials"].clone(), account.text("origin")), (json!(true), "api".to_owned()));
        eventually("a log row", || async { !other.get("/v1/logs").await.at("/data/0/id").is_empty() }).await;
        let log = other.get(&format!("/v1/logs/{}", other.get("/v1/logs").await.at("/data/0/id"))).await;
        for answer in [account, log, made, other.get("/v1/integrations").await, other.get("/v1/stores/other").await] {
            for secret in [SECRET, NOTIFICATION] {
                assert!(!answer.raw.to_lowercase().contains(secret), "{answer:?}");
            }
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn bad_credentials_are_named_and_not_repeated(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let base = gateway.mocks.base_url("moamalat");
        assert_eq!(other.put(PATH, configuration(&base)).await.status, 200);
        // The first credentials are looked at as closely as any later ones.
        are_named(&other).await;
        assert_eq!(other.get(PATH).await.body["has_credentials"], false);
        own_account(&other, &base).await;
        are_named(&other).await;
        let made = other.post("/v1/payments", card("ORD")).await;
        assert_eq!(made.status, 201, "the credentials from before still stand: {made:?}");
        gateway.stop().await;
    }
}

async fn are_named(client: &Client) {
    let secret = "my-very-secret-key";
    for (credentials, field) in [
        (json!({"secret_key": secret}), "credentials.secret_key"),
        (json!({"secret_key": "3a48f"}), "credentials.secret_key"),
        (json!({"secret_key": 3_148_829_017_u64}), "credentials.secret_key"),
        (json!({"secret_key": null}), "credentials.secret_key"),
        (json!({}), "credentials.secret_key"),
        (json!({"secret_key": SECRET, "notification_key": secret}), "credentials.notification_key"),
        (json!({"secret_key": SECRET, "password": secret}), "credentials.password"),
    ] {
        let answer = client.put(CREDENTIALS, credentials).await;
        fault(&answer, field);
        for told in [secret, SECRET, "3a48f", "3148829017"] {
            assert!(!answer.raw.contains(told), "{answer:?}");
        }
    }
    fault(&client.put(CREDENTIALS, json!([secret])).await, "body");
}

on_both! {
    async fn bad_settings_are_named(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let with = |name: &str, value: Value| {
            let mut body = configuration("https://tnpg.moamalat.net");
            body["configuration"][name] = value;
            body
        };
        for (body, field) in [
            (json!({"configuration": {}}), "configuration.merchant_id"),
            (with("merchant_id", json!("12")), "configuration.merchant_id"),
            (with("terminal_id", json!("abcdefgh")), "configuration.terminal_id"),
            (with("base_url", json!("nowhere")), "configuration.base_url"),
            (with("base_url", json!("https://user:pass@host.example")), "configuration.base_url"),
            (with("base_url", json!("https://npg.moamalat.net")), "configuration.base_url"),
            (with("script_url", json!("ftp://host.example")), "configuration.script_url"),
            (with("amount_unit", json!("pound")), "configuration.amount_unit"),
            (with("colour", json!("red")), "configuration"),
            (json!({"configuration": []}), "configuration"),
            (json!({}), "configuration"),
            (patched(configuration("https://tnpg.moamalat.net"), json!({"currency": "USD"})), "currency"),
            (patched(configuration("https://tnpg.moamalat.net"), json!({"mode": "live"})), "mode"),
            (
                patched(configuration("https://tnpg.moamalat.net"), json!({"platform_default": true})),
                "platform_default",
            ),
            (patched(configuration("https://tnpg.moamalat.net"), json!({"secret_key": "x"})), "secret_key"),
        ] {
            let answer = other.put(PATH, body).await;
            assert_eq!(answer.fields(), [field], "{answer:?}");
            fault(&answer, field);
        }
        problem(&other.get(PATH).await, 404, "not_found");
        problem(&other.put("/v1/stores/other/accounts/nobody", json!({"configuration": {}})).await, 404, "not_found");
        gateway.stop().await;
    }
}

on_both! {
    async fn live_mode_refuses_what_is_published_for_tests(backend) {
        let gateway = Gateway::start(backend).await;
        let live = live(&gateway).await;
        let path = "/v1/stores/default/accounts/moamalat";
        let body = |merchant: &str, base: &str| {
            let mut body = configuration(base);
            body["configuration"]["merchant_id"] = json!(merchant);
            body
        };
        let real = "https://npg.moamalat.net";
        fault(&live.put(path, body("10081014649", real)).await, "configuration.merchant_id");
        for base in [
            "https://tnpg.moamalat.net",
            "http://npg.moamalat.net",
            "https://127.0.0.1",
            "https://localhost",
            "https://10.1.2.3",
        ] {
            fault(&live.put(path, body("10099999991", base)).await, "configuration.base_url");
        }
        problem(&live.get(path).await, 404, "not_found");
        let kept = live.put(path, body("10099999991", real)).await;
        assert_eq!((kept.status, kept.text("mode").as_str()), (200, "live"), "{kept:?}");
        let answer = live.put(&format!("{path}/credentials"), json!({"secret_key": SECRET})).await;
        fault(&answer, "credentials.secret_key");
        assert!(!answer.raw.contains(SECRET), "{answer:?}");
        // Without credentials nothing can be signed.
        problem(&live.post("/v1/payments", card("ORD")).await, 503, "provider_unavailable");
        gateway.stop().await;
    }
}

on_both! {
    async fn an_account_of_the_environment_is_read_without_its_settings(backend) {
        let gateway = Gateway::start(backend).await;
        let path = "/v1/stores/default/accounts/moamalat";
        let account = gateway.client.get(path).await;
        assert_eq!(
            (account.text("origin"), account.body["has_credentials"].clone()),
            ("environment".to_owned(), json!(true))
        );
        assert!(!account.raw.contains(SECRET), "{account:?}");
        let kept = gateway.client.put(&format!("{path}/credentials"), json!({"secret_key": SECRET})).await;
        fault(&kept, "provider");
        assert!(!kept.raw.contains(SECRET), "{kept:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_host_on_our_own_network_is_never_connected_to(backend) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let private = format!("http://{}", listener.local_addr().expect("an address"));
        let gateway = Gateway::start_with(backend, &[("JISR_ALLOW_PRIVATE", "")]).await;
        let other = shop(&gateway, "other").await;
        own_account(&other, &private).await;
        let made = other.post("/v1/payments", card("ORD")).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.text("id");
        assert_eq!(other.post(&format!("/v1/payments/{id}/sync"), json!({})).await.status, 200);
        eventually("a log row", || async { !other.get("/v1/logs").await.at("/data/0/id").is_empty() }).await;
        let row = other.get("/v1/logs").await.body["data"][0].clone();
        assert_eq!((&row["delivery"], &row["response_status"]), (&json!("never"), &json!(null)), "{row}");
        assert_ne!(row["status"], "success", "{row}");
        let connected = tokio::time::timeout(std::time::Duration::from_millis(200), listener.accept()).await;
        assert!(connected.is_err(), "somebody connected");
        assert_eq!(other.get(&format!("/v1/payments/{id}")).await.text("status"), "processing");
        // The operator's own account on the same machine is trusted.
        let trusted = gateway.card("ORD").await;
        gateway.pay_quietly(&trusted, mocks::Outcome::Approved).await;
        assert_eq!(
            gateway.client.post(&format!("/v1/payments/{}/sync", trusted.id), json!({})).await.text("status"),
            "paid"
        );
        gateway.stop().await;
    }
}

on_both! {
    async fn the_platform_makes_the_account_that_all_stores_use(backend) {
        let gateway = Gateway::start(backend).await;
        let other = shop(&gateway, "other").await;
        let platform = scoped(&gateway, None, &["all"]).await;
        let words = |words: &str| json!({"configuration": {"instructions": words}, "platform_default": true});
        let put = platform.put("/v1/stores/default/accounts/cash_on_delivery", words("Ring twice.")).await;
        assert_eq!((put.status, put.body["platform_default"].clone()), (200, json!(true)), "{put:?}");
        let made = other.post("/v1/payments", cash("ORD")).await;
        assert!(made.at("/next_action/text").ends_with("Ring twice."), "{made:?}");
        problem(&other.get("/v1/stores/other/accounts/cash_on_delivery").await, 404, "not_found");
        gateway.stop().await;
    }
}
