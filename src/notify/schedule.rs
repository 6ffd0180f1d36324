//! When a delivery that failed is tried again. Pure.

use std::time::Duration;

use crate::config::Notify as Settings;

/// The pause after so many tries, the first included; `None` where that was the last one.
pub fn pause(schedule: &str, tries: i32, settings: &Settings) -> Option<Duration> {
    let gaps = if schedule == "standard" { &settings.standard_ms } else { &settings.short_ms };
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    gaps.get(place).copied().map(Duration::from_millis)
}

/// A little later by chance, at most a tenth, so that what failed together does not come back together.
pub fn spread(pause: Duration, chance: f64) -> Duration {
    pause.mul_f64(1.0 + chance / 10.0)
}

/// How long an endpoint rests that asked for time; without a word of its own five seconds.
pub fn rest(asked: Option<Duration>, settings: &Settings) -> Duration {
    const UNSAID: Duration = Duration::from_secs(5);
    let longest = Duration::from_millis(settings.retry_after_max_ms);
    asked.unwrap_or(UNSAID).clamp(Duration::from_secs(1).min(longest), longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Variables};

    #[test]
    fn three_retries_by_default_and_a_day_and_more_by_the_standard() {
        let settings = Config::load(None, &Variables::from_pairs(std::iter::empty())).expect("the defaults").notify;
        let all = |schedule| -> Vec<u64> {
            (1..).map_while(|tries| pause(schedule, tries, &settings)).map(|pause| pause.as_secs()).collect()
        };
        assert_eq!(all("short"), [10, 60, 300]);
        assert_eq!(all("standard"), [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(pause("short", 0, &settings), None);
        assert_eq!(spread(Duration::from_secs(10), 0.5), Duration::from_millis(10_500));
        let second = Duration::from_secs(1);
        assert_eq!(rest(Some(Duration::ZERO), &settings), second);
        assert_eq!(rest(Some(second * 1_000_000), &settings), second * 3_600);
        assert_eq!(rest(None, &settings), second * 5);
    }
}
