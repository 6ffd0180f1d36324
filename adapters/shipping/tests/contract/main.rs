//! Amyal and Wingsly against the mock, over the real transport and real sockets: under every fault, told and streamed.

mod faults;
mod stage;
mod stream;
mod webhooks;

use kit::testing::ScriptedWire;
use schemas::{Currency, Money};
use shipping_adapters::conformance::{self, Subject};
use shipping_adapters::{Booked, Changed, Found, PickupAnswer, PickupOrder};

use crate::stage::{Stage, tracked};

#[tokio::test]
async fn they_keep_the_promises() {
    for name in ["amyal", "wingsly"] {
        let stage = Stage::set(name).await;
        let wire = ScriptedWire::new([]);
        let place = stage.place("TIP").await;
        stage.mocks.clear_journal();
        conformance::all(&Subject { carrier: stage.carrier.as_ref(), wire: &wire, place }).await;
        assert!(stage.mocks.journal(None).is_empty(), "describing sends nothing");
    }
}

#[tokio::test]
async fn a_parcel_is_priced_booked_found_followed_and_brought_back() {
    for (name, cheapest) in [("amyal", 5_000), ("wingsly", 15_000)] {
        let stage = Stage::set(name).await;
        let order = stage.order("jisr-0190a3f2-s1").await;
        let mut inquiry = conformance::inquiry(stage.carrier.card(), &order.origin.place);
        (inquiry.destination, inquiry.cash) = (order.destination.clone(), None);
        let quotes = stage.carrier.rates(&inquiry).await.expect("prices");
        assert_eq!(quotes.len(), stage.carrier.card().services.len());
        let amounts = quotes.iter().map(|quote| quote.amount);
        assert_eq!(amounts.min_by_key(|amount| amount.minor), Some(Money::new(cheapest, Currency::Lyd)));
        let Ok(Booked::Done(booking)) = stage.book(&order).await else { panic!("it is booked") };
        assert_eq!(
            booking.cost,
            Some(Money::new(order.service.listed_price().expect("a span").0.minor, Currency::Lyd))
        );
        let wanted = stage.wanted(&order);
        let found = stage.carrier.find(&wanted).await.expect("records");
        assert_eq!(found, Found::Bookings(vec![booking.clone()]));
        let other = stage.wanted(&stage.order("jisr-0190a3f2-s2").await);
        assert_eq!(stage.carrier.find(&other).await.expect("records"), Found::Nothing);
        for status in ["picked_up", "at_hub", "attempt_failed"] {
            stage.happens(&order.reference, status);
        }
        let parcel = tracked(&booking, &order);
        assert_eq!(stage.words(&parcel).await, ["pending", "picked_up", "at_hub", "attempt_failed"]);
        assert!(matches!(stage.change(&parcel, false).await, Ok(Changed::Refused { .. })), "it is on its way");
        assert_eq!(stage.change(&parcel, true).await.expect("an answer"), Changed::Done);
        assert_eq!(stage.words(&parcel).await.last().map(String::as_str), Some("returning"));
        assert!(stage.mocks.violations().is_empty(), "{:?}", stage.mocks.violations());
    }
}

#[tokio::test]
async fn a_parcel_is_cancelled_and_one_that_is_not_there_is_gone() {
    let stage = Stage::set("amyal").await;
    let order = stage.order("jisr-0190a3f2-s1").await;
    let Ok(Booked::Done(booking)) = stage.book(&order).await else { panic!("it is booked") };
    let parcel = tracked(&booking, &order);
    assert_eq!(stage.change(&parcel, false).await.expect("an answer"), Changed::Done);
    assert_eq!(stage.words(&parcel).await, ["pending", "cancelled"]);
    let unknown = shipping_adapters::Tracked { number: "AMY-1".to_owned(), ..parcel };
    let trails = stage.carrier.track(std::slice::from_ref(&unknown)).await.expect("an answer");
    assert!(trails[0].is_gone && trails[0].entries.is_empty());
}

#[tokio::test]
async fn parcels_are_fetched() {
    let stage = Stage::set("wingsly").await;
    let order = stage.order("jisr-0190a3f2-s1").await;
    let Ok(Booked::Done(booking)) = stage.book(&order).await else { panic!("it is booked") };
    let pickup = |reference: &str, day| PickupOrder {
        reference: reference.to_owned(),
        at: order.origin.clone(),
        day: jiff::civil::date(2026, 12, day),
        parcels: vec![tracked(&booking, &order)],
        notes: None,
    };
    let scheduled = stage.fetch(&pickup("jisr-0190a3f2-p1", 1)).await.expect("an answer");
    assert_eq!(scheduled, PickupAnswer::Scheduled { id: Some("PU-17".to_owned()) });
    // A repeat is recognised, and nobody comes twice.
    assert_eq!(stage.fetch(&pickup("jisr-0190a3f2-p1", 1)).await.expect("an answer"), scheduled);
    let friday = stage.fetch(&pickup("jisr-0190a3f2-p2", 4)).await.expect("an answer");
    assert!(matches!(friday, PickupAnswer::Refused { .. }));
}

#[tokio::test]
async fn what_the_carrier_refuses_is_refused_in_its_words() {
    let stage = Stage::set("amyal").await;
    let mut order = stage.order("jisr-0190a3f2-s1").await;
    order.destination.phone = schemas::Phone::parse("0910000001").expect("a number");
    let Ok(Booked::Refused { message }) = stage.book(&order).await else { panic!("it is refused") };
    assert!(message.starts_with("limit_exceeded: "), "{message}");
    assert_eq!(stage.carrier.find(&stage.wanted(&order)).await.expect("records"), Found::Nothing);
}
