//! What can happen to a parcel. Where a scene has a carrier fail, no other one has that carrier do the same.

use mocks::{Fault, FaultKind, Ship};
use serde_json::{Value, json};

use super::Played;
use crate::cli::CommandError;
use crate::cli::demo::stage::{Answer, Store};

/// From a shop in Tripoli to a customer in Benghazi.
fn way() -> Value {
    json!({
        "origin": {"name": "متجر النور", "phone": "0921112233", "city": "طرابلس", "area": "حي الأندلس", "street": "شارع قرقارش"},
        "destination": {"name": "سالم الورفلي", "phone": "0912345678", "city": "بنغازي", "area": "الصابري"},
        "parcels": [{"weight_kg": "2.5", "length_cm": "30", "width_cm": "20", "height_cm": "10"}],
    })
}

fn order(reference: &str, carrier: &str, more: Value) -> Value {
    let mut order = way();
    order["reference"] = reference.into();
    order["carrier"] = carrier.into();
    for (name, value) in more.as_object().into_iter().flatten() {
        order[name] = value.clone();
    }
    order
}

fn cash() -> Value {
    json!({"cash_on_delivery": {"amount": "85.000", "currency": "LYD"}})
}

/// Who offered, each once, in the order of the carriers' names.
fn offers(answer: &Answer) -> String {
    let rates = answer.body["rates"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<_> = rates.iter().filter_map(|rate| rate["carrier"].as_str().map(str::to_owned)).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}

/// All carriers are asked at once; then one of them hangs.
pub(super) async fn rates(store: &Store<'_>) -> Played {
    let all = store.post("/v1/shipping/rates", way()).await?;
    let hang = Fault::new("vanex", FaultKind::Delay).on("delivery-calculator");
    store.stage.mocks.fault(Fault { delay_ms: Some(8_000), ..hang });
    let fewer = store.post("/v1/shipping/rates", way()).await?;
    let messages = fewer.body["messages"].as_array().cloned().unwrap_or_default();
    let late = messages.iter().find(|message| message["carrier"] == "vanex" && message["code"] == "timeout");
    let late = late.map_or("nobody", |_| "vanex");
    Ok(format!("{}; {late} hangs: {}", offers(&all), offers(&fewer)))
}

/// The first carrier certainly has booked nothing.
pub(super) async fn fallback(store: &Store<'_>) -> Played {
    let refuse = Fault::new("amyal", FaultKind::Status).on("create_shipment");
    // As often as one that certainly did not arrive is sent.
    store.stage.mocks.fault(Fault { status: Some(429), times: Some(3), ..refuse });
    let booked = store.post("/v1/shipments", order("ORD-1", "amyal", cash())).await?;
    let (from, carrier) = (booked.text("/fallback_from"), booked.text("/carrier"));
    Ok(format!("{from} refuses: {carrier}, {}", booked.text("/status")))
}

/// The carrier books, and its answer is lost: its stream tells of the parcel, or it is asked.
pub(super) async fn lost(store: &Store<'_>) -> Played {
    store.stage.mocks.fault(Fault::new("wingsly", FaultKind::ActThenCut).on("create_shipment"));
    let unclear = store.post("/v1/shipments", order("ORD-1", "wingsly", json!({"service": "air_standard"}))).await?;
    let id = unclear.text("/id");
    let ended = until(store, &id, "booked").await?;
    let tries = store.get(&format!("/v1/shipments/{id}")).await?;
    let reference = tries.text("/bookings/0/reference");
    let parcels = store.stage.mocks.parcels(Some("wingsly"));
    let count = parcels.iter().filter(|parcel| parcel.reference.as_deref() == Some(&reference)).count();
    Ok(format!("no answer, {ended} all the same, {count} parcel"))
}

/// A parcel on its way to the door.
pub(super) async fn delivered(store: &Store<'_>) -> Played {
    let booked = store.post("/v1/shipments", order("ORD-1", "vanex", cash())).await?;
    let (id, mut seen) = (booked.text("/id"), vec![booked.text("/status")]);
    for (raw, status) in
        [("ship_received", "picked_up"), ("ship_ongoing", "out_for_delivery"), ("completed", "delivered")]
    {
        happen(store, "vanex", &booked, raw)?;
        seen.push(until(store, &id, status).await?);
    }
    Ok(seen.join(", "))
}

/// The customer does not want it: it is on its way, and comes back. Its waybill is printed before.
pub(super) async fn returned(store: &Store<'_>) -> Played {
    let booked = store.post("/v1/shipments", order("ORD-1", "darb_assabil", cash())).await?;
    let (id, number) = (booked.text("/id"), booked.text("/bookings/0/reference"));
    let label = store.stage.fetch(&format!("/v1/shipments/{id}/label"), &store.key).await?;
    let waybill = if label.starts_with(b"%PDF") { "a waybill" } else { "no waybill" };
    let act = |raw| store.stage.mocks.ship(&Ship::new("darb_assabil", &number, raw)).map_err(CommandError::Refused);
    act("assigned")?;
    let fetched = until(store, &id, "in_transit").await?;
    let back = store.post(&format!("/v1/shipments/{id}/return"), json!({"reason": "not wanted"})).await?;
    act("returned")?;
    Ok(format!("{waybill}, {fetched}, {}, {}", back.text("/status"), until(store, &id, "returned").await?))
}

/// What drivers collected comes as a statement: one parcel as it should be, one with less, and one that nobody knows.
pub(super) async fn remittance(store: &Store<'_>) -> Played {
    let mut statement = "tracking number,amount\n".to_owned();
    for (reference, paid) in [("ORD-1", "85.000"), ("ORD-2", "80.000")] {
        let booked = store.post("/v1/shipments", order(reference, "vanex", cash())).await?;
        happen(store, "vanex", &booked, "completed")?;
        until(store, &booked.text("/id"), "delivered").await?;
        statement.push_str(&format!("{},{paid}\n", booked.text("/tracking_number")));
    }
    statement.push_str("H-0-TIP-0,40.000\n");
    let made = store.stage.upload("/v1/cod/remittances?carrier=vanex", &store.key, statement).await?;
    let totals = made.body["totals"].as_object().cloned().unwrap_or_default();
    let counts: Vec<_> = totals.iter().map(|(outcome, total)| format!("{outcome} {}", total["count"])).collect();
    let owed = store.get("/v1/cod/owed").await?;
    Ok(format!("{}; owed {}", counts.join(", "), owed.text("/data/0/amount")))
}

/// Lets something happen to a shipment's parcel, in the carrier's own word.
fn happen(store: &Store<'_>, carrier: &str, booked: &Answer, raw: &str) -> Result<(), CommandError> {
    let act = Ship { reference: None, number: Some(booked.text("/tracking_number")), ..Ship::new(carrier, "", raw) };
    store.stage.mocks.ship(&act).map(drop).map_err(CommandError::Refused)
}

async fn until(store: &Store<'_>, id: &str, status: &str) -> Played {
    store.until_at(&format!("/v1/shipments/{id}"), status).await
}
