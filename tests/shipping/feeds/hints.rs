//! Callbacks that only hint: whatever they say, the carrier is asked, and what it answers counts.

use serde_json::json;

use super::{booked, calls, start};
use crate::harness::{Answer, Gateway, eventually, on_both};

const CARRIER: &str = "vanex";
const ASKS: &str = "customer/package/logs";
/// Nobody looks for its files meanwhile.
const NO_FILES: (&str, &str) = ("JISR_SHIPPING__FILES_MS", "3600000");

/// Where they come in.
async fn path(gateway: &Gateway) -> String {
    let account = gateway.client.get(&format!("/v1/stores/default/accounts/{CARRIER}")).await.text("id");
    format!("/v1/callbacks/{CARRIER}/{account}")
}

/// Sends a text with a word that the carrier knows, or not.
async fn hint(gateway: &Gateway, path: &str, word: &str, body: String) -> Answer {
    gateway.client.send("POST", path, Some(body), &[("x-webhook-token", word)]).await
}

fn word() -> String {
    mocks::vanex::Account::default().webhook_token
}

fn asked(gateway: &Gateway) -> usize {
    calls(gateway, CARRIER, ASKS)
}

on_both! {
    async fn a_hint_has_the_carrier_asked_and_says_nothing_itself(backend) {
        let gateway = start(backend, &[NO_FILES]).await;
        let (parcel, path) = (booked(&gateway, CARRIER, "ORD").await, path(&gateway).await);
        eventually("it was looked for files once", || async { calls(&gateway, CARRIER, "ftp/list") == 1 }).await;
        let began = std::time::Instant::now();
        let told = json!({"package-code": parcel.number, "status_object": {"status_value": "store_return"}}).to_string();
        assert_eq!(hint(&gateway, &path, &word(), told).await.status, 200);
        eventually("it is asked", || async { asked(&gateway) >= 1 }).await;
        parcel.moves(&gateway, "in_transit", 1);
        // However often it is hinted at, it is asked about once a second.
        for minute in 0..40 {
            let told = json!({"package-code": parcel.number, "minute": minute}).to_string();
            assert_eq!(hint(&gateway, &path, &word(), told).await.status, 200);
        }
        gateway.client.until(&format!("/v1/shipments/{}", parcel.id), "in_transit").await;
        let (questions, seconds) = (asked(&gateway), began.elapsed().as_secs() as usize);
        assert!((1..=seconds + 2).contains(&questions), "asked {questions} times in {seconds} seconds");
        assert!(!parcel.trail(&gateway).await.contains(&"store_return".to_owned()));
        assert_eq!(gateway.count("SELECT COUNT(*) FROM shipment_entries WHERE heard_by <> 'poll'").await, 0);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks").await, 41, "each is kept as it came");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_forged_unknown_or_unreadable_has_nobody_asked(backend) {
        let gateway = start(backend, &[NO_FILES]).await;
        let (parcel, path) = (booked(&gateway, CARRIER, "ORD").await, path(&gateway).await);
        let told = json!({"package-code": parcel.number}).to_string();
        assert_eq!(hint(&gateway, &path, "another", told.clone()).await.status, 401);
        assert_eq!(hint(&gateway, &path, "", told).await.status, 401);
        for unreadable in ["{}", "[]"] {
            assert_eq!(hint(&gateway, &path, &word(), unreadable.to_owned()).await.status, 400, "{unreadable}");
        }
        let unknown = json!({"package-code": "H-1-TIP-1"}).to_string();
        assert_eq!(hint(&gateway, &path, &word(), unknown).await.status, 200);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities WHERE why = 'unknown_parcel'").await, 1);
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        assert_eq!(asked(&gateway), 0);
        gateway.stop().await;
    }
}
