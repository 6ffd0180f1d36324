//! Attending: verdicts are written down, what is suspected is looked at, what other processes have found is taken over.

use std::collections::BTreeMap;
use std::time::Duration;

use schemas::AccountId;
use schemas::health::{Cause, Verdict};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::{Health, Notice};
use crate::db::DbError;
use crate::db::account_health::{self, Change};
use crate::db::provider_accounts;

/// How often other processes' findings are looked at.
const FOLLOW: Duration = Duration::from_secs(1);
/// How often is looked which accounts there are.
const ACCOUNTS: Duration = Duration::from_secs(10);
/// How often figures are written down.
const FIGURES: Duration = Duration::from_secs(60);
/// How long verdicts may still be written when we leave.
const LEAVING: Duration = Duration::from_secs(2);
/// Before a verdict that could not be written is tried again.
const PAUSE: Duration = Duration::from_millis(500);

impl Health {
    /// Attends until told to stop; what was counted by then is written down.
    pub async fn attend(self, mut stopped: watch::Receiver<bool>) {
        let Some(mut notices) = self.take_notices() else { return };
        let (write, writes) = mpsc::unbounded_channel();
        let writer = tokio::spawn(self.clone().write_verdicts(writes));
        let mut looks = JoinSet::new();
        let mut follow = ticks(FOLLOW);
        let mut figures = ticks(FIGURES);
        figures.reset();
        let mut accounts = BTreeMap::new();
        let mut read = None::<Instant>;
        loop {
            tokio::select! {
                biased;
                () = told_to_stop(&mut stopped) => break,
                notice = notices.recv() => match notice {
                    Some(Notice::Changed(change)) => drop(write.send(change)),
                    Some(Notice::Suspect(id)) => { looks.spawn(self.clone().look(id)); }
                    None => break,
                },
                Some(_) = looks.join_next() => {}
                _ = follow.tick() => {
                    let due = read.is_none_or(|read| read.elapsed() >= ACCOUNTS);
                    if due && self.register(&mut accounts).await.is_ok() {
                        read = Some(Instant::now());
                    }
                    self.heed(self.follow(&accounts).await, "what others found cannot be read");
                }
                _ = figures.tick() => self.heed(self.write_figures().await, "figures of health cannot be written"),
            }
        }
        self.heed(self.write_figures().await, "figures of health cannot be written");
        drop(write);
        if tokio::time::timeout(LEAVING, writer).await.is_err() {
            tracing::warn!("verdicts are lost: the database is away and we are leaving");
        }
    }

    /// Verdicts have a writer of their own: where the database is away, nobody else waits for it.
    async fn write_verdicts(self, mut changes: mpsc::UnboundedReceiver<Change>) {
        while let Some(change) = changes.recv().await {
            self.write_down(change).await;
        }
    }

    fn heed(&self, done: Result<(), DbError>, what: &str) {
        if let Err(error) = done {
            tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
        }
    }

    /// Takes down a verdict. While the database is away it is tried again for as long as it stands.
    async fn write_down(&self, change: Change) {
        let Some(watched) = self.watching.known(change.account) else { return };
        tracing::info!(account = %change.account, provider = watched.provider, verdict = %change.verdict,
            cause = change.cause.map(Cause::as_str), error = change.error, "health");
        while let Err(error) = self.change(&change).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a verdict cannot be written");
            if watched.verdict() != change.verdict || !matches!(error, DbError::Unavailable(_)) {
                break;
            }
            sleep(PAUSE).await;
        }
        watched.written();
    }

    pub(super) async fn change(&self, change: &Change) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        account_health::change(&mut tx, self.ambient.uuid(), change).await?;
        tx.commit().await
    }

    /// Which accounts there are, by their service.
    async fn register(&self, accounts: &mut BTreeMap<AccountId, Uuid>) -> Result<(), DbError> {
        let rows = provider_accounts::all(&self.db).await?;
        *accounts = rows.iter().map(|row| (row.id, row.integration_id)).collect();
        for row in &rows {
            self.watching.account(row.id, &row.provider);
        }
        self.watching.retain(|id| accounts.contains_key(&id));
        Ok(())
    }

    /// What other processes have found, and which services are being maintained.
    async fn follow(&self, accounts: &BTreeMap<AccountId, Uuid>) -> Result<(), DbError> {
        let ill = account_health::ill(&self.db).await?;
        let now = self.now();
        let resting = self.resting(now, Duration::ZERO).await?;
        let ill: BTreeMap<AccountId, _> = ill.iter().map(|row| (row.account_id, row)).collect();
        for watched in self.watching.all() {
            match ill.get(&watched.id) {
                Some(row) => watched.adopt(row.verdict, row.cause(), row.since),
                None if watched.verdict() == Verdict::Unhealthy => watched.adopt(Verdict::Healthy, None, now),
                None => {}
            }
            let rests = accounts.get(&watched.id).is_some_and(|integration| resting.contains(integration));
            watched.set_resting(rests);
        }
        Ok(())
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
