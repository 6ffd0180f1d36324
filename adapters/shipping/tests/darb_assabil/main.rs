//! Darb Assabil's adapter against the mock, over the real transport and real sockets: a parcel's whole way, and every fault.

mod faults;
mod stage;

use kit::{Delivery, Kind};
use mocks::{Ship, darb_assabil::Plan};
use schemas::shipping::ShipmentStatus;
use schemas::{Currency, Money};
use shipping_adapters::conformance::{self, Subject};
use shipping_adapters::{Booked, Changed, Found, Order, Place, Tracked};

use stage::Stage;

#[tokio::test]
async fn it_keeps_the_promises_that_send_nothing() {
    let stage = Stage::set(0).await;
    let silent = kit::testing::ScriptedWire::new([]);
    let subject = Subject { carrier: stage.carrier.as_ref(), wire: &silent, place: stage.city.clone() };
    for service in stage.carrier.card().services {
        let order = conformance::order(service, &stage.city);
        conformance::describes_the_same(&subject, &order).await;
        conformance::refuses_what_it_cannot_carry(&subject, &order).await;
        conformance::reads_any_booking(&subject, &order);
    }
    conformance::believes_no_forgery(stage.carrier.as_ref());
    assert!(stage.mocks.journal(None).is_empty(), "describing sends nothing");
}

#[tokio::test]
async fn a_parcel_is_booked_found_followed_and_delivered() {
    let stage = Stage::set(0).await;
    let order = stage.order("jisr-0190a3f2-s1");
    let Ok(Booked::Done(booking)) = stage.book(&order).await else { panic!("it is booked") };
    assert_eq!(booking.cost, Some(Money::new(15_000, Currency::Lyd)));
    assert!(booking.number.starts_with("SH"));
    let parcel = stage.parcel(&booking);
    let trail = stage.track(&parcel).await;
    assert_eq!(stage.standing(&trail), Some(ShipmentStatus::Booked));
    for (word, status) in [
        ("booked", ShipmentStatus::Booked),
        ("assigned", ShipmentStatus::PickedUp),
        ("on-branch", ShipmentStatus::InTransit),
        ("released", ShipmentStatus::OutForDelivery),
        ("delayed", ShipmentStatus::Delayed),
        ("resent", ShipmentStatus::InTransit),
        ("completed", ShipmentStatus::Delivered),
    ] {
        stage.ship(&order, word);
        let trail = stage.track(&parcel).await;
        assert_eq!(stage.standing(&trail), Some(status), "{word}");
        assert!(trail.malformed.is_empty() && !trail.is_gone);
    }
    let trail = stage.track(&parcel).await;
    let collected: Vec<_> = trail.entries.iter().filter_map(|entry| entry.collected).collect();
    assert_eq!(collected, [Money::new(85_000, Currency::Lyd)]);
    let Found::Bookings(found) = stage.find(&order).await else { panic!("it is there") };
    assert_eq!((found.len(), &found[0].id), (1, &booking.id));
    assert_ne!(found[0].number, booking.number, "it has another number since it was booked in");
    assert!(stage.mocks.violations().is_empty());
    stage.assert_nothing_leaks();
}

#[tokio::test]
async fn one_reference_is_found_among_many() {
    let stage = Stage::set(0).await;
    assert_eq!(stage.find(&stage.order("jisr-0190a3f2-s1")).await, Found::Nothing);
    for number in 1..=105 {
        let order = stage.order(&format!("jisr-0190a3f2-s{number}"));
        assert!(matches!(stage.book(&order).await, Ok(Booked::Done(_))));
        // The wire tells milliseconds; two of one are in no order.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    // The oldest one, on the second page; the same reference again is a second parcel, and is found as one.
    let order = stage.order("jisr-0190a3f2-s1");
    assert!(matches!(stage.find(&order).await, Found::Bookings(found) if found.len() == 1));
    assert!(matches!(stage.book(&order).await, Ok(Booked::Done(_))));
    assert!(matches!(stage.find(&order).await, Found::Bookings(found) if found.len() == 2));
    assert_eq!(stage.find(&stage.order("jisr-0190a3f2-s999")).await, Found::Nothing);
}

#[tokio::test]
async fn prices_and_places_are_the_carriers() {
    let stage = Stage::set(0).await;
    let places = stage.carrier.coverage().await.expect("places");
    let has = |name: &str, within: Option<&str>| {
        places.iter().filter(|place| place.code == name && place.within.as_deref() == within).count()
    };
    assert_eq!((has("طرابلس", None), has("قرقارش", Some("طرابلس")), has("قرقارش", Some("بنغازي"))), (1, 1, 0));
    let card = stage.carrier.card();
    let mut inquiry = conformance::inquiry(card, &stage.city);
    inquiry.destination.area_place = Some(stage.area.clone());
    let quotes = stage.carrier.rates(&inquiry).await.expect("prices");
    assert!(quotes.len() == 3 && quotes.iter().all(|quote| quote.amount.minor == 15_000));
    inquiry.destination.area_place = None;
    assert!(stage.carrier.rates(&inquiry).await.expect("an answer").is_empty(), "no quarter has the capital's name");
    let nowhere = Place { code: "مالطا".to_owned(), ..stage.city.clone() };
    inquiry.destination.place = nowhere;
    assert!(stage.carrier.rates(&inquiry).await.expect("an answer").is_empty());
    assert!(stage.mocks.violations().is_empty() && stage.mocks.parcels(None).is_empty());
}

#[tokio::test]
async fn a_place_that_is_not_served_is_a_refusal() {
    let stage = Stage::set(2).await;
    let mut order = stage.order("jisr-0190a3f2-s1");
    order.destination.area_place = None;
    let error = stage.book(&order).await.expect_err("a refusal");
    assert_eq!((error.kind, error.delivery), (Kind::Rejected, Delivery::Never));
    assert!(error.message.contains("Unable to fetch branch"), "{error}");
    assert_eq!(stage.find(&order).await, Found::Nothing);
}

#[tokio::test]
async fn what_is_not_carried_is_cancelled_and_what_is_comes_back() {
    let stage = Stage::set(0).await;
    let (first, second) = (stage.order("jisr-0190a3f2-s1"), stage.order("jisr-0190a3f2-s2"));
    let changes = stage.carrier.changes().expect("it has calls for it");
    let Ok(Booked::Done(booking)) = stage.book(&first).await else { panic!("it is booked") };
    let parcel = stage.parcel(&booking);
    let call = changes.describe_cancel(&parcel, Some("reason")).await.expect("a call");
    assert_eq!(changes.read_change(&parcel, &stage.act(&call).await.expect("an answer")), Changed::Done);
    assert!(stage.track(&parcel).await.is_gone);
    // A second time nobody can say what it has done: its trail does.
    let error = stage.act(&call).await.expect_err("there is none any more");
    assert_eq!(error.delivery, Delivery::Maybe);

    let Ok(Booked::Done(booking)) = stage.book(&second).await else { panic!("it is booked") };
    let parcel = Tracked { id: None, ..stage.parcel(&booking) };
    let call = changes.describe_cancel(&parcel, None).await.expect("its id is asked for");
    stage.ship(&second, "assigned");
    let error = stage.act(&call).await.expect_err("it is carried");
    assert_eq!((error.kind, error.delivery), (Kind::Rejected, Delivery::Never));
    let call = changes.describe_return(&parcel, None).await.expect("a call");
    assert_eq!(changes.read_change(&parcel, &stage.act(&call).await.expect("an answer")), Changed::Done);
    assert_eq!(stage.standing(&stage.track(&parcel).await), Some(ShipmentStatus::Returning));
    assert!(stage.mocks.violations().is_empty());
}

#[tokio::test]
async fn several_parcels_and_plans_are_taken() {
    let mut stage = Stage::set(0).await;
    let plan = Plan { id: "6a0000000000000000091a02".to_owned(), dirham: 2_500 };
    stage.use_plans(&[("standard", plan)]).await;
    let order = stage.order("jisr-0190a3f2-s1");
    let service = stage.carrier.card().service("standard").expect("a service");
    let parcels = vec![conformance::parcel(); 3];
    let standard = Order { service, parcels, cash: None, ..order.clone() };
    let Ok(Booked::Done(booking)) = stage.book(&standard).await else { panic!("it is booked") };
    assert_eq!(booking.cost, Some(Money::new(7_500, Currency::Lyd)));
    let error = stage.book(&order).await.expect_err("the account has no plan for it");
    assert_eq!((error.kind, error.delivery), (Kind::Unsupported, Delivery::Never));
    let act = Ship::new("darb_assabil", "jisr-0190a3f2-s1", "completed");
    stage.mocks.ship(&act).expect("it is there");
    let trail = stage.track(&stage.parcel(&booking)).await;
    assert!(trail.entries.iter().all(|entry| entry.collected.is_none()), "nothing was to be collected");
}
