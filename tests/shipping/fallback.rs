//! Another carrier is tried only where the one before has certainly booked nothing.

use mocks::{Fault, FaultKind};
use serde_json::json;

use super::{COURIERS, assert_clean, bookings, start, way};
use crate::harness::{Gateway, on_both};

fn refuse(gateway: &Gateway, carrier: &str, operation: &str) {
    let fault = Fault::new(carrier, FaultKind::Status).on(operation);
    gateway.mocks.fault(Fault { status: Some(429), ..fault });
}

on_both! {
    async fn the_next_one_carries_what_the_first_refused(backend) {
        let gateway = start(backend).await;
        let [amyal, darb, vanex, _] = COURIERS;
        refuse(&gateway, amyal.name, amyal.books);
        refuse(&gateway, darb.name, darb.books);
        let mut request = way("ORD-1");
        request["carrier"] = "amyal".into();
        request["cash_on_delivery"] = json!({"amount": "85.000", "currency": "LYD"});
        let answer = gateway.client.post("/v1/shipments", request).await;
        assert_eq!((answer.status, answer.text("status").as_str()), (201, "booked"), "{answer:?}");
        assert_eq!((answer.text("carrier").as_str(), answer.text("fallback_from").as_str()), ("vanex", "amyal"));
        let tried: Vec<_> = bookings(&gateway, &answer.text("id")).await.into_iter().map(|one| (one.carrier, one.status.as_str())).collect();
        let expected = [("amyal", "refused"), ("darb_assabil", "refused"), ("vanex", "booked")];
        assert_eq!(tried.iter().map(|(name, status)| (name.as_str(), *status)).collect::<Vec<_>>(), expected);
        assert_eq!([amyal, darb, vanex].map(|courier| courier.parcels(&gateway)), [0, 0, 1]);
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn who_wants_an_offer_gets_one(backend) {
        let gateway = start(backend).await;
        let amyal = COURIERS[0];
        for (number, fallback, offered) in [(1, "offer", true), (2, "none", false)] {
            refuse(&gateway, amyal.name, amyal.books);
            let mut request = amyal.request(&format!("ORD-{number}"));
            request["fallback"] = fallback.into();
            let answer = gateway.client.post("/v1/shipments", request).await;
            assert_eq!((answer.status, answer.text("status").as_str()), (201, "failed"), "{answer:?}");
            assert_eq!(answer.body["alternatives"].is_array(), offered, "{answer:?}");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_carrier_that_is_switched_off_is_stepped_over(backend) {
        let gateway = start(backend).await;
        let shut = gateway.client.post("/v1/integrations/amyal/breaker", json!({"action": "open"})).await;
        assert_eq!(shut.status, 200, "{shut:?}");
        let mut request = way("ORD-1");
        request["carrier"] = "amyal".into();
        request["fallback"] = "none".into();
        let refused = gateway.client.post("/v1/shipments", request.clone()).await;
        assert_eq!((refused.status, refused.text("code").as_str()), (503, "provider_unavailable"), "{refused:?}");
        assert_eq!(refused.body["alternatives"], json!(["darb_assabil", "vanex"]), "{refused:?}");
        request["fallback"] = "auto".into();
        let carried = gateway.client.post("/v1/shipments", request).await;
        assert_eq!((carried.text("carrier").as_str(), carried.text("fallback_from").as_str()), ("darb_assabil", "amyal"), "{carried:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_no_service_carries_is_refused_with_the_reason(backend) {
        let gateway = start(backend).await;
        let mut heavy = way("ORD-1");
        heavy["carrier"] = "vanex".into();
        heavy["service"] = "light_cargo".into();
        heavy["parcels"][0]["weight_kg"] = "5.001".into();
        let refused = gateway.client.post("/v1/shipments", heavy).await;
        assert_eq!((refused.status, refused.text("code").as_str()), (422, "unsupported"), "{refused:?}");
        let mut lost = way("ORD-2");
        lost["destination"]["city"] = "طرابلص".into();
        lost["parcels"][0]["weight_kg"] = json!(2.5);
        let wrong = gateway.client.post("/v1/shipments", lost.clone()).await;
        assert_eq!((wrong.status, wrong.fields()), (400, vec!["parcels[0].weight_kg".to_owned()]), "{wrong:?}");
        lost["parcels"][0]["weight_kg"] = "0".into();
        let wrong = gateway.client.post("/v1/shipments", lost).await;
        assert_eq!(wrong.fields(), ["destination.city", "parcels[0].weight_kg"], "{wrong:?}");
        assert!(wrong.raw.contains("طرابلس"), "it says what was meant: {wrong:?}");
        gateway.stop().await;
    }
}
