//! Cancelling and returning: each leaves once, and what nobody knows of it the carrier's own records show.

use std::time::Duration;

use mocks::{Fault, FaultKind, Ship};
use serde_json::json;

use super::{COURIERS, Courier, assert_clean, bookings, start, start_with, until};
use crate::harness::{Answer, Gateway, api_process, eventually, on_both, uuid};

/// Carriers are not asked: what we know of a parcel is old, where they do not tell by themselves.
const BLIND: [(&str, &str); 2] =
    [("JISR_SHIPPING__TRACK_FIRST_MS", "600000"), ("JISR_SHIPPING__TRACK_LONGEST_MS", "600000")];

impl Courier {
    /// The operations that cancel and return, and the carrier's word for a parcel that it has fetched.
    const fn acts(self) -> (&'static str, &'static str, &'static str) {
        match self.name.as_bytes()[0] {
            b'd' => ("localShipments.delete", "localShipments.requestReturn", "assigned"),
            b'v' => ("customer/package/delete", "customer/package/recall", "ship_received"),
            _ => ("cancel_shipment", "return_shipment", "picked_up"),
        }
    }

    /// The carrier has fetched a shipment.
    async fn fetch(self, gateway: &Gateway, id: &str) {
        let reference = bookings(gateway, id).await[0].reference.clone();
        gateway.mocks.ship(&Ship::new(self.name, &reference, self.acts().2)).expect("it is fetched");
    }
}

async fn cancel(gateway: &Gateway, id: &str) -> Answer {
    gateway.client.post(&format!("/v1/shipments/{id}/cancel"), json!({"reason": "ordered twice"})).await
}

async fn send_back(gateway: &Gateway, id: &str) -> Answer {
    gateway.client.post(&format!("/v1/shipments/{id}/return"), json!({})).await
}

/// Waits until the carrier has told that it has fetched a shipment.
async fn until_fetched(gateway: &Gateway, id: &str) {
    let path = format!("/v1/shipments/{id}");
    let fetched = ["picked_up".to_owned(), "in_transit".to_owned()];
    eventually("it is fetched", || async { fetched.contains(&gateway.client.get(&path).await.text("status")) }).await;
}

/// Status of the answer, of the shipment, and of its change.
#[track_caller]
fn assert_told(answer: &Answer, status: u16, stands: &str, change: &str) {
    let told = (answer.status, answer.text("status"), answer.at("/change/status"));
    assert_eq!(told, (status, stands.to_owned(), change.to_owned()), "{answer:?}");
}

async fn until_change(gateway: &Gateway, id: &str, status: &str) -> Answer {
    let path = format!("/v1/shipments/{id}");
    eventually(status, || async { gateway.client.get(&path).await.at("/change/status") == status }).await;
    gateway.client.get(&path).await
}

on_both! {
    async fn what_is_not_fetched_is_cancelled_once(backend) {
        let gateway = start(backend).await;
        for courier in COURIERS {
            let id = courier.book(&gateway, "ORD-1").await.text("id");
            let (path, key) = (format!("/v1/shipments/{id}/cancel"), uuid());
            for _ in 0..2 {
                let told = gateway.client.post_keyed(&path, json!({}), &key).await;
                assert_told(&told, 200, "cancelled", "done");
                assert!(told.body["label_url"].is_null(), "{told:?}");
            }
            assert_eq!(courier.received(&gateway, courier.acts().0), 1, "{courier:?}");
            let again = cancel(&gateway, &id).await;
            assert_eq!((again.status, again.text("code")), (409, "conflict".to_owned()), "{again:?}");
            // What was never carried gives its reference back, which the next carrier's shipment takes; and stays as it is.
            tokio::time::sleep(Duration::from_millis(700)).await;
            assert_told(&gateway.client.get(&format!("/v1/shipments/{id}")).await, 200, "cancelled", "done");
        }
        let cancelled = "SELECT COUNT(*) FROM events WHERE name = 'shipment.cancelled'";
        assert_eq!(gateway.count(cancelled).await, COURIERS.len() as i64);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM events WHERE name = 'shipment.needs_review'").await, 0);
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_refusal_is_told_each_time_with_the_carriers_words(backend) {
        let gateway = start_with(backend, &BLIND).await;
        let [amyal, darb, ..] = COURIERS;
        for courier in [amyal, darb] {
            let id = courier.book(&gateway, &format!("ORD-{}", courier.name)).await.text("id");
            if courier.name == amyal.name {
                // What it tells of the booking has come by then; of the fetching it tells late.
                tokio::time::sleep(Duration::from_millis(500)).await;
                let late = Fault::new(courier.name, FaultKind::LateCallback);
                gateway.mocks.fault(Fault { delay_ms: Some(8_000), ..late });
            }
            courier.fetch(&gateway, &id).await;
            let (path, key) = (format!("/v1/shipments/{id}/cancel"), uuid());
            for _ in 0..2 {
                let told = gateway.client.post_keyed(&path, json!({}), &key).await;
                assert_eq!((told.status, told.text("code")), (409, "conflict".to_owned()), "{courier:?}: {told:?}");
                assert!(told.text("detail").starts_with("the carrier does not do it: "), "{told:?}");
            }
            assert_eq!(courier.received(&gateway, courier.acts().0), 1, "{courier:?}");
            let shipment = gateway.client.get(&format!("/v1/shipments/{id}")).await;
            assert!(!shipment.text("label_url").is_empty(), "{courier:?}: it is booked as before: {shipment:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_cancellation_whose_answer_is_lost_shows_in_the_records(backend) {
        let gateway = start(backend).await;
        for courier in COURIERS {
            let id = courier.book(&gateway, &format!("ORD-{}", courier.name)).await.text("id");
            courier.fault(&gateway, courier.acts().0, FaultKind::ActThenCut);
            let unclear = cancel(&gateway, &id).await;
            // Whoever tells by itself may have done so before we answer.
            assert!(matches!(unclear.status, 200 | 202), "{courier:?}: {unclear:?}");
            assert_eq!(unclear.at("/change/kind"), "cancel", "{courier:?}: {unclear:?}");
            until(&gateway, &id, "cancelled").await;
            assert_told(&until_change(&gateway, &id, "done").await, 200, "cancelled", "done");
            assert_eq!(courier.received(&gateway, courier.acts().0), 1, "{courier:?}: it is never repeated");
        }
        assert_eq!(gateway.count("SELECT COUNT(*) FROM events WHERE name = 'shipment.needs_review'").await, 0);
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn one_that_did_not_arrive_is_not_carried_out_and_can_be_ordered_anew(backend) {
        let gateway = start(backend).await;
        let mut open = Vec::new();
        for courier in COURIERS {
            let id = courier.book(&gateway, &format!("ORD-{}", courier.name)).await.text("id");
            courier.fault(&gateway, courier.acts().0, FaultKind::CutBefore);
            assert_told(&cancel(&gateway, &id).await, 202, "booked", "unknown");
            let meanwhile = cancel(&gateway, &id).await;
            assert_eq!((meanwhile.status, meanwhile.text("code")), (409, "conflict".to_owned()), "one at a time");
            open.push((courier, id));
        }
        for (courier, id) in open {
            assert_told(&until_change(&gateway, &id, "refused").await, 200, "booked", "refused");
            assert_eq!(courier.received(&gateway, courier.acts().0), 1, "{courier:?}: never on its own");
            assert_told(&cancel(&gateway, &id).await, 200, "cancelled", "done");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_on_its_way_comes_back(backend) {
        let gateway = start(backend).await;
        for courier in COURIERS {
            let id = courier.book(&gateway, &format!("ORD-{}", courier.name)).await.text("id");
            assert_eq!(send_back(&gateway, &id).await.status, 409, "{courier:?}: it is not fetched yet");
            courier.fetch(&gateway, &id).await;
            until_fetched(&gateway, &id).await;
            assert_told(&send_back(&gateway, &id).await, 200, "returning", "done");
            assert_eq!(cancel(&gateway, &id).await.status, 409, "{courier:?}: it is fetched");
            // And a second one, whose answer is lost.
            let id = courier.book(&gateway, &format!("ORD-2-{}", courier.name)).await.text("id");
            courier.fetch(&gateway, &id).await;
            until_fetched(&gateway, &id).await;
            courier.fault(&gateway, courier.acts().1, FaultKind::ActThenCut);
            assert!(matches!(send_back(&gateway, &id).await.status, 200 | 202), "{courier:?}");
            until(&gateway, &id, "returning").await;
            until_change(&gateway, &id, "done").await;
            assert_eq!(courier.received(&gateway, courier.acts().1), 2, "{courier:?}: one each");
        }
        assert_eq!(gateway.count("SELECT COUNT(*) FROM events WHERE name = 'shipment.needs_review'").await, 0);
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_has_not_left_leaves_the_key_free(backend) {
        let gateway = start(backend).await;
        let courier = COURIERS[1];
        let id = courier.book(&gateway, "ORD-1").await.text("id");
        let breaker = format!("/v1/integrations/{}/breaker", courier.name);
        let (path, key) = (format!("/v1/shipments/{id}/cancel"), uuid());
        assert_eq!(gateway.client.post(&breaker, json!({"action": "open"})).await.status, 200);
        let shut = gateway.client.post_keyed(&path, json!({}), &key).await;
        assert_eq!((shut.status, shut.text("code")), (503, "provider_unavailable".to_owned()), "{shut:?}");
        assert_eq!(gateway.client.post(&breaker, json!({"action": "reset"})).await.status, 200);
        assert_told(&gateway.client.post_keyed(&path, json!({}), &key).await, 200, "cancelled", "done");
        assert_eq!(courier.received(&gateway, courier.acts().0), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_nobody_knows_to_be_booked_is_not_cancelled(backend) {
        let gateway = start(backend).await;
        let courier = COURIERS[1];
        courier.fault(&gateway, courier.books, FaultKind::CutBefore);
        let unclear = gateway.client.post("/v1/shipments", courier.request("ORD-1")).await;
        assert_eq!(unclear.text("status"), "unknown", "{unclear:?}");
        let refused = cancel(&gateway, &unclear.text("id")).await;
        assert_eq!((refused.status, refused.text("code")), (409, "conflict".to_owned()), "{refused:?}");
        assert_eq!(courier.received(&gateway, courier.acts().0), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_gateway_that_is_killed_while_it_cancels_leaves_no_doubt_behind(backend) {
        let gateway = start(backend).await;
        let (mut child, client) = api_process(&gateway).await;
        let courier = COURIERS[1];
        let id = courier.book(&gateway, "ORD-1").await.text("id");
        let fault = Fault::new(courier.name, FaultKind::Delay).on(courier.acts().0);
        gateway.mocks.fault(Fault { delay_ms: Some(1_900), ..fault });
        let path = format!("/v1/shipments/{id}/cancel");
        let waits = tokio::spawn(async move { client.post(&path, json!({})).await });
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        child.kill().await.expect("it is killed");
        drop(waits.await);
        until(&gateway, &id, "cancelled").await;
        until_change(&gateway, &id, "done").await;
        assert_eq!(courier.received(&gateway, courier.acts().0), 1);
        gateway.stop().await;
    }
}
