//! Verdicts on a simulated clock: a day passes in a moment, and a recorded one is judged as it was.

use proptest::prelude::*;

use super::*;

const THRESHOLDS: Thresholds = Thresholds {
    fail: 3,
    recover: 2,
    window_ms: 300_000,
    least_calls: 20,
    failed_percent: 20.0,
    declined_percent: 80.0,
    useless_percent: 98.0,
    slow_ms: 8_000,
};

fn at(millis: i64) -> Time {
    Time::from_second(1_700_000_000).after(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

fn seen(sign: Sign, probe: bool) -> Seen {
    Seen { sign, probe, took: Duration::from_millis(100) }
}

/// Hears signs a second apart, and answers every verdict that is new.
fn verdicts(signs: impl IntoIterator<Item = Seen>) -> Vec<(Verdict, Option<Cause>)> {
    let mut judge = Judge::new(&THRESHOLDS);
    let changed = signs.into_iter().enumerate().filter_map(|(second, seen)| {
        let step = judge.hear(seen, at(second as i64 * 1_000), &THRESHOLDS);
        matches!(step, Step::Changed { .. }).then(|| (judge.verdict(), judge.cause()))
    });
    changed.collect()
}

const GOOD_PROBE: Seen = Seen { sign: Sign::Good, probe: true, took: Duration::from_millis(100) };
const BAD_PROBE: Seen = Seen { sign: Sign::Failed, ..GOOD_PROBE };
const GOOD: Seen = Seen { probe: false, ..GOOD_PROBE };
const BAD: Seen = Seen { probe: false, ..BAD_PROBE };
const DECLINED: Seen = Seen { sign: Sign::Declined, ..GOOD };
const HEALTHY: (Verdict, Option<Cause>) = (Verdict::Healthy, None);

#[test]
fn three_bad_signs_of_either_kind_make_it_unhealthy_and_two_good_probes_well() {
    let ill = (Verdict::Unhealthy, Some(Cause::Unreachable));
    assert_eq!(verdicts([GOOD_PROBE, BAD, BAD_PROBE, BAD_PROBE]), [HEALTHY, ill]);
    assert_eq!(verdicts([BAD_PROBE, BAD_PROBE, BAD_PROBE, GOOD_PROBE, GOOD_PROBE]), [HEALTHY, ill, HEALTHY]);
    assert_eq!(verdicts([BAD_PROBE, BAD_PROBE, BAD_PROBE, GOOD_PROBE, BAD_PROBE, GOOD_PROBE]), [HEALTHY, ill]);
    assert_eq!(verdicts([BAD_PROBE, BAD_PROBE, GOOD_PROBE, BAD_PROBE, BAD_PROBE]), [HEALTHY]);
}

#[test]
fn a_provider_that_answers_its_ping_and_fails_or_declines_every_call_is_not_healthy() {
    let failing = [GOOD_PROBE, BAD, GOOD_PROBE, BAD, GOOD_PROBE, BAD, GOOD_PROBE, GOOD_PROBE, GOOD_PROBE];
    assert_eq!(verdicts(failing), [HEALTHY, (Verdict::Unhealthy, Some(Cause::Failing))], "good probes do not mend it");
    let recovers = failing.into_iter().chain([GOOD, GOOD]);
    assert_eq!(verdicts(recovers).last(), Some(&HEALTHY), "good calls do");
    let declining = (0..40).flat_map(|_| [DECLINED, GOOD_PROBE]);
    let useless = (Verdict::Unhealthy, Some(Cause::Useless));
    assert_eq!(verdicts(declining.clone()), [HEALTHY, useless]);
    let still = declining.clone().chain([DECLINED, GOOD, DECLINED, GOOD_PROBE]);
    assert_eq!(verdicts(still), [HEALTHY, useless], "one that went well is not two");
    assert_eq!(verdicts(declining.chain([GOOD, GOOD])), [HEALTHY, useless, HEALTHY]);
}

#[test]
fn a_provider_that_answers_every_call_and_refuses_every_customer_is_not_healthy() {
    let (served, denied) = (seen(Sign::Served, false), seen(Sign::Denied, false));
    let declining = (Verdict::Degraded, Some(Cause::Declining));
    let refusing = (0..25).flat_map(|_| [GOOD, denied, GOOD_PROBE]);
    assert_eq!(verdicts(refusing.clone()), [HEALTHY, declining], "and good answers do not mend it");
    assert_eq!(verdicts(refusing.chain((0..40).map(|_| served))), [HEALTHY, declining, HEALTHY]);
    let usual = (0..200).map(|index| if index % 4 == 0 { denied } else { served });
    assert_eq!(verdicts(usual), [HEALTHY], "cards are declined every day");
}

#[test]
fn calls_that_failed_before_any_probe_did_are_found_unreachable_and_come_back_by_probes() {
    let (failing, unreachable) =
        ((Verdict::Unhealthy, Some(Cause::Failing)), (Verdict::Unhealthy, Some(Cause::Unreachable)));
    let down = [GOOD_PROBE, BAD, BAD, BAD, BAD_PROBE, BAD_PROBE, BAD_PROBE];
    assert_eq!(verdicts(down), [HEALTHY, failing, unreachable]);
    assert_eq!(verdicts(down.into_iter().chain([GOOD_PROBE; 2])), [HEALTHY, failing, unreachable, HEALTHY]);
    let quiet = [GOOD_PROBE, BAD, BAD, BAD].into_iter().chain([GOOD_PROBE; 9]);
    assert_eq!(verdicts(quiet.clone()), [HEALTHY, failing], "it answers, and nobody has called");
    assert_eq!(verdicts(quiet.chain([GOOD_PROBE])), [HEALTHY, failing, HEALTHY], "not for ever");
}

#[test]
fn customers_who_are_declined_now_and_then_are_no_illness() {
    let mixed = (0..400).map(|index| if index % 10 < 7 { GOOD } else { DECLINED });
    assert_eq!(verdicts(mixed), [HEALTHY]);
}

#[test]
fn it_is_degraded_by_shares_and_times_and_stays_so_until_they_are_clearly_better() {
    let failing = (0..200).map(|index| if index % 4 == 0 { BAD } else { GOOD });
    let degraded = (Verdict::Degraded, Some(Cause::Failing));
    assert_eq!(verdicts(failing.clone()), [HEALTHY, degraded]);
    let better = failing.clone().chain((0..300).map(|index| if index % 7 == 0 { BAD } else { GOOD }));
    assert_eq!(verdicts(better), [HEALTHY, degraded], "a seventh is below the threshold, and not below half of it");
    let well = failing.chain((0..400).map(|_| GOOD));
    assert_eq!(verdicts(well), [HEALTHY, degraded, HEALTHY]);
    let slow = Seen { took: Duration::from_millis(9_000), ..GOOD };
    let found = verdicts((0..30).map(|_| slow));
    assert_eq!(found, [HEALTHY, (Verdict::Degraded, Some(Cause::Slow))]);
}

#[test]
fn a_probe_that_is_declined_has_found_an_account_that_cannot_be_used() {
    let refused = seen(Sign::Declined, true);
    assert_eq!(verdicts([refused; 3]).last(), Some(&(Verdict::Unhealthy, Some(Cause::Unreachable))));
}

#[test]
fn what_hangs_beside_a_probe_that_failed_is_not_waited_for() {
    let (call, probe) = (seen(Sign::Pending, false), seen(Sign::Pending, true));
    let timed_out = Seen { took: Duration::from_secs(5), ..BAD_PROBE };
    let ill = (Verdict::Unhealthy, Some(Cause::Unreachable));
    assert_eq!(verdicts([GOOD_PROBE, call, probe, probe, timed_out]), [HEALTHY, ill]);
    assert_eq!(
        verdicts([GOOD_PROBE, call, probe, probe, GOOD_PROBE, timed_out]),
        [HEALTHY],
        "one of them was answered"
    );
    assert_eq!(verdicts([GOOD_PROBE, call, call, call, call]), [HEALTHY], "slow calls alone are no illness");
}

#[test]
fn what_another_process_found_is_taken_over() {
    let mut judge = Judge::new(&THRESHOLDS);
    judge.adopt(Verdict::Unhealthy, Some(Cause::Unreachable), at(0));
    assert!(judge.recovers_by_probes());
    assert_eq!(judge.hear(GOOD_PROBE, at(1), &THRESHOLDS), Step::Same);
    assert_eq!(judge.hear(GOOD_PROBE, at(2), &THRESHOLDS), Step::Changed { from: Verdict::Unhealthy });
}

/// A day of signs, kept as they were heard (`milliseconds sign probe|call took`), and beside it what was found then. It was made
/// from a seed: outages, flaps, slowness, refusals, losses, calls that fail while probes do not.
const DAY: &str = include_str!("day.txt");
const FOUND: &str = include_str!("found.txt");

fn judged(day: &str) -> String {
    let mut judge = Judge::new(&THRESHOLDS);
    let mut found = String::new();
    for line in day.lines() {
        let mut words = line.split(' ');
        let mut next = || words.next().expect("four words");
        let (millis, sign, kind, took) = (next(), next(), next(), next());
        let seen = Seen {
            sign: serde_json::from_value(sign.into()).expect("a sign"),
            probe: kind == "probe",
            took: Duration::from_millis(took.parse().expect("milliseconds")),
        };
        let now = at(millis.parse().expect("milliseconds"));
        if let Step::Changed { from } = judge.hear(seen, now, &THRESHOLDS) {
            let cause = judge.cause().map_or("-", Cause::as_str);
            found.push_str(&format!("{millis} {from} {} {cause}\n", judge.verdict()));
        }
    }
    found
}

#[test]
fn a_recorded_day_is_judged_as_it_was() {
    assert_eq!(judged(DAY), judged(DAY), "twice the same");
    assert_eq!(judged(DAY), FOUND);
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let sign = prop_oneof![6 => Just(Sign::Good), 2 => Just(Sign::Declined), 3 => Just(Sign::Failed), 1 => Just(Sign::Pending), 1 => Just(Sign::Served), 1 => Just(Sign::Denied)];
    (sign, any::<bool>(), 0u64..12_000).prop_map(|(sign, probe, took)| Seen {
        sign,
        probe,
        took: Duration::from_millis(took),
    })
}

proptest! {
    /// Whatever was heard: three bad signs in a row are ill, and then two good ones of each kind are well.
    #[test]
    fn it_always_becomes_ill_and_well_again(signs in proptest::collection::vec(any_seen(), 0..300)) {
        let mut judge = Judge::new(&THRESHOLDS);
        let mut now = 0;
        let mut hear = |judge: &mut Judge, seen| { now += 500; judge.hear(seen, at(now), &THRESHOLDS) };
        for seen in signs {
            let before = judge.verdict();
            let step = hear(&mut judge, seen);
            let changed = matches!(step, Step::Changed { .. });
            prop_assert!(changed || judge.verdict() == before);
            prop_assert_eq!(judge.cause().is_some(), matches!(judge.verdict(), Verdict::Degraded | Verdict::Unhealthy));
        }
        for _ in 0..3 { hear(&mut judge, BAD_PROBE); hear(&mut judge, BAD); }
        prop_assert_eq!(judge.verdict(), Verdict::Unhealthy);
        for _ in 0..2 { hear(&mut judge, GOOD_PROBE); hear(&mut judge, GOOD); hear(&mut judge, seen(Sign::Served, false)); }
        prop_assert_ne!(judge.verdict(), Verdict::Unhealthy);
    }

    /// One bad sign among good ones changes nothing.
    #[test]
    fn a_hiccup_is_no_illness(place in 0usize..60, probe in any::<bool>()) {
        let signs = (0..60).map(|index| if index == place { seen(Sign::Failed, probe) } else { seen(Sign::Good, index % 2 == 0) });
        prop_assert_eq!(verdicts(signs), [HEALTHY]);
    }
}
