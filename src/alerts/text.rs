//! The words of one alert: facts filled into the catalogue's lines, Arabic first. Pure.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

use super::catalogue::{ADVICE, BY_HAND, Both, EFFECT, Entry, LINES, NOT_OPEN, OVER, OVER_SIGN, OVER_STATE, STATE};
use crate::db::Time;

/// Libya's wall clock, which operators live by.
pub(super) static ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Africa/Tripoli").expect("the bundled time zones have Africa/Tripoli"));

/// What is known, by the names that the catalogue has in braces. Words for people stand under the name with `_ar` in Arabic.
pub type Facts = BTreeMap<&'static str, String>;

/// Facts that are words, and their Arabic.
const WORDS: &[(&str, &str)] = &[("severity", "severity_ar"), ("cause", "cause_ar")];

/// How it is to be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// A person has sent it.
    pub by_hand: bool,
    /// It was told, and is over.
    pub over: bool,
    /// It tells of a breaker that is not open.
    pub not_open: bool,
}

/// A moment on the clock in Tripoli.
pub fn clock(time: Time) -> String {
    time.timestamp().to_zoned(ZONE.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The message in both languages.
pub fn message(entry: &Entry, facts: &Facts, manner: Manner) -> String {
    let mut arabic = facts.clone();
    for (name, in_arabic) in WORDS {
        if let Some(word) = facts.get(in_arabic) {
            arabic.insert(name, word.clone());
        }
    }
    let en = part(entry, facts, manner, |both: Both| both.0);
    let ar = part(entry, &arabic, manner, |both: Both| both.1);
    format!("{ar}\n\n———\n\n{en}")
}

fn part(entry: &Entry, facts: &Facts, manner: Manner, language: fn(Both) -> &'static str) -> String {
    let sign = if manner.over { OVER_SIGN } else { entry.sign };
    let mut text = format!("{sign} {}", language(entry.title));
    if manner.over {
        text.push_str(&format!(" — {}", language(OVER)));
    }
    text.push('\n');
    for name in entry.lines {
        let line = LINES.iter().find(|(known, _)| known == name).and_then(|(_, both)| fill(language(*both), facts));
        if let Some(line) = line {
            text.push_str(&format!("\n{line}"));
        }
    }
    let state = match manner {
        Manner { over: true, .. } => OVER_STATE,
        Manner { not_open: true, .. } => NOT_OPEN,
        _ => entry.state,
    };
    text.push_str(&format!("\n{}: {}", language(STATE), language(state)));
    if manner.by_hand {
        text.push_str(&format!("\n{}", language(BY_HAND)));
    }
    if manner.over {
        return text;
    }
    for (name, words) in [(EFFECT, entry.effect), (ADVICE, entry.advice)] {
        if let Some(words) = fill(language(words), facts).filter(|_| !(manner.not_open && name == EFFECT)) {
            text.push_str(&format!("\n\n{}: {words}", language(name)));
        }
    }
    text
}

/// The template with its facts; `None` where one of them is not known.
fn fill(template: &str, facts: &Facts) -> Option<String> {
    let mut pieces = template.split('{');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}')?;
        text.push_str(facts.get(name)?);
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{ENTRIES, entry};
    use super::*;

    fn facts() -> Facts {
        let pairs = [
            ("time", "2025-01-10 15:30:45"),
            ("merchant", "abc123def456"),
            ("store", "default"),
            ("host", "shop.example"),
            ("failures", "5"),
            ("pause", "5"),
            ("mean", "5.234"),
            ("slow", "3"),
        ];
        pairs.into_iter().map(|(name, fact)| (name, fact.to_owned())).collect()
    }

    #[test]
    fn the_time_is_that_of_tripoli() {
        let noon: jiff::Timestamp = "2025-01-10T13:30:45Z".parse().expect("a time");
        assert_eq!(clock(noon.into()), "2025-01-10 15:30:45");
    }

    #[test]
    fn a_breaker_is_told_as_the_original_tells_it() {
        let text = message(entry("breaker").expect("an entry"), &facts(), Manner::default());
        let english = "🚨 Merchant notification breaker\n\nTime: 2025-01-10 15:30:45 (Tripoli)\n\
            Merchant key: abc123def456\nStore: default\nHost: shop.example\nFailures in a row: 5\n\
            Breaker open for: 5 minutes\nStatus: the breaker has opened\n\n\
            Effect: Notifications to this merchant pause for 5 minutes, so that those of other merchants are not held up.\n\n\
            Advice: Check the merchant's server and its network.";
        assert!(text.ends_with(english), "{text}");
        assert!(text.starts_with("🚨 قاطع إشعارات التاجر\n\nالوقت: 2025-01-10 15:30:45"), "{text}");
    }

    #[test]
    fn a_slow_merchant_is_told_as_the_original_tells_it() {
        let text = message(entry("slow").expect("an entry"), &facts(), Manner { by_hand: true, ..Manner::default() });
        for words in ["⚠️ Slow merchant", "Mean response time: 5.234 seconds\nThreshold: 3 seconds\n", "Sent by hand."]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out_and_what_is_over_says_so() {
        for entry in ENTRIES {
            let bare = message(entry, &Facts::new(), Manner::default());
            assert!(!bare.contains(['{', '}']), "{bare}");
            let over = message(entry, &facts(), Manner { over: true, ..Manner::default() });
            assert!(over.contains("✅") && over.contains("back to normal") && !over.contains("Advice"), "{over}");
        }
    }
}
