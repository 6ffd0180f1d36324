//! Callbacks of carriers: proved ones are taken in as they are, whatever happens to them on the way.

use hmac::{Hmac, KeyInit, Mac};
use mocks::FaultKind;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{BEGIN, Parcel, WAY, booked, calls, events, fault, order, start, statuses};
use crate::harness::{Answer, Gateway, eventually, on_both};

const CARRIER: &str = "amyal";

/// Where they come in.
async fn path(gateway: &Gateway) -> String {
    let account = gateway.client.get(&format!("/v1/stores/default/accounts/{CARRIER}")).await.text("id");
    format!("/v1/callbacks/{CARRIER}/{account}")
}

/// An event as the carrier tells it.
fn event(id: u64, number: &str, reference: Option<&str>, status: &str, minute: i64) -> Value {
    let at = jiff::Timestamp::from_second(*BEGIN + minute * 60).expect("a time").to_string();
    let mut event = json!({"id": id, "number": number, "status": status, "occurred_at": at});
    if let Some(reference) = reference {
        event["reference"] = json!(reference);
    }
    event
}

/// Sends a text that the carrier has signed.
async fn signed(gateway: &Gateway, body: &str) -> Answer {
    signed_to(gateway, &path(gateway).await, body).await
}

async fn signed_to(gateway: &Gateway, path: &str, body: &str) -> Answer {
    let secret = mocks::environment("http://localhost").into_iter().find(|(name, _)| name == "AMYAL_API_SECRET");
    let time = jiff::Timestamp::now().as_second().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expect("a secret").1.as_bytes()).expect("any length");
    mac.update(format!("{time}\n{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let headers = [("x-timestamp", time.as_str()), ("x-signature", signature.as_str())];
    gateway.client.send("POST", path, Some(body.to_owned()), &headers).await
}

/// The parcel has arrived, and everything has been told once.
async fn arrived(gateway: &Gateway, parcel: &Parcel) {
    parcel.told(gateway, &WAY).await;
    let answer = parcel.read(gateway).await;
    assert_eq!((answer.text("status"), answer.text("raw_status")), ("delivered".into(), "delivered".into()));
    assert_eq!(calls(gateway, CARRIER, "list_events"), 0, "nobody was asked");
}

on_both! {
    async fn however_they_come_the_trail_is_the_same(backend) {
        let gateway = start(backend, &[]).await;
        let kinds = [
            None,
            Some(FaultKind::DuplicateCallback),
            Some(FaultKind::LateCallback),
            Some(FaultKind::ReorderedCallback),
        ];
        for (index, kind) in kinds.into_iter().enumerate() {
            let parcel = booked(&gateway, CARRIER, &format!("ORD-{index}")).await;
            for (minute, status) in (1..).zip(WAY) {
                if let Some(kind) = kind {
                    fault(&gateway, CARRIER, "callback", kind, 1);
                }
                parcel.moves(&gateway, status, minute);
            }
            gateway.mocks.clear_faults();
            arrived(&gateway, &parcel).await;
        }
        assert!(statuses(&gateway, CARRIER).iter().all(|status| *status == 200));
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities").await, 0);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn each_is_told_to_the_store_once(backend) {
        let gateway = start(backend, &[]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        for (minute, status) in (1..).zip(WAY) {
            fault(&gateway, CARRIER, "callback", FaultKind::DuplicateCallback, 20);
            parcel.moves(&gateway, status, minute);
            parcel.told(&gateway, &WAY[..usize::try_from(minute).expect("few")]).await;
        }
        eventually("all are answered", || async { statuses(&gateway, CARRIER).len() == 85 }).await;
        let moved = ["shipment.booked", "shipment.moved", "shipment.moved", "shipment.moved", "shipment.delivered"];
        assert_eq!(events(&gateway).await, moved);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks WHERE times = 21").await, 4, "kept once each");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks WHERE attempt_id IS NOT NULL").await, 0);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_forged_is_refused_and_leaves_no_trace(backend) {
        let gateway = start(backend, &[]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        fault(&gateway, CARRIER, "callback", FaultKind::ForgedCallback, 1);
        parcel.moves(&gateway, "picked_up", 1);
        // Before them comes what the booking itself is told by.
        eventually("three forgeries", || async { statuses(&gateway, CARRIER).len() == 4 }).await;
        assert_eq!(statuses(&gateway, CARRIER), [200, 401, 401, 401]);
        assert_eq!(parcel.trail(&gateway).await, [""; 0]);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks").await, 1);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities").await, 0);
        // Another provider's account proves nothing of it, and neither does one that nobody has.
        let other = gateway.client.get("/v1/stores/default/accounts/moamalat").await.text("id");
        for account in [other, "acc_01jcz5r6q8e9v7x3m2k1h0g4f5".to_owned()] {
            let body = Some(event(1, &parcel.number, None, "lost", 1).to_string());
            let answer = gateway.client.send("POST", &format!("/v1/callbacks/{CARRIER}/{account}"), body, &[]).await;
            assert!(matches!(answer.status, 401 | 404), "{answer:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn what_cannot_be_read_is_told_so_and_what_can_is_taken_in(backend) {
        let gateway = start(backend, &[]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        for body in ["", "[]", "null", "{", "{}", r#"{"status":"lost"}"#] {
            assert_eq!(signed(&gateway, body).await.status, 400, "{body}");
        }
        let large = json!({"note": "x".repeat(64 * 1024)}).to_string();
        assert_eq!(signed(&gateway, &large).await.status, 413);
        let several = json!({"events": [
            event(7, &parcel.number, None, "picked_up", 1), {"id": "?"}, event(8, "AMY-NOBODY", None, "lost", 1),
            event(9, &parcel.number, None, "in_transit", 2), event(10, &parcel.number, None, "on_the_moon", 3),
        ]});
        for _ in 0..2 {
            assert_eq!(signed(&gateway, &several.to_string()).await.status, 200);
        }
        parcel.told(&gateway, &["picked_up", "in_transit", "on_the_moon"]).await;
        assert_eq!(parcel.read(&gateway).await.text("status"), "in_transit", "a word that nobody knows changes nothing");
        let odd = "SELECT COUNT(*) FROM carrier_oddities WHERE why = 'unknown_parcel'";
        assert_eq!(gateway.count(odd).await, 1);
        // The one in the batch, and the two that could be read as far as that they were none.
        let odd = "SELECT COUNT(*) FROM carrier_oddities WHERE why = 'malformed'";
        assert_eq!(gateway.count(odd).await, 3);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_parcel_that_nobody_knows_is_answered_and_kept(backend) {
        let gateway = start(backend, &[]).await;
        let body = event(1, "AMY-NOBODY", Some("B0000000000000000000000000"), "delivered", 1).to_string();
        for _ in 0..3 {
            assert_eq!(signed(&gateway, &body).await.status, 200);
        }
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities WHERE why = 'unknown_parcel'").await, 1);
        assert_eq!(gateway.count("SELECT CAST(times AS BIGINT) FROM callbacks").await, 3);
        gateway.stop().await;
    }
}

on_both! {
    async fn one_that_names_our_reference_proves_a_booking_that_nobody_knew_of(backend) {
        let gateway = start(backend, &[("JISR_SHIPPING__UNKNOWN_FIRST_MS", "3600000")]).await;
        gateway.mocks.fault(mocks::Fault::new(CARRIER, FaultKind::ActThenCut).on("create_shipment"));
        fault(&gateway, CARRIER, "callback", FaultKind::LateCallback, 1);
        let answer = gateway.client.post("/v1/shipments", order("ORD", CARRIER)).await;
        assert_eq!((answer.status, answer.text("status").as_str()), (201, "unknown"), "{answer:?}");
        let shipment = gateway.client.until(&format!("/v1/shipments/{}", answer.text("id")), "booked").await;
        assert!(shipment.text("tracking_number").starts_with("AMY-"), "{shipment:?}");
        assert_eq!(calls(&gateway, CARRIER, "find_shipments"), 0, "nobody had to ask");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks WHERE kind = 'shipment.track'").await, 1, "it is followed");
        assert_eq!(calls(&gateway, CARRIER, "create_shipment"), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn while_the_database_is_away_it_is_to_be_sent_again(backend) {
        let gateway = start(backend, &[]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        let path = path(&gateway).await;
        let body = event(1, &parcel.number, None, "picked_up", 1).to_string();
        gateway.facade.db.close().await;
        let answer = signed_to(&gateway, &path, &body).await;
        assert_eq!((answer.status, answer.text("code").as_str()), (503, "unavailable"), "{answer:?}");
        gateway.stop().await;
    }
}
