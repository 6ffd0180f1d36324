//! The life of an incident on a simulated clock.

use proptest::prelude::*;
use schemas::health::IncidentStatus;
use uuid::Uuid;

use super::*;

const SETTINGS: config::Incidents = config::Incidents {
    look_ms: 5_000,
    degraded_ms: 600_000,
    close_ms: 600_000,
    escalate_ms: 900_000,
    remind_ms: 3_600_000,
    usual_ms: 1_800_000,
};

const WELL: Facts = Facts {
    ill: 0,
    accounts: 1,
    degraded_since: None,
    well_since: None,
    falls: 0,
    stood_in: true,
    money: true,
    excused: false,
};

fn at(second: i64) -> Time {
    Time::from_second(1_700_000_000 + second)
}

fn new(severity: Severity, now: Time) -> Incident {
    Incident {
        id: Uuid::nil(),
        integration_id: Uuid::nil(),
        service: "moamalat".to_owned(),
        livemode: false,
        store_id: Uuid::nil().into(),
        scope: Uuid::nil(),
        status: IncidentStatus::Open,
        severity,
        cause: "unreachable".to_owned(),
        by_hand: false,
        title: None,
        error: None,
        opened_at: now,
        estimated_at: now,
        escalated_at: None,
        reminded_at: None,
        well_since: None,
        closed_at: None,
        flaps: 0,
        version: 1,
        updated_at: now,
    }
}

/// Looks every five seconds at what `is_ill` says, and plays what is to be done.
fn play(seconds: i64, is_ill: impl Fn(i64) -> bool, facts: Facts) -> (Vec<(i64, Act)>, Vec<Incident>) {
    let (mut acts, mut closed, mut open): (Vec<(i64, Act)>, Vec<Incident>, Option<Incident>) = Default::default();
    for second in (0..seconds).step_by(5) {
        let now = at(second);
        let fell = (second - 4..=second).any(|moment| moment > 0 && is_ill(moment) && !is_ill(moment - 1));
        let mut facts = Facts { ill: usize::from(is_ill(second)), falls: i32::from(fell && open.is_some()), ..facts };
        while let Some(act) = step(open.as_ref(), &facts, now, &SETTINGS) {
            acts.push((second, act));
            facts.falls = 0;
            match (act, &mut open) {
                (Act::Open(severity), None) => open = Some(new(severity, now)),
                (Act::Close, Some(incident)) => {
                    closed.push(incident.clone());
                    open = None;
                }
                (act, Some(incident)) => super::super::applied(incident, act, now),
                (act, None) => panic!("{act:?} of nothing"),
            }
        }
    }
    closed.extend(open);
    (acts, closed)
}

#[test]
fn two_hundred_flaps_in_an_hour_are_one_incident() {
    let (acts, incidents) = play(7_200, |second| second < 3_600 && second % 18 < 9, WELL);
    assert_eq!(incidents.len(), 1, "{acts:?}");
    assert!(incidents[0].flaps >= 190, "{}", incidents[0].flaps);
    assert_eq!(acts.iter().filter(|(_, act)| matches!(act, Act::Open(_))).count(), 1);
    assert_eq!(acts.last().map(|(_, act)| *act), Some(Act::Close));
    let told = acts.iter().filter(|(_, act)| matches!(act, Act::Open(_) | Act::Escalate(_) | Act::Remind | Act::Close));
    assert!(told.count() <= 6, "operators are not drowned: {acts:?}");
}

#[test]
fn a_day_with_two_outages_has_two_incidents_each_told_escalated_reminded_and_closed() {
    let ill = |second: i64| (3_600..3_660).contains(&second) || (40_000..50_000).contains(&second);
    let (acts, incidents) = play(86_400, ill, WELL);
    assert_eq!(incidents.len(), 2);
    assert_eq!(acts[0], (3_600, Act::Open(Severity::High)));
    assert!(acts.contains(&(3_660, Act::Well(at(3_660)))) && acts.contains(&(4_260, Act::Close)), "{acts:?}");
    assert!(acts.contains(&(40_900, Act::Escalate(Severity::Critical))), "{acts:?}");
    assert!(acts.contains(&(44_500, Act::Remind)) && acts.contains(&(48_100, Act::Remind)), "{acts:?}");
    assert!(acts.contains(&(50_600, Act::Close)), "{acts:?}");
}

#[test]
fn what_is_being_maintained_and_what_we_cannot_see_is_no_incident() {
    let excused = Facts { excused: true, ..WELL };
    assert!(play(86_400, |_| true, excused).0.is_empty());
}

#[test]
fn what_is_degraded_for_long_is_one() {
    let facts = Facts { degraded_since: Some(at(0)), ..WELL };
    let (acts, _) = play(700, |_| false, facts);
    assert_eq!(acts, [(600, Act::Open(Severity::Low))]);
}

#[test]
fn it_is_as_grave_as_what_is_left() {
    let ill = Facts { ill: 1, ..WELL };
    assert_eq!(severity(&ill), Severity::High);
    assert_eq!(severity(&Facts { stood_in: false, ..ill }), Severity::Critical);
    assert_eq!(severity(&Facts { accounts: 3, money: false, ..ill }), Severity::Medium);
    assert_eq!(severity(&Facts { accounts: 3, stood_in: false, ..ill }), Severity::High);
}

#[test]
fn it_lasts_as_long_as_those_before_it() {
    let usual = Duration::from_secs(1_800);
    assert_eq!(estimate(&[10, 20], usual), usual);
    assert_eq!(estimate(&[4_000, 100, 700], usual), Duration::from_secs(700));
}

proptest! {
    #[test]
    fn whatever_happens_no_more_is_closed_than_opened_and_each_ends(outages in proptest::collection::vec((0i64..40_000, 1i64..5_000), 0..12)) {
        let ill = |second: i64| outages.iter().any(|(from, length)| (*from..from + length).contains(&second));
        let (acts, incidents) = play(60_000, ill, WELL);
        let opened = acts.iter().filter(|(_, act)| matches!(act, Act::Open(_))).count();
        let closed = acts.iter().filter(|(_, act)| *act == Act::Close).count();
        prop_assert_eq!(opened, closed, "all is well at the end: {:?}", acts);
        prop_assert_eq!(incidents.len(), opened);
        for (second, act) in &acts {
            prop_assert!(*act != Act::Close || !ill(*second), "never closed while it is ill");
        }
    }
}
