//! Callbacks of carriers: what proves is taken in as it is, and what only hints has the carrier asked.

use std::time::Duration;

use kit::{CallbackError, RawCallback};
use schemas::AccountId;
use schemas::ShipmentId;
use shipping_adapters::{Callbacks, Carrier, Told, registry};

use super::beside::Beside;
use super::entries::TakenIn;
use super::{ASK, Shipping, TRACK};
use crate::accounts::Served;
use crate::callbacks::{Addressed, CallbackOutcome, Sealing, proved};
use crate::db::DbError;
use crate::db::callbacks::{self, Callback};
use crate::db::shipment_entries::HeardBy;
use crate::db::shipments::{self as rows};
use crate::db::tasks::{self, Task};
use crate::refusal::Refusal;

/// Hints of one parcel that are closer together than this are one: the question comes at their end.
const KNOCKS: Duration = Duration::from_secs(1);

impl Shipping {
    /// Takes a callback: proves it, keeps it as it came, and takes in what it says or has the carrier asked.
    pub async fn callback(
        &self,
        provider: &str,
        account: Option<AccountId>,
        raw: &RawCallback,
    ) -> Result<CallbackOutcome, Refusal> {
        let address = registry::provider(provider).and_then(|provider| (provider.address)(raw));
        let identity = address.as_ref().and_then(|address| address.identity.as_deref());
        let addressed = Addressed { provider, account, identity };
        let find = |id| self.accounts.carrier_by_id(id, None);
        let read = |served: &Served<dyn Carrier>| served.provider.read_callback(raw);
        let (served, told) = match proved(&self.db, addressed, find, read).await? {
            Ok(proved) => proved,
            Err(CallbackError::Forged) => return Ok(CallbackOutcome::Forged),
            Err(_) => return Ok(CallbackOutcome::Malformed),
        };
        let sealing = Sealing { vault: &self.vault, ambient: &self.ambient };
        let callback = sealing.kept(&served.row, served.row.store_id, None, raw);
        let taken = match served.provider.card().callbacks {
            Callbacks::Proving => {
                // A repeat says nothing new of parcels that are known: of others, they may be known by now.
                let beside = Beside::Callback(&callback);
                self.take_in(&served, &told, HeardBy::Callback, beside).await?.unwrap_or_default()
            }
            Callbacks::Hinting => self.bring_forward(&served, &told, &callback).await?,
            Callbacks::None => return Ok(CallbackOutcome::Malformed),
        };
        let named = told.entries.len() as u64;
        Ok(match taken.unknown {
            _ if taken.malformed > 0 && named == 0 => CallbackOutcome::Malformed,
            unknown if unknown > 0 && unknown == named => CallbackOutcome::UnknownReference,
            _ => CallbackOutcome::Taken,
        })
    }

    /// Has the carrier asked about every parcel that is named. Nothing else changes.
    async fn bring_forward(
        &self,
        served: &Served<dyn Carrier>,
        told: &Told,
        callback: &Callback,
    ) -> Result<TakenIn, DbError> {
        let sorted = self.sort(served.row.id, told).await?;
        let ids: Vec<ShipmentId> = sorted.ours.keys().copied().collect();
        let tasks = self.questions(&ids).await?;
        let mut tx = self.db.begin().await?;
        tasks::enqueue_all(&mut tx, &tasks.iter().collect::<Vec<_>>()).await?;
        callbacks::keep(&mut tx, callback).await?;
        self.set_aside_all(&mut tx, served, told, &sorted, HeardBy::Callback).await?;
        tx.commit().await?;
        for task in &tasks {
            let kind = if task.kind == TRACK { TRACK } else { ASK };
            self.waker.wake_at(kind, &task.lane, task.due_at);
        }
        Ok(sorted.taken(told, 0))
    }

    /// What asks about these shipments: where the parcel is, or, while nobody knows of its booking, what became of that. A
    /// task that waits is due at the earlier of both times, and whoever is at it asks once more.
    async fn questions(&self, ids: &[ShipmentId]) -> Result<Vec<Task>, DbError> {
        let mut shipments = rows::by_ids(&self.db, ids).await?;
        shipments.sort_by_key(|shipment| shipment.id);
        let due = self.now().after(KNOCKS);
        let open = shipments.iter().filter(|shipment| !shipment.status.is_final());
        Ok(open
            .map(|shipment| match shipment.carrier_number {
                Some(_) => self.following(shipment, due),
                None => self.question(shipment, due),
            })
            .collect())
    }
}
