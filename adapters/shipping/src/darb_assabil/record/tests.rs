//! Records: trails, what was collected, what others wrote into them.

use schemas::shipping::ShipmentStatus;

use super::super::CARD;
use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/darb_assabil/", $name))
    };
}

fn parcel() -> Tracked {
    Tracked {
        number: "SH1584689".to_owned(),
        id: Some("65d0e1f20314253647586970".to_owned()),
        reference: "jisr-0190a3f2-s1".to_owned(),
    }
}

/// The one record of a page.
fn record(page: &str) -> Record {
    let page: serde_json::Value = serde_json::from_str(page).expect("JSON");
    object::read(page["data"]["results"][0].to_string().as_bytes()).expect("a record")
}

fn words(trail: &Trail) -> Vec<&str> {
    trail.entries.iter().map(|entry| entry.raw.as_str()).collect()
}

#[test]
fn a_trail_is_the_timeline_and_the_status_that_none_of_it_says() {
    let trail = record(sample!("shipment_processing.json")).trail(&parcel());
    assert_eq!(words(&trail), ["info", "booked", "referenced", "assigned", "processing"]);
    let (assigned, processing) = (&trail.entries[3], &trail.entries[4]);
    assert_eq!(assigned.at.to_string(), "2026-11-30T10:03:44Z", "in whole seconds");
    assert_eq!((processing.at, &processing.note), (assigned.at, &None));
    assert_eq!((trail.number.as_str(), trail.is_gone, trail.malformed.len()), ("SH1584689", false, 0));
    let statuses: Vec<_> = trail.entries.iter().map(|entry| CARD.status(&entry.raw)).collect();
    let [booked, carried] = [ShipmentStatus::Booked, ShipmentStatus::InTransit].map(Some);
    assert_eq!(statuses, [None, booked, None, carried, Some(ShipmentStatus::PickedUp)]);
}

#[test]
fn what_was_collected_is_told_with_the_completion() {
    let trail = record(sample!("shipment_completed.json")).trail(&parcel());
    assert_eq!(words(&trail).last(), Some(&"completed"));
    let collected: Vec<_> = trail.entries.iter().filter_map(|entry| entry.collected).collect();
    assert_eq!(collected, [Money::new(85_000, Currency::Lyd)]);
    assert_eq!(trail.entries.last().expect("an entry").collected, Some(collected[0]));
    let delayed = trail.entries.iter().find(|entry| entry.raw == "delayed").expect("a delay");
    assert_eq!(delayed.note.as_deref(), Some("تم تأجيل الطلب — لا يرد"));
    // Where the customer pays for the way as well, it was collected beside it.
    let receiver = sample!("shipment_completed.json")
        .replace(r#""paymentBy":"sales""#, r#""paymentBy":"receiver""#)
        .replace(r#"{"type":"payment","amount":85"#, r#"{"type":"payment","amount":100"#);
    let trail = record(&receiver).trail(&parcel());
    assert_eq!(trail.entries.last().expect("an entry").collected, Some(Money::new(85_000, Currency::Lyd)));
    // A card is no cash, and what cannot be read is not guessed.
    for (from, to) in [("\"cash\"", "\"plutu\""), (r#""payment","amount":85"#, r#""payment","amount":85.0001"#)] {
        let trail = record(&sample!("shipment_completed.json").replace(from, to)).trail(&parcel());
        assert_eq!(trail.entries.last().expect("an entry").collected, None, "{to}");
    }
}

#[test]
fn an_event_that_cannot_be_read_is_kept_as_it_came() {
    let broken = sample!("shipment_processing.json").replace("2026-11-30T08:42:05.002Z", "yesterday");
    let trail = record(&broken).trail(&parcel());
    assert_eq!(words(&trail), ["info", "assigned", "processing"]);
    assert_eq!(trail.malformed.len(), 2);
    assert!(trail.malformed[0].contains("yesterday"));
}

#[test]
fn a_status_without_any_event_stands_as_of_the_beginning() {
    let bare = r#"{"data":{"results":[{"_id":"a","reference":"1","status":"resent","createdAt":"2026-11-30T08:15:30.120Z"}]}}"#;
    let trail = record(bare).trail(&parcel());
    assert_eq!((words(&trail), trail.entries[0].at.to_string()), (vec!["resent"], "2026-11-30T08:15:30Z".to_owned()));
}

#[test]
fn a_record_is_known_by_either_place_of_our_reference() {
    let whole = sample!("shipment_processing.json");
    let of = |page: &str| record(page).is_of("jisr-0190a3f2-s1");
    assert!(of(whole));
    assert!(of(&whole.replace(r#""metadata":{"reference":"jisr-0190a3f2-s1"}"#, r#""metadata":{}"#)), "by its tag");
    assert!(of(&whole.replace(r#""tags":["jisr-0190a3f2-s1","#, r#""tags":["#)), "by its metadata");
    let other = whole.replace("jisr-0190a3f2-s1", "jisr-0190a3f2-s10");
    assert!(!of(&other) && record(&other).tells_another("jisr-0190a3f2-s1"));
}

#[test]
fn what_others_write_into_records_does_no_harm() {
    let whole = sample!("shipment_processing.json");
    for (from, to) in [
        (r#""metadata":{"reference":"jisr-0190a3f2-s1"}"#, r#""metadata":"free text""#),
        (r#""metadata":{"reference":"jisr-0190a3f2-s1"}"#, r#""metadata":{"reference":17}"#),
        (r#""tags":["jisr-0190a3f2-s1","#, r#""tags":[17,"#),
    ] {
        let record = record(&whole.replace(from, to));
        assert!(record.booking().is_some(), "{to}");
    }
}

#[test]
fn products_are_named_for_a_return() {
    let whole = record(sample!("shipment_completed.json"));
    assert_eq!(whole.products(), Some(vec![("65e0f10213243546576869a0".to_owned(), 1)]));
    let nameless = sample!("shipment_completed.json").replace(r#""_id":"65e0f10213243546576869a0","#, "");
    assert_eq!(record(&nameless).products(), None);
}
