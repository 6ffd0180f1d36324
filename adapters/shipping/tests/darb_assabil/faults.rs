//! Every fault of a booking, of its preparation, of a question and of a change: what is told, and that nothing is there twice.

use kit::{Delivery, Kind};
use mocks::{Fault, FaultKind};
use shipping_adapters::{Booked, Found};

use crate::stage::Stage;

const REFERENCE: &str = "jisr-0190a3f2-s1";

/// A fault of a booking and its status: whether the parcel is there, and the error that is told.
type Case = (FaultKind, Option<u16>, bool, Option<(Kind, Delivery)>);

const FAULTS: &[Case] = &[
    (FaultKind::Status, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Status, Some(500), false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Status, Some(400), false, Some((Kind::Invalid, Delivery::Never))),
    (FaultKind::Status, Some(403), false, Some((Kind::Unauthorized, Delivery::Never))),
    (FaultKind::Status, Some(302), false, Some((Kind::Protocol, Delivery::Maybe))),
    (FaultKind::Delay, None, true, None),
    (FaultKind::CutBefore, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::ActThenCut, None, true, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Truncate, None, true, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::WrongBody, None, true, Some((Kind::Protocol, Delivery::Maybe))),
    (FaultKind::ErrorIn200, None, false, Some((Kind::Rejected, Delivery::Never))),
];

fn fault(kind: FaultKind, status: Option<u16>, operation: &str) -> Fault {
    Fault { status, delay_ms: Some(200), ..Fault::new("darb_assabil", kind).on(operation) }
}

#[tokio::test]
async fn a_booking_tells_the_truth_and_is_never_made_twice() {
    for (kind, status, there, expected) in FAULTS {
        // Repeats are allowed: those that could book twice must not be made all the same.
        let stage = Stage::set(2).await;
        let order = stage.order(REFERENCE);
        stage.mocks.fault(fault(*kind, *status, "localShipments.create"));
        let result = stage.book(&order).await;
        let told = result.as_ref().err().map(|error| (error.kind, error.delivery));
        assert_eq!((told, stage.mocks.parcels(None).len() == 1), (*expected, *there), "{kind:?} {status:?}");
        let calls = stage.mocks.journal(None);
        let bookings = calls.iter().filter(|call| call.operation == "localShipments.create").count();
        assert_eq!(bookings, 1, "{kind:?}: one attempt and no more");
        if expected.is_none() {
            assert!(matches!(result, Ok(Booked::Done(_))), "{kind:?}");
        }
        let found = stage.find(&order).await;
        let is_found = matches!(&found, Found::Bookings(bookings) if bookings.len() == 1);
        assert_eq!((is_found, found == Found::Nothing), (*there, !there), "{kind:?}: its records say which");
        assert!(stage.mocks.violations().is_empty());
        stage.assert_nothing_leaks();
    }
}

#[tokio::test]
async fn a_late_answer_is_no_refusal() {
    let stage = Stage::set(2).await;
    let order = stage.order(REFERENCE);
    let late = Fault { delay_ms: Some(1_400), ..fault(FaultKind::Delay, None, "localShipments.create") };
    stage.mocks.fault(late);
    let error = stage.book(&order).await.expect_err("no answer in time");
    assert_eq!((error.kind, error.delivery), (Kind::Timeout, Delivery::Maybe));
    assert_eq!(stage.find(&order).await, Found::Nothing, "not yet");
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    assert!(matches!(stage.find(&order).await, Found::Bookings(found) if found.len() == 1), "it is there, once");
}

#[tokio::test]
async fn a_preparation_is_repeated_without_harm() {
    for kind in [FaultKind::Status, FaultKind::CutBefore, FaultKind::ActThenCut, FaultKind::Truncate] {
        let stage = Stage::set(2).await;
        stage.mocks.fault(fault(kind, None, "contacts.createPublicContact"));
        assert!(matches!(stage.book(&stage.order(REFERENCE)).await, Ok(Booked::Done(_))), "{kind:?}");
        assert_eq!((stage.mocks.parcels(None).len(), stage.mocks.journal(None).len()), (1, 3), "{kind:?}");
    }
    for kind in [FaultKind::WrongBody, FaultKind::ErrorIn200] {
        let stage = Stage::set(2).await;
        stage.mocks.fault(fault(kind, None, "contacts.createPublicContact"));
        stage.book(&stage.order(REFERENCE)).await.expect_err("there is no contact");
        assert!(stage.mocks.parcels(None).is_empty(), "{kind:?}: without a contact nothing is booked");
    }
}

#[tokio::test]
async fn questions_that_fail_say_nothing() {
    let stage = Stage::set(0).await;
    let order = stage.order(REFERENCE);
    let Ok(Booked::Done(booking)) = stage.book(&order).await else { panic!("it is booked") };
    let parcel = stage.parcel(&booking);
    for (kind, expected) in [
        (FaultKind::Status, Kind::Unavailable),
        (FaultKind::CutBefore, Kind::Unavailable),
        (FaultKind::Truncate, Kind::Unavailable),
        (FaultKind::WrongBody, Kind::Protocol),
        (FaultKind::ErrorIn200, Kind::Rejected),
    ] {
        stage.mocks.fault(fault(kind, None, "localShipments.get"));
        let error = stage.carrier.track(std::slice::from_ref(&parcel)).await.expect_err("no answer");
        assert_eq!(error.kind, expected, "{kind:?}");
        stage.mocks.fault(fault(kind, None, "localBranches.getPublic"));
        stage.carrier.coverage().await.expect_err("no answer");
    }
    let stage = Stage::set(2).await;
    assert!(matches!(stage.book(&order).await, Ok(Booked::Done(_))));
    stage.mocks.fault(fault(FaultKind::CutBefore, None, "localShipments.get"));
    assert!(matches!(stage.find(&order).await, Found::Bookings(_)), "a question is asked again");
}

#[tokio::test]
async fn a_cancellation_that_is_cut_shows_in_the_trail() {
    for (kind, gone) in [(FaultKind::ActThenCut, true), (FaultKind::CutBefore, false), (FaultKind::Truncate, true)] {
        let stage = Stage::set(2).await;
        let Ok(Booked::Done(booking)) = stage.book(&stage.order(REFERENCE)).await else { panic!("it is booked") };
        let parcel = stage.parcel(&booking);
        let changes = stage.carrier.changes().expect("it has calls for it");
        let call = changes.describe_cancel(&parcel, None).await.expect("a call");
        stage.mocks.fault(fault(kind, None, "localShipments.delete"));
        let error = stage.act(&call).await.expect_err("no answer");
        assert_eq!(error.delivery, Delivery::Maybe, "{kind:?}");
        assert_eq!(stage.track(&parcel).await.is_gone, gone, "{kind:?}");
    }
}
