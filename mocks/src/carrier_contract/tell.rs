//! What happens on the way, and how the gateway is told of it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Carrier,
    book::{Event, Happening, Shipment},
};
use crate::{
    Parcel, Ship, amount,
    callbacks::{self, Callback},
    clock::clock,
    contract::sign,
    shared::Shared,
};

/// `/_ship`: a parcel moves on.
pub(super) fn ship(shared: &Arc<Shared>, carrier: &'static Carrier, act: &Ship) -> Result<Parcel, String> {
    if act.status.trim().is_empty() || act.status.len() > 64 {
        return Err("status is a word of 1 to 64 letters".to_owned());
    }
    let collected = act.collected.as_deref().map(amount::dirham).transpose()?;
    let is_meant = |shipment: &Shipment| act.means(&[&shipment.number], Some(&shipment.reference));
    let shipment = shared.carriers.lock(carrier.name).last(is_meant).ok_or("there is no such parcel")?;
    let at = act.at.unwrap_or_else(clock);
    // A driver who hands over has been paid.
    let collected = collected.or(shipment.cash.filter(|_| act.status == "delivered"));
    let happening = Happening { status: act.status.clone(), at, note: act.note.clone(), collected };
    happen(shared, carrier, &shipment.number, happening);
    Ok(Shipment { status: act.status.clone(), ..shipment }.parcel(carrier))
}

/// Writes down what happened. Whoever streams hears the bell; everybody else is sent a webhook.
pub(super) fn happen(shared: &Arc<Shared>, carrier: &'static Carrier, number: &str, happening: Happening) {
    let mut book = shared.carriers.lock(carrier.name);
    let Some(event) = book.happen(number, happening) else { return };
    let shipment = book.last(|shipment| shipment.number == number);
    drop(book);
    if let Some(shipment) = shipment.filter(|_| !carrier.streams) {
        callbacks::dispatch(shared, webhook(carrier, &shipment, &event));
    }
}

fn webhook(carrier: &'static Carrier, shipment: &Shipment, event: &Event) -> Callback {
    let genuine = event.told();
    let with = |name: &str, value: Value| {
        let mut forged = genuine.clone();
        forged[name] = value;
        Bytes::from(forged.to_string())
    };
    // They bear the signature of the genuine one.
    let forgeries = vec![
        with("status", json!(if event.status == "delivered" { "returned" } else { "delivered" })),
        with("collected", json!("0.001")),
        with("number", json!(format!("{}0", shipment.number))),
    ];
    let body = Bytes::from(genuine.to_string());
    let time = clock().as_second().to_string();
    let signature = sign::webhook(&shipment.account.api_secret, &time, &body);
    Callback {
        provider: carrier.name,
        terminal: shipment.account.api_key.clone(),
        url: shipment.callback_url.clone(),
        content_type: "application/json",
        headers: vec![("x-timestamp", time), ("x-signature", signature)],
        body,
        forgeries,
        check: |_| None,
    }
}
