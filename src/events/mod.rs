//! Domain events: what areas append in their own transaction and others will subscribe to.

use kit::Ambient;
use serde_json::{Value, json};
use sqlx::types::Json;

use crate::db::events::{self, Event};
use crate::db::payments::Payment;
use crate::db::{Result, Tx};

/// The version of every event's schema so far.
const VERSION: i32 = 1;

/// An event of a payment, with what every such event tells.
pub fn of_payment(ambient: &Ambient, payment: &Payment, name: &str, mut data: Value) -> Event {
    data["payment"] = json!({
        "id": payment.id.to_string(),
        "reference": payment.reference,
        "status": payment.status.as_str(),
        "amount": payment.money().to_string(),
        "currency": payment.currency.code(),
    });
    Event {
        id: ambient.uuid().into(),
        store_id: payment.store_id,
        livemode: payment.livemode,
        name: name.to_owned(),
        version: VERSION,
        resource_id: payment.id.uuid(),
        sequence: 1,
        data: Json(data),
        created_at: ambient.now().into(),
    }
}

/// Appends an event of a payment, in the transaction that changes it.
pub async fn append(tx: &mut Tx, ambient: &Ambient, payment: &Payment, name: &str, data: Value) -> Result<()> {
    events::append(tx, &of_payment(ambient, payment, name, data)).await
}
