//! Keeping house: room is made ahead, and what is older than the settings keep is forgotten.

use std::time::Duration;

use async_trait::async_trait;
use kit::Ambient;

use crate::config::Retention;
use crate::db::tasks::Task;
use crate::db::{Db, DbError, Time, alerts, allowances, callbacks, delivery_attempts, idempotency, integration_logs};
use crate::work::Handler;

/// The kind of the one task that keeps the house.
const KIND: &str = "house.keep";
const EVERY: Duration = Duration::from_secs(6 * 3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Months of log partitions that are made ahead.
const MONTHS_AHEAD: i64 = 6;

/// The handler of `house.keep`.
pub struct Keeping {
    /// The house.
    pub db: Db,
    /// The calendar.
    pub ambient: Ambient,
    /// What is kept, and how long.
    pub settings: Retention,
}

#[async_trait]
impl Handler for Keeping {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn every(&self) -> Option<Duration> {
        Some(EVERY)
    }

    async fn run(&self, _: &[Task]) -> Result<(), DbError> {
        let now = Time::from(self.ambient.now());
        make_room(&self.db, &self.ambient).await?;
        let days = |days: u64| now.before(DAY * u32::try_from(days).unwrap_or(u32::MAX));
        integration_logs::drop_before(&self.db, days(self.settings.logs_days)).await?;
        callbacks::prune(&self.db, days(self.settings.callbacks_days)).await?;
        delivery_attempts::prune(&self.db, None, None, days(self.settings.notifications_days)).await?;
        alerts::prune(&self.db, days(self.settings.notifications_days)).await?;
        allowances::forget(&self.db, now.before(DAY)).await?;
        idempotency::prune(&self.db, now).await?;
        Ok(())
    }
}

/// Makes the log partitions of this month and of those that follow.
pub async fn make_room(db: &Db, ambient: &Ambient) -> Result<(), DbError> {
    integration_logs::make_room(db, &months_ahead(ambient.now().into())).await
}

/// The first moments of this month and of those that follow, by the calendar.
fn months_ahead(now: Time) -> Vec<Time> {
    let today = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    let first = today.first_of_month().and_then(|first| first.start_of_day());
    (0..=MONTHS_AHEAD)
        .filter_map(|month| first.as_ref().ok()?.checked_add(jiff::Span::new().months(month)).ok())
        .map(|month| month.timestamp().into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_ahead_is_there_whatever_the_day() {
        for day in ["2026-01-31T23:59:59Z", "2026-12-01T00:00:00Z", "2028-02-29T12:00:00Z"] {
            let now: jiff::Timestamp = day.parse().expect("a time");
            let months: Vec<String> = months_ahead(now.into())
                .iter()
                .map(|month| month.timestamp().strftime("%Y-%m-%d %H:%M").to_string())
                .collect();
            assert_eq!(months.len(), 7, "{day}: {months:?}");
            assert!(months.iter().all(|month| month.ends_with("-01 00:00")), "{day}: {months:?}");
            assert_eq!(months[0][..7], day[..7], "this month is the first");
            assert!(months.windows(2).all(|pair| pair[0] < pair[1]), "{day}: {months:?}");
        }
    }
}
