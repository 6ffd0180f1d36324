//! The nightly work: a task for each account and each day that is closed and not settled yet.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use schemas::AccountId;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::Settlements;
use super::day::Settled;
use crate::calendar;
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, settlements};
use crate::work::{Handler, Pace};

/// The kind of the one task that looks for days that are not settled.
pub const NIGHT: &str = "settlement.night";
/// The kind of task that settles a day at an account.
pub const DAY: &str = "settlement.day";

/// The handler of `settlement.night`.
pub struct Nights(pub Settlements);

#[async_trait]
impl Handler for Nights {
    fn kind(&self) -> &'static str {
        NIGHT
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.0.settings.look_ms))
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        let due = self.due().await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut tx = self.0.payments.db.begin().await?;
        tasks::ensure(&mut tx, &due.iter().collect::<Vec<_>>()).await?;
        tx.commit().await?;
        let lanes: BTreeSet<&str> = due.iter().map(|task| task.lane.as_str()).collect();
        lanes.into_iter().for_each(|lane| self.0.payments.waker.wake(DAY, lane));
        Ok(())
    }
}

impl Nights {
    /// The days that are closed and not settled, of accounts that are as old and have books.
    async fn due(&self) -> Result<Vec<Task>, DbError> {
        let area = &self.0;
        let last = area.last_closed();
        let first = calendar::before(last, area.settings.give_up_days - 1);
        let settled = settlements::settled_since(&area.payments.db, &first.to_string()).await?;
        let settled: HashSet<(Uuid, String)> = settled.into_iter().collect();
        let (mut due, mut has_books) = (Vec::new(), BTreeMap::new());
        for account in area.accounts().await? {
            let born = calendar::day_of(account.created_at.timestamp());
            let open = |day: &Date| *day >= born && !settled.contains(&(account.id.uuid(), day.to_string()));
            let days: Vec<Date> = days(first, last).filter(open).collect();
            if days.is_empty() || has_books.get(&account.provider) == Some(&false) {
                continue;
            }
            // An account of another process's environment is that one's to settle.
            let Ok(Some(served)) = area.payments.accounts.by_id(account.id, None).await else { continue };
            let books = served.provider.books().is_some();
            has_books.insert(account.provider.clone(), books);
            if books {
                let lane = served.provider.lane();
                due.extend(days.into_iter().map(|day| self.task(account.id, lane, day)));
            }
        }
        Ok(due)
    }

    fn task(&self, account: AccountId, lane: &str, day: Date) -> Task {
        let payload = Json(json!({"account": account.to_string(), "day": day.to_string()}));
        let key = format!("{account}/{day}");
        Task { payload, ..Task::new(self.0.payments.ambient.uuid(), DAY, lane, key, self.0.now()) }
    }
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}

/// The handler of `settlement.day`.
pub struct Days(pub Settlements);

#[async_trait]
impl Handler for Days {
    fn kind(&self) -> &'static str {
        DAY
    }

    fn pace(&self) -> Pace {
        Pace { batch: 1, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        for task in tasks {
            match read(task) {
                Some((account, day)) => self.settle(task, account, day).await?,
                None => self.end(task).await?,
            }
        }
        Ok(())
    }
}

impl Days {
    async fn settle(&self, task: &Task, account: AccountId, day: Date) -> Result<(), DbError> {
        match self.0.settle_day(account, day, Some(task)).await? {
            Settled::Done(_) | Settled::Lost => Ok(()),
            Settled::NoBooks => self.end(task).await,
            Settled::Unavailable { error, .. } => self.again(task, day, &error).await,
        }
    }

    async fn end(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.payments.db.begin().await?;
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }

    /// Later, with doubling pauses; after a week a person, who finds the task among those that were given up.
    async fn again(&self, task: &Task, day: Date, error: &str) -> Result<(), DbError> {
        let (now, settings) = (self.0.now(), &self.0.settings);
        let doublings = u32::try_from(task.attempts).unwrap_or(0).min(20);
        let pause = settings.first_retry_ms.saturating_mul(1 << doublings).min(settings.longest_retry_ms);
        let patience = Duration::from_secs(86_400) * u32::try_from(settings.give_up_days).unwrap_or(7);
        let over = calendar::bounds(day).is_none_or(|(_, end)| now > Time::after(end, patience));
        let mut tx = self.0.payments.db.begin().await?;
        if over {
            tasks::bury(&mut tx, &[task], now, error).await?;
        } else {
            let due = now.after(Duration::from_millis(pause));
            tasks::again(&mut tx, &[task], due, Some(error)).await?;
        }
        tx.commit().await
    }
}

fn read(task: &Task) -> Option<(AccountId, Date)> {
    let text = |name: &str| task.payload.0[name].as_str();
    Some((text("account")?.parse().ok()?, text("day")?.parse().ok()?))
}
