//! Vanex against the mock, over the real transport and real sockets.

mod drops;
mod faults;
mod session;
mod stage;

use jiff::civil::date;
use kit::{Kind, RawCallback};
use mocks::{Direction, Ship};
use serde_json::json;
use shipping_adapters::{Booking, Changed, Found, PickupAnswer, PickupOrder, Tracked, conformance};

use crate::stage::{Stage, order, place, wanted};

fn tracked(booking: &Booking, reference: &str) -> Tracked {
    Tracked { number: booking.number.clone(), id: booking.id.clone(), reference: reference.to_owned() }
}

fn ship(booking: &Booking, status: &str) -> Ship {
    Ship { number: Some(booking.number.clone()), reference: None, ..Ship::new("vanex", "", status) }
}

#[tokio::test]
async fn a_parcel_from_its_price_to_the_door() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let places = carrier.coverage().await.expect("places");
    assert!(places.iter().any(|place| place.code == "42" && place.within.as_deref() == Some("1")));
    assert!(!places.iter().any(|place| place.name == "الكفرة"), "a closed city is none");
    let inquiry = conformance::inquiry(carrier.card(), &place());
    let quotes = carrier.rates(&inquiry).await.expect("prices");
    assert_eq!((quotes.len(), quotes[0].amount.minor), (3, 10_000));
    let booking = stage.book(carrier.as_ref(), &order("jisr-0001-s1")).await.expect("a booking");
    assert!(booking.number.starts_with("H-13903-TIP-"), "{booking:?}");
    assert_eq!(booking.cost.map(|cost| cost.minor), Some(10_000));
    let found = Booking { cost: None, ..booking.clone() };
    let in_books = carrier.find(&wanted("jisr-0001-s1")).await.expect("an answer");
    assert_eq!(in_books, Found::Bookings(vec![found]));
    assert_eq!(carrier.find(&wanted("jisr-0001-s2")).await.expect("an answer"), Found::Nothing);
    for status in ["ship_received", "ship_ongoing", "a_word_of_tomorrow", "completed"] {
        stage.mocks.ship(&ship(&booking, status)).expect("it happens");
    }
    let trail = carrier.track(&[tracked(&booking, "jisr-0001-s1")]).await.expect("a trail").remove(0);
    let raw: Vec<_> = trail.entries.iter().map(|entry| entry.raw.as_str()).collect();
    assert_eq!(raw, ["store_new", "ship_received", "ship_ongoing", "a_word_of_tomorrow", "completed"]);
    assert!(trail.malformed.is_empty() && !trail.is_gone && trail.number == booking.number);
    stage.assert_spotless();
    let rows = format!("{:?}", stage.recorder.rows());
    for secret in ["jisr-mocks-vanex-password", "jisrMocksVanex", "jisr-mocks-drops", "0912345678", "سالم"] {
        assert!(!rows.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_parcel_that_nobody_knows_is_gone() {
    let stage = Stage::set().await;
    let parcel = Tracked { number: "H-1-TIP-1".to_owned(), id: None, reference: "r".to_owned() };
    assert!(stage.process().track(&[parcel]).await.expect("a trail")[0].is_gone);
    stage.assert_spotless();
}

#[tokio::test]
async fn cancelling_and_returning_have_their_time() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let changes = carrier.changes().expect("it has changes");
    let first =
        tracked(&stage.book(carrier.as_ref(), &order("jisr-0002-s1")).await.expect("a booking"), "jisr-0002-s1");
    let cancel = changes.describe_cancel(&first, None).await.expect("a call");
    let reply = stage.act(&cancel).await.expect("an answer");
    assert_eq!(changes.read_change(&first, &reply), Changed::Done);
    let booking = stage.book(carrier.as_ref(), &order("jisr-0002-s2")).await.expect("a booking");
    let second = tracked(&booking, "jisr-0002-s2");
    stage.mocks.ship(&ship(&booking, "ship_received")).expect("it happens");
    let cancel = changes.describe_cancel(&second, None).await.expect("a call");
    let error = stage.act(&cancel).await.expect_err("it is on its way");
    assert_eq!((error.kind, error.delivery), (Kind::Invalid, kit::Delivery::Never));
    assert!(error.message.contains("لا يمكن إلغاء الطرد بعد الشحن"), "{error}");
    let recall = changes.describe_return(&second, Some("عنوان خاطئ")).await.expect("a call");
    let reply = stage.act(&recall).await.expect("an answer");
    assert_eq!(changes.read_change(&second, &reply), Changed::Done);
    let trails = carrier.track(&[first, second]).await.expect("trails");
    let last = |index: usize| trails[index].entries.last().map(|entry| entry.raw.clone());
    assert_eq!((last(0).as_deref(), last(1).as_deref()), (Some("store_canceled"), Some("recalled")));
    stage.assert_spotless();
}

#[tokio::test]
async fn a_driver_is_ordered() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let pickups = carrier.pickups().expect("it has pickups");
    let booking = stage.book(carrier.as_ref(), &order("jisr-0003-s1")).await.expect("a booking");
    let order = PickupOrder {
        reference: "jisr-0003-p1".to_owned(),
        at: conformance::end(&place(), "متجر النور", "0921112233"),
        day: date(2026, 12, 1),
        parcels: vec![tracked(&booking, "jisr-0003-s1")],
        notes: Some("من الباب الخلفي".to_owned()),
    };
    let call = pickups.describe_pickup(&order).await.expect("a call");
    let reply = stage.act(&call).await.expect("an answer");
    assert_eq!(pickups.read_pickup(&order, &reply), PickupAnswer::Scheduled { id: Some("71001".to_owned()) });
    stage.assert_spotless();
}

#[tokio::test]
async fn a_callback_of_the_mock_is_a_hint() {
    let stage = Stage::set().await;
    // Nobody listens there: what is sent is in the journal.
    stage.mocks.set_gateway_url("http://127.0.0.1:9");
    let carrier = stage.process();
    let booking = stage.book(carrier.as_ref(), &order("jisr-0004-s1")).await.expect("a booking");
    stage.mocks.ship(&ship(&booking, "completed")).expect("it happens");
    let sent = loop {
        let entries = stage.mocks.journal(Some("vanex"));
        if let Some(sent) = entries.into_iter().find(|entry| entry.direction == Direction::Sent) {
            break sent;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    let headers = sent.headers.iter().map(|(name, value)| {
        let name: http::HeaderName = name.parse().expect("a name");
        (name, value.parse().expect("a value"))
    });
    let raw = RawCallback { headers: headers.collect(), query: String::new(), body: sent.body.clone() };
    let told = carrier.read_callback(&raw).expect("a hint");
    assert_eq!(told.entries.len(), 1);
    assert_eq!((told.entries[0].number.as_ref(), &told.entries[0].entry), (Some(&booking.number), &None));
    let forged = RawCallback { headers: http::HeaderMap::new(), ..raw };
    assert!(carrier.read_callback(&forged).is_err());
}

#[tokio::test]
async fn a_list_without_references_says_nothing() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    stage.mocks.add_account("vanex", json!({ "lists_references": false })).expect("a known account");
    stage.book(carrier.as_ref(), &order("jisr-0005-s1")).await.expect("a booking");
    let found = carrier.find(&wanted("jisr-0005-s1")).await.expect("an answer");
    assert!(matches!(found, Found::CannotSay { .. }), "{found:?}");
}

#[tokio::test]
async fn a_parcel_is_found_among_many() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    stage.book(carrier.as_ref(), &order("jisr-0006-s1")).await.expect("a booking");
    for number in 0..230 {
        stage.book(carrier.as_ref(), &order(&format!("jisr-0007-s{number}"))).await.expect("a booking");
    }
    let Found::Bookings(found) = carrier.find(&wanted("jisr-0006-s1")).await.expect("an answer") else {
        panic!("it is there")
    };
    assert_eq!((found.len(), stage.asked("customer/package/list").len()), (1, 3), "on the third page");
}
