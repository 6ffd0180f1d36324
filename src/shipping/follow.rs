//! Following shipments by polls: the carrier is asked, less and less often while nothing new is told, until they have arrived.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use schemas::{AccountId, ShipmentId};
use shipping_adapters::{Carrier, Tracked, Trail};

use super::ask::is_our_own_queue;
use super::{Shipping, TRACK};
use crate::accounts::Served;
use crate::db::bookings::{self, BookingStatus};
use crate::db::shipment_entries::HeardBy;
use crate::db::shipments::{self as rows, Shipment};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time};
use crate::work::{Handler, Pace};

/// The handler of `shipment.track`.
pub struct Following(pub Shipping);

#[async_trait]
impl Handler for Following {
    fn kind(&self) -> &'static str {
        TRACK
    }

    fn pace(&self) -> Pace {
        Pace { batch: 50, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        let area = &self.0;
        let Some(account) = tasks.first().and_then(|task| task.lane.parse::<AccountId>().ok()) else { return Ok(()) };
        let ids: Vec<ShipmentId> = tasks.iter().filter_map(|task| task.key.parse().ok()).collect();
        let shipments: BTreeMap<String, Shipment> = rows::by_ids(&area.db, &ids)
            .await?
            .into_iter()
            .map(|shipment| (shipment.id.to_string(), shipment))
            .collect();
        let (open, over): (Vec<&Task>, Vec<&Task>) = tasks.iter().partition(|task| {
            shipments
                .get(&task.key)
                .is_some_and(|shipment| !shipment.status.is_final() && shipment.account_id == account)
        });
        self.finish(&over).await?;
        if open.is_empty() {
            return Ok(());
        }
        let served = match area.accounts.carrier_by_id(account, None).await {
            Ok(Some(served)) => served,
            Ok(None) => return self.later(&open).await,
            Err(error) => {
                tracing::warn!(error = &*error as &dyn std::error::Error, %account, "an account cannot be used to follow");
                return self.later(&open).await;
            }
        };
        let most = served.provider.tracked_at_once().max(1);
        for together in open.chunks(most) {
            self.ask(&served, together, &shipments).await?;
        }
        Ok(())
    }
}

impl Following {
    async fn ask(
        &self,
        served: &Arc<Served<dyn Carrier>>,
        tasks: &[&Task],
        shipments: &BTreeMap<String, Shipment>,
    ) -> Result<(), DbError> {
        let area = &self.0;
        let mut parcels = Vec::new();
        for task in tasks {
            if let Some(shipment) = shipments.get(&task.key)
                && let Some(parcel) = area.tracked(shipment).await?
            {
                parcels.push(parcel);
            }
        }
        let asked_at = area.now();
        let trails = match served.provider.track(&parcels).await {
            Ok(trails) => trails,
            Err(error) if is_our_own_queue(&error) => {
                let wait = error.retry_after.unwrap_or(std::time::Duration::from_secs(1));
                return self.again(tasks, area.now().after(wait)).await;
            }
            Err(error) => {
                let carrier = &served.row.provider;
                tracing::warn!(error = &error as &dyn std::error::Error, carrier, "shipments could not be asked about");
                return self.later(tasks).await;
            }
        };
        for task in tasks {
            let Some(shipment) = shipments.get(&task.key) else { continue };
            let number = shipment.carrier_number.as_deref();
            let trail = trails.iter().find(|trail| Some(trail.number.as_str()) == number);
            self.take(served, task, trail, asked_at).await?;
        }
        Ok(())
    }

    /// Takes in one trail. Tasks come before shipments, as everywhere.
    async fn take(
        &self,
        served: &Served<dyn Carrier>,
        task: &Task,
        trail: Option<&Trail>,
        asked_at: Time,
    ) -> Result<(), DbError> {
        let area = &self.0;
        let Ok(id) = task.key.parse::<ShipmentId>() else { return Ok(()) };
        let mut tx = area.db.begin().await?;
        if !tasks::hold(&mut tx, task).await? {
            return Ok(());
        }
        let Some(mut shipment) = rows::lock(&mut tx, id).await? else { return Ok(()) };
        let before = shipment.clone();
        shipment.tracks = shipment.tracks.saturating_add(1);
        shipment.tracked_at = Some(area.now());
        let mut look_again = None;
        if let Some(trail) = trail {
            let entries: Vec<_> = trail.entries.iter().collect();
            area.take_trail(&mut tx, &mut shipment, served.provider.card(), &entries, HeardBy::Poll).await?;
            if trail.is_gone && !shipment.status.is_final() {
                area.gone(&mut tx, &mut shipment).await?;
            } else if !trail.is_gone {
                look_again = area.still_there(&mut tx, &shipment, asked_at).await?;
            }
        }
        let (is_final, gap) = (shipment.status.is_final(), area.settings.track_gap(shipment.tracks));
        area.keep(&mut tx, &before, shipment).await?;
        for text in trail.iter().flat_map(|trail| &trail.malformed) {
            area.set_aside(&mut tx, served, "malformed", text, HeardBy::Poll).await?;
        }
        if is_final {
            tasks::finish(&mut tx, task).await?;
        } else {
            let due = area.now().after(gap);
            tasks::again(&mut tx, &[task], look_again.map_or(due, |at| due.min(at)), None).await?;
        }
        tx.commit().await?;
        area.tell(before.store_id);
        Ok(())
    }

    async fn finish(&self, tasks: &[&Task]) -> Result<(), DbError> {
        if tasks.is_empty() {
            return Ok(());
        }
        let mut tx = self.0.db.begin().await?;
        tasks::finish_all(&mut tx, tasks).await?;
        tx.commit().await
    }

    async fn later(&self, tasks: &[&Task]) -> Result<(), DbError> {
        self.again(tasks, self.0.now().after(self.0.settings.track_gap(0))).await
    }

    async fn again(&self, tasks: &[&Task], due: Time) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::again(&mut tx, tasks, due, None).await?;
        tx.commit().await
    }
}

impl Shipping {
    /// A shipment as its carrier is asked about it; none where no carrier has it.
    pub(super) async fn tracked(&self, shipment: &Shipment) -> Result<Option<Tracked>, DbError> {
        let Some(number) = shipment.carrier_number.clone() else { return Ok(None) };
        let tried = bookings::of_shipment(&self.db, shipment.id).await?;
        let booked = tried.into_iter().find(|booking| booking.status == BookingStatus::Booked);
        Ok(booked.map(|booking| Tracked { number, id: shipment.carrier_id.clone(), reference: booking.reference }))
    }
}
