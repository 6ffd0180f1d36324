//! What is learnt of a booking, in every order: time alone fails nothing, and what is known is never unsaid.

use proptest::prelude::*;
use schemas::shipping::{ShipmentReview, ShipmentStatus};

use super::*;
use crate::shipping::samples::{START, booking, settings, shipment};

fn at_carrier(number: &str) -> AtCarrier {
    AtCarrier { number: number.to_owned(), id: None, cost: None }
}

fn facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::Booked(at_carrier("N1"))),
        Just(Fact::Booked(at_carrier("N2"))),
        Just(Fact::BookedTwice(at_carrier("N1"))),
        Just(Fact::Refused("no".to_owned())),
        Just(Fact::Nothing(None)),
        Just(Fact::Nothing(Some("cut".to_owned()))),
    ]
}

proptest! {
    #[test]
    fn silence_alone_never_ends_a_doubt(gaps in prop::collection::vec(1..200_000_u64, 1..40)) {
        let (mut shipment, mut booking, settings) = (shipment(), booking(), settings());
        let mut now = START;
        for gap in gaps {
            now = now.after(Duration::from_secs(gap));
            let next = learn(&mut shipment, &mut booking, Fact::Nothing(None), true, now, &settings);
            prop_assert!(matches!(next, Next::Ask(due) if due > now), "{next:?}");
            prop_assert_eq!(booking.status, BookingStatus::Unknown);
            prop_assert_eq!(shipment.status, ShipmentStatus::Unknown);
        }
    }

    #[test]
    fn what_is_decided_stays_decided(facts in prop::collection::vec(facts(), 1..8)) {
        let (mut shipment, mut booking, settings) = (shipment(), booking(), settings());
        let mut decided = None;
        for fact in facts {
            let next = learn(&mut shipment, &mut booking, fact.clone(), true, START, &settings);
            match decided {
                None if booking.status != BookingStatus::Unknown => decided = Some((booking.status, booking.carrier_number.clone())),
                None => prop_assert!(matches!(next, Next::Ask(_))),
                Some((status, ref number)) => {
                    prop_assert_eq!((booking.status, &booking.carrier_number), (status, number));
                    prop_assert_eq!(next, Next::Over);
                    let contradicts = matches!(&fact, Fact::Booked(told) | Fact::BookedTwice(told) if Some(&told.number) != number.as_ref());
                    prop_assert!(!contradicts || shipment.review().is_some(), "{fact:?} needs a person");
                }
            }
        }
    }
}

#[test]
fn a_day_without_a_word_is_for_a_person() {
    let (mut shipment, mut booking, settings) = (shipment(), booking(), settings());
    let day = START.after(Duration::from_millis(settings.review_after_ms));
    let before = day.before(Duration::from_secs(1));
    let next = learn(&mut shipment, &mut booking, Fact::Nothing(None), true, before, &settings);
    assert_eq!((next, shipment.review()), (Next::Ask(day), None));
    learn(&mut shipment, &mut booking, Fact::Nothing(None), true, day, &settings);
    assert_eq!(shipment.review(), Some(ShipmentReview::Unresolved));
    // An answer may come all the same.
    let next = learn(&mut shipment, &mut booking, Fact::Booked(at_carrier("N1")), true, day, &settings);
    assert_eq!((next, shipment.review(), shipment.status), (Next::Follow, None, ShipmentStatus::Booked));
}

#[test]
fn where_nobody_can_be_asked_a_person_is_called_at_once() {
    let (mut shipment, mut booking) = (shipment(), booking());
    learn(&mut shipment, &mut booking, Fact::Nothing(None), false, START, &settings());
    assert_eq!(shipment.review(), Some(ShipmentReview::Unresolved));
}

#[test]
fn only_a_call_that_certainly_did_not_arrive_has_booked_nothing() {
    use kit::Kind;
    for (delivery, fact) in [
        (Delivery::Never, Fact::Refused("gone".to_owned())),
        (Delivery::Maybe, Fact::Nothing(Some("gone".to_owned()))),
        (Delivery::Done, Fact::Nothing(Some("gone".to_owned()))),
    ] {
        assert_eq!(Fact::of_failed_call(Error::provider(Kind::Unavailable, delivery, "amyal", "book", "gone")), fact);
    }
}
