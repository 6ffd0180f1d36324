//! What was just handed in, kept for the first try: most of it is delivered at once by the process that took it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use schemas::DeliveryId;

use crate::db::deliveries::Load;
use crate::db::notifications::NewNotification;
use crate::db::tasks::Task;

/// Bytes of payloads that are kept; beyond it the oldest go, and are read from the database when their turn comes.
const MOST: usize = 16 * 1024 * 1024;
/// What an entry costs beside its payload.
const ENTRY: usize = 512;

/// The deliveries that were taken in by this process and not yet begun. Cheap to clone.
#[derive(Clone, Default)]
pub struct Fresh(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    loads: HashMap<DeliveryId, Arc<Load>>,
    order: VecDeque<(DeliveryId, usize)>,
    bytes: usize,
}

impl Fresh {
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What notifications that are about to be taken in carry.
    pub fn of(new: &[NewNotification]) -> Vec<(DeliveryId, Arc<Load>)> {
        let load = |new: &NewNotification| {
            let NewNotification { notification, targets, .. } = new;
            let one = |target: &crate::db::notifications::Target| Load {
                id: target.delivery.uuid(),
                notification_id: notification.id,
                status: "pending".to_owned(),
                attempts: 0,
                shared: target.shared,
                event: notification.event.clone(),
                order_no: notification.order_no.clone(),
                payload: notification.payload.clone(),
            };
            targets.iter().map(|target| (target.delivery, Arc::new(one(target)))).collect::<Vec<_>>()
        };
        new.iter().flat_map(load).collect()
    }

    /// Keeps what has been committed.
    pub fn keep(&self, loads: Vec<(DeliveryId, Arc<Load>)>) {
        let mut kept = self.lock();
        for (id, load) in loads {
            let bytes = load.payload.len() + ENTRY;
            kept.bytes += bytes;
            kept.order.push_back((id, bytes));
            kept.loads.insert(id, load);
        }
        while kept.bytes > MOST
            && let Some((id, bytes)) = kept.order.pop_front()
        {
            kept.bytes -= bytes;
            kept.loads.remove(&id);
        }
    }

    /// What the delivery of a task carries, if it was kept. Only a task that is claimed for the very first time has it:
    /// then nothing can have happened to its delivery since.
    pub fn take(&self, task: &Task, id: DeliveryId) -> Option<Arc<Load>> {
        let load = self.lock().loads.remove(&id)?;
        (task.fence == 1 && task.attempts == 0).then_some(load)
    }
}
