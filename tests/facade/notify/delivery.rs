//! What reaches a merchant: once, byte for byte, signed so that the reference implementation takes it.

use std::time::Duration;

use http::HeaderMap;
use jisr::notify::sign::Signer;
use secrecy::SecretString;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{endpoint, publish, read_endpoint, start, start_with, tell, told};
use crate::facade::party::settled;
use crate::harness::{Backend, Received, Reply, on_both, uuid};

/// Whether the reference implementation takes it.
fn verifies(secret: &str, one: &Received) -> bool {
    let webhook = Webhook::new(secret).expect("a secret");
    webhook.verify(one.body.as_bytes(), &one.headers).is_ok()
}

on_both! {
    async fn a_notification_arrives_once_signed_and_byte_for_byte(backend) {
        let (gateway, sink) = start(backend).await;
        let made = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let payload = "{ \"b\" : 1.50,\n \"a\":\"\\u0645رحبا\", \"big\":12345678901234567890123.0e5, \"n\":{}}";
        let body = format!("{{\"event\":\"order.made\",\"order_no\":7041, \"payload\": {payload} }}");
        let accepted =
            gateway.client.send("POST", "/v1/notifications", Some(body), &[("idempotency-key", &uuid())]).await;
        assert_eq!((accepted.status, accepted.text("status").as_str()), (202, "pending"), "{accepted:?}");
        let id = accepted.text("id");
        let read = told(&gateway.client, &id, "success").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let received = sink.received("/hook");
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].body, payload);
        assert_eq!(received[0].header("webhook-id"), id);
        assert_eq!(received[0].header("webhook-event"), "order.made");
        assert_eq!(received[0].header("content-type"), "application/json");
        assert!(received[0].header("webhook-timestamp").parse::<i64>().is_ok_and(|second| second > 1_700_000_000));
        assert!(received[0].header("webhook-signature").starts_with("v1,"));
        assert!(verifies(&made.text("secret"), &received[0]));
        let mut forged = received[0].clone();
        forged.body = forged.body.replace("1.50", "1.51");
        assert!(!verifies(&made.text("secret"), &forged));
        assert_eq!((read.text("order_no"), read.text("store")), ("7041".into(), "default".into()));
        assert!(read.raw.contains(payload), "{read:?}");
        let attempt = &read.body["attempts"][0];
        assert_eq!((&attempt["number"], &attempt["succeeded"], &attempt["response_status"]), (&json!(1), &json!(true), &json!(200)));
        assert_eq!((&attempt["response_body"], &attempt["endpoint"]), (&json!("the sink says 200"), &made.body["id"]));
        assert!(attempt["duration_ms"].as_f64() > Some(0.0) && attempt["reason"].is_null() && attempt["error"].is_null());
        assert!(read.body["next_attempt_at"].is_null() && read.body["attempts"].as_array().map(Vec::len) == Some(1));
        gateway.stop().await;
    }
}

#[test]
fn our_signatures_are_the_reference_implementations_own() {
    for (secret, body) in [
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "{}"),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "{\"a\":\"مرحبا\"}"),
    ] {
        let theirs = Webhook::new(secret).expect("a secret");
        let ours = Signer::parse(&SecretString::from(secret)).expect("a secret");
        let signed = theirs.sign("ntf_1", 1_700_000_000, body.as_bytes()).expect("a signature");
        assert_eq!(ours.sign("ntf_1", 1_700_000_000, body.as_bytes()), signed);
        let now = kit::Ambient::system().now().as_second();
        let mut headers = HeaderMap::new();
        let signed = ours.sign("ntf_1", now, body.as_bytes());
        for (name, value) in
            [("webhook-id", "ntf_1"), ("webhook-timestamp", &now.to_string()), ("webhook-signature", &signed)]
        {
            headers.insert(name, value.parse().expect("a value"));
        }
        assert!(theirs.verify(body.as_bytes(), &headers).is_ok());
        headers.insert("webhook-id", "ntf_2".parse().expect("a value"));
        assert!(theirs.verify(body.as_bytes(), &headers).is_err());
    }
}

on_both! {
    async fn after_a_rotation_both_secrets_verify(backend) {
        let (gateway, sink) = start(backend).await;
        let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let made = endpoint(&gateway.client, &sink.url("/hook"), json!({"secret": own})).await;
        assert_eq!(made.text("secret"), own);
        let path = format!("/v1/stores/default/endpoints/{}/rotate", made.text("id"));
        let rotated = gateway.client.post(&path, json!({})).await.text("secret");
        tell(&gateway.client, "ORD").await;
        let received = sink.until("/hook", 1).await;
        let signatures = received[0].header("webhook-signature").to_owned();
        assert_eq!(signatures.split(' ').count(), 2, "{signatures}");
        assert!(verifies(own, &received[0]) && verifies(&rotated, &received[0]));
        for alone in signatures.split(' ') {
            let mut one = received[0].clone();
            one.headers.insert("webhook-signature", alone.parse().expect("a value"));
            assert_ne!(verifies(own, &one), verifies(&rotated, &one));
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn the_secret_before_a_rotation_ends(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_NOTIFY__OLD_SECRET_MS", "1")]).await;
        let made = endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let path = format!("/v1/stores/default/endpoints/{}/rotate", made.text("id"));
        let rotated = gateway.client.post(&path, json!({})).await.text("secret");
        tell(&gateway.client, "ORD").await;
        let received = sink.until("/hook", 1).await;
        assert!(!verifies(&made.text("secret"), &received[0]) && verifies(&rotated, &received[0]));
        gateway.stop().await;
    }
}

on_both! {
    async fn what_happens_to_a_payment_reaches_whoever_wants_it(backend) {
        let (gateway, sink) = start(backend).await;
        let paid = endpoint(&gateway.client, &sink.url("/paid"), json!({"events": ["payment.paid"]})).await;
        endpoint(&gateway.client, &sink.url("/other"), json!({"events": ["order.made"]})).await;
        endpoint(&gateway.client, &sink.url("/none"), json!({"events": []})).await;
        let payment = settled(&gateway.client, "ORD").await;
        let received = sink.until("/paid", 1).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!([sink.received("/paid").len(), sink.received("/other").len(), sink.received("/none").len()], [1, 0, 0]);
        assert!(verifies(&paid.text("secret"), &received[0]));
        let body: Value = serde_json::from_str(&received[0].body).expect("JSON");
        assert_eq!((&body["type"], &body["livemode"]), (&json!("payment.paid"), &json!(false)));
        assert_eq!((&body["data"]["payment"]["id"], &body["data"]["payment"]["reference"]), (&json!(payment), &json!("ORD")));
        let fed = gateway.client.get("/v1/feed?event=payment.paid").await;
        assert_eq!(fed.at("/data/0/id"), body["id"].as_str().unwrap_or_default());
        let listed = gateway.client.get("/v1/notifications?event=payment.paid&order_no=ORD").await;
        assert_eq!(listed.at("/data/0/id"), received[0].header("webhook-id"));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_bare_url_gets_an_endpoint_and_its_secret_is_told_once(backend) {
        let (gateway, sink) = start(backend).await;
        let body = || json!({"notify_url": sink.url("/bare"), "event": "order.made", "payload": {"n": 1}});
        let first = publish(&gateway.client, body()).await;
        let secret = first.text("secret");
        assert!(secret.starts_with("whsec_") && first.text("endpoint").starts_with("end_"), "{first:?}");
        let second = publish(&gateway.client, body()).await;
        assert!(second.body.get("secret").is_none() && second.body.get("endpoint").is_none(), "{second:?}");
        let received = sink.until("/bare", 2).await;
        assert!(received.iter().all(|one| verifies(&secret, one)));
        let shown = read_endpoint(&gateway.client, &first.text("endpoint")).await;
        assert_eq!((&shown.body["implicit"], &shown.body["events"]), (&json!(true), &json!([])));
        // No event goes there by itself.
        tell(&gateway.client, "ORD").await;
        settled(&gateway.client, "ORD").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(sink.received("/bare").len(), 2);
        gateway.stop().await;
    }
}

on_both! {
    async fn an_endpoint_within_the_house_is_refused_unless_it_is_allowed(backend) {
        let (gateway, sink) = start_with(backend, &[("JISR_ALLOW_PRIVATE", "")]).await;
        endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
        let id = tell(&gateway.client, "ORD").await;
        let failed = told(&gateway.client, &id, "failed").await;
        assert_eq!(failed.at("/attempts/0/reason"), "refused_address", "{failed:?}");
        assert!(sink.received("/hook").is_empty());
        gateway.stop().await;
    }
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let (gateway, sink) = start(Backend::Sqlite).await;
    sink.always("/hook", Reply::Slow(Duration::from_millis(700)));
    endpoint(&gateway.client, &sink.url("/hook"), json!({})).await;
    let id = tell(&gateway.client, "ORD").await;
    let read = told(&gateway.client, &id, "success").await;
    assert!(read.body["attempts"][0]["duration_ms"].as_f64() >= Some(700.0), "{read:?}");
    assert_eq!(sink.received("/hook").len(), 1);
    gateway.stop().await;
}
