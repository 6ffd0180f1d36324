//! The stream of a carrier: cut, repeated, late, out of order and full of garbage, and nothing is lost or counted twice.

use std::time::Duration;

use jisr::app::Roles;
use mocks::{Fault, FaultKind};

use super::{Parcel, WAY, booked, calls, events, fault, start};
use crate::harness::{Gateway, eventually, on_both};
use crate::resilience::execute;

const CARRIER: &str = "wingsly";
const OPEN: &str = "open_stream";
/// So that turns end in the middle of things.
const SHORT: (&str, &str) = ("JISR_SHIPPING__LISTEN_MS", "700");
/// So that one turn lasts as long as the test.
const LONG: (&str, &str) = ("JISR_SHIPPING__LISTEN_MS", "3600000");

/// Waits until somebody has begun to listen so many times.
async fn listened(gateway: &Gateway, times: usize) {
    eventually("somebody listens", || async { calls(gateway, CARRIER, OPEN) >= times }).await;
}

/// Everything has been told of it, once, and by nobody's asking.
async fn arrived(gateway: &Gateway, parcel: &Parcel) {
    parcel.told(gateway, &WAY).await;
    assert_eq!(parcel.read(gateway).await.text("status"), "delivered");
    assert_eq!(calls(gateway, CARRIER, "list_events"), 0, "nobody was asked");
    assert_eq!(gateway.count("SELECT COUNT(*) FROM shipment_entries WHERE heard_by <> 'push'").await, 0);
}

on_both! {
    async fn whatever_happens_to_frames_the_trail_is_the_same(backend) {
        let gateway = start(backend, &[SHORT]).await;
        let kinds = [
            FaultKind::DuplicateCallback,
            FaultKind::LateCallback,
            FaultKind::ReorderedCallback,
            FaultKind::WrongBody,
            FaultKind::Truncate,
            FaultKind::Disconnect,
        ];
        let mut parcels = Vec::new();
        for (index, kind) in kinds.into_iter().enumerate() {
            let parcel = booked(&gateway, CARRIER, &format!("ORD-{index}")).await;
            for (minute, status) in (1..).zip(WAY) {
                if minute % 2 == 1 {
                    fault(&gateway, CARRIER, "frame", kind, 1);
                }
                parcel.moves(&gateway, status, minute);
            }
            parcels.push(parcel);
        }
        eventually("every fault has happened", || async {
            gateway.mocks.journal(Some(CARRIER)).iter().filter(|entry| entry.fault.is_some()).count() >= 12
        })
        .await;
        // What a fault held back leaves with the next frame.
        let last = booked(&gateway, CARRIER, "LAST").await;
        for (minute, status) in (1..).zip(WAY) {
            last.moves(&gateway, status, minute);
        }
        parcels.push(last);
        for parcel in &parcels {
            arrived(&gateway, parcel).await;
        }
        let names = events(&gateway).await;
        let delivered = names.iter().filter(|name| *name == "shipment.delivered").count();
        assert_eq!(delivered, parcels.len(), "each is told of once: {names:?}");
        assert!(gateway.count("SELECT COUNT(*) FROM carrier_oddities WHERE why = 'malformed'").await >= 2);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM carrier_oddities WHERE why <> 'malformed'").await, 0);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_turn_after_the_other_goes_on_where_it_was(backend) {
        let gateway = start(backend, &[SHORT]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        for (minute, status) in (1..).zip(WAY) {
            parcel.moves(&gateway, status, minute);
            parcel.told(&gateway, &WAY[..usize::try_from(minute).expect("few")]).await;
            listened(&gateway, calls(&gateway, CARRIER, OPEN) + 1).await;
        }
        arrived(&gateway, &parcel).await;
        listened(&gateway, calls(&gateway, CARRIER, OPEN) + 1).await;
        let entries = gateway.mocks.journal(Some(CARRIER)).into_iter();
        let opened: Vec<String> = entries.filter(|entry| entry.operation == OPEN).map(|entry| entry.url).collect();
        // Of the booking and what follows it the last may have overtaken the one before: it is told again.
        assert!(opened.last().is_some_and(|url| url.ends_with("after=4")), "{opened:?}");
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn what_happens_while_we_are_away_is_told_when_we_are_back(backend) {
        let mut gateway = start(backend, &[LONG]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        parcel.moves(&gateway, WAY[0], 1);
        parcel.told(&gateway, &WAY[..1]).await;
        let began = tokio::time::Instant::now();
        gateway.restart().await;
        assert!(began.elapsed() < Duration::from_secs(5), "a turn ends when its process does");
        for (minute, status) in (2..).zip(&WAY[1..]) {
            parcel.moves(&gateway, status, minute);
        }
        arrived(&gateway, &parcel).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn of_two_processes_one_listens_and_the_other_takes_over(backend) {
        let mut gateway = start(backend, &[LONG]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        listened(&gateway, 1).await;
        let other = gateway.another(Roles::default()).await;
        parcel.moves(&gateway, WAY[0], 1);
        parcel.told(&gateway, &WAY[..1]).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(calls(&gateway, CARRIER, OPEN), 1, "one of them alone");
        gateway.restart().await;
        listened(&gateway, 2).await;
        for (minute, status) in (2..).zip(&WAY[1..]) {
            parcel.moves(&gateway, status, minute);
        }
        arrived(&gateway, &parcel).await;
        other.stop().await;
        gateway.stop().await;
    }
}

on_both! {
    async fn whoever_has_lost_its_turn_takes_nothing_in(backend) {
        let gateway = start(backend, &[LONG, ("JISR_WORK__LEASE_MS", "1500")]).await;
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        parcel.moves(&gateway, WAY[0], 1);
        parcel.told(&gateway, &WAY[..1]).await;
        // As if the process had been stopped for longer than its lease, and somebody had claimed the task meanwhile, only
        // to be killed.
        let claimed = "UPDATE tasks SET fence = fence + 1 WHERE kind = 'carrier.listen'";
        execute(&gateway.database.url, claimed.to_owned()).await;
        let before = calls(&gateway, CARRIER, OPEN);
        for (minute, status) in (2..).zip(&WAY[1..]) {
            parcel.moves(&gateway, status, minute);
        }
        listened(&gateway, before + 1).await;
        arrived(&gateway, &parcel).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_stream_that_cannot_be_opened_is_tried_less_and_less_often(backend) {
        let gateway = start(backend, &[SHORT]).await;
        gateway.mocks.fault(Fault { times: Some(2), ..Fault::new(CARRIER, FaultKind::Status).on(OPEN) });
        let parcel = booked(&gateway, CARRIER, "ORD").await;
        for (minute, status) in (1..).zip(WAY) {
            parcel.moves(&gateway, status, minute);
        }
        eventually("it has failed twice", || async {
            let entries = gateway.mocks.journal(Some(CARRIER));
            entries.iter().filter(|entry| entry.operation == OPEN && entry.status == Some(503)).count() == 2
        })
        .await;
        arrived(&gateway, &parcel).await;
        gateway.stop().await;
    }
}
