//! Thresholds as pure functions: what is beyond one, and what is over.

use super::*;
use crate::config::{Config, Variables};

fn tries(tries: i64, failed: i64, deliveries: i64, arrived: i64, duration_us: i64) -> Tries {
    Tries { livemode: false, tries, failed, deliveries, arrived, duration_us }
}

fn beyond(tries: &Tries) -> Vec<&'static str> {
    let config = Config::load(None, &Variables::default()).expect("the defaults can be read");
    judge(tries, &config.notify).into_iter().filter(|finding| finding.beyond).map(|finding| finding.kind).collect()
}

#[test]
fn each_threshold_is_told_beyond_it_and_not_at_it() {
    assert!(beyond(&tries(100, 5, 100, 95, 100 * 10_000_000)).is_empty());
    // Repeated and arrived: errors, but everybody has been told.
    assert_eq!(beyond(&tries(100, 6, 94, 94, 0)), ["errors"]);
    assert_eq!(beyond(&tries(100, 6, 100, 94, 0)), ["success", "errors"]);
    assert_eq!(beyond(&tries(100, 0, 100, 100, 100 * 10_001_000)), ["mean"]);
}

#[test]
fn what_was_not_looked_at_is_not_over() {
    let now = Time::from_second(1_800_000_000);
    let finding = |kind: &'static str, key: &str, beyond| Finding {
        kind,
        key: key.to_owned(),
        beyond,
        data: json!({"value": "1"}),
    };
    let told = [
        finding("waiting", "waiting", true),
        finding("success", "success:test", true),
        finding("errors", "errors:test", true),
        finding("buried", "buried:refund.advance", true),
    ];
    let open: Vec<Alert> = told.iter().map(|finding| row(finding, now)).collect();
    let findings = [finding("waiting", "waiting", false), finding("errors", "errors:test", true)];
    let keys: Vec<String> = over(&open, &findings).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["waiting", "buried:refund.advance"]);
}
