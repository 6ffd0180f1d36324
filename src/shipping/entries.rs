//! Taking in what carriers tell: by callback, poll, push and file alike. Each thing counts once, and the order of telling
//! does not matter.

use std::collections::{BTreeMap, BTreeSet};

use schemas::shipping::{ShipmentReview, ShipmentStatus};
use schemas::{AccountId, ShipmentId, StoreId};
use shipping_adapters::{Booking as AtCarrier, Card, Carrier, Entry, Told, ToldEntry};

use super::beside::Beside;
use super::standing::{self, Fact};
use super::{Shipping, status};
use crate::accounts::Served;
use crate::db::bookings::{self, BookingStatus};
use crate::db::shipment_entries::{self, HeardBy, ShipmentEntry};
use crate::db::shipments::{self as rows, Shipment};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, Tx, carrier_oddities};
use crate::vault::Place;

/// What became of what was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TakenIn {
    /// Things that were new.
    pub(super) new: u64,
    /// Things that name no parcel of ours.
    pub(super) unknown: u64,
    /// Things that could not be read.
    pub(super) malformed: u64,
}

/// What was told, by what it is told of.
#[derive(Default)]
pub(super) struct Sorted<'a> {
    /// Of parcels of ours, in the order in which they are locked.
    pub(super) ours: BTreeMap<ShipmentId, Vec<&'a ToldEntry>>,
    /// Of parcels that nobody knows.
    pub(super) unknown: Vec<&'a ToldEntry>,
    /// What no column can hold.
    pub(super) unkeepable: Vec<&'a ToldEntry>,
}

impl Sorted<'_> {
    /// What came of it, once all of it is kept.
    pub(super) fn taken(&self, told: &Told, new: u64) -> TakenIn {
        let malformed = (told.malformed.len() + self.unkeepable.len()) as u64;
        TakenIn { new, unknown: self.unknown.len() as u64, malformed }
    }
}

impl Shipping {
    /// Takes in all that was told at once. What names nothing of ours, or cannot be read, is kept as it came. Nothing where
    /// somebody else is at it by now.
    pub(super) async fn take_in(
        &self,
        served: &Served<dyn Carrier>,
        told: &Told,
        heard_by: HeardBy,
        beside: Beside<'_>,
    ) -> Result<Option<TakenIn>, DbError> {
        let sorted = self.sort(served.row.id, told).await?;
        let followed = self.newly_followed(served.row.id, &sorted).await?;
        let mut tx = self.db.begin().await?;
        if !beside.keep(&mut tx).await? {
            return Ok(None);
        }
        // Tasks come before shipments, and shipments in their order: nobody waits for somebody who waits for him.
        tasks::enqueue_all(&mut tx, &followed.iter().collect::<Vec<_>>()).await?;
        let (mut new, mut stores) = (0, BTreeSet::new());
        for (id, entries) in &sorted.ours {
            let Some((store, kept)) = self.take_entries(&mut tx, served, *id, entries, heard_by).await? else {
                continue;
            };
            new += kept;
            stores.insert(store);
        }
        self.set_aside_all(&mut tx, served, told, &sorted, heard_by).await?;
        tx.commit().await?;
        stores.into_iter().for_each(|store| self.tell(store));
        Ok(Some(sorted.taken(told, new)))
    }

    /// Finds the shipments that are told of.
    pub(super) async fn sort<'a>(&self, account: AccountId, told: &'a Told) -> Result<Sorted<'a>, DbError> {
        let mut sorted = Sorted::default();
        let (keepable, unkeepable) = told.entries.iter().partition::<Vec<_>, _>(|entry| is_keepable(entry));
        sorted.unkeepable = unkeepable;
        let numbers: Vec<&str> = keepable.iter().filter_map(|entry| entry.number.as_deref()).collect();
        let mut known: BTreeMap<String, ShipmentId> = BTreeMap::new();
        for numbers in numbers.chunks(500) {
            let found = rows::by_numbers(&self.db, account, numbers).await?;
            known.extend(found.into_iter().filter_map(|shipment| Some((shipment.carrier_number?, shipment.id))));
        }
        for entry in keepable {
            let by_number = entry.number.as_ref().and_then(|number| known.get(number));
            let id = match (by_number, &entry.reference) {
                (Some(id), _) => Some(*id),
                (None, Some(reference)) => {
                    let booking = bookings::by_reference(&self.db, reference).await?;
                    booking.filter(|booking| booking.account_id == account).map(|booking| booking.shipment_id)
                }
                (None, None) => None,
            };
            match id {
                Some(id) => sorted.ours.entry(id).or_default().push(entry),
                None => sorted.unknown.push(entry),
            }
        }
        Ok(sorted)
    }

    /// The tasks that follow parcels whose booking is proved by being told of. Their questions end by themselves.
    async fn newly_followed(&self, account: AccountId, sorted: &Sorted<'_>) -> Result<Vec<Task>, DbError> {
        let proves = |entries: &[&ToldEntry]| entries.iter().any(|one| one.number.is_some() && one.reference.is_some());
        let proved = sorted.ours.iter().filter(|(_, entries)| proves(entries));
        let ids: Vec<ShipmentId> = proved.map(|(id, _)| *id).collect();
        let mut tasks = Vec::new();
        for ids in ids.chunks(500) {
            let mut shipments = rows::by_ids(&self.db, ids).await?;
            shipments.sort_by_key(|shipment| shipment.id);
            let due = self.now().after(self.settings.track_gap(0));
            let unbooked = shipments.iter().filter(|shipment| shipment.carrier_number.is_none());
            tasks.extend(unbooked.map(|shipment| Task { lane: account.to_string(), ..self.following(shipment, due) }));
        }
        Ok(tasks)
    }

    async fn take_entries(
        &self,
        tx: &mut Tx,
        served: &Served<dyn Carrier>,
        id: ShipmentId,
        told: &[&ToldEntry],
        heard_by: HeardBy,
    ) -> Result<Option<(StoreId, u64)>, DbError> {
        let Some(mut shipment) = rows::lock(tx, id).await? else { return Ok(None) };
        let before = shipment.clone();
        for one in told {
            self.learn_of(tx, &mut shipment, one).await?;
        }
        let entries: Vec<&Entry> = told.iter().filter_map(|one| one.entry.as_ref()).collect();
        let new = self.take_trail(tx, &mut shipment, served.provider.card(), &entries, heard_by).await?;
        self.keep(tx, &before, shipment).await?;
        Ok(Some((before.store_id, new)))
    }

    /// A carrier that tells of a parcel by our reference has booked it.
    async fn learn_of(&self, tx: &mut Tx, shipment: &mut Shipment, told: &ToldEntry) -> Result<(), DbError> {
        let (Some(number), Some(reference)) = (&told.number, &told.reference) else { return Ok(()) };
        if shipment.carrier_number.as_ref() == Some(number) {
            return Ok(());
        }
        let tried = bookings::of_locked(tx, shipment.id).await?;
        let Some(mut booking) = tried.into_iter().find(|booking| booking.reference == *reference) else {
            return Ok(());
        };
        let at_carrier = AtCarrier { number: number.clone(), id: None, cost: None };
        standing::learn(shipment, &mut booking, Fact::Booked(at_carrier), true, self.now(), &self.settings);
        if bookings::update(tx, &mut booking).await? {
            return Ok(());
        }
        Err(DbError::Constraint("a booking changed under its shipment's lock".to_owned()))
    }

    /// Keeps what is new of a trail and has the shipment stand where all of it puts it; answers how much was new.
    pub(super) async fn take_trail(
        &self,
        tx: &mut Tx,
        shipment: &mut Shipment,
        card: &Card,
        entries: &[&Entry],
        heard_by: HeardBy,
    ) -> Result<u64, DbError> {
        let tried = bookings::of_locked(tx, shipment.id).await?;
        if !tried.iter().any(|booking| booking.status == BookingStatus::Booked) {
            // It never was this carrier's to tell of, as far as we know: `learn_of` has called a person.
            return Ok(0);
        }
        let rows: Vec<ShipmentEntry> =
            entries.iter().map(|entry| self.entry(shipment, card, entry, heard_by)).collect();
        let new = shipment_entries::keep(tx, &rows).await?;
        if new == 0 {
            return Ok(0);
        }
        let before = shipment.status;
        let all = shipment_entries::of_locked(tx, shipment.id).await?;
        let moved = status::stand(shipment, &all);
        if moved && before == ShipmentStatus::Cancelled && shipment.status != ShipmentStatus::Returned {
            standing::review(shipment, ShipmentReview::Contradiction);
        }
        self.conclude(tx, shipment).await?;
        shipment.tracks = 0;
        Ok(new)
    }

    fn entry(&self, shipment: &Shipment, card: &Card, entry: &Entry, heard_by: HeardBy) -> ShipmentEntry {
        ShipmentEntry {
            id: self.ambient.uuid(),
            shipment_id: shipment.id,
            store_id: shipment.store_id,
            carrier: card.name.to_owned(),
            raw: entry.raw.clone(),
            status: card.status(&entry.raw).map(|status| status.as_str().to_owned()),
            occurred_at: Time::from_second(entry.at.as_second()),
            note: entry.note.clone(),
            collected: entry.collected.filter(|money| money.currency == shipment.currency).map(|money| money.minor),
            heard_by,
            heard_at: self.now(),
        }
    }

    /// Keeps what of it nobody can make anything of.
    pub(super) async fn set_aside_all(
        &self,
        tx: &mut Tx,
        served: &Served<dyn Carrier>,
        told: &Told,
        sorted: &Sorted<'_>,
        heard_by: HeardBy,
    ) -> Result<(), DbError> {
        let unkeepable = sorted.unkeepable.iter().map(|entry| format!("{entry:?}"));
        for text in told.malformed.iter().cloned().chain(unkeepable) {
            self.set_aside(tx, served, "malformed", &text, heard_by).await?;
        }
        for entry in &sorted.unknown {
            self.set_aside(tx, served, "unknown_parcel", &format!("{entry:?}"), heard_by).await?;
        }
        Ok(())
    }

    /// Keeps what nobody can make anything of, as it came. Shipments come before it.
    pub(super) async fn set_aside(
        &self,
        tx: &mut Tx,
        served: &Served<dyn Carrier>,
        why: &'static str,
        text: &str,
        heard_by: HeardBy,
    ) -> Result<(), DbError> {
        let (account, store) = (served.row.id, served.row.store_id);
        let id = self.ambient.uuid();
        let place = Place { store, table: "carrier_oddities", row: id, field: "raw" };
        let raw = self.vault.seal(place, text.as_bytes());
        let odd = carrier_oddities::Oddity { id, account, store, heard_by, why, text, raw, heard_at: self.now() };
        carrier_oddities::keep(tx, odd).await?;
        tracing::warn!(carrier = served.row.provider, why, "a carrier's word is kept as it came");
        Ok(())
    }
}

/// Whether columns of text can hold it: PostgreSQL's hold no NUL.
fn is_keepable(told: &ToldEntry) -> bool {
    let entry = told.entry.as_ref();
    let texts = [told.number.as_deref(), told.reference.as_deref(), entry.map(|entry| entry.raw.as_str())];
    let note = entry.and_then(|entry| entry.note.as_deref());
    texts.into_iter().chain([note]).flatten().all(|text| !text.contains('\0'))
}
