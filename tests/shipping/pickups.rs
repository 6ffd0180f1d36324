//! Pickups: each is ordered once, and what nobody knows of it a person finds out.

use jisr::db::Time;
use jisr::db::pickups::{self as rows, Pickup};
use jisr::db::tasks::{self, Task};
use mocks::{Fault, FaultKind};
use schemas::PickupId;
use schemas::shipping::PickupStatus;
use serde_json::{Value, json};

use super::{COURIERS, Courier, assert_clean, start};
use crate::facade::party::{evidence, patched, problem, shop};
use crate::harness::{Answer, Backend, Gateway, eventually, on_both, uuid};

const PICKUPS: &str = "/v1/pickups";

/// Those that have a call for it, each with the operation.
fn fetching() -> impl Iterator<Item = (Courier, &'static str)> {
    COURIERS.into_iter().filter_map(|courier| match courier.name {
        "darb_assabil" => None,
        "vanex" => Some((courier, "customer/collects")),
        _ => Some((courier, "create_pickup")),
    })
}

async fn booked(gateway: &Gateway, courier: &Courier, number: usize) -> String {
    courier.book(gateway, &format!("ORD-{}-{number}", courier.name)).await.text("id")
}

fn order(courier: &Courier, shipments: &[&str]) -> Value {
    json!({"carrier": courier.name, "shipments": shipments, "notes": "الباب الخلفي"})
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text("status"))
}

on_both! {
    async fn a_carrier_comes_once(backend) {
        let gateway = start(backend).await;
        for (courier, operation) in fetching() {
            let (one, two) = (booked(&gateway, &courier, 1).await, booked(&gateway, &courier, 2).await);
            let (key, wanted) = (uuid(), order(&courier, &[&one, &two]));
            let made = gateway.client.post_keyed(PICKUPS, wanted.clone(), &key).await;
            assert_eq!(told(&made), (201, "scheduled".to_owned()), "{courier:?}: {made:?}");
            assert_eq!(made.body["shipments"], json!([one, two]));
            let again = gateway.client.post_keyed(PICKUPS, wanted.clone(), &key).await;
            assert_eq!((again.status, again.text("id")), (200, made.text("id")), "{again:?}");
            problem(&gateway.client.post(PICKUPS, order(&courier, &[&two])).await, 409, "conflict");
            assert_eq!(courier.received(&gateway, operation), 1, "{courier:?}");
            let read = gateway.client.get(&format!("{PICKUPS}/{}", made.text("id"))).await;
            assert_eq!(read.raw, again.raw);
            let found = gateway.client.get(&format!("{PICKUPS}?carrier={}&status=scheduled", courier.name)).await;
            assert_eq!(found.at("/data/0/id"), made.text("id"), "{found:?}");
            problem(&settle(&gateway, &made, json!({"scheduled": true})).await, 409, "conflict");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

async fn settle(gateway: &Gateway, pickup: &Answer, proof: Value) -> Answer {
    gateway.client.post(&format!("{PICKUPS}/{}/settle", pickup.text("id")), patched(evidence(), proof)).await
}

on_both! {
    async fn a_person_settles_what_nobody_knows(backend) {
        let gateway = start(backend).await;
        for (courier, operation) in fetching() {
            let id = booked(&gateway, &courier, 1).await;
            courier.fault(&gateway, operation, FaultKind::CutBefore);
            let unclear = gateway.client.post(PICKUPS, order(&courier, &[&id])).await;
            assert_eq!(told(&unclear), (201, "needs_review".to_owned()), "{courier:?}: {unclear:?}");
            problem(&gateway.client.post(PICKUPS, order(&courier, &[&id])).await, 409, "conflict");
            problem(&settle(&gateway, &unclear, json!({"scheduled": false, "carrier_reference": "7"})).await, 400, "invalid_request");
            assert_eq!(told(&settle(&gateway, &unclear, json!({"scheduled": false})).await), (200, "failed".to_owned()));
            // Nobody comes: somebody else may be asked to.
            courier.fault(&gateway, operation, FaultKind::ActThenCut);
            let unclear = gateway.client.post(PICKUPS, order(&courier, &[&id])).await;
            assert_eq!(told(&unclear), (201, "needs_review".to_owned()), "{courier:?}: {unclear:?}");
            let settled = settle(&gateway, &unclear, json!({"scheduled": true, "carrier_reference": "PU-17"})).await;
            assert_eq!(told(&settled), (200, "scheduled".to_owned()), "{settled:?}");
            assert_eq!(settled.text("carrier_reference"), "PU-17");
            assert_eq!(courier.received(&gateway, operation), 2, "{courier:?}: one each");
        }
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_carrier_that_refuses_does_not_come(backend) {
        let gateway = start(backend).await;
        let (courier, operation) = fetching().next().expect("a carrier that comes");
        let id = booked(&gateway, &courier, 1).await;
        let fault = Fault::new(courier.name, FaultKind::Status).on(operation);
        gateway.mocks.fault(Fault { status: Some(429), ..fault });
        let refused = gateway.client.post(PICKUPS, order(&courier, &[&id])).await;
        assert_eq!(told(&refused), (201, "failed".to_owned()), "{refused:?}");
        assert!(!refused.text("carrier_message").is_empty(), "{refused:?}");
        assert_eq!(told(&gateway.client.post(PICKUPS, order(&courier, &[&id])).await), (201, "scheduled".to_owned()));
        gateway.stop().await;
    }
}

on_both! {
    async fn every_fault_of_an_order_is_named(backend) {
        let gateway = start(backend).await;
        let (courier, operation) = fetching().next().expect("a carrier that comes");
        let id = booked(&gateway, &courier, 1).await;
        let wanted = order(&courier, &[&id]);
        let friday = next_friday();
        let other = COURIERS[1].book(&gateway, "ORD-other").await.text("id");
        let nowhere = json!({"name": "متجر", "phone": "0921112233", "city": "Atlantis"});
        for (patch, field) in [
            (json!({"date": friday}), "date"),
            (json!({"date": "2020-01-01"}), "date"),
            (json!({"carrier": "nobody"}), "carrier"),
            (json!({"shipments": []}), "shipments"),
            (json!({"shipments": [id, id]}), "shipments[1]"),
            (json!({"shipments": [PickupId::from(uuid::Uuid::nil()).to_string().replacen("pku", "shp", 1)]}), "shipments[0]"),
            (json!({"shipments": [id, other]}), "shipments[1]"),
            (json!({"address": nowhere}), "address.city"),
        ] {
            let refused = gateway.client.post(PICKUPS, patched(wanted.clone(), patch)).await;
            problem(&refused, 400, "invalid_request");
            assert_eq!(refused.fields(), [field], "{refused:?}");
        }
        problem(&gateway.client.post(PICKUPS, order(&COURIERS[1], &[&other])).await, 422, "unsupported");
        assert_eq!(shop(&gateway, "other").await.post(PICKUPS, wanted.clone()).await.fields(), ["shipments[0]"]);
        assert_eq!(courier.received(&gateway, operation), 0, "nothing has left");
        let elsewhere = json!({"name": "المخزن", "phone": "0921112233", "city": "طرابلس", "area": "قرقارش"});
        let made = gateway.client.post(PICKUPS, patched(wanted, json!({"address": elsewhere}))).await;
        assert_eq!((made.status, made.at("/address/name").as_str()), (201, "المخزن"), "{made:?}");
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

fn next_friday() -> String {
    let today = kit::Ambient::system().now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().expect("a day");
    let days = today.series(jiff::Span::new().days(1));
    days.into_iter().find(|day| day.weekday() == jiff::civil::Weekday::Friday).expect("a Friday").to_string()
}

/// A pickup whose process was stopped: its call's row in the log says whether it left.
async fn stopped(gateway: &Gateway, intent: schemas::LogId, number: u8) -> PickupId {
    let id = PickupId::from(gateway.facade.ambient.uuid());
    let account: schemas::AccountId =
        gateway.client.get("/v1/stores/default/accounts/amyal").await.text("id").parse().expect("an account");
    let now: Time = gateway.facade.ambient.now().into();
    let pickup = Pickup {
        id,
        store_id: gateway.store,
        livemode: false,
        carrier: "amyal".to_owned(),
        account_id: account,
        reference: format!("P-{number}"),
        day: "2030-01-06".to_owned(),
        shipments: sqlx::types::Json(Vec::new()),
        status: PickupStatus::Processing,
        intent_id: intent.uuid(),
        carrier_reference: None,
        carrier_message: None,
        address: None,
        evidence: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut tx = gateway.facade.db.begin().await.expect("a transaction");
    let task = Task::new(gateway.facade.ambient.uuid(), "pickup.ask", account.to_string(), id.to_string(), now);
    tasks::enqueue(&mut tx, &task).await.expect("a task");
    rows::insert(&mut tx, &pickup).await.expect("a pickup");
    tx.commit().await.expect("it is kept");
    id
}

async fn ends(gateway: &Gateway, id: PickupId, status: &str) {
    let answer = gateway.client.until(&format!("{PICKUPS}/{id}"), status).await;
    assert!(!answer.text("carrier_message").is_empty(), "{answer:?}");
}

async fn after_a_stop(backend: Backend) {
    let gateway = start(backend).await;
    let courier = COURIERS[0];
    // A call that certainly did not arrive, and one that did.
    let fault = Fault::new(courier.name, FaultKind::Status).on(courier.books);
    gateway.mocks.fault(Fault { status: Some(429), ..fault });
    assert_eq!(gateway.client.post("/v1/shipments", courier.request("ORD-1")).await.text("status"), "failed");
    courier.book(&gateway, "ORD-2").await;
    let rows = || async {
        let found = gateway.client.get("/v1/logs?operation=create_shipment").await;
        found.body["data"].as_array().cloned().unwrap_or_default()
    };
    eventually("both calls are in the log", || async { rows().await.len() == 2 }).await;
    for (number, (delivery, status)) in [("never", "failed"), ("done", "needs_review")].into_iter().enumerate() {
        let row = rows().await.into_iter().find(|row| row["delivery"] == delivery).expect("a call");
        let intent = row["id"].as_str().expect("an id").parse().expect("an id");
        let id = stopped(&gateway, intent, u8::try_from(number).expect("few")).await;
        ends(&gateway, id, status).await;
    }
    gateway.stop().await;
}

on_both! {
    async fn one_that_was_stopped_in_the_middle_is_looked_after(backend) {
        after_a_stop(backend).await;
    }
}

on_both! {
    async fn one_whose_process_is_killed_waits_for_a_person(backend) {
        let gateway = start(backend).await;
        let (courier, operation) = fetching().next().expect("a carrier that comes");
        let id = booked(&gateway, &courier, 1).await;
        let (mut child, client) = crate::harness::api_process(&gateway).await;
        let fault = Fault::new(courier.name, FaultKind::Delay).on(operation);
        gateway.mocks.fault(Fault { delay_ms: Some(1_900), ..fault });
        let wanted = order(&courier, &[&id]);
        let waits = tokio::spawn(async move { client.post(PICKUPS, wanted).await });
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        child.kill().await.expect("it is killed");
        drop(waits.await);
        let found = gateway.client.get(PICKUPS).await.at("/data/0/id");
        ends(&gateway, found.parse().expect("the database knew of it before it left"), "needs_review").await;
        assert_eq!(courier.received(&gateway, operation), 1);
        gateway.stop().await;
    }
}
