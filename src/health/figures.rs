//! Figures: what this process has counted, written down every minute; what they come to over a time.

use std::collections::BTreeMap;
use std::time::Duration;

use schemas::AccountId;
use schemas::health::Verdict;
use serde_json::json;
use sqlx::types::Json;

use super::Health;
use super::uptime::{Turn, down};
use super::watching::Snapshot;
use super::window::Tally;
use crate::db::account_health::{self, Change, Measured, Past};
use crate::db::health_figures::{self, Figures, Span};
use crate::db::{DbError, Time};

/// Accounts that are written down in one commit.
const CHUNK: usize = 200;
/// A probe that is older says nothing of now: another process may have a newer one.
const FRESH: Duration = Duration::from_secs(180);
const DAY: Duration = Duration::from_secs(86_400);

/// What came to pass in one span of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// When it began.
    pub at: Time,
    /// What was counted.
    pub tally: Tally,
    /// How much of it was down.
    pub down: Duration,
}

impl Health {
    /// Writes down what was counted since the last time, and how everybody does.
    pub(super) async fn write_figures(&self) -> Result<(), DbError> {
        let now = self.now();
        let mut snapshots: Vec<Snapshot> = self.watching.all().iter().map(|watched| watched.snapshot(now)).collect();
        // In one order everywhere: two processes never wait for each other.
        snapshots.sort_by_key(|snapshot| snapshot.account);
        let written = self.write(&snapshots, now).await;
        if written.is_err() {
            for snapshot in &snapshots {
                if let Some(watched) = self.watching.known(snapshot.account) {
                    watched.give_back(&snapshot.since_last);
                }
            }
        }
        written
    }

    async fn write(&self, snapshots: &[Snapshot], now: Time) -> Result<(), DbError> {
        let heard: Vec<&Snapshot> = snapshots.iter().filter(|snapshot| !snapshot.since_last.is_empty()).collect();
        if heard.is_empty() {
            return Ok(());
        }
        let turns = turns(account_health::all_changes(&self.db, now.before(DAY)).await?);
        // A row has the second that it was written in: a process that leaves in the middle of a minute takes nothing away.
        let second = Time::from_second(now.second());
        for heard in heard.chunks(CHUNK) {
            let mut tx = self.db.begin().await?;
            for snapshot in heard {
                account_health::measure(&mut tx, &measured(snapshot, &turns, now), now).await?;
                let figures = row(snapshot.account, second, &snapshot.since_last, Duration::ZERO);
                health_figures::put(&mut tx, Span::Minute, self.writer, &figures).await?;
            }
            tx.commit().await?;
        }
        self.mend_degraded(snapshots, now).await
    }

    /// Whoever found an account degraded may be gone: where this process has seen it well for long, it is well.
    async fn mend_degraded(&self, snapshots: &[Snapshot], now: Time) -> Result<(), DbError> {
        let long_ago = now.before(Duration::from_millis(self.settings.thresholds.window_ms) * 3);
        for row in account_health::all(&self.db).await? {
            let stale = row.verdict == Verdict::Degraded && row.since < long_ago;
            let well = |one: &&Snapshot| one.account == row.account_id && one.verdict == Verdict::Healthy;
            if stale && snapshots.iter().any(|one| well(&one) && !one.recent.is_empty()) {
                let (account, verdict) = (row.account_id, Verdict::Healthy);
                self.change(&Change { account, verdict, cause: None, at: now, error: None }).await?;
            }
        }
        Ok(())
    }
}

/// The changes of each account.
pub(super) fn turns(changes: Vec<Past>) -> BTreeMap<AccountId, Vec<Turn>> {
    let mut turns: BTreeMap<AccountId, Vec<Turn>> = BTreeMap::new();
    for change in changes {
        turns.entry(change.account_id).or_default().push((change.at, change.was, change.verdict));
    }
    turns
}

/// A row of an account.
pub(super) fn row(account_id: AccountId, at: Time, tally: &Tally, down: Duration) -> Figures {
    let down_ms = i64::try_from(down.as_millis()).unwrap_or(i64::MAX);
    Figures { account_id, at, tally: Json(json!(tally)), down_ms }
}

/// What a row says; one that cannot be read says nothing.
pub(super) fn series(figures: &Figures) -> Series {
    let down = Duration::from_millis(u64::try_from(figures.down_ms).unwrap_or(0));
    let tally = serde_json::from_value(figures.tally.0.clone()).unwrap_or_default();
    Series { at: figures.at, tally, down }
}

fn measured(snapshot: &Snapshot, turns: &BTreeMap<AccountId, Vec<Turn>>, now: Time) -> Measured {
    let turns = turns.get(&snapshot.account).map_or(&[][..], Vec::as_slice);
    let down = down(turns, snapshot.verdict, now.before(DAY), now);
    let recent = &snapshot.recent;
    let probed = snapshot.probed.filter(|probed| now.since(probed.at) < FRESH);
    Measured {
        account: snapshot.account,
        verdict: if snapshot.verdict == Verdict::Unhealthy { Verdict::Unknown } else { snapshot.verdict },
        checked_at: probed.map(|probed| probed.at),
        response_ms: probed.map(|probed| probed.took.as_secs_f64() * 1_000.0),
        certificate_until: probed.and_then(|probed| probed.certificate_until),
        balance: probed
            .and_then(|probed| probed.balance.map(|balance| (balance.minor, balance.currency.code().to_owned()))),
        success_rate: recent.success_rate(),
        p50_ms: recent.times().percentile(0.5),
        p95_ms: recent.times().percentile(0.95),
        uptime_24h: Some(1.0 - down.as_secs_f64() / DAY.as_secs_f64()),
    }
}
