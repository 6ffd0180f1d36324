//! Figures of deliveries: how many tries arrived, how long they took, why the others failed, and how that went over time.

use std::time::Duration;

use super::Notify;
use super::admin::Scope;
use crate::db::Time;
use crate::db::delivery_attempts::{self, Filter, Stretch};
use crate::refusal::Refusal;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Up to so long a stretch is an hour, beyond it a day.
const BY_THE_HOUR: Duration = Duration::from_secs(3 * 86_400);

/// The figures of a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// Tries.
    pub total: i64,
    /// Those that arrived.
    pub succeeded: i64,
    /// The mean time.
    pub mean: Duration,
    /// The time that half of them did not exceed.
    pub p50: Duration,
    /// 95 of a hundred.
    pub p95: Duration,
    /// 99 of a hundred.
    pub p99: Duration,
    /// Why the others failed, the most frequent first.
    pub reasons: Vec<(String, i64)>,
    /// Hour by hour, or day by day; what had no try is left out.
    pub trend: Vec<Part>,
}

/// An hour or a day of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// When it began.
    pub at: Time,
    /// Tries.
    pub total: i64,
    /// Those that arrived.
    pub succeeded: i64,
}

impl Figures {
    /// Tries that failed.
    pub const fn failed(&self) -> i64 {
        self.total - self.succeeded
    }

    /// The percentage that arrived, to two places; all of none.
    pub fn success_rate(&self) -> f64 {
        if self.total == 0 {
            return 100.0;
        }
        (self.succeeded as f64 / self.total as f64 * 10_000.0).round() / 100.0
    }
}

impl Notify {
    /// The figures of what was tried from a time until another.
    pub async fn figures(&self, scope: Scope, from: Time, to: Time) -> Result<Figures, Refusal> {
        let Scope { store, livemode } = scope;
        let filter = Filter { store, livemode, from: Some(from), to: Some(to), ..Filter::default() };
        let totals = delivery_attempts::totals(&self.db, &filter).await?;
        let seconds = if to.since(from) <= BY_THE_HOUR { HOUR } else { DAY };
        let part = |stretch: Stretch| Part {
            at: Time::from_second(stretch.number * seconds),
            total: stretch.tries,
            succeeded: stretch.succeeded,
        };
        let mean = totals.duration_us.checked_div(totals.tries).unwrap_or(0);
        Ok(Figures {
            from,
            to,
            total: totals.tries,
            succeeded: totals.succeeded,
            mean: micros(mean),
            p50: self.percentile(&filter, totals.tries, 50).await?,
            p95: self.percentile(&filter, totals.tries, 95).await?,
            p99: self.percentile(&filter, totals.tries, 99).await?,
            reasons: delivery_attempts::reasons(&self.db, &filter).await?,
            trend: delivery_attempts::trend(&self.db, &filter, seconds).await?.into_iter().map(part).collect(),
        })
    }

    async fn percentile(&self, filter: &Filter, tries: i64, percent: i64) -> Result<Duration, Refusal> {
        let found = delivery_attempts::nth_duration(&self.db, filter, place(tries, percent)).await?;
        Ok(micros(found.unwrap_or(0)))
    }
}

/// Which of so many sorted ones, counted from 0, so many in a hundred do not exceed.
const fn place(count: i64, percent: i64) -> i64 {
    let rank = (count * percent + 99) / 100;
    if rank == 0 { 0 } else { rank - 1 }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        assert_eq!([place(0, 50), place(1, 50), place(1, 99)], [0, 0, 0]);
        assert_eq!([place(4, 50), place(4, 95), place(4, 99)], [1, 3, 3]);
        assert_eq!([place(100, 50), place(100, 95), place(100, 99)], [49, 94, 98]);
        assert_eq!(place(1_000, 99), 989);
    }
}
