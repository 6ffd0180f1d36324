//! Walking the list: what ends it, and what keeps it from saying anything.

use schemas::Phone;
use serde_json::{Value, json};

use super::*;

fn wanted() -> Wanted {
    Wanted {
        reference: "jisr-0190a3f2-s1".to_owned(),
        since: "2025-01-31T13:30:00Z".parse().expect("a time"),
        phone: Phone::parse("0912345678").expect("a number"),
    }
}

fn entry(id: u64, reference: Value, created_at: &str) -> Value {
    json!({"id": id, "package-code": format!("H-{id}"), "store_reference_id": reference, "created_at": created_at})
}

fn page(number: u32, last: u32, total: u32, entries: Vec<Value>) -> Page {
    let page = json!({"data": entries, "current_page": number, "last_page": last, "total": total});
    serde_json::from_str(&page.to_string()).expect("a page")
}

/// Walks these pages; `None` where they end before the walk does.
fn walk(pages: Vec<Page>) -> Option<Found> {
    let wanted = wanted();
    let mut walk = Walk::new(&wanted);
    pages.iter().zip(1..).find_map(|(page, number)| match walk.take(number, page) {
        Step::Next => None,
        Step::End(found) => Some(found),
    })
}

const NEW: &str = "2025-01-31T13:30:45.000000Z";
const OLD: &str = "2025-01-30T13:29:59.000000Z";

fn cannot_say(found: Option<Found>) -> String {
    match found {
        Some(Found::CannotSay { message }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sample_is_found_and_another_reference_is_not() {
    let sample = include_str!("../../../../../schemas/providers/vanex/package_list.json");
    let envelope: Value = serde_json::from_str(sample).expect("JSON");
    let read = || serde_json::from_str::<Page>(&envelope["data"].to_string()).expect("a page");
    let found = Booking { number: "H-13903-TIP-5885704".to_owned(), id: Some("2942851".to_owned()), cost: None };
    assert_eq!(walk(vec![read()]), Some(Found::Bookings(vec![found])));
    let other = Wanted { reference: "jisr-0190a3f2-s".to_owned(), ..wanted() };
    assert!(matches!(Walk::new(&other).take(1, &read()), Step::End(Found::Nothing)), "exactly, not nearly");
}

#[test]
fn the_walk_ends_a_day_before_or_at_the_last_page() {
    let new = |id| entry(id, Value::Null, NEW);
    let old = |id| entry(id, Value::Null, OLD);
    assert_eq!(walk(vec![page(1, 9, 9, vec![new(9), old(8)])]), None, "a page with a new one is not the end");
    assert_eq!(walk(vec![page(1, 9, 9, vec![new(9)]), page(2, 9, 9, vec![old(8), old(7)])]), Some(Found::Nothing));
    let almost = entry(8, Value::Null, "2025-01-30T13:30:00Z");
    assert_eq!(walk(vec![page(1, 9, 9, vec![almost])]), None, "bare times may be of another zone");
    assert_eq!(walk(vec![page(1, 1, 0, vec![])]), Some(Found::Nothing));
    // Where the oldest come first, an old page says nothing of what follows.
    assert_eq!(walk(vec![page(1, 2, 3, vec![old(1), old(2)]), page(2, 2, 3, vec![new(3)])]), Some(Found::Nothing));
    assert_eq!(walk(vec![page(1, 2, 3, vec![old(1), old(2)])]), None);
    assert_eq!(walk(vec![page(1, 9, 9, vec![entry(9, Value::Null, "soon")])]), None, "an unread time is not old");
}

#[test]
fn two_parcels_are_two_and_one_seen_twice_is_one() {
    let own = |id| entry(id, json!("jisr-0190a3f2-s1"), NEW);
    let Some(Found::Bookings(found)) = walk(vec![page(1, 2, 3, vec![own(3), own(2)]), page(2, 2, 3, vec![own(2)])])
    else {
        panic!("two are found")
    };
    assert_eq!(found.len(), 2);
}

#[test]
fn a_list_that_is_not_seen_as_a_whole_says_nothing() {
    let plain = json!({"id": 1, "package-code": "H-1", "created_at": OLD});
    assert_eq!(cannot_say(walk(vec![page(1, 1, 1, vec![plain])])), "the list shows no references");
    let new = |id| entry(id, Value::Null, NEW);
    let shorter = walk(vec![page(1, 2, 3, vec![new(3), new(2)]), page(2, 2, 2, vec![new(1)])]);
    assert_eq!(cannot_say(shorter), "the list became shorter while it was read");
    assert_eq!(cannot_say(walk(vec![page(2, 2, 1, vec![new(1)])])), "the list does not say which page it shows");
    let endless = serde_json::from_str(&json!({"data": [], "current_page": 1}).to_string()).expect("a page");
    assert_eq!(cannot_say(walk(vec![endless])), "the list does not say how long it is");
    let no_number = json!({"id": 1, "store_reference_id": "jisr-0190a3f2-s1", "created_at": NEW});
    assert!(cannot_say(walk(vec![page(1, 1, 1, vec![no_number])])).contains("no number"));
    let pages = (1..=MOST_PAGES).map(|number| page(number, 90, 90, vec![new(u64::from(100 - number))])).collect();
    assert_eq!(cannot_say(walk(pages)), "the list is too long");
}
