//! A booking under each fault: what its error says of the parcel is true, and asking finds out the rest.

use kit::{Delivery, EntryStatus, Kind};
use mocks::{Fault, FaultKind};
use shipping_adapters::{Booked, Found};

use crate::stage::Stage;

fn fault(kind: FaultKind) -> Fault {
    Fault::new("amyal", kind).on("create_shipment")
}

#[tokio::test]
async fn no_error_hides_a_parcel_and_none_is_booked_twice() {
    let slow = Fault { delay_ms: Some(1_500), ..fault(FaultKind::Delay) };
    let maybe = Delivery::Maybe;
    for (fault, kind, delivery, booked) in [
        (fault(FaultKind::Status), Kind::Unavailable, maybe, false),
        (Fault { status: Some(400), ..fault(FaultKind::Status) }, Kind::Invalid, Delivery::Never, false),
        (Fault { status: Some(429), ..fault(FaultKind::Status) }, Kind::RateLimited, Delivery::Never, false),
        (fault(FaultKind::CutBefore), Kind::Unavailable, maybe, false),
        (fault(FaultKind::ActThenCut), Kind::Unavailable, maybe, true),
        (fault(FaultKind::Truncate), Kind::Unavailable, maybe, true),
        (fault(FaultKind::WrongBody), Kind::Protocol, maybe, true),
        (fault(FaultKind::ErrorIn200), Kind::Protocol, maybe, false),
        (slow, Kind::Timeout, maybe, true),
    ] {
        let stage = Stage::set("amyal").await;
        let order = stage.order("jisr-0190a3f2-s1").await;
        let is_slow = fault.kind == FaultKind::Delay;
        let word = format!("{fault:?}");
        stage.mocks.fault(fault);
        let error = stage.book(&order).await.expect_err("an error");
        assert_eq!((error.kind, error.delivery), (kind, delivery), "{word}");
        if is_slow {
            tokio::time::sleep(std::time::Duration::from_millis(1_000)).await;
        }
        let found = stage.carrier.find(&stage.wanted(&order)).await.expect("records");
        let count = if let Found::Bookings(bookings) = &found { bookings.len() } else { 0 };
        assert_eq!((count, found == Found::Nothing), (usize::from(booked), !booked), "{word}");
        let rows = stage.recorder.rows();
        let booking = rows.iter().find(|(_, row)| row.operation == "create_shipment").expect("a row");
        assert!(matches!(booking.1.status, EntryStatus::Error | EntryStatus::Timeout));
        assert!(!format!("{rows:?}").contains("912345678"), "nothing of the customer is logged");
    }
}

#[tokio::test]
async fn a_repeat_after_a_cut_finds_the_first_one() {
    let stage = Stage::set("amyal").await;
    let order = stage.order("jisr-0190a3f2-s1").await;
    stage.mocks.fault(fault(FaultKind::ActThenCut));
    stage.book(&order).await.expect_err("an error");
    let Found::Bookings(found) = stage.carrier.find(&stage.wanted(&order)).await.expect("records") else {
        panic!("it is booked")
    };
    // A person who has it sent again all the same gets no second parcel.
    assert_eq!(stage.book(&order).await.expect("an answer"), Booked::Done(found[0].clone()));
    let again = stage.carrier.find(&stage.wanted(&order)).await.expect("records");
    assert_eq!(again, Found::Bookings(found));
    assert_eq!(stage.mocks.parcels(None).len(), 1);
}

#[tokio::test]
async fn a_question_that_fails_says_nothing() {
    let stage = Stage::set("amyal").await;
    let order = stage.order("jisr-0190a3f2-s1").await;
    stage.book(&order).await.expect("an answer");
    for kind in
        [FaultKind::Status, FaultKind::CutBefore, FaultKind::Truncate, FaultKind::WrongBody, FaultKind::ErrorIn200]
    {
        stage.mocks.fault(Fault::new("amyal", kind).on("find_shipments"));
        let error = stage.carrier.find(&stage.wanted(&order)).await.expect_err("no answer");
        assert!(matches!(error.kind, Kind::Unavailable | Kind::Protocol), "{kind:?} {error}");
    }
}
