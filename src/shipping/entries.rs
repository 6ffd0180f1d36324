//! Taking in what carriers tell: by callback, poll, push and file alike. Each thing counts once, and the order of telling
//! does not matter.

use schemas::shipping::{ShipmentReview, ShipmentStatus};
use schemas::{AccountId, ShipmentId};
use shipping_adapters::{Booking as AtCarrier, Card, Carrier, Entry, Told, ToldEntry};

use super::standing::{self, Fact, Next};
use super::{Shipping, status};
use crate::accounts::Served;
use crate::db::bookings::{self, BookingStatus};
use crate::db::shipment_entries::{self, HeardBy, ShipmentEntry};
use crate::db::shipments::{self as rows, Shipment};
use crate::db::{DbError, Time, Tx, carrier_oddities};

/// What became of what was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// Things that were new.
    pub new: u64,
    /// Things that name no parcel of ours.
    pub unknown: u64,
    /// Things that could not be read.
    pub malformed: u64,
}

impl Shipping {
    /// Takes in all that was told at once. What names nothing of ours, or cannot be read, is kept as it came.
    pub(super) async fn take_in(
        &self,
        served: &Served<dyn Carrier>,
        told: &Told,
        heard_by: HeardBy,
    ) -> Result<TakenIn, DbError> {
        let mut taken = TakenIn { malformed: told.malformed.len() as u64, ..TakenIn::default() };
        for text in &told.malformed {
            self.set_aside(served, "malformed", text, heard_by).await?;
        }
        for (shipment, entries) in self.by_shipment(served.row.id, told).await? {
            match shipment {
                Some(shipment) => taken.new += self.take_entries(served, shipment, &entries, heard_by).await?,
                None => {
                    taken.unknown += entries.len() as u64;
                    for entry in entries {
                        self.set_aside(served, "unknown_parcel", &format!("{entry:?}"), heard_by).await?;
                    }
                }
            }
        }
        Ok(taken)
    }

    /// What was told, by the shipments that it is told of, in the order of its first mention.
    async fn by_shipment<'a>(
        &self,
        account: AccountId,
        told: &'a Told,
    ) -> Result<Vec<(Option<ShipmentId>, Vec<&'a ToldEntry>)>, DbError> {
        let numbers: Vec<&str> = told.entries.iter().filter_map(|entry| entry.number.as_deref()).collect();
        let mut known: Vec<Shipment> = Vec::new();
        for numbers in numbers.chunks(500) {
            known.extend(rows::by_numbers(&self.db, account, numbers).await?);
        }
        let mut found: Vec<(Option<ShipmentId>, Vec<&ToldEntry>)> = Vec::new();
        for entry in &told.entries {
            let by_number = known.iter().find(|one| one.carrier_number.is_some() && one.carrier_number == entry.number);
            let id = match (by_number, &entry.reference) {
                (Some(shipment), _) => Some(shipment.id),
                (None, Some(reference)) => {
                    let booking = bookings::by_reference(&self.db, reference).await?;
                    booking.filter(|booking| booking.account_id == account).map(|booking| booking.shipment_id)
                }
                (None, None) => None,
            };
            match found.iter_mut().find(|(known, _)| *known == id) {
                Some((_, entries)) => entries.push(entry),
                None => found.push((id, vec![entry])),
            }
        }
        Ok(found)
    }

    async fn take_entries(
        &self,
        served: &Served<dyn Carrier>,
        id: ShipmentId,
        told: &[&ToldEntry],
        heard_by: HeardBy,
    ) -> Result<u64, DbError> {
        let mut tx = self.db.begin().await?;
        let Some(mut shipment) = rows::lock(&mut tx, id).await? else { return Ok(0) };
        let before = shipment.clone();
        for one in told {
            self.learn_of(&mut tx, &mut shipment, one).await?;
        }
        let entries: Vec<&Entry> = told.iter().filter_map(|one| one.entry.as_ref()).collect();
        let new = self.take_trail(&mut tx, &mut shipment, served.provider.card(), &entries, heard_by).await?;
        let booked = before.carrier_number.is_none() && shipment.carrier_number.is_some();
        self.keep(&mut tx, &before, shipment.clone()).await?;
        if booked {
            self.follow_up(&mut tx, &shipment, Next::Follow).await?;
        }
        tx.commit().await?;
        self.tell(before.store_id);
        Ok(new)
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

    /// Keeps what nobody can make anything of, as it came.
    pub(super) async fn set_aside(
        &self,
        served: &Served<dyn Carrier>,
        why: &'static str,
        text: &str,
        heard_by: HeardBy,
    ) -> Result<(), DbError> {
        let (account, store) = (served.row.id, served.row.store_id);
        let id = self.ambient.uuid();
        let place = crate::vault::Place { store, table: "carrier_oddities", row: id, field: "raw" };
        let raw = self.vault.seal(place, text.as_bytes());
        let odd = carrier_oddities::Oddity { id, account, store, heard_by, why, text, raw, heard_at: self.now() };
        carrier_oddities::keep(&self.db, odd).await?;
        tracing::warn!(carrier = served.row.provider, why, "a carrier's word is kept as it came");
        Ok(())
    }
}
