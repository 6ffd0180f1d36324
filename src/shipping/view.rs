//! How a shipment is shown.

use schemas::shipping::{self as shown, Eta, ShipmentEntry};

use super::{Shipping, status};
use crate::caller::Caller;
use crate::db::shipments::Shipment;
use crate::db::{Time, bookings, shipment_changes, shipment_entries};
use crate::refusal::Refusal;

impl Shipping {
    /// What the store sees of a shipment: whom it goes to as well, which the store has said itself.
    pub fn view(&self, caller: &Caller, row: Shipment) -> Result<shown::Shipment, Refusal> {
        let subject = self.subject(&row)?;
        let eta = row.eta_from.zip(row.eta_to);
        Ok(shown::Shipment {
            id: row.id,
            store: caller.store_key.to_string(),
            livemode: row.livemode,
            label_url: row
                .status
                .is_with_carrier()
                .then(|| format!("{}/v1/shipments/{}/label", self.public_url, row.id)),
            cost: row.cost().map(|cost| cost.to_string()),
            review: row.review(),
            reference: row.reference,
            carrier: row.carrier,
            service: row.service,
            fallback_from: row.fallback_from,
            tracking_number: row.carrier_number,
            status: row.status,
            raw_status: row.raw_status,
            status_at: row.status_at.map(|at| at.to_string()),
            currency: row.currency,
            cash_on_delivery: subject.cash_on_delivery,
            eta: eta.map(|(from, to)| Eta { from: from.to_string(), to: to.to_string() }),
            origin: subject.origin,
            destination: subject.destination,
            parcels: subject.parcels,
            alternatives: row.alternatives.0,
            bookings: Vec::new(),
            change: None,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
        })
    }

    /// The same with every try to have it booked, and the last change that was asked for.
    pub async fn view_whole(&self, caller: &Caller, row: Shipment) -> Result<shown::Shipment, Refusal> {
        let tried = bookings::of_shipment(&self.db, row.id).await?;
        let bookings = tried.into_iter().map(|booking| shown::ShipmentBooking {
            carrier: booking.carrier,
            service: booking.service,
            reference: booking.reference,
            status: booking.status.as_str().to_owned(),
            message: booking.message,
            created_at: booking.created_at.to_string(),
        });
        let change = shipment_changes::last(&self.db, row.id).await?.map(|change| shown::ShipmentChange {
            kind: change.kind,
            status: change.status,
            message: change.message,
            created_at: change.created_at.to_string(),
            updated_at: change.updated_at.to_string(),
        });
        Ok(shown::Shipment { bookings: bookings.collect(), change, ..self.view(caller, row)? })
    }

    /// Everything that was told of a shipment, in the order in which it happened.
    pub async fn trail(&self, caller: &Caller, id: schemas::ShipmentId) -> Result<Vec<ShipmentEntry>, Refusal> {
        let shipment = self.read(caller, id).await?;
        let mut entries = shipment_entries::of_shipment(&self.db, shipment.id).await?;
        // Of one moment, what is further on its way comes last.
        entries.sort_by_key(|entry| (entry.occurred_at, entry.status().map(status::rank)));
        let time = |time: Time| time.to_string();
        Ok(entries
            .into_iter()
            .map(|entry| ShipmentEntry {
                status: entry.status(),
                raw_status: entry.raw,
                note: entry.note,
                occurred_at: time(entry.occurred_at),
                heard_by: entry.heard_by.as_str().to_owned(),
                heard_at: time(entry.heard_at),
            })
            .collect())
    }
}
