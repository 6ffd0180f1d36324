//! Shipments that are booked: found, followed, cancelled, returned.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Account, Carrier,
    book::{Book, Happening, Shipment},
    tell,
};
use crate::{
    clock::clock,
    contract::request::{decline, misuse},
    exchange::{Answer, Refusal},
    shared::Shared,
};

/// The shipment of a reference, or none.
pub(super) fn find(shared: &Shared, carrier: &Carrier, account: &Account, reference: &str) -> Answer {
    let book = shared.carriers.lock(carrier.name);
    let shipments: Vec<Value> = book.find(account, reference).map(Shipment::row).into_iter().collect();
    Answer::json(StatusCode::OK, &json!({ "shipments": shipments }))
}

/// What happened to a shipment.
pub(super) fn events(shared: &Shared, carrier: &Carrier, account: &Account, number: &str) -> Result<Answer, Refusal> {
    let book = shared.carriers.lock(carrier.name);
    let shipment = known(&book, account, number)?;
    let events: Vec<Value> = book.events(shipment).into_iter().map(|event| event.row()).collect();
    let body = json!({ "number": shipment.number, "reference": shipment.reference, "events": events });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// A change of a shipment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Cancel,
    Return,
}

impl Change {
    /// Does it, or says that it is done already.
    pub(super) fn perform(
        self,
        shared: &Arc<Shared>,
        carrier: &'static Carrier,
        account: &Account,
        number: &str,
    ) -> Result<Answer, Refusal> {
        let status = known(&shared.carriers.lock(carrier.name), account, number)?.status.clone();
        let (wanted, can_be, refusal) = match self {
            Self::Cancel => ("cancelled", status == "pending", ("not_cancellable", "this shipment is on its way")),
            Self::Return => {
                let is_on_its_way =
                    !matches!(status.as_str(), "pending" | "delivered" | "returned" | "cancelled" | "lost");
                ("returning", is_on_its_way, ("not_returnable", "this shipment is not on its way"))
            }
        };
        if status != wanted {
            if !can_be {
                return Err(decline(422, refusal.0, refusal.1));
            }
            let happening = Happening { status: wanted.to_owned(), at: clock(), ..Happening::default() };
            tell::happen(shared, carrier, number, happening);
        }
        Ok(Answer::json(StatusCode::OK, &json!({ "number": number, "status": wanted })))
    }
}

/// The shipment of a number, which whoever asks must know.
pub(super) fn known<'a>(book: &'a Book, account: &Account, number: &str) -> Result<&'a Shipment, Refusal> {
    let shipment = book.shipment(account, number);
    shipment.ok_or_else(|| misuse(404, "unknown_shipment", "there is no such shipment"))
}
