//! How long something was down, from the changes of its verdict. Pure.

use std::time::Duration;

use schemas::health::Verdict;

use crate::db::Time;

/// One change: when, from what, to what.
pub type Turn = (Time, Verdict, Verdict);

/// How much of a time an account was unhealthy. `turns` are the changes from its beginning on, oldest first, later ones
/// included; `current` is the verdict where there are none.
pub fn down(turns: &[Turn], current: Verdict, from: Time, to: Time) -> Duration {
    let inside = turns.iter().filter(|(at, ..)| *at >= from);
    let (mut since, mut total) = (from, Duration::ZERO);
    let mut ill = inside.clone().next().map_or(current, |(_, was, _)| *was) == Verdict::Unhealthy;
    for (at, _, is) in inside.take_while(|(at, ..)| *at < to) {
        if ill {
            total += at.since(since);
        }
        (since, ill) = (*at, *is == Verdict::Unhealthy);
    }
    if ill { total + to.since(since) } else { total }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Time {
        Time::from_second(1_700_000_000 + second)
    }

    #[test]
    fn what_was_down_is_counted_to_the_second() {
        let turns = [
            (at(100), Verdict::Healthy, Verdict::Unhealthy),
            (at(160), Verdict::Unhealthy, Verdict::Healthy),
            (at(500), Verdict::Degraded, Verdict::Unhealthy),
        ];
        assert_eq!(down(&turns, Verdict::Unhealthy, at(0), at(600)), Duration::from_secs(160));
        assert_eq!(down(&turns, Verdict::Unhealthy, at(130), at(550)), Duration::from_secs(80));
        assert_eq!(down(&turns, Verdict::Unhealthy, at(200), at(400)), Duration::ZERO);
        assert_eq!(down(&[], Verdict::Unhealthy, at(0), at(10)), Duration::from_secs(10));
        assert_eq!(down(&[], Verdict::Healthy, at(0), at(10)), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn the_parts_of_a_time_are_as_long_as_the_whole(mut moments in proptest::collection::vec(0i64..1_000, 0..20), cut in 0i64..1_000) {
            moments.sort_unstable();
            let mut ill = false;
            let turns: Vec<Turn> = moments.iter().map(|moment| {
                let (was, is) = if ill { (Verdict::Unhealthy, Verdict::Healthy) } else { (Verdict::Healthy, Verdict::Unhealthy) };
                ill = !ill;
                (at(*moment), was, is)
            }).collect();
            let current = if ill { Verdict::Unhealthy } else { Verdict::Healthy };
            let whole = down(&turns, current, at(0), at(1_000));
            prop_assert_eq!(down(&turns, current, at(0), at(cut)) + down(&turns, current, at(cut), at(1_000)), whole);
        }
    }
}
