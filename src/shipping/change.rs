//! Changing a shipment that is booked: having it given up, or brought back. The call leaves once and never again on its own.

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Call, Delivery, Error, Kind};
use schemas::shipping::{ShipmentChangeKind, ShipmentChangeStatus, ShipmentStatus};
use schemas::{ShipmentId, Text};
use shipping_adapters::{Carrier, Changed, Changes, Tracked};
use uuid::Uuid;

use super::departure::Departure;
use super::draft;
use super::{Shipping, TRACK};
use crate::accounts::Served;
use crate::caller::{Caller, Idempotency, claim, claim_in, finished, made_before, until_kept};
use crate::db::idempotency::{self, Claim};
use crate::db::shipment_changes::{self as changes, ShipmentChange};
use crate::db::shipments::{self as rows, Shipment};
use crate::db::{Tx, tasks};
use crate::fields::Faults;
use crate::refusal::Refusal;

/// A change that is asked for.
struct Order {
    area: Shipping,
    id: Uuid,
    claim: Claim,
    kind: ShipmentChangeKind,
    reason: Option<String>,
    shipment: Shipment,
    served: Arc<Served<dyn Carrier>>,
    parcel: Tracked,
}

impl Shipping {
    /// Has a shipment given up or brought back, or answers what became of the change that the same key asked for before.
    pub async fn change(
        &self,
        caller: &Caller,
        id: ShipmentId,
        idempotency: Idempotency,
        kind: ShipmentChangeKind,
        reason: Option<String>,
    ) -> Result<(Shipment, ShipmentChangeStatus), Refusal> {
        let mut faults = Faults::default();
        draft::note("reason", reason.as_deref(), &mut faults);
        faults.or(Some(()))?;
        let shipment = self.read(caller, id).await?;
        let change = self.ambient.uuid();
        let claim = claim(caller, idempotency, change, self.now());
        if let Some(made) = made_before(&self.db, &claim).await? {
            return self.changed(caller, id, made).await;
        }
        allowed(kind, shipment.status)?;
        let served = self.accounts.carrier_by_id(shipment.account_id, Some(shipment.store_id)).await?;
        let served = served.ok_or(Refusal::ProviderUnavailable { alternatives: None })?;
        changes_of(&served)?;
        let parcel = self.tracked(&shipment).await?.ok_or(Refusal::Internal("a booked shipment has no booking"))?;
        let reason = reason.filter(|text| !text.trim().is_empty());
        let order = Order { area: self.clone(), id: change, claim, kind, reason, shipment, served, parcel };
        let made = finished(async move { order.carry_out().await }).await?;
        self.changed(caller, id, made).await
    }

    /// A shipment with what became of a change of it. One that is refused is told as such, each time.
    async fn changed(
        &self,
        caller: &Caller,
        id: ShipmentId,
        change: Uuid,
    ) -> Result<(Shipment, ShipmentChangeStatus), Refusal> {
        let change = changes::by_id(&self.db, change).await?.ok_or(Refusal::NotFound)?;
        if change.status == ShipmentChangeStatus::Refused {
            return Err(refused(change.message.unwrap_or_default()));
        }
        Ok((self.read(caller, id).await?, change.status))
    }
}

impl Order {
    /// Has it leave and takes in its answer; the id of the change that the key stands for.
    async fn carry_out(self) -> Result<Uuid, Refusal> {
        let carrier = self.served.provider.as_ref();
        let changed = match self.area.depart(carrier, &self).await? {
            Some(Ok(reply)) => changes_of(&self.served)?.read_change(&self.parcel, &reply),
            Some(Err(error)) if error.delivery == Delivery::Never => {
                if until_kept(|| self.take_never(&error)).await? {
                    return Ok(self.id);
                }
                return Err(never_left(error));
            }
            Some(Err(error)) => Changed::Unclear { message: error.message },
            None => {
                let made = made_before(&self.area.db, &self.claim).await?;
                return made.ok_or(Refusal::Internal("a change was decided on before it left"));
            }
        };
        // What has been answered is known here alone: a database that is busy for a moment must not lose it.
        until_kept(|| self.take_answer(&changed)).await?;
        Ok(self.id)
    }

    /// Takes in what the carrier answered. Tasks come before shipments, as everywhere.
    async fn take_answer(&self, changed: &Changed) -> Result<(), Refusal> {
        let (area, now) = (&self.area, self.area.now());
        let (status, message) = match changed {
            Changed::Done => (ShipmentChangeStatus::Done, None),
            Changed::Refused { message } => (ShipmentChangeStatus::Refused, Some(message.as_str())),
            Changed::Unclear { message } => (ShipmentChangeStatus::Unknown, Some(message.as_str())),
        };
        let mut tx = area.db.begin().await?;
        if status != ShipmentChangeStatus::Refused {
            tasks::enqueue(&mut tx, &area.following(&self.shipment, now)).await?;
        }
        let mut shipment = rows::lock(&mut tx, self.shipment.id).await?.ok_or(Refusal::NotFound)?;
        let before = shipment.clone();
        let was_open = changes::learn(&mut tx, self.id, status, message, now).await?;
        if was_open && status == ShipmentChangeStatus::Done {
            area.carried_out(&mut tx, &mut shipment, self.kind, None).await?;
            area.keep(&mut tx, &before, shipment).await?;
        }
        tx.commit().await?;
        area.waker.wake(TRACK, &before.account_id.to_string());
        area.tell(before.store_id);
        Ok(())
    }

    /// It certainly was not done. Whether that is the carrier's own no, which the key stands for from now on; where it has not
    /// arrived, the same key may ask again.
    async fn take_never(&self, error: &Error) -> Result<bool, Refusal> {
        let mut tx = self.area.db.begin().await?;
        let (status, words) = (ShipmentChangeStatus::Refused, Some(error.message.as_str()));
        let had_left = changes::learn(&mut tx, self.id, status, words, self.area.now()).await?;
        let is_a_no = had_left && is_refusal(error.kind);
        if !is_a_no {
            idempotency::give_back(&mut tx, &self.claim).await?;
        }
        tx.commit().await?;
        Ok(is_a_no)
    }

    fn row(&self, intent: Uuid) -> ShipmentChange {
        let now = self.area.now();
        ShipmentChange {
            id: self.id,
            shipment_id: self.shipment.id,
            store_id: self.shipment.store_id,
            kind: self.kind,
            status: ShipmentChangeStatus::Unknown,
            intent_id: intent,
            message: None,
            created_at: now,
            updated_at: now,
        }
    }
}

#[async_trait]
impl Departure for Order {
    async fn describe(&self) -> Result<Call, Error> {
        let carrier = &self.served.provider;
        let unsupported = || Error::refused(Kind::Unsupported, carrier.card().name, self.kind.as_str(), "no such call");
        let changes = carrier.changes().ok_or_else(unsupported)?;
        match self.kind {
            ShipmentChangeKind::Cancel => changes.describe_cancel(&self.parcel, self.reason.as_deref()).await,
            ShipmentChangeKind::Return => changes.describe_return(&self.parcel, self.reason.as_deref()).await,
        }
    }

    /// With it, the task that looks at the trail if we are stopped before the answer.
    async fn leave(&self, tx: &mut Tx, intent: Uuid, after: Option<Uuid>) -> Result<bool, Refusal> {
        let area = &self.area;
        if let Some(after) = after {
            return Ok(changes::leave_again(tx, self.id, after, intent, area.now()).await?);
        }
        if claim_in(tx, &self.claim).await?.is_some() {
            return Ok(false);
        }
        tasks::enqueue(tx, &area.following(&self.shipment, area.when_answered())).await?;
        let shipment = rows::lock(tx, self.shipment.id).await?.ok_or(Refusal::NotFound)?;
        allowed(self.kind, shipment.status)?;
        if let Some(open) = changes::open(tx, shipment.id).await? {
            return Err(under_way(open.kind));
        }
        changes::insert(tx, &self.row(intent)).await?;
        Ok(true)
    }
}

/// Whether a shipment that stands so can be given up or brought back.
fn allowed(kind: ShipmentChangeKind, status: ShipmentStatus) -> Result<(), Refusal> {
    use ShipmentChangeKind::{Cancel, Return};
    use ShipmentStatus::{Booked, Delayed, FailedAttempt, InTransit, OutForDelivery, Pending, PickedUp, Unknown};
    let (en, ar) = match (kind, status) {
        (Cancel, Booked) | (Return, PickedUp | InTransit | OutForDelivery | Delayed | FailedAttempt) => return Ok(()),
        (_, Pending | Unknown) => (
            "nobody knows yet whether a carrier has booked it".to_owned(),
            "لا يُعرف بعد إن كانت شركة قد حجزت الشحنة".to_owned(),
        ),
        (Return, Booked) => (
            "the carrier has not fetched it yet: cancel it instead".to_owned(),
            "لم تستلمها الشركة بعد؛ ألغِها بدلاً من إرجاعها".to_owned(),
        ),
        (Cancel, status) => (
            format!("it is cancelled before the carrier fetches it; it is {status}"),
            format!("يمكن الإلغاء قبل استلام الشركة للشحنة فقط، وحالتها {status}"),
        ),
        (Return, status) => (
            format!("it is returned while the carrier has it to deliver; it is {status}"),
            format!("يمكن الإرجاع والشحنة لدى الشركة للتسليم فقط، وحالتها {status}"),
        ),
    };
    Err(Refusal::Conflict(Text::new(en, ar)))
}

fn changes_of(served: &Served<dyn Carrier>) -> Result<&dyn Changes, Refusal> {
    served.provider.changes().ok_or_else(|| Refusal::Unsupported {
        text: Text::new("the carrier has no call for this: ask its people", "لا تتيح الشركة ذلك آلياً؛ اتصل بها"),
        alternatives: Vec::new(),
    })
}

fn under_way(kind: ShipmentChangeKind) -> Refusal {
    Refusal::Conflict(Text::new(
        format!("an order to {kind} it is under way, and nobody knows yet what became of it"),
        format!("يوجد طلب سابق ({kind}) لا تُعرف نتيجته بعد"),
    ))
}

fn refused(words: String) -> Refusal {
    let ar = format!("رفضت الشركة الطلب: {words}");
    Refusal::Conflict(Text::new(format!("the carrier does not do it: {words}"), ar))
}

/// Whether the carrier has understood, and said no.
const fn is_refusal(kind: Kind) -> bool {
    matches!(kind, Kind::Invalid | Kind::NotFound | Kind::Conflict | Kind::Rejected)
}

/// Why a call has never left, or has certainly not arrived.
fn never_left(error: Error) -> Refusal {
    match error.kind {
        Kind::Unsupported => Refusal::Unsupported {
            text: Text::new(error.message, "لا تتيح الشركة ذلك لهذه الشحنة"),
            alternatives: Vec::new(),
        },
        kind if is_refusal(kind) => refused(error.message),
        _ => Refusal::Provider(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_fetched_is_cancelled_and_what_is_under_way_returned() {
        use ShipmentStatus as At;
        for status in At::ALL {
            let cancel = allowed(ShipmentChangeKind::Cancel, *status).is_ok();
            assert_eq!(cancel, *status == At::Booked, "cancel: {status}");
            let with_carrier =
                [At::PickedUp, At::InTransit, At::OutForDelivery, At::Delayed, At::FailedAttempt].contains(status);
            assert_eq!(allowed(ShipmentChangeKind::Return, *status).is_ok(), with_carrier, "return: {status}");
        }
    }
}
