//! What became of a change whose answer nobody has: what the carrier tells of the shipment shows it.

use std::time::Duration;

use schemas::shipping::{ShipmentChangeKind, ShipmentChangeStatus, ShipmentReview, ShipmentStatus};

use super::{Shipping, standing, status};
use crate::db::shipment_changes::{self as changes, ShipmentChange};
use crate::db::shipment_entries::{self, HeardBy, ShipmentEntry};
use crate::db::shipments::Shipment;
use crate::db::{DbError, Time, Tx};

impl Shipping {
    /// A change was carried out: the shipment stands where that puts it. It is kept as an entry, so that what is told of the
    /// time before, however late, does not undo it.
    pub(super) async fn carried_out(
        &self,
        tx: &mut Tx,
        shipment: &mut Shipment,
        kind: ShipmentChangeKind,
        note: Option<&str>,
    ) -> Result<(), DbError> {
        if shipment.status.is_final() {
            if shipment.status != meant(kind) {
                standing::review(shipment, ShipmentReview::Contradiction);
            }
            return Ok(());
        }
        let told = shipment_entries::of_locked(tx, shipment.id).await?;
        let last = told.iter().map(|entry| entry.occurred_at).max();
        let entry = self.entry_of_answer(shipment, meant(kind), last, note);
        shipment_entries::keep(tx, &[entry]).await?;
        status::stand(shipment, &shipment_entries::of_locked(tx, shipment.id).await?);
        shipment.tracks = 0;
        Ok(())
    }

    fn entry_of_answer(
        &self,
        shipment: &Shipment,
        status: ShipmentStatus,
        last: Option<Time>,
        note: Option<&str>,
    ) -> ShipmentEntry {
        let now = self.now();
        let second = now.timestamp().as_second();
        ShipmentEntry {
            id: self.ambient.uuid(),
            shipment_id: shipment.id,
            store_id: shipment.store_id,
            carrier: shipment.carrier.clone(),
            raw: status.as_str().to_owned(),
            status: Some(status.as_str().to_owned()),
            // The carrier's clock may be ahead of ours: what it told before its answer was before it.
            occurred_at: last.map_or(Time::from_second(second), |last| last.max(Time::from_second(second))),
            note: note.map(str::to_owned),
            collected: None,
            heard_by: HeardBy::Answer,
            heard_at: now,
        }
    }

    /// Ends the change that nobody knows the fate of, where the shipment stands where it must have been, or cannot be,
    /// carried out.
    pub(super) async fn conclude(&self, tx: &mut Tx, shipment: &Shipment) -> Result<(), DbError> {
        let Some(change) = changes::open(tx, shipment.id).await? else { return Ok(()) };
        let Some(status) = shown(change.kind, shipment.status) else { return Ok(()) };
        let words = format!("the carrier tells that it is {}", shipment.status);
        changes::learn(tx, change.id, status, Some(&words), self.now()).await?;
        Ok(())
    }

    /// The carrier was asked about a shipment then, and has it as before: a cancellation that could not be on its way any more
    /// has not been carried out. When to look again, where it still may be.
    pub(super) async fn still_there(
        &self,
        tx: &mut Tx,
        shipment: &Shipment,
        asked_at: Time,
    ) -> Result<Option<Time>, DbError> {
        let Some(ShipmentChange { id, kind: ShipmentChangeKind::Cancel, created_at, .. }) =
            changes::open(tx, shipment.id).await?
        else {
            return Ok(None);
        };
        let arrived_by = created_at.after(Duration::from_millis(self.settings.answer_ms));
        if asked_at < arrived_by {
            return Ok(Some(arrived_by));
        }
        let words = "the carrier still has it as before";
        changes::learn(tx, id, ShipmentChangeStatus::Refused, Some(words), self.now()).await?;
        Ok(None)
    }

    /// The carrier no longer knows a parcel: it was given up by us, or a person must find out.
    pub(super) async fn gone(&self, tx: &mut Tx, shipment: &mut Shipment) -> Result<(), DbError> {
        if !changes::was_asked_for(tx, shipment.id, ShipmentChangeKind::Cancel).await? {
            standing::review(shipment, ShipmentReview::Contradiction);
            return Ok(());
        }
        let words = "the carrier no longer knows it";
        self.carried_out(tx, shipment, ShipmentChangeKind::Cancel, Some(words)).await?;
        self.conclude(tx, shipment).await
    }
}

/// Where a change puts a shipment.
const fn meant(kind: ShipmentChangeKind) -> ShipmentStatus {
    match kind {
        ShipmentChangeKind::Cancel => ShipmentStatus::Cancelled,
        ShipmentChangeKind::Return => ShipmentStatus::Returning,
    }
}

/// What the place of a shipment shows of a change that may have been carried out; nothing where it shows neither.
fn shown(kind: ShipmentChangeKind, at: ShipmentStatus) -> Option<ShipmentChangeStatus> {
    use ShipmentStatus::{Cancelled, FailedAttempt, InTransit, OutForDelivery, PickedUp, Returned, Returning};
    match (kind, at) {
        (ShipmentChangeKind::Cancel, Cancelled) | (ShipmentChangeKind::Return, Returning | Returned) => {
            Some(ShipmentChangeStatus::Done)
        }
        // It was carried on.
        (ShipmentChangeKind::Cancel, PickedUp | InTransit | OutForDelivery | FailedAttempt | Returning) => {
            Some(ShipmentChangeStatus::Refused)
        }
        (_, at) if at.is_final() => Some(ShipmentChangeStatus::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_ends_a_change_only_where_it_says_so() {
        use ShipmentChangeKind::{Cancel, Return};
        use ShipmentChangeStatus::{Done, Refused};
        use ShipmentStatus as At;
        for (kind, at, expected) in [
            (Cancel, At::Booked, None),
            (Cancel, At::Delayed, None),
            (Cancel, At::Cancelled, Some(Done)),
            (Cancel, At::PickedUp, Some(Refused)),
            (Cancel, At::Delivered, Some(Refused)),
            (Return, At::InTransit, None),
            (Return, At::FailedAttempt, None),
            (Return, At::Returning, Some(Done)),
            (Return, At::Returned, Some(Done)),
            (Return, At::Delivered, Some(Refused)),
            (Return, At::Lost, Some(Refused)),
        ] {
            assert_eq!(shown(kind, at), expected, "{kind} {at}");
        }
    }
}
