//! How an endpoint does: the breaker, slowness, and the way to being disabled. Pure: facts and a time in, notices out.

use std::time::Duration;

use crate::config::Notify as Settings;
use crate::db::Time;
use crate::db::endpoint_health::Health;

/// Tries whose mean tells whether an endpoint is slow.
const RECENT: usize = 100;
/// Percentages of the way to being disabled that are told.
const WARNINGS: [i32; 4] = [50, 70, 90, 100];

/// What one try tells of its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It arrived.
    Well,
    /// It failed.
    Ill,
    /// It failed, and wants a pause.
    Down(Duration),
    /// It was asked to come later: the endpoint lives, and wants a pause.
    Busy(Duration),
    /// It is no more.
    Gone,
}

/// What somebody should hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The breaker opened: nothing goes there for a while.
    Opened {
        /// Failures in a row.
        failures: i32,
    },
    /// After its breaker or a warning, a delivery arrived again.
    Recovered,
    /// On average it takes longer than it may.
    Slow {
        /// The mean.
        mean: Duration,
    },
    /// It is on its way to being disabled.
    Failing {
        /// So far.
        percent: i32,
        /// Since when.
        since: Time,
    },
    /// Nothing goes there any more.
    Disable {
        /// `gone` or `failing`.
        reason: &'static str,
    },
}

/// Takes in one try that began at `now` less `took`.
pub fn learn(health: &mut Health, sign: Sign, took: Duration, now: Time, settings: &Settings) -> Vec<Notice> {
    let mut notices = Vec::new();
    remember(health, took);
    match sign {
        Sign::Well => well(health, now, settings, &mut notices),
        Sign::Ill => ill(health, now, settings, &mut notices),
        Sign::Down(pause) => {
            rest(health, now.after(pause));
            ill(health, now, settings, &mut notices);
        }
        Sign::Busy(pause) => {
            health.failed += 1;
            health.last_failure_at = Some(now);
            rest(health, now.after(pause));
            sustained(health, now, settings, &mut notices);
        }
        Sign::Gone => {
            health.failed += 1;
            health.last_failure_at = Some(now);
            notices.push(Notice::Disable { reason: "gone" });
        }
    }
    let quiet = Duration::from_millis(settings.quiet_ms);
    if is_slow(health, settings) && health.slow_told_at.is_none_or(|told| now.since(told) >= quiet) {
        health.slow_told_at = Some(now);
        notices.push(Notice::Slow { mean: mean(health) });
    }
    notices
}

fn well(health: &mut Health, now: Time, settings: &Settings, notices: &mut Vec<Notice>) {
    if health.failures >= settings.breaker_failures || health.warned > 0 {
        notices.push(Notice::Recovered);
    }
    health.succeeded += 1;
    health.last_success_at = Some(now);
    health.failures = 0;
    health.open_until = None;
    // A pause that it asked for holds, whatever was under way when it asked.
    health.failing_since = None;
    health.warned = 0;
}

fn ill(health: &mut Health, now: Time, settings: &Settings, notices: &mut Vec<Notice>) {
    health.failed += 1;
    health.failures = health.failures.saturating_add(1);
    health.last_failure_at = Some(now);
    // What was under way when it opened says nothing new.
    if health.failures >= settings.breaker_failures && !is_open(health, now) {
        health.open_until = Some(now.after(Duration::from_millis(settings.breaker_open_ms)));
        notices.push(Notice::Opened { failures: health.failures });
    }
    sustained(health, now, settings, notices);
}

/// How far an endpoint is on its way to being disabled: one mark a try at the most, so that a few failures with days
/// between them disable nobody, and nobody is disabled who was not told.
fn sustained(health: &mut Health, now: Time, settings: &Settings, notices: &mut Vec<Notice>) {
    let since = *health.failing_since.get_or_insert(now);
    let whole = Duration::from_millis(settings.disable_after_ms.max(1));
    let percent = (now.since(since).as_secs_f64() / whole.as_secs_f64() * 100.0).min(100.0) as i32;
    let Some(mark) = WARNINGS.into_iter().find(|mark| *mark > health.warned) else {
        return notices.push(Notice::Disable { reason: "failing" });
    };
    if percent < mark {
        return;
    }
    health.warned = mark;
    notices.push(Notice::Failing { percent: mark, since });
    if mark == 100 {
        notices.push(Notice::Disable { reason: "failing" });
    }
}

fn rest(health: &mut Health, until: Time) {
    health.paused_until = Some(health.paused_until.map_or(until, |known| known.max(until)));
}

/// Starts anew: a person says that the endpoint is mended.
pub fn reset(health: &mut Health) {
    health.failures = 0;
    health.open_until = None;
    health.paused_until = None;
    health.failing_since = None;
    health.warned = 0;
}

/// Whether the breaker is open.
pub fn is_open(health: &Health, now: Time) -> bool {
    health.open_until.is_some_and(|until| until > now)
}

/// Before when nothing goes there, if so.
pub fn rests_until(health: &Health, now: Time) -> Option<Time> {
    health.open_until.max(health.paused_until).filter(|until| *until > now)
}

/// Whether it takes too long on average.
pub fn is_slow(health: &Health, settings: &Settings) -> bool {
    mean(health) > Duration::from_millis(settings.slow_ms)
}

/// Whether it may hold only a few of the places: it fails, or is slow.
pub fn is_suspect(health: &Health, settings: &Settings) -> bool {
    health.failures > 0 || is_slow(health, settings)
}

/// The mean time of the last hundred tries.
pub fn mean(health: &Health) -> Duration {
    let recent = durations(health);
    let sum: u64 = recent.clone().map(u64::from).sum();
    let count = recent.count() as u64;
    Duration::from_millis(sum.checked_div(count).unwrap_or(0))
}

fn remember(health: &mut Health, took: Duration) {
    let millis = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    health.recent.extend_from_slice(&millis.to_le_bytes());
    let surplus = health.recent.len().saturating_sub(RECENT * 4);
    health.recent.drain(..surplus);
}

fn durations(health: &Health) -> impl Iterator<Item = u32> + Clone {
    health.recent.chunks_exact(4).filter_map(|four| Some(u32::from_le_bytes(four.try_into().ok()?)))
}

#[cfg(test)]
mod tests;
