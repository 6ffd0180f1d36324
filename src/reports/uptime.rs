//! How much of a time a service was not down.

use std::collections::BTreeMap;
use std::time::Duration;

use schemas::AccountId;

use super::Range;
use crate::db::health_figures::{self, Span};
use crate::db::{Db, DbError, Time};

/// The share of the time in which no account was unhealthy, from 0 to 1, by the hours (or days) that figures have been written
/// of; `None` where there are none.
pub(super) async fn of(db: &Db, accounts: &[AccountId], range: Range, now: Time) -> Result<Option<f64>, DbError> {
    let span = if range.from >= now.before(Span::Hour.kept()) { Span::Hour } else { Span::Day };
    let mut down: BTreeMap<Time, i64> = BTreeMap::new();
    for account in accounts {
        let figures = health_figures::of(db, *account, span, range.from).await?;
        for figures in figures.into_iter().filter(|figures| figures.at < range.to) {
            let worst = down.entry(figures.at).or_default();
            *worst = figures.down_ms.max(*worst);
        }
    }
    if down.is_empty() {
        return Ok(None);
    }
    let whole = span.length() * u32::try_from(down.len()).unwrap_or(u32::MAX);
    let down = Duration::from_millis(down.into_values().map(|ms| u64::try_from(ms).unwrap_or(0)).sum());
    Ok(Some(1.0 - down.as_secs_f64() / whole.as_secs_f64()))
}
