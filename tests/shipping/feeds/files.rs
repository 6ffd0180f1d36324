//! Files that a carrier leaves: cut, full of garbage, seen again and again, and each thing in them counts once.

use mocks::{Fault, FaultKind, StatusFile};
use serde_json::json;

use super::{BEGIN, Parcel, booked, calls, events, start};
use crate::harness::{Gateway, eventually, on_both};

const CARRIER: &str = "vanex";
const FETCH: &str = "ftp/retr";
const LIST: &str = "ftp/list";
/// The way of a parcel that arrives, in this carrier's words.
const WAY: [&str; 4] = ["ship_received", "in_transit", "ship_ongoing", "completed"];
const OFTEN: (&str, &str) = ("JISR_SHIPPING__FILES_MS", "300");

/// Everything has been told of it, once, and by nobody's asking.
async fn arrived(gateway: &Gateway, parcel: &Parcel) {
    parcel.told(gateway, &WAY).await;
    assert_eq!(parcel.read(gateway).await.text("status"), "delivered");
    assert_eq!(gateway.count("SELECT COUNT(*) FROM shipment_entries WHERE heard_by <> 'file'").await, 0);
}

/// Waits until it was looked for files so many times more.
async fn looked(gateway: &Gateway, more: usize) {
    let before = calls(gateway, CARRIER, LIST);
    eventually("it is looked", || async { calls(gateway, CARRIER, LIST) >= before + more }).await;
}

on_both! {
    async fn a_file_that_was_cut_is_fetched_again_and_counts_once(backend) {
        let gateway = start(backend, &[OFTEN]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        let cut = Fault::new(CARRIER, FaultKind::Truncate).on(FETCH);
        gateway.mocks.fault(Fault { times: Some(3), ..cut });
        for (minute, status) in (1..).zip(WAY) {
            parcel.moves(&gateway, status, minute);
        }
        arrived(&gateway, &parcel).await;
        let fetched = calls(&gateway, CARRIER, FETCH);
        assert_eq!(fetched, 4 + 3, "once each, but for those that were cut");
        looked(&gateway, 2).await;
        assert_eq!(calls(&gateway, CARRIER, FETCH), fetched, "what was taken in is not fetched again");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_files WHERE entries = 1 AND malformed = 0").await, 4);
        let delivered = events(&gateway).await.into_iter().filter(|name| name == "shipment.delivered").count();
        assert_eq!(delivered, 1);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn what_cannot_be_read_of_a_file_is_kept_beside_what_can(backend) {
        let gateway = start(backend, &[OFTEN]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        let at = |minute: i64| jiff::Timestamp::from_second(*BEGIN + minute * 60).expect("a time").to_string();
        let entry = |number: &str, status: &str, minute: i64| {
            json!({"package_code": number, "status": status, "occurred_at": at(minute)})
        };
        let known = |index: usize, minute: i64| entry(&parcel.number, WAY[index], minute);
        let entries = vec![
            known(0, 1), json!("half a li"), known(2, 3), entry("H-1-TIP-1", "lost", 3), known(1, 2), known(0, 1),
            json!("a,b,yesterday,d"), known(3, 4),
        ];
        gateway.mocks.leave(&StatusFile { provider: CARRIER.to_owned(), name: None, entries }).expect("it is left");
        arrived(&gateway, &parcel).await;
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_files WHERE entries = 6 AND malformed = 2").await, 1);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities WHERE why = 'malformed'").await, 2);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities WHERE why = 'unknown_parcel'").await, 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_left_while_we_are_away_is_taken_in_when_we_are_back(backend) {
        let mut gateway = start(backend, &[OFTEN]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        for (minute, status) in (1..).zip(WAY) {
            let slow = Fault::new(CARRIER, FaultKind::Delay).on(FETCH);
            gateway.mocks.fault(Fault { delay_ms: Some(500), ..slow });
            parcel.moves(&gateway, status, minute);
            looked(&gateway, 1).await;
            gateway.restart().await;
        }
        arrived(&gateway, &parcel).await;
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_files").await, 4);
        gateway.stop().await;
    }
}
