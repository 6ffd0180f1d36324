//! The same order many times at once, and again later: one parcel.

use futures_util::future::join_all;
use serde_json::json;

use super::{COURIERS, assert_clean, bookings, start, until};
use crate::harness::on_both;

on_both! {
    async fn one_key_makes_one_parcel(backend) {
        let gateway = start(backend).await;
        for courier in COURIERS {
            let request = courier.request(&format!("ORD-{}", courier.name));
            let posts = (0..20).map(|_| gateway.client.post_keyed("/v1/shipments", request.clone(), courier.name));
            let answers = join_all(posts).await;
            let ids: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.text("id")).collect();
            assert_eq!(ids.len(), 1, "{answers:#?}");
            let created = answers.iter().filter(|answer| answer.status == 201).count();
            assert!(created == 1 && answers.iter().all(|answer| matches!(answer.status, 200 | 201)), "{answers:#?}");
            assert_eq!(courier.parcels(&gateway), 1, "{courier:?}");
            let mut other = request.clone();
            other["notes"] = "something else".into();
            let mismatch = gateway.client.post_keyed("/v1/shipments", other, courier.name).await;
            assert_eq!((mismatch.status, mismatch.text("code").as_str()), (422, "idempotency_mismatch"), "{mismatch:?}");
        }
        let keyless = gateway.client.send("POST", "/v1/shipments", Some(json!({}).to_string()), &[]).await;
        assert_eq!(keyless.text("code"), "idempotency_key_missing", "{keyless:?}");
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn one_reference_is_one_parcel_whatever_the_keys(backend) {
        let gateway = start(backend).await;
        let amyal = COURIERS[0];
        let posts = (0..20).map(|_| gateway.client.post("/v1/shipments", amyal.request("ORD-1")));
        let answers = join_all(posts).await;
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(made.len(), 1, "{answers:#?}");
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!((refused.status, refused.text("code").as_str()), (409, "reference_in_use"), "{refused:?}");
            assert_eq!(refused.text("existing_id"), made[0].text("id"));
        }
        assert_eq!(amyal.parcels(&gateway), 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_polled_is_told_in_order(backend) {
        let gateway = start(backend).await;
        for courier in COURIERS {
            let booked = courier.book(&gateway, &format!("ORD-{}", courier.name)).await;
            let tries = bookings(&gateway, &booked.text("id")).await;
            let delivered = match courier.name {
                "darb_assabil" | "vanex" => "completed",
                _ => "delivered",
            };
            let act = mocks::Ship::new(courier.name, &tries[0].reference, delivered);
            gateway.mocks.ship(&act).expect("the mock takes it");
            let shown = until(&gateway, &booked.text("id"), "delivered").await;
            assert_eq!(shown.text("raw_status"), delivered, "{shown:?}");
            let trail = gateway.client.get(&format!("/v1/shipments/{}/events", booked.text("id"))).await;
            let last = trail.body["data"].as_array().and_then(|told| told.last()).cloned().expect("something was told");
            assert_eq!((&last["status"], &last["raw_status"]), (&json!("delivered"), &json!(delivered)), "{trail:?}");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}
