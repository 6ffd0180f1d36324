//! Labels and manifests over HTTP: only of what a carrier has, and only of the store's own.

use jisr::calendar::{before, bounds, day_of};
use jisr::db::shipments;
use serde_json::json;

use super::{COURIERS, start};
use crate::facade::party::{problem, shop};
use crate::harness::{Answer, Gateway, on_both};

#[track_caller]
fn assert_pdf(answer: &Answer, name: &str) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/pdf");
    assert_eq!(answer.headers["content-disposition"], format!("inline; filename=\"{name}.pdf\""));
    assert!(answer.raw.starts_with("%PDF-") && answer.raw.trim_end().ends_with("%%EOF"));
}

on_both! {
    async fn a_shipment_that_a_carrier_has_has_a_label(backend) {
        let gateway = start(backend).await;
        let stranger = shop(&gateway, "other").await;
        for courier in COURIERS {
            let booked = courier.book(&gateway, &format!("ORD-{}", courier.name)).await;
            let (id, url) = (booked.text("id"), booked.text("label_url"));
            let path = url.strip_prefix(gateway.client.base()).expect("an address of ours").to_owned();
            let label = gateway.client.get(&path).await;
            assert_pdf(&label, &id);
            assert!(label.raw.contains(&booked.text("tracking_number")), "{courier:?}: its title is the carrier's number");
            problem(&stranger.get(&path).await, 404, "not_found");
            let cancelled = gateway.client.post(&format!("/v1/shipments/{id}/cancel"), json!({})).await;
            assert_eq!((cancelled.status, cancelled.body["label_url"].is_null()), (200, true), "{cancelled:?}");
            problem(&gateway.client.get(&path).await, 409, "conflict");
        }
        gateway.stop().await;
    }
}

/// The rows of a manifest.
async fn rows(gateway: &Gateway, carrier: &str, days_ago: i64) -> usize {
    let day = before(day_of(gateway.facade.ambient.now()), days_ago);
    let between = bounds(day).expect("a day");
    let found = shipments::booked(&gateway.facade.db, gateway.store, false, carrier, between, 100).await;
    found.expect("they can be read").len()
}

on_both! {
    async fn a_manifest_has_what_a_carrier_was_given_on_a_day(backend) {
        let gateway = start(backend).await;
        let [amyal, darb, ..] = COURIERS;
        for number in 1..=3 {
            let id = darb.book(&gateway, &format!("ORD-{number}")).await.text("id");
            if number == 3 {
                assert_eq!(gateway.client.post(&format!("/v1/shipments/{id}/cancel"), json!({})).await.status, 200);
            }
        }
        assert_eq!((rows(&gateway, darb.name, 0).await, rows(&gateway, darb.name, 1).await), (2, 0));
        assert_eq!(rows(&gateway, amyal.name, 0).await, 0);
        let manifest = |query: &str| format!("/v1/shipments/manifest?carrier={query}");
        let today = gateway.client.get(&manifest("darb_assabil")).await;
        assert_pdf(&today, "manifest-darb_assabil");
        let empty = gateway.client.get(&manifest("darb_assabil&date=2026-01-04")).await;
        assert_pdf(&empty, "manifest-darb_assabil");
        assert!(today.raw.len() > empty.raw.len());
        problem(&gateway.client.get(&manifest("nobody")).await, 400, "invalid_request");
        problem(&gateway.client.get(&manifest("darb_assabil&date=4/1/2026")).await, 400, "invalid_request");
        gateway.stop().await;
    }
}
