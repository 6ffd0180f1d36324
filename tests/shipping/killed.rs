//! A gateway that is killed with -9 while carriers book: another process finds out, and nothing is booked twice.

use std::time::Duration;

use futures_util::future::join_all;
use mocks::{Fault, FaultKind};

use super::{COURIERS, assert_clean, bookings, start, until};
use crate::harness::{api_process, on_both};

/// Longer than it takes to send a request, and shorter than the carriers take here.
const MEANWHILE: Duration = Duration::from_millis(1_200);
/// How long the carriers take: they go on when we are gone.
const SLOW_MS: u64 = 1_900;

on_both! {
    async fn while_carriers_book(backend) {
        let gateway = start(backend).await;
        let (mut child, client) = api_process(&gateway).await;
        for courier in COURIERS {
            let fault = Fault::new(courier.name, FaultKind::Delay).on(courier.books);
            gateway.mocks.fault(Fault { delay_ms: Some(SLOW_MS), ..fault });
        }
        let booking: Vec<_> = COURIERS
            .into_iter()
            .map(|courier| {
                let (client, request) = (client.clone(), courier.request(&format!("ORD-{}", courier.name)));
                tokio::spawn(async move { client.post("/v1/shipments", request).await })
            })
            .collect();
        tokio::time::sleep(MEANWHILE).await;
        child.kill().await.expect("it is killed");
        // Whoever waits for a process that is gone hears nothing; that is no panic of ours.
        drop(join_all(booking).await);
        for courier in COURIERS {
            let found = gateway.client.get(&format!("/v1/shipments?reference=ORD-{}", courier.name)).await;
            let id = found.at("/data/0/id");
            assert!(!id.is_empty(), "{courier:?}: the database knew of it before it left: {found:?}");
            until(&gateway, &id, "booked").await;
            assert_eq!(courier.parcels(&gateway), 1, "{courier:?}");
            assert_eq!(courier.received(&gateway, courier.books), 1, "{courier:?}");
            assert_eq!(bookings(&gateway, &id).await.len(), 1, "{courier:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}
