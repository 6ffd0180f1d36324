//! Rolling up: minutes become hours, hours become days, and what is kept no longer is forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use schemas::AccountId;
use schemas::health::Verdict;
use uuid::Uuid;

use super::Health;
use super::figures::{row, series, turns};
use super::uptime::down;
use super::window::Tally;
use crate::db::health_figures::{self, Span};
use crate::db::tasks::Task;
use crate::db::{DbError, Time, account_health};
use crate::work::Handler;

/// The kind of the one task that rolls up.
const KIND: &str = "health.roll_up";
const EVERY: Duration = Duration::from_secs(300);
/// Figures of a span are written down a little after its end.
const LATE: Duration = Duration::from_secs(180);
/// Spans that are rolled up in one go, so that a long stop is caught up with step by step.
const AT_ONCE: usize = 48;

/// The handler of `health.roll_up`.
pub struct RollUp(pub Health);

#[async_trait]
impl Handler for RollUp {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn every(&self) -> Option<Duration> {
        Some(EVERY)
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        let health = &self.0;
        health.roll_up(Span::Minute, Span::Hour).await?;
        health.roll_up(Span::Hour, Span::Day).await?;
        let now = health.now();
        for span in [Span::Minute, Span::Hour, Span::Day] {
            health_figures::prune(&health.db, span, now).await?;
        }
        account_health::prune(&health.db, now.before(Span::Day.kept())).await
    }
}

impl Health {
    /// Writes the whole spans that have ended and are not there yet.
    pub(super) async fn roll_up(&self, from: Span, into: Span) -> Result<(), DbError> {
        let length = into.length();
        let whole = |time: Time| time.before(length).next_multiple(length);
        let ended = whole(self.now().before(LATE));
        let mut at = match health_figures::latest(&self.db, into).await? {
            Some(latest) => latest.after(length),
            None => whole(self.now().before(from.kept())),
        };
        for _ in 0..AT_ONCE {
            if at >= ended {
                break;
            }
            if !self.roll_up_one(from, into, at).await? {
                // Nothing was counted then: what was counted next is looked for at once.
                match health_figures::next(&self.db, from, at).await? {
                    Some(next) => at = whole(next).max(at.after(length)),
                    None => break,
                }
                continue;
            }
            at = at.after(length);
        }
        Ok(())
    }

    /// One span; whether there was anything in it.
    async fn roll_up_one(&self, from: Span, into: Span, at: Time) -> Result<bool, DbError> {
        let end = at.after(into.length());
        let mut tallies: BTreeMap<AccountId, Tally> = BTreeMap::new();
        for figures in health_figures::of_all(&self.db, from, at, end).await? {
            tallies.entry(figures.account_id).or_default().merge(&series(&figures).tally);
        }
        if tallies.is_empty() {
            return Ok(false);
        }
        let turns = turns(account_health::all_changes(&self.db, at).await?);
        let current: BTreeMap<AccountId, Verdict> =
            account_health::all(&self.db).await?.into_iter().map(|row| (row.account_id, row.verdict)).collect();
        let mut tx = self.db.begin().await?;
        for (account, tally) in &tallies {
            let verdict = current.get(account).copied().unwrap_or(Verdict::Unknown);
            let down = down(turns.get(account).map_or(&[], Vec::as_slice), verdict, at, end);
            // Whichever process rolls up, the row of a span is one.
            health_figures::put(&mut tx, into, Uuid::nil(), &row(*account, at, tally, down)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
