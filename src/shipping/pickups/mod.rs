//! Having parcels fetched: a pickup is ordered once, and what nobody knows of it a person finds out.

mod draft;
mod order;
mod questions;

use schemas::shipping::{self as shown, Address, PickupStatus, SettlePickup};
use schemas::{PickupId, StoreId, Text};
use serde_json::json;

pub use draft::PickupDraft;
pub use questions::PickupQuestions;

use super::Shipping;
use crate::caller::{Caller, Idempotency, claim, claim_in};
use crate::db::pickups::{self as rows, Filter, Pickup};
use crate::db::{DbError, tasks};
use crate::fields;
use crate::refusal::Refusal;
use crate::vault::Place;

/// The kind of task that looks after a pickup whose answer did not come.
pub const ASK: &str = "pickup.ask";

/// The longest id of a carrier's.
const LONGEST_REFERENCE: usize = 100;

impl Shipping {
    /// A pickup of a store, as it is now.
    pub async fn read_pickup(&self, caller: &Caller, id: PickupId) -> Result<Pickup, Refusal> {
        rows::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?.ok_or(Refusal::NotFound)
    }

    /// The pickups of a store, newest first.
    pub async fn list_pickups(&self, caller: &Caller, filter: &Filter) -> Result<Vec<Pickup>, DbError> {
        rows::list(&self.db, caller.store, caller.mode.is_live(), filter).await
    }

    /// What the store sees of a pickup.
    pub fn view_pickup(&self, caller: &Caller, row: Pickup) -> Result<shown::Pickup, Refusal> {
        let address =
            row.address.as_deref().map(|sealed| self.open_address(row.store_id, row.id, sealed)).transpose()?;
        Ok(shown::Pickup {
            id: row.id,
            store: caller.store_key.to_string(),
            livemode: row.livemode,
            carrier: row.carrier,
            shipments: row.shipments.0,
            address,
            date: row.day,
            status: row.status,
            carrier_reference: row.carrier_reference,
            carrier_message: row.carrier_message,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
        })
    }

    fn open_address(&self, store: StoreId, pickup: PickupId, sealed: &[u8]) -> Result<Address, Refusal> {
        let clear = self.vault.open(place(store, pickup, "address"), sealed);
        let clear = clear.map_err(|_| Refusal::Internal("a sealed address cannot be opened"))?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("an address cannot be read"))
    }

    /// Takes a person's proof of whether a carrier comes, where nobody knows.
    pub async fn settle_pickup(
        &self,
        caller: &Caller,
        id: PickupId,
        idempotency: Idempotency,
        request: SettlePickup,
    ) -> Result<Pickup, Refusal> {
        self.read_pickup(caller, id).await?;
        fields::evidence(&request.evidence)?;
        let reference = reference(&request)?;
        let scheduled = request.scheduled;
        let text = json!({"scheduled": scheduled, "evidence": request.evidence, "at": self.now().to_string()});
        let mut tx = self.db.begin().await?;
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        if claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read_pickup(caller, id).await;
        }
        tasks::drop_key(&mut tx, ASK, &id.to_string()).await?;
        let mut pickup = rows::lock(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        if pickup.status != PickupStatus::NeedsReview {
            return Err(Refusal::Conflict(Text::new(
                format!("a pickup that is {} waits for nobody", pickup.status),
                format!("موعد استلام حالته {} لا ينتظر قراراً", pickup.status),
            )));
        }
        pickup.status = if scheduled { PickupStatus::Scheduled } else { PickupStatus::Failed };
        pickup.carrier_reference = reference;
        pickup.evidence = Some(self.vault.seal(place(pickup.store_id, id, "evidence"), text.to_string().as_bytes()));
        pickup.updated_at = self.now();
        if !rows::update(&mut tx, &mut pickup).await? {
            return Err(DbError::Constraint("a pickup changed under its lock".to_owned()).into());
        }
        tx.commit().await?;
        Ok(pickup)
    }
}

/// Where something of a pickup is sealed for.
fn place(store: StoreId, pickup: PickupId, field: &'static str) -> Place {
    Place { store, table: "pickups", row: pickup.uuid(), field }
}

/// The carrier's id, where it comes and has one.
fn reference(request: &SettlePickup) -> Result<Option<String>, Refusal> {
    let given = request.carrier_reference.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let Some(given) = given else { return Ok(None) };
    if !request.scheduled {
        return Err(Refusal::field("carrier_reference", "where nobody comes there is none", "لا رقم لموعد لم يُثبّت"));
    }
    if given.chars().count() > LONGEST_REFERENCE || given.chars().any(char::is_control) {
        return Err(Refusal::field(
            "carrier_reference",
            format!("at most {LONGEST_REFERENCE} characters, none of them a control character"),
            format!("{LONGEST_REFERENCE} حرف على الأكثر دون محارف تحكم"),
        ));
    }
    Ok(Some(given.to_owned()))
}
