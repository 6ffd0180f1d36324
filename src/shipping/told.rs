//! Keeping a shipment: what changed of it is written with the events that tell of it, and what follows is a task.

use schemas::event::{
    EventData, ShipmentBooked, ShipmentCancelled, ShipmentDelivered, ShipmentFacts, ShipmentFailed, ShipmentMoved,
    ShipmentNeedsReview, ShipmentReturned,
};
use schemas::shipping::ShipmentStatus;

use super::standing::Next;
use super::{ASK, Shipping, TRACK};
use crate::db::shipments::{self as rows, Shipment};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, Tx};
use crate::events;

impl Shipping {
    /// Writes a shipment that is locked, and appends the events of its change.
    pub(super) async fn keep(&self, tx: &mut Tx, before: &Shipment, mut shipment: Shipment) -> Result<(), DbError> {
        let shown = |one: &Shipment| {
            (
                one.status,
                one.raw_status.clone(),
                one.carrier.clone(),
                one.carrier_number.clone(),
                one.review_reason.clone(),
            )
        };
        if shown(before) != shown(&shipment) {
            shipment.updated_at = self.now();
        }
        if !rows::update(tx, &mut shipment).await? {
            return Err(DbError::Constraint("a shipment changed under its lock".to_owned()));
        }
        events::append(tx, &self.ambient, shipment.store_id, shipment.livemode, told(before, &shipment)).await
    }

    /// Adds or drops the tasks of what follows.
    pub(super) async fn follow_up(&self, tx: &mut Tx, shipment: &Shipment, next: Next) -> Result<(), DbError> {
        match next {
            Next::Ask(due) => tasks::enqueue(tx, &self.question(shipment, due)).await,
            Next::Refused => tasks::enqueue(tx, &self.question(shipment, self.when_answered())).await,
            Next::Follow => {
                tasks::drop_key(tx, ASK, &shipment.id.to_string()).await?;
                tasks::enqueue(tx, &self.following(shipment, self.now().after(self.settings.track_gap(0)))).await
            }
            Next::Over => Ok(()),
        }
    }

    /// What follows has been committed.
    pub(super) fn wake(&self, shipment: &Shipment, next: Next) {
        if let Next::Ask(due) = next {
            self.waker.wake_at(ASK, &lane(shipment), due);
        }
        self.tell(shipment.store_id);
    }

    /// The task that finds out what became of a shipment's booking. Its lane is the account that was tried.
    pub(super) fn question(&self, shipment: &Shipment, due_at: Time) -> Task {
        Task { due_at, ..Task::new(self.ambient.uuid(), ASK, lane(shipment), shipment.id.to_string(), self.now()) }
    }

    /// The task that asks the carrier where the parcels are.
    pub(super) fn following(&self, shipment: &Shipment, due_at: Time) -> Task {
        Task { due_at, ..Task::new(self.ambient.uuid(), TRACK, lane(shipment), shipment.id.to_string(), self.now()) }
    }
}

fn lane(shipment: &Shipment) -> String {
    shipment.account_id.to_string()
}

/// What is told of a change.
fn told(before: &Shipment, after: &Shipment) -> Vec<EventData> {
    let mut events = Vec::new();
    if before.status != after.status || before.carrier_number != after.carrier_number {
        events.extend(of_status(before, after));
    }
    if before.review_reason != after.review_reason
        && let Some(reason) = after.review()
    {
        events.push(ShipmentNeedsReview { reason, shipment: facts(after) }.into());
    }
    events
}

fn of_status(before: &Shipment, after: &Shipment) -> Option<EventData> {
    let shipment = facts(after);
    Some(match after.status {
        ShipmentStatus::Pending | ShipmentStatus::Unknown => return None,
        ShipmentStatus::Booked => ShipmentBooked { shipment }.into(),
        _ if before.status == after.status => return None,
        ShipmentStatus::Delivered => ShipmentDelivered { shipment }.into(),
        ShipmentStatus::Returned => ShipmentReturned { shipment }.into(),
        ShipmentStatus::Cancelled => ShipmentCancelled { shipment }.into(),
        ShipmentStatus::Failed => ShipmentFailed { shipment }.into(),
        _ => ShipmentMoved { raw_status: after.raw_status.clone().unwrap_or_default(), shipment }.into(),
    })
}

pub(super) fn facts(shipment: &Shipment) -> ShipmentFacts {
    ShipmentFacts {
        id: shipment.id,
        reference: shipment.reference.clone(),
        status: shipment.status,
        carrier: shipment.carrier.clone(),
        service: shipment.service.clone(),
        tracking_number: shipment.carrier_number.clone(),
    }
}
