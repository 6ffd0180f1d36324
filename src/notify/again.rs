//! Telling again: what was given up, what an endpoint missed, what a person wants sent once more.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use schemas::{DeliveryId, EndpointId, NotificationId};

use super::publish::Told;
use super::{DELIVER, Notify};
use crate::db::deliveries::{self, Delivery, GivenUp};
use crate::db::endpoints::{self, Endpoint};
use crate::db::idempotency::{self, Claimed};
use crate::db::notifications::{self, Filter};
use crate::db::tasks::{self, Task};
use crate::db::{Time, Tx};
use crate::payments::{Caller, Idempotency, claim};
use crate::refusal::Refusal;

/// Deliveries in one commit.
const BATCH: i64 = 500;

impl Notify {
    /// Sends a notification again to every endpoint that does not have it; what is still pending is tried now. The same
    /// key does so once.
    pub async fn retry(&self, caller: &Caller, id: NotificationId, idempotency: Idempotency) -> Result<Told, Refusal> {
        let told = self.read(caller, id).await?;
        let missing: Vec<&Delivery> = told.deliveries.iter().filter(|delivery| delivery.status != "success").collect();
        // All have it: then a person wants it once more, everywhere.
        let wanted: Vec<&Delivery> = if missing.is_empty() { told.deliveries.iter().collect() } else { missing };
        let mut tx = self.db.begin().await?;
        match idempotency::claim(&mut tx, &claim(caller, idempotency, id.uuid(), self.now())).await? {
            Claimed::Won => {}
            Claimed::Replay(_) => return Ok(told),
            Claimed::Mismatch => return Err(Refusal::KeyMismatch),
        }
        self.send_again(&mut tx, &wanted).await?;
        tx.commit().await?;
        self.wake(&wanted);
        self.read(caller, id).await
    }

    /// Sends deliveries again, whatever became of them.
    pub(super) async fn send_now(&self, wanted: &[&Delivery]) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        self.send_again(&mut tx, wanted).await?;
        tx.commit().await?;
        self.wake(wanted);
        Ok(())
    }

    /// Sends again what was given up since a time, to all or one of a store's endpoints; answers how many.
    pub async fn recover(&self, caller: &Caller, since: Time, endpoint: Option<EndpointId>) -> Result<usize, Refusal> {
        let (mut recovered, mut after) = (0, None);
        loop {
            let mut tx = self.db.begin().await?;
            let wanted = GivenUp { store: caller.store, livemode: caller.mode.is_live(), endpoint, since, after };
            let found = deliveries::given_up(&mut tx, &wanted, BATCH).await?;
            // What is given up again meanwhile is not met again.
            after = found.last().map(|delivery| delivery.id);
            let wanted: Vec<&Delivery> = found.iter().collect();
            self.send_again(&mut tx, &wanted).await?;
            tx.commit().await?;
            self.wake(&wanted);
            recovered += found.len();
            if (found.len() as i64) < BATCH {
                return Ok(recovered);
            }
        }
    }

    /// Sends an endpoint what the store was told since a time and this endpoint was not; answers how many.
    pub async fn replay_missing(&self, caller: &Caller, id: EndpointId, since: Time) -> Result<usize, Refusal> {
        let (endpoint, _) = self.read_endpoint(caller, id).await?;
        let mut before = None;
        let mut replayed = 0;
        loop {
            let filter = Filter { from: Some(since), before, limit: BATCH, ..Filter::default() };
            let found = notifications::list(&self.db, caller.store, caller.mode.is_live(), &filter).await?;
            let ids: Vec<NotificationId> = found.iter().map(|notification| notification.id).collect();
            before = ids.last().copied();
            let had = deliveries::of_notifications(&self.db, &ids).await?;
            let had = self.had(&endpoint, &had).await?;
            let missed = found
                .iter()
                .filter(|notification| endpoint.wants(&notification.event) && !had.contains(&notification.id));
            let missed: Vec<NotificationId> = missed.map(|notification| notification.id).collect();
            self.deliver_also(&endpoint, &missed).await?;
            replayed += missed.len();
            if (found.len() as i64) < BATCH {
                return Ok(replayed);
            }
        }
    }

    /// Which notifications an endpoint has had, or was never meant to have: those for a bare URL alone, and for one of the
    /// weighted ones what any of them has had.
    async fn had(&self, endpoint: &Endpoint, deliveries: &[Delivery]) -> Result<HashSet<NotificationId>, Refusal> {
        let mut implicit: HashMap<EndpointId, bool> = HashMap::from([(endpoint.id, false)]);
        let mut had = HashSet::new();
        for delivery in deliveries {
            let id = delivery.endpoint_id;
            if let Entry::Vacant(place) = implicit.entry(id) {
                place.insert(endpoints::by_id(&self.db, id).await?.is_some_and(|found| found.implicit));
            }
            if id == endpoint.id || implicit[&id] || (endpoint.weight.is_some() && delivery.shared) {
                had.insert(delivery.notification_id);
            }
        }
        Ok(had)
    }

    async fn deliver_also(&self, endpoint: &Endpoint, missed: &[NotificationId]) -> Result<(), Refusal> {
        let now = self.now();
        let rows: Vec<(DeliveryId, NotificationId)> =
            missed.iter().map(|notification| (self.ambient.uuid().into(), *notification)).collect();
        let tasks: Vec<Task> = rows.iter().map(|(delivery, _)| self.task(*delivery, endpoint.id, now)).collect();
        let mut tx = self.db.begin().await?;
        deliveries::insert_all(&mut tx, endpoint, &rows, now).await?;
        tasks::insert_all(&mut tx, &tasks.iter().collect::<Vec<_>>()).await?;
        tx.commit().await?;
        self.waker.wake(DELIVER, &endpoint.id.to_string());
        Ok(())
    }

    /// Pending again, with a task that is due now. One that is pending already is only brought forward.
    async fn send_again(&self, tx: &mut Tx, wanted: &[&Delivery]) -> Result<(), Refusal> {
        let now = self.now();
        let ids: Vec<DeliveryId> = wanted.iter().map(|delivery| delivery.id).collect();
        let tasks: Vec<Task> =
            wanted.iter().map(|delivery| self.task(delivery.id, delivery.endpoint_id, now)).collect();
        // Tasks before deliveries, as whoever writes down what a try came to: it may be doing so this instant.
        tasks::hasten_all(tx, &tasks.iter().collect::<Vec<_>>()).await?;
        deliveries::reopen(tx, &ids, now).await?;
        Ok(())
    }

    fn task(&self, delivery: DeliveryId, endpoint: EndpointId, now: Time) -> Task {
        Task::new(self.ambient.uuid(), DELIVER, endpoint.to_string(), delivery.to_string(), now)
    }

    fn wake(&self, deliveries: &[&Delivery]) {
        for delivery in deliveries {
            self.waker.wake(DELIVER, &delivery.endpoint_id.to_string());
        }
    }

    /// The endpoints of a URL that a caller may see: its store's, or with a platform key everybody's.
    pub async fn endpoints_of_url(
        &self,
        store: Option<schemas::StoreId>,
        livemode: bool,
        url: &str,
    ) -> Result<Vec<Endpoint>, Refusal> {
        Ok(endpoints::of_url(&self.db, store, livemode, url).await?)
    }
}
