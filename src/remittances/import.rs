//! Taking a carrier's statement in: read, compared with the parcels it names and lacks, and written, all in one transaction.
//! The same statement again is compared again, and is the same remittance.

use std::collections::BTreeSet;

use schemas::event::{RemittanceCounts, RemittanceFacts, RemittanceReceived};
use schemas::remittance::RemittanceStatus;
use schemas::shipping::ShipmentStatus;
use schemas::{DecimalText, Money, ShipmentId};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use uuid::Uuid;

use super::compare::{self, Ours, Parcel};
use super::keep::{self, Fresh, Recount};
use super::read::{self, Reading, Row};
use super::{Remittances, owner};
use crate::caller::{Caller, finished};
use crate::db::events::PUBLISH;
use crate::db::remittances::{self, Remittance};
use crate::db::shipment_cash::{self, Owner};
use crate::db::{DbError, Tx, remittance_lines};
use crate::events;
use crate::refusal::Refusal;
use crate::vault::Place;

/// The largest statement.
pub const LARGEST: usize = 4 * 1024 * 1024;

impl Remittances {
    /// Takes a carrier's statement of a store's parcels in. The same bytes again are the same remittance; whether it is new.
    pub async fn submit(
        &self,
        caller: &Caller,
        carrier: String,
        reading: Reading,
        bytes: Vec<u8>,
    ) -> Result<(Remittance, bool), Refusal> {
        let rows = self.rows(&bytes, reading)?;
        if !shipment_cash::carries(&self.db, owner(caller), &carrier).await? {
            let (en, ar) = ("it has carried no parcel of the store", "لم تنقل هذه الشركة أي طرد للمتجر");
            return Err(Refusal::field("carrier", en, ar));
        }
        let new = self.remittance(caller, carrier, reading, &bytes);
        let area = self.clone();
        finished(async move { area.import(new, &bytes, rows).await }).await
    }

    fn rows(&self, bytes: &[u8], reading: Reading) -> Result<Vec<Row>, Refusal> {
        read::read(bytes, &self.settings.columns, reading).map_err(|fault| {
            let text = fault.text(read::needed());
            Refusal::field("body", text.en, text.ar)
        })
    }

    fn remittance(&self, caller: &Caller, carrier: String, reading: Reading, bytes: &[u8]) -> Remittance {
        let now = self.now();
        Remittance {
            id: self.ambient.uuid().into(),
            store_id: caller.store,
            livemode: caller.mode.is_live(),
            carrier,
            digest: hex::encode(Sha256::digest(bytes)),
            status: RemittanceStatus::Matched,
            currency: reading.currency,
            decimal: reading.decimal.to_string(),
            lines: 0,
            undecided: 0,
            summary: Json(json!({"outcomes": {}})),
            created_at: now,
            updated_at: now,
        }
    }

    async fn import(&self, new: Remittance, bytes: &[u8], rows: Vec<Row>) -> Result<(Remittance, bool), Refusal> {
        let sealed = self.vault.seal(original_place(&new), bytes);
        let mut tx = self.db.begin().await?;
        remittances::lock(&mut tx, new.store_id, new.livemode, &new.carrier).await?;
        let (mut remittance, is_new) = remittances::ensure(&mut tx, &new, &sealed).await?;
        // A statement is read in one way for ever.
        let same = (remittance.currency, &remittance.decimal) == (new.currency, &new.decimal);
        let rows = if same { rows } else { self.rows(bytes, reading(&remittance))? };
        let ours = self.ours(&mut tx, &remittance, &rows).await?;
        let lines = compare::compare(&ours, &rows, remittance.currency);
        if self.keep(&mut tx, &remittance, &lines).await? || is_new {
            shipment_cash::take_lines(&mut tx, remittance.id, self.now()).await?;
            self.found(&mut tx, &remittance).await?;
            let recount = self.recount(&mut tx, &mut remittance).await?;
            if is_new {
                let (ambient, store, livemode) = (&self.ambient, remittance.store_id, remittance.livemode);
                events::append(&mut tx, ambient, store, livemode, [received(&remittance, &recount)]).await?;
            }
        }
        tx.commit().await?;
        if is_new {
            self.waker.wake(PUBLISH, &remittance.store_id.to_string());
        }
        Ok((remittance, is_new))
    }

    /// The parcels that the rows name, and those that they lack, locked.
    async fn ours(&self, tx: &mut Tx, remittance: &Remittance, rows: &[Row]) -> Result<Ours, DbError> {
        let owner = Owner { store: remittance.store_id, livemode: remittance.livemode };
        let named = |name: fn(&Row) -> Option<&String>| {
            let names: BTreeSet<&str> = rows.iter().filter_map(name).map(String::as_str).collect();
            names.into_iter().collect::<Vec<_>>()
        };
        let (numbers, references) = (named(|row| row.tracking_number.as_ref()), named(|row| row.reference.as_ref()));
        let overdue = self.overdue_before();
        let booked = shipment_cash::booked_by(tx, owner, &references).await?;
        let due = (remittance.carrier.as_str(), remittance.currency);
        let mut ids: BTreeSet<Uuid> = booked.iter().map(|(id, _)| *id).collect();
        ids.extend(shipment_cash::numbered(tx, owner, &numbers).await?);
        ids.extend(shipment_cash::referenced(tx, owner, &references).await?);
        ids.extend(shipment_cash::due(tx, owner, due, overdue, remittance.id).await?);
        let mut ids: Vec<Uuid> = ids.into_iter().collect();
        let found = shipment_cash::lock(tx, &mut ids).await?;
        let parcels = found.into_iter().map(|row| parcel(row, remittance, overdue)).collect();
        Ok(Ours::new(parcels, booked.into_iter().map(|(id, name)| (name, ShipmentId::from(id))).collect()))
    }

    /// Writes what is new of the lines; whether anything was.
    async fn keep(&self, tx: &mut Tx, remittance: &Remittance, lines: &[compare::Line]) -> Result<bool, DbError> {
        let existing = remittance_lines::all(tx, remittance.id).await?;
        let id = || self.ambient.uuid();
        let (vault, store) = (&self.vault, remittance.store_id);
        let seal = |row: Uuid, text: &str| vault.seal(raw_place(store, row), text.as_bytes());
        let fresh = Fresh { remittance: remittance.id, store, now: self.now(), id: &id, seal: &seal };
        let kept = keep::merge(&existing, lines, &fresh);
        remittance_lines::delete(tx, &kept.deleted).await?;
        remittance_lines::supersede(tx, &kept.superseded, fresh.now).await?;
        remittance_lines::insert_all(tx, &kept.inserted).await?;
        Ok(kept.is_news())
    }

    /// What other remittances have told of as missing and this one hands over is missing no more.
    async fn found(&self, tx: &mut Tx, remittance: &Remittance) -> Result<(), DbError> {
        let gone = remittance_lines::found_by(tx, remittance.id).await?;
        let ids = |decided: bool| gone.iter().filter(|line| line.2 == decided).map(|line| line.0).collect::<Vec<_>>();
        remittance_lines::delete(tx, &ids(false)).await?;
        remittance_lines::supersede(tx, &ids(true), self.now()).await?;
        for other in gone.iter().map(|line| line.1).collect::<BTreeSet<_>>() {
            if let Some(mut other) = remittances::held(tx, other.into()).await? {
                self.recount(tx, &mut other).await?;
            }
        }
        Ok(())
    }

    /// Counts the lines of a remittance and has it say what they come to.
    pub(super) async fn recount(&self, tx: &mut Tx, remittance: &mut Remittance) -> Result<Recount, DbError> {
        let recount = Recount::of(&remittance_lines::totals(tx, remittance.id).await?);
        remittance.status = recount.status();
        (remittance.lines, remittance.undecided) = (recount.lines, recount.undecided);
        remittance.summary = Json(json!(recount.summary));
        remittance.updated_at = self.now();
        remittances::update(tx, remittance).await?;
        Ok(recount)
    }
}

/// How a statement was read.
fn reading(remittance: &Remittance) -> Reading {
    let decimal = remittance.decimal.chars().next().unwrap_or('.');
    Reading { currency: remittance.currency, decimal }
}

fn parcel(row: shipment_cash::Parcel, remittance: &Remittance, overdue: crate::db::Time) -> Parcel {
    let (own, theirs) = (row.remittance_id == Some(remittance.id.uuid()), row.carrier == remittance.carrier);
    let delivered = row.status == ShipmentStatus::Delivered;
    let untold = row.remittance_id.is_none() && row.cash_settled_at.is_none() && row.collected_at < overdue;
    let owes = theirs && delivered && row.cash.is_some() && row.currency == remittance.currency;
    Parcel {
        id: row.id,
        theirs,
        stands: !matches!(row.status, ShipmentStatus::Failed | ShipmentStatus::Cancelled),
        delivered,
        cash: row.cash(),
        handed_over: row.remitted.is_some() && !own,
        due: owes && row.remitted.is_none() && (own || untold),
        tracking_number: row.carrier_number,
        reference: row.reference,
    }
}

/// Where a statement is sealed for.
pub(super) fn original_place(remittance: &Remittance) -> Place {
    Place { store: remittance.store_id, table: "remittances", row: remittance.id.uuid(), field: "original" }
}

/// Where a row that cannot be read is sealed for.
pub(super) fn raw_place(store: schemas::StoreId, row: Uuid) -> Place {
    Place { store, table: "remittance_lines", row, field: "raw" }
}

fn received(remittance: &Remittance, recount: &Recount) -> RemittanceReceived {
    let mut counts = RemittanceCounts::default();
    for (outcome, total) in &recount.summary.outcomes {
        *counts.of(*outcome) = total.count;
    }
    let net = Money::new(recount.net(), remittance.currency).to_string();
    RemittanceReceived {
        remittance: RemittanceFacts {
            id: remittance.id,
            carrier: remittance.carrier.clone(),
            status: remittance.status,
            currency: remittance.currency,
            net: DecimalText(net),
            lines: remittance.lines,
            undecided: remittance.undecided,
        },
        counts,
    }
}
