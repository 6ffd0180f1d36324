//! Pickups whose answer did not come: nobody can be asked, so a person is, unless the call certainly never arrived.

use async_trait::async_trait;
use kit::Delivery;
use schemas::PickupId;
use schemas::shipping::PickupStatus;

use super::ASK;
use super::order::Known;
use crate::db::pickups::{self as rows, Pickup};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, integration_logs};
use crate::shipping::Shipping;
use crate::work::Handler;

/// The handler of `pickup.ask`.
pub struct PickupQuestions(pub Shipping);

#[async_trait]
impl Handler for PickupQuestions {
    fn kind(&self) -> &'static str {
        ASK
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        for task in tasks {
            self.look_after(task).await?;
        }
        Ok(())
    }
}

impl PickupQuestions {
    /// Its answer is not on its way any more.
    async fn look_after(&self, task: &Task) -> Result<(), DbError> {
        let area = &self.0;
        let pickup = match task.key.parse::<PickupId>() {
            Ok(id) => rows::by_id(&area.db, id).await?.filter(|pickup| pickup.status == PickupStatus::Processing),
            Err(_) => None,
        };
        let known = match &pickup {
            Some(pickup) => Some((pickup.id, self.known(pickup).await?)),
            None => None,
        };
        let mut tx = area.db.begin().await?;
        if !tasks::hold(&mut tx, task).await? {
            return Ok(());
        }
        if let Some((id, known)) = known {
            area.learn_of_pickup(&mut tx, id, known).await?;
        }
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }

    /// The log of calls knows whether its call has left.
    async fn known(&self, pickup: &Pickup) -> Result<Known, DbError> {
        let log = integration_logs::by_id(&self.0.db, None, pickup.intent_id.into()).await?;
        let never = log.is_some_and(|log| log.delivery == Delivery::Never.as_str());
        let (status, message) = match never {
            true => (PickupStatus::Failed, "the order did not reach the carrier"),
            false => (PickupStatus::NeedsReview, "we were stopped before the carrier's answer"),
        };
        Ok(Known { status, reference: None, message: Some(message.to_owned()) })
    }
}
