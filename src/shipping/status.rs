//! Where a shipment stands, by all that was told of it: the last thing that happened counts, in whatever order it was told.

use schemas::shipping::ShipmentStatus;

use crate::db::shipment_entries::ShipmentEntry;
use crate::db::shipments::Shipment;

/// The entry that says where a shipment stands. Of two of the same moment it is the one further on its way.
pub(super) fn decisive(entries: &[ShipmentEntry]) -> Option<(&ShipmentEntry, ShipmentStatus)> {
    let read = entries.iter().filter_map(|entry| Some((entry, entry.status()?)));
    read.max_by_key(|(entry, status)| (entry.occurred_at, rank(*status), &entry.raw))
}

/// Has a shipment stand where what was told puts it; whether that is another place than before.
pub(super) fn stand(shipment: &mut Shipment, entries: &[ShipmentEntry]) -> bool {
    if let Some(collected) =
        entries.iter().filter(|entry| entry.collected.is_some()).max_by_key(|entry| entry.occurred_at)
    {
        shipment.collected = collected.collected;
        shipment.collected_at = Some(collected.occurred_at);
    }
    let Some((entry, status)) = decisive(entries) else { return false };
    let moved = shipment.status != status;
    shipment.status = status;
    shipment.raw_status = Some(entry.raw.clone());
    shipment.status_at = Some(entry.occurred_at);
    moved
}

/// How far on its way.
pub(super) const fn rank(status: ShipmentStatus) -> u8 {
    match status {
        ShipmentStatus::Pending | ShipmentStatus::Unknown | ShipmentStatus::Failed => 0,
        ShipmentStatus::Booked => 1,
        ShipmentStatus::PickedUp => 2,
        ShipmentStatus::InTransit => 3,
        ShipmentStatus::Delayed => 4,
        ShipmentStatus::OutForDelivery => 5,
        ShipmentStatus::FailedAttempt => 6,
        ShipmentStatus::Returning => 7,
        ShipmentStatus::Cancelled => 8,
        ShipmentStatus::Lost => 9,
        ShipmentStatus::Returned => 10,
        ShipmentStatus::Delivered => 11,
    }
}

#[cfg(test)]
mod tests;
