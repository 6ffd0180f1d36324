//! Pickups: somebody comes for what is booked.

use axum::http::StatusCode;
use jiff::civil::Weekday;
use serde_json::{Value, json};

use super::{
    Account, Carrier,
    book::Book,
    orders::repeated,
    request::{end, written},
};
use crate::{
    contract::{
        fields::Fields,
        request::{decline, invalid, misuse},
    },
    exchange::{Answer, Refusal},
};

/// A request for one.
pub(super) struct Pickup {
    pub(super) reference: String,
    date: jiff::civil::Date,
    shipments: Vec<String>,
}

impl Pickup {
    /// Reads one.
    pub(super) fn read(carrier: &Carrier, mut fields: Fields) -> Result<Self, Refusal> {
        let reference = fields.reference()?;
        end(carrier, &mut fields)?;
        let date = fields.day()?;
        let number = |value: Value| value.as_str().map(str::to_owned).ok_or_else(|| invalid("a number is no text"));
        let shipments = fields.list("shipments")?.into_iter().map(number).collect::<Result<_, _>>()?;
        written(&mut fields, "notes")?;
        fields.end()?;
        Ok(Self { reference, date, shipments })
    }

    /// What was ordered under its reference.
    pub(super) fn first(&self, book: &Book, account: &Account) -> Option<Refusal> {
        let first = book.pickups.get(&(account.api_key.clone(), self.reference.clone()));
        first.map(|first| repeated("pickup", first.clone()))
    }

    /// Orders it, once.
    pub(super) fn perform(self, book: &mut Book, account: &Account) -> Result<Answer, Refusal> {
        if let Some(refusal) = self.first(book, account) {
            return Err(refusal);
        }
        if let Some(unknown) = self.shipments.iter().find(|number| book.shipment(account, number).is_none()) {
            return Err(misuse(422, "unknown_shipment", &format!("there is no shipment {unknown}")));
        }
        if self.date.weekday() == Weekday::Friday {
            return Err(decline(422, "closed", "nobody comes on this day"));
        }
        let id = format!("PU-{}", 17 + book.pickups.len());
        let body = json!({ "id": id, "reference": self.reference, "date": self.date.to_string() });
        book.pickups.insert((account.api_key.clone(), self.reference), body.clone());
        Ok(Answer::json(StatusCode::CREATED, &body))
    }
}
