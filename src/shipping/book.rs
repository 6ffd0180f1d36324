//! Having a shipment booked: each try leaves once, after the database knows of it, and another one only where the one before
//! has certainly booked nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::{Call, Entry, Error};
use schemas::shipping::{BookingFallback, CreateShipment, ShipmentStatus};
use schemas::{BookingId, ShipmentId};
use shipping_adapters::{Carrier, Order};
use sqlx::types::Json;
use uuid::Uuid;

use super::choose::{Candidate, Choice};
use super::departure::Departure;
use super::standing::{self, Fact, Next};
use super::way::{Subject, Way};
use super::{ASK, Draft, Shipping, place};
use crate::caller::{Caller, Idempotency, claim, claim_in, finished, made_before, until_kept};
use crate::db::bookings::{self, Booking, BookingStatus};
use crate::db::idempotency::Claim;
use crate::db::shipments::{self as rows, Shipment};
use crate::db::{DbError, Tx, integration_logs, tasks};
use crate::refusal::Refusal;

/// A shipment that is being carried on with.
pub(super) struct UnderWay {
    pub(super) caller: Caller,
    pub(super) shipment: Shipment,
    pub(super) subject: Subject,
    pub(super) way: Way,
}

impl Shipping {
    /// Makes a shipment, or answers the one that the same key made before (then with `true`).
    pub async fn create(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        request: CreateShipment,
    ) -> Result<(Shipment, bool), Refusal> {
        let draft = Draft::read(request)?;
        let id = ShipmentId::from(self.ambient.uuid());
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        if let Some(made) = made_before(&self.db, &claim).await? {
            return Ok((self.read(caller, made.into()).await?, true));
        }
        let choice = self.choose(caller, &draft).await?;
        let shipment = self.shipment(caller, id, &draft, &choice)?;
        let (area, caller_too) = (self.clone(), caller.clone());
        let under_way = UnderWay { caller: caller_too, shipment, subject: draft.subject, way: draft.way };
        let (id, replayed) = finished(async move { area.perform(claim, under_way, choice.first).await }).await?;
        Ok((self.read(caller, id).await?, replayed))
    }

    fn shipment(&self, caller: &Caller, id: ShipmentId, draft: &Draft, choice: &Choice) -> Result<Shipment, Refusal> {
        let first = &choice.first;
        let now = self.now();
        let subject =
            serde_json::to_vec(&draft.subject).map_err(|_| Refusal::Internal("a subject cannot be written"))?;
        let currency = schemas::Currency::from_code(&first.served.row.currency).unwrap_or(schemas::Currency::Lyd);
        Ok(Shipment {
            id,
            store_id: caller.store,
            livemode: caller.mode.is_live(),
            reference: draft.reference.clone(),
            carrier: first.served.row.provider.clone(),
            service: first.service.key.to_owned(),
            account_id: first.served.row.id,
            fallback: draft.fallback,
            fallback_from: choice.fallback_from.clone(),
            carrier_number: None,
            carrier_id: None,
            status: ShipmentStatus::Pending,
            raw_status: None,
            status_at: None,
            cost: first.cost.map(|cost| cost.minor),
            currency,
            cash: draft.way.cash.map(|cash| cash.minor),
            collected: None,
            collected_at: None,
            eta_from: Some(first.fit.from.into()),
            eta_to: Some(first.fit.to.into()),
            origin_city: draft.way.origin.city.id.to_owned(),
            destination_city: draft.way.destination.city.id.to_owned(),
            pieces: i32::try_from(draft.way.parcels.len()).unwrap_or(i32::MAX),
            grams: draft.way.weight().in_grams(),
            subject: self.vault.seal(place(caller.store, id, "subject"), &subject),
            review_reason: None,
            alternatives: Json(Vec::new()),
            evidence: None,
            tracks: 0,
            tracked_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// Commits the claim, the shipment, its first try and the task that finds out if we are stopped; then the try leaves.
    async fn perform(
        &self,
        claim: Claim,
        under_way: UnderWay,
        first: Candidate,
    ) -> Result<(ShipmentId, bool), Refusal> {
        let shipment = &under_way.shipment;
        let booking = self.booking(shipment, &first);
        let mut tx = self.db.begin().await?;
        if let Some(made) = claim_in(&mut tx, &claim).await? {
            return Ok((made.into(), true));
        }
        tasks::enqueue(&mut tx, &self.question(shipment, self.when_answered())).await?;
        if !rows::insert(&mut tx, shipment).await? {
            let holder = rows::holding(&mut tx, shipment.store_id, shipment.livemode, &shipment.reference).await?;
            // It was given up this instant: whoever sends the same again finds the reference free.
            let holder = holder.ok_or(DbError::Unavailable(sqlx::Error::RowNotFound))?;
            return Err(Refusal::ReferenceInUse(holder.id.to_string()));
        }
        bookings::insert(&mut tx, &booking).await?;
        tx.commit().await?;
        let id = shipment.id;
        self.carry_on(&under_way, booking, first).await?;
        Ok((id, false))
    }

    /// Sends one try after another, until a carrier has it, or may have it, or there is nobody left.
    pub(super) async fn carry_on(
        &self,
        under_way: &UnderWay,
        booking: Booking,
        candidate: Candidate,
    ) -> Result<(), Refusal> {
        let mut now = (booking, candidate);
        loop {
            let (booking, candidate) = &now;
            let Some(fact) = self.send(under_way, booking, candidate).await? else { return Ok(()) };
            let can_be_asked = candidate.served.provider.card().finds;
            // What has been answered is known here alone: a database that is busy for a moment must not lose it.
            let next = until_kept(|| self.take_answer(booking, fact.clone(), can_be_asked)).await?;
            if next != Next::Refused {
                return Ok(());
            }
            match self.after_refusal(under_way).await? {
                Some(another) => now = another,
                None => return Ok(()),
            }
        }
    }

    /// Sends one try; what it came to, or nothing where somebody else has decided on it meanwhile.
    async fn send(
        &self,
        under_way: &UnderWay,
        booking: &Booking,
        candidate: &Candidate,
    ) -> Result<Option<Fact>, Refusal> {
        let carrier = candidate.served.provider.as_ref();
        let order = self.order(under_way, booking, candidate);
        let prepared = match self.prepare(carrier, &order).await? {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Some(Fact::Refused(error.message))),
        };
        let attempt = Attempt { area: self, carrier, order: &order, prepared: prepared.as_deref(), id: booking.id };
        Ok(self.depart(carrier, &attempt).await?.map(|came| match came {
            Ok(reply) => Fact::of(carrier.read_booking(&order, &reply)),
            Err(error) => Fact::of_failed_call(error),
        }))
    }

    /// Makes what must be there before the booking. Whatever becomes of it, nothing is booked by it.
    async fn prepare(&self, carrier: &dyn Carrier, order: &Order) -> Result<Result<Option<String>, Error>, Refusal> {
        let call = match carrier.describe_preparation(order) {
            Ok(Some(call)) => call,
            Ok(None) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
        };
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let intent = integration_logs::commit_intent(self.db.begin().await?, entry).await?;
        let reply = match self.accounts.transport().act(&call, intent).await {
            Ok(reply) => reply,
            Err(error) => return Ok(Err(error)),
        };
        Ok(carrier.read_preparation(&reply).map(Some))
    }

    fn order(&self, under_way: &UnderWay, booking: &Booking, candidate: &Candidate) -> Order {
        let (carrier, account) = (&booking.carrier, booking.account_id);
        Order {
            reference: booking.reference.clone(),
            service: candidate.service,
            origin: candidate.origin.clone(),
            destination: candidate.destination.clone(),
            parcels: under_way.way.parcels.clone(),
            cash: under_way.way.cash,
            description: under_way.subject.description.clone(),
            notes: under_way.subject.notes.clone(),
            callback_url: format!("{}/v1/callbacks/{carrier}/{account}", self.public_url),
        }
    }

    /// Takes in what a try came to. Tasks come before shipments, as everywhere.
    async fn take_answer(&self, sent: &Booking, fact: Fact, can_be_asked: bool) -> Result<Next, Refusal> {
        let (mut booking, now) = (sent.clone(), self.now());
        let mut shipment = rows::by_id(&self.db, sent.shipment_id).await?.ok_or(Refusal::NotFound)?;
        let expected = standing::learn(&mut shipment, &mut booking, fact.clone(), can_be_asked, now, &self.settings);
        let mut tx = self.db.begin().await?;
        self.follow_up(&mut tx, &shipment, expected).await?;
        let next = self.learn(&mut tx, sent.id, fact, can_be_asked).await?;
        if next != expected {
            self.follow_up(&mut tx, &shipment, next).await?;
        }
        tx.commit().await?;
        self.wake(&shipment, next);
        Ok(next)
    }

    /// Takes in what was learnt of a booking, under the lock of its shipment, with the events that tell of it.
    pub(super) async fn learn(
        &self,
        tx: &mut Tx,
        booking: BookingId,
        fact: Fact,
        can_be_asked: bool,
    ) -> Result<Next, DbError> {
        let Some(found) = bookings::get(tx, booking).await? else { return Ok(Next::Over) };
        let Some(mut shipment) = rows::lock(tx, found.shipment_id).await? else { return Ok(Next::Over) };
        // Whoever changes a booking has its shipment locked: only now it stands still.
        let Some(mut booking) = bookings::get(tx, booking).await? else { return Ok(Next::Over) };
        let before = shipment.clone();
        let next = standing::learn(&mut shipment, &mut booking, fact, can_be_asked, self.now(), &self.settings);
        if !bookings::update(tx, &mut booking).await? {
            return Err(DbError::Constraint("a booking changed under its lock".to_owned()));
        }
        self.keep(tx, &before, shipment).await?;
        Ok(next)
    }

    /// The last try was certainly in vain: the next one, committed and ready to leave, or the end of the shipment.
    pub(super) async fn after_refusal(&self, under_way: &UnderWay) -> Result<Option<(Booking, Candidate)>, Refusal> {
        let tried = bookings::of_shipment(&self.db, under_way.shipment.id).await?;
        let mut names: Vec<String> = tried.iter().map(|booking| booking.carrier.clone()).collect();
        names.extend(under_way.shipment.fallback_from.clone());
        let first = under_way.shipment.fallback_from.clone().or(names.first().cloned()).unwrap_or_default();
        let UnderWay { caller, way, .. } = under_way;
        let (next, alternatives) = match under_way.shipment.fallback {
            BookingFallback::Auto => (self.next(caller, &first, &names, way).await?, Vec::new()),
            BookingFallback::Offer => (None, self.alternatives(caller, &first, &names, way).await?),
            BookingFallback::None => (None, Vec::new()),
        };
        let id = under_way.shipment.id;
        let mut tx = self.db.begin().await?;
        if next.is_some() {
            tasks::enqueue(&mut tx, &self.question(&under_way.shipment, self.when_answered())).await?;
        } else {
            tasks::drop_key(&mut tx, ASK, &id.to_string()).await?;
        }
        let Some(mut shipment) = rows::lock(&mut tx, id).await? else { return Ok(None) };
        let stands = bookings::of_locked(&mut tx, id).await?;
        let is_open = matches!(shipment.status, ShipmentStatus::Pending | ShipmentStatus::Unknown);
        if !is_open || stands.iter().any(|booking| booking.status != BookingStatus::Refused) {
            return Ok(None);
        }
        let before = shipment.clone();
        let Some(candidate) = next else {
            standing::fail(&mut shipment, alternatives);
            self.keep(&mut tx, &before, shipment).await?;
            tx.commit().await?;
            self.tell(before.store_id);
            return Ok(None);
        };
        let booking = self.booking(&shipment, &candidate);
        bookings::insert(&mut tx, &booking).await?;
        shipment.status = ShipmentStatus::Pending;
        shipment.fallback_from = Some(first);
        shipment.carrier = booking.carrier.clone();
        shipment.service = booking.service.clone();
        shipment.account_id = booking.account_id;
        shipment.cost = candidate.cost.map(|cost| cost.minor);
        shipment.eta_from = Some(candidate.fit.from.into());
        shipment.eta_to = Some(candidate.fit.to.into());
        self.keep(&mut tx, &before, shipment).await?;
        tx.commit().await?;
        Ok(Some((booking, candidate)))
    }

    fn booking(&self, shipment: &Shipment, candidate: &Candidate) -> Booking {
        let (id, now) = (BookingId::from(self.ambient.uuid()), self.now());
        Booking {
            id,
            shipment_id: shipment.id,
            store_id: shipment.store_id,
            livemode: shipment.livemode,
            carrier: candidate.served.row.provider.clone(),
            service: candidate.service.key.to_owned(),
            account_id: candidate.served.row.id,
            reference: wire_reference(id),
            status: BookingStatus::Unknown,
            intent_id: None,
            left_at: None,
            carrier_number: None,
            carrier_id: None,
            cost: None,
            message: None,
            asks: 0,
            asked_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// When the answer of a try that leaves now is certainly not on its way any more.
    pub(super) fn when_answered(&self) -> crate::db::Time {
        self.now().after(Duration::from_millis(self.settings.answer_ms))
    }
}

/// A try that is about to leave.
struct Attempt<'a> {
    area: &'a Shipping,
    carrier: &'a dyn Carrier,
    order: &'a Order,
    prepared: Option<&'a str>,
    id: BookingId,
}

#[async_trait]
impl Departure for Attempt<'_> {
    async fn describe(&self) -> Result<Call, Error> {
        self.carrier.describe_booking(self.order, self.prepared).await
    }

    async fn leave(&self, tx: &mut Tx, intent: Uuid, after: Option<Uuid>) -> Result<bool, Refusal> {
        Ok(bookings::leave(tx, self.id, intent, after, self.area.now()).await?)
    }
}

/// 27 characters of digits and capitals: within every carrier's limits, and never reused.
fn wire_reference(id: BookingId) -> String {
    id.to_string().replacen("bkg_", "B", 1)
}

/// Who asks, where it is a task that carries on.
pub(super) fn from_inside(shipment: &Shipment) -> Caller {
    Caller {
        store: shipment.store_id,
        store_key: Arc::from(""),
        key: None,
        mode: schemas::store::Mode::from_livemode(shipment.livemode),
        return_urls: Arc::from([]),
    }
}
