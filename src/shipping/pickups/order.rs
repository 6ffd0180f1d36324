//! Ordering a pickup: it leaves once, after the database knows of it.

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Call, Delivery, Error, Kind};
use schemas::shipping::{CreatePickup, PickupStatus, ShipmentStatus};
use schemas::{PickupId, Text};
use shipping_adapters::{Carrier, PickupAnswer, PickupOrder, Pickups, Tracked};
use sqlx::types::Json;
use uuid::Uuid;

use super::{ASK, PickupDraft, place};
use crate::accounts::Served;
use crate::calendar::day_of;
use crate::caller::{Caller, Idempotency, claim, claim_in, finished, made_before, until_kept};
use crate::db::idempotency::Claim;
use crate::db::pickups::{self as rows, Pickup};
use crate::db::shipments::{self, Shipment};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Tx};
use crate::fields::Faults;
use crate::refusal::Refusal;
use crate::shipping::Shipping;
use crate::shipping::departure::Departure;
use crate::shipping::places::PlacesError;
use crate::shipping::way::Side;

/// A pickup that is to leave.
struct Leaving {
    area: Shipping,
    claim: Claim,
    pickup: Pickup,
    served: Arc<Served<dyn Carrier>>,
    order: PickupOrder,
}

/// What is known of a pickup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) status: PickupStatus,
    pub(super) reference: Option<String>,
    pub(super) message: Option<String>,
}

impl Shipping {
    /// Orders a pickup, or answers the one that the same key ordered before (then with `true`).
    pub async fn order_pickup(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        request: CreatePickup,
    ) -> Result<(Pickup, bool), Refusal> {
        let id = PickupId::from(self.ambient.uuid());
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        if let Some(made) = made_before(&self.db, &claim).await? {
            return Ok((self.read_pickup(caller, made.into()).await?, true));
        }
        let draft = PickupDraft::read(request, &*self.calendar.calendar().await?, &self.ambient)?;
        let served = self.who_comes(caller, &draft).await?;
        let (parcels, first) = self.fetched(caller, &draft, &served).await?;
        let at = match &draft.address {
            Some((_, side)) => side.clone(),
            None => self.origin(&first)?,
        };
        let order = self.pickup_order(id, &served, &draft, &at, parcels).await?;
        let pickup = self.pickup(caller, id, &served, &draft, &order)?;
        let leaving = Leaving { area: self.clone(), claim, pickup, served, order };
        let (id, replayed) = finished(async move { leaving.carry_out().await }).await?;
        Ok((self.read_pickup(caller, id).await?, replayed))
    }

    async fn who_comes(&self, caller: &Caller, draft: &PickupDraft) -> Result<Arc<Served<dyn Carrier>>, Refusal> {
        let served = self.reachable(caller, draft.card).await?;
        let served = served.map_err(|why| Refusal::Unsupported { text: why.text(), alternatives: Vec::new() })?;
        if served.provider.pickups().is_none() {
            return Err(Refusal::Unsupported {
                text: Text::new("the carrier has no call for this: ask its people", "لا تتيح الشركة ذلك آلياً؛ اتصل بها"),
                alternatives: Vec::new(),
            });
        }
        Ok(served)
    }

    /// The parcels of the shipments, each of which must wait for this carrier; the first shipment with them.
    async fn fetched(
        &self,
        caller: &Caller,
        draft: &PickupDraft,
        served: &Served<dyn Carrier>,
    ) -> Result<(Vec<Tracked>, Shipment), Refusal> {
        let found = shipments::by_ids(&self.db, &draft.shipments).await?;
        let mut faults = Faults::default();
        let (mut parcels, mut first) = (Vec::new(), None);
        for (index, id) in draft.shipments.iter().enumerate() {
            let field = format!("shipments[{index}]");
            let own = |one: &&Shipment| one.store_id == caller.store && one.livemode == caller.mode.is_live();
            let Some(shipment) = found.iter().find(|one| one.id == *id).filter(own) else {
                faults.add(&field, "there is no such shipment", "لا توجد شحنة بهذا المعرّف");
                continue;
            };
            if shipment.account_id != served.row.id {
                faults.add(&field, "another carrier or account has it", "الشحنة لدى شركة أو حساب آخر");
            } else if shipment.status != ShipmentStatus::Booked {
                let status = shipment.status;
                faults.add(&field, format!("it is {status}, not booked"), format!("حالتها {status} وليست محجوزة"));
            }
            first = first.or_else(|| Some(shipment.clone()));
            parcels.extend(self.tracked(shipment).await?);
        }
        let first = faults.or(first)?;
        Ok((parcels, first))
    }

    fn origin(&self, shipment: &Shipment) -> Result<Side, Refusal> {
        Ok(self.subject(shipment)?.way()?.origin)
    }

    async fn pickup_order(
        &self,
        id: PickupId,
        served: &Arc<Served<dyn Carrier>>,
        draft: &PickupDraft,
        at: &Side,
        parcels: Vec<Tracked>,
    ) -> Result<PickupOrder, Refusal> {
        let coverage = self.places.of(served).await.map_err(|error| match &*error {
            PlacesError::Carrier(_) => Refusal::ProviderUnavailable { alternatives: None },
            PlacesError::Db(_) => Refusal::Internal("the places of a carrier cannot be read"),
        })?;
        let not_served = || Refusal::field("address.city", "the carrier does not come there", "لا تصل الشركة إلى هناك");
        let at = at.end(&coverage).ok_or_else(not_served)?;
        Ok(PickupOrder { reference: wire_reference(id), at, day: draft.day, parcels, notes: draft.notes.clone() })
    }

    fn pickup(
        &self,
        caller: &Caller,
        id: PickupId,
        served: &Served<dyn Carrier>,
        draft: &PickupDraft,
        order: &PickupOrder,
    ) -> Result<Pickup, Refusal> {
        let (store, now) = (caller.store, self.now());
        let written = draft.address.as_ref().map(|(address, _)| serde_json::to_vec(address)).transpose();
        let written = written.map_err(|_| Refusal::Internal("an address cannot be written"))?;
        Ok(Pickup {
            id,
            store_id: store,
            livemode: caller.mode.is_live(),
            carrier: served.row.provider.clone(),
            account_id: served.row.id,
            reference: order.reference.clone(),
            day: draft.day.to_string(),
            shipments: Json(draft.shipments.clone()),
            status: PickupStatus::Processing,
            intent_id: Uuid::nil(),
            carrier_reference: None,
            carrier_message: None,
            address: written.map(|clear| self.vault.seal(place(store, id, "address"), &clear)),
            evidence: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// Takes in what is known of a pickup, under its lock; nothing where it was known before.
    pub(super) async fn learn_of_pickup(&self, tx: &mut Tx, id: PickupId, known: Known) -> Result<(), DbError> {
        let Some(mut pickup) = rows::lock(tx, id).await? else { return Ok(()) };
        if pickup.status != PickupStatus::Processing {
            return Ok(());
        }
        let Known { status, reference, message } = known;
        (pickup.status, pickup.carrier_reference, pickup.carrier_message) = (status, reference, message);
        pickup.updated_at = self.now();
        match rows::update(tx, &mut pickup).await? {
            true => Ok(()),
            false => Err(DbError::Constraint("a pickup changed under its lock".to_owned())),
        }
    }
}

impl Leaving {
    /// Has it leave and takes in its answer; whether the key had ordered one before.
    async fn carry_out(self) -> Result<(PickupId, bool), Refusal> {
        let carrier = self.served.provider.as_ref();
        let known = match self.area.depart(carrier, &self).await? {
            Some(Ok(reply)) => Known::of(self.port()?.read_pickup(&self.order, &reply)),
            Some(Err(error)) => Known::of_failed_call(error),
            None => {
                let made = made_before(&self.area.db, &self.claim).await?;
                return Ok((made.ok_or(Refusal::Internal("a pickup was decided on before it left"))?.into(), true));
            }
        };
        until_kept(|| self.take_answer(known.clone())).await?;
        Ok((self.pickup.id, false))
    }

    fn port(&self) -> Result<&dyn Pickups, Error> {
        let carrier = &self.served.provider;
        let unsupported = || Error::refused(Kind::Unsupported, carrier.card().name, "pickup", "there is no such call");
        carrier.pickups().ok_or_else(unsupported)
    }

    async fn take_answer(&self, known: Known) -> Result<(), Refusal> {
        let id = self.pickup.id;
        let mut tx = self.area.db.begin().await?;
        tasks::drop_key(&mut tx, ASK, &id.to_string()).await?;
        // One that was never written is one whose call could not even be described.
        if rows::lock(&mut tx, id).await?.is_none() {
            let message = known.message.unwrap_or_default();
            return Err(Refusal::Unsupported {
                text: Text::new(message, "لا تقبل الشركة هذا الطلب"),
                alternatives: Vec::new(),
            });
        }
        self.area.learn_of_pickup(&mut tx, id, known).await?;
        Ok(tx.commit().await?)
    }

    /// The shipments still wait, and nobody else is to come for one of them.
    async fn still_wait(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let mut ids = self.pickup.shipments.0.clone();
        ids.sort_unstable();
        for id in &ids {
            let shipment = shipments::lock(tx, *id).await?.ok_or(Refusal::NotFound)?;
            if shipment.status != ShipmentStatus::Booked {
                return Err(conflict(&format!("{id} is {}", shipment.status), &format!("{id}: {}", shipment.status)));
            }
        }
        let today = day_of(self.area.ambient.now()).to_string();
        let standing = rows::standing(tx, self.pickup.store_id, self.pickup.account_id, &today).await?;
        match standing.iter().find(|one| one.shipments.0.iter().any(|id| ids.contains(id))) {
            Some(one) => Err(conflict(
                &format!("the pickup {} of {} fetches some of them", one.id, one.day),
                &format!("موعد الاستلام {} ليوم {} يشمل بعضها", one.id, one.day),
            )),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Departure for Leaving {
    async fn describe(&self) -> Result<Call, Error> {
        self.port()?.describe_pickup(&self.order).await
    }

    /// With it, the task that looks after it if we are stopped before the answer.
    async fn leave(&self, tx: &mut Tx, intent: Uuid, after: Option<Uuid>) -> Result<bool, Refusal> {
        let (area, id) = (&self.area, self.pickup.id);
        if let Some(after) = after {
            return Ok(rows::leave_again(tx, id, after, intent, area.now()).await?);
        }
        if claim_in(tx, &self.claim).await?.is_some() {
            return Ok(false);
        }
        let lane = self.pickup.account_id.to_string();
        let task = Task::new(area.ambient.uuid(), ASK, lane, id.to_string(), area.now());
        tasks::enqueue(tx, &Task { due_at: area.when_answered(), ..task }).await?;
        self.still_wait(tx).await?;
        rows::insert(tx, &Pickup { intent_id: intent, ..self.pickup.clone() }).await?;
        Ok(true)
    }
}

impl Known {
    fn of(answer: PickupAnswer) -> Self {
        let (status, reference, message) = match answer {
            PickupAnswer::Scheduled { id } => (PickupStatus::Scheduled, id, None),
            PickupAnswer::Refused { message } => (PickupStatus::Failed, None, Some(message)),
            PickupAnswer::Unclear { message } => (PickupStatus::NeedsReview, None, Some(message)),
        };
        Self { status, reference, message }
    }

    /// Only a call that certainly did not arrive has ordered nothing.
    fn of_failed_call(error: Error) -> Self {
        let status = match error.delivery {
            Delivery::Never => PickupStatus::Failed,
            Delivery::Maybe | Delivery::Done => PickupStatus::NeedsReview,
        };
        Self { status, reference: None, message: Some(error.message) }
    }
}

fn conflict(en: &str, ar: &str) -> Refusal {
    Refusal::Conflict(Text::new(en, ar))
}

/// 27 characters of digits and capitals: within every carrier's limits, and never reused.
fn wire_reference(id: PickupId) -> String {
    id.to_string().replacen("pku_", "P", 1)
}
