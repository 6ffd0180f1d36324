//! Fan-out: a domain event becomes a notification to each of its store's endpoints that want it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use schemas::EventId;
use serde_json::json;

use super::{DELIVER, Notify};
use crate::db::events::{self, Event};
use crate::db::notifications::{self, NewNotification, Notification};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Tx};
use crate::work::Handler;

pub use crate::db::events::PUBLISH;

/// The handler of `event.publish`.
pub struct FanOut(pub Notify);

#[async_trait]
impl Handler for FanOut {
    fn kind(&self) -> &'static str {
        PUBLISH
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        let mut new = Vec::with_capacity(tasks.len());
        let ids: Vec<EventId> = tasks.iter().filter_map(|task| task.key.parse().ok()).collect();
        for event in events::by_ids(&self.0.db, &ids).await? {
            let task = tasks.iter().find(|task| task.key == event.id.to_string());
            new.push(self.notification(&event, task.and_then(|task| task.enqueued_by.clone())).await?);
        }
        let mut tx = self.0.db.begin().await?;
        let lanes = self.take(&mut tx, tasks, new).await?;
        tx.commit().await?;
        lanes.iter().for_each(|lane| self.0.waker.wake(DELIVER, lane));
        Ok(())
    }
}

impl FanOut {
    /// Ends the tasks, and adds the notifications of those that still were ours; answers the lanes that hold them.
    async fn take(&self, tx: &mut Tx, tasks: &[Task], new: Vec<NewNotification>) -> Result<BTreeSet<String>, DbError> {
        let held = tasks::end_all(tx, &tasks.iter().collect::<Vec<_>>()).await?;
        let ours: BTreeSet<&str> =
            tasks.iter().filter(|task| held.contains(&task.id)).map(|task| task.key.as_str()).collect();
        let event = |new: &NewNotification| EventId::from(new.notification.id.uuid()).to_string();
        let new: Vec<&NewNotification> = new.iter().filter(|new| ours.contains(event(new).as_str())).collect();
        let told: Vec<&NewNotification> = new.into_iter().filter(|new| !new.targets.is_empty()).collect();
        notifications::add(tx, &told).await?;
        Ok(told.iter().flat_map(|new| &new.targets).map(|target| target.endpoint.to_string()).collect())
    }

    /// What is told of an event: the envelope of Standard Webhooks with the event's own id, so that whoever also reads
    /// the feed knows it again.
    async fn notification(&self, event: &Event, enqueued_by: Option<String>) -> Result<NewNotification, DbError> {
        let book = self.0.directory.of(&self.0.db, event.store_id, event.livemode).await?;
        let payload = json!({
            "id": event.id.to_string(),
            "type": event.name,
            "timestamp": event.created_at.to_string(),
            "version": event.version,
            "sequence": event.sequence,
            "livemode": event.livemode,
            "data": event.data.0,
        });
        let reference = event.data.0.pointer("/payment/reference").and_then(|reference| reference.as_str());
        Ok(NewNotification {
            claim: None,
            notification: Notification {
                id: event.id.uuid().into(),
                store_id: event.store_id,
                livemode: event.livemode,
                event: event.name.clone(),
                order_no: reference.map(|text| text.chars().take(100).collect()),
                payload: payload.to_string(),
                created_at: self.0.now(),
            },
            targets: self.0.targets(&book, &event.name),
            enqueued_by,
        })
    }
}
