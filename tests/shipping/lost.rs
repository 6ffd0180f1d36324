//! Bookings whose answer did not come: there is one parcel or none, nobody else is tried, and nothing is said that nobody knows.

use mocks::FaultKind;
use serde_json::json;

use super::{COURIERS, Courier, assert_clean, bookings, start, until, until_reviewed};
use crate::harness::{Backend, Gateway, eventually, on_both};

/// How an unclear booking must end.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// The carrier says that it has it.
    Found,
    /// The carrier knows nothing of it: a person decides.
    Reviewed,
}

async fn booked_under(backend: Backend, kind: FaultKind, parcels: usize, ends: Ends) {
    let gateway = start(backend).await;
    for (number, courier) in COURIERS.into_iter().enumerate() {
        let mut request = courier.request(&format!("ORD-{number}"));
        // Whatever it says: an unclear booking is nobody else's to carry.
        request["fallback"] = "auto".into();
        courier.fault(&gateway, courier.books, kind);
        let unclear = gateway.client.post("/v1/shipments", request).await;
        assert_eq!(unclear.status, 201, "{courier:?}: an unknown outcome is no problem: {unclear:?}");
        // A carrier that has it may tell us so by itself before we answer.
        let status = unclear.text("status");
        let honest = status == "unknown" || (status == "booked" && ends == Ends::Found);
        assert!(honest, "{courier:?}: {unclear:?}");
        let id = unclear.text("id");
        refused_meanwhile(&gateway, &courier, number).await;
        match ends {
            Ends::Found => drop(until(&gateway, &id, "booked").await),
            Ends::Reviewed => assert_eq!(until_reviewed(&gateway, &id).await.text("status"), "unknown", "{courier:?}"),
        }
        // A delayed act happens at the carrier after we have given up waiting.
        eventually("what it has", || async { courier.parcels(&gateway) == parcels }).await;
        assert_eq!(courier.received(&gateway, courier.books), 1, "{courier:?}: it is never repeated");
        assert_eq!(bookings(&gateway, &id).await.len(), 1, "{courier:?}: nobody else is tried");
    }
    assert_clean(&gateway);
    gateway.stop().await;
}

/// While nobody knows, its reference is held.
async fn refused_meanwhile(gateway: &Gateway, courier: &Courier, number: usize) {
    let again = gateway.client.post("/v1/shipments", courier.request(&format!("ORD-{number}"))).await;
    assert_eq!((again.status, again.text("code").as_str()), (409, "reference_in_use"), "{courier:?}: {again:?}");
}

on_both! {
    async fn acted_and_then_cut(backend) {
        booked_under(backend, FaultKind::ActThenCut, 1, Ends::Found).await;
    }
}

on_both! {
    async fn cut_before_acting(backend) {
        booked_under(backend, FaultKind::CutBefore, 0, Ends::Reviewed).await;
    }
}

on_both! {
    async fn an_answer_cut_in_the_middle(backend) {
        booked_under(backend, FaultKind::Truncate, 1, Ends::Found).await;
    }
}

on_both! {
    async fn an_answer_of_another_kind(backend) {
        booked_under(backend, FaultKind::WrongBody, 1, Ends::Found).await;
    }
}

on_both! {
    async fn an_answer_that_comes_too_late(backend) {
        booked_under(backend, FaultKind::Delay, 1, Ends::Found).await;
    }
}

on_both! {
    async fn a_server_error_that_says_nothing(backend) {
        booked_under(backend, FaultKind::Status, 0, Ends::Reviewed).await;
    }
}

on_both! {
    async fn a_person_settles_what_nobody_knows(backend) {
        let gateway = start(backend).await;
        let amyal = COURIERS[0];
        for (number, booked, status) in [(1, true, "booked"), (2, false, "failed")] {
            amyal.fault(&gateway, amyal.books, FaultKind::CutBefore);
            let unclear = gateway.client.post("/v1/shipments", amyal.request(&format!("ORD-{number}"))).await;
            let id = unclear.text("id");
            let path = format!("/v1/shipments/{id}/settle");
            let mut proof = json!({"booked": booked, "evidence": {"by": "Salma", "document": "call with the carrier"}});
            if booked {
                let nameless = gateway.client.post(&path, proof.clone()).await;
                assert_eq!((nameless.status, nameless.fields()), (400, vec!["tracking_number".to_owned()]), "{nameless:?}");
                proof["tracking_number"] = "AMY-777".into();
            }
            let early = gateway.client.post(&path, proof.clone()).await;
            assert_eq!(early.status, 409, "nobody waits for a person yet: {early:?}");
            until_reviewed(&gateway, &id).await;
            let settled = gateway.client.post(&path, proof).await;
            assert_eq!((settled.status, settled.text("status").as_str()), (200, status), "{settled:?}");
            assert!(settled.text("review").is_empty(), "{settled:?}");
        }
        let freed = gateway.client.post("/v1/shipments", amyal.request("ORD-2")).await;
        assert_eq!(freed.text("status"), "booked", "its reference is free: {freed:?}");
        gateway.stop().await;
    }
}
