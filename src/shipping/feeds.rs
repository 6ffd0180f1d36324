//! Which accounts have a feed that is gone for: each has a task of its own, by which one process at a time goes for it.

use std::time::Duration;

use async_trait::async_trait;
use schemas::AccountId;
use shipping_adapters::{Carrier, Feed, registry};
use std::sync::Arc;

use super::{FEEDS, FILES, LISTEN, Shipping};
use crate::accounts::Served;
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, provider_accounts};
use crate::work::{Handler, Pace};

/// A new account is gone for after this at the latest.
const EVERY: Duration = Duration::from_secs(60);

/// The handler of `carrier.feeds`.
pub struct Feeds(pub Shipping);

#[async_trait]
impl Handler for Feeds {
    fn kind(&self) -> &'static str {
        FEEDS
    }

    fn every(&self) -> Option<Duration> {
        Some(EVERY)
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        let area = &self.0;
        for provider in registry::PROVIDERS {
            let kind = match provider.card.feed {
                Feed::None => continue,
                Feed::Push => LISTEN,
                Feed::Drops => FILES,
            };
            let accounts = provider_accounts::of_provider(&area.db, provider.card.name, None).await?;
            let task = |id: AccountId| Task::new(area.ambient.uuid(), kind, id.to_string(), id.to_string(), area.now());
            let tasks: Vec<Task> = accounts.iter().map(|account| task(account.id)).collect();
            let mut tx = area.db.begin().await?;
            tasks::ensure(&mut tx, &tasks.iter().collect::<Vec<_>>()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// How a turn of going for a feed ends.
#[derive(Debug)]
pub(super) enum Turn {
    /// It is due again after this.
    Again(Duration),
    /// It has failed: it is due again after a pause that doubles from failure to failure.
    Failed(String),
    /// There is nothing to go for.
    Over,
    /// It is somebody else's by now.
    Lost,
}

impl Shipping {
    /// The account of a task; none where it cannot be had now.
    pub(super) async fn fed(&self, task: &Task) -> Result<Option<Arc<Served<dyn Carrier>>>, DbError> {
        let Ok(account) = task.key.parse::<AccountId>() else { return Ok(None) };
        match self.accounts.carrier_by_id(account, None).await {
            Ok(served) => Ok(served),
            Err(error) => {
                tracing::warn!(error = &*error as &dyn std::error::Error, %account, "an account cannot be gone for");
                Ok(None)
            }
        }
    }

    /// Ends a turn.
    pub(super) async fn end_turn(&self, task: &Task, turn: Turn, pace: Pace) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        let after = |wait: Duration| -> Time { self.now().after(wait) };
        match &turn {
            Turn::Again(wait) => tasks::again(&mut tx, &[task], after(*wait), None).await?,
            Turn::Failed(error) => {
                let due = after(pace.pause(task.attempts, self.ambient.fraction()));
                tasks::again(&mut tx, &[task], due, Some(error)).await?;
            }
            Turn::Over => tasks::finish(&mut tx, task).await?,
            Turn::Lost => return Ok(()),
        }
        tx.commit().await
    }
}
