//! Whatever goes wrong while a parcel is booked: the truth is told, and the books show it.

use kit::{Delivery, Kind};
use mocks::{Fault, FaultKind};
use shipping_adapters::{Booked, Found};

use crate::stage::{Stage, order, wanted};

/// A fault with its status; whether the parcel is there afterwards; the error that is told, or none where the answer is unclear.
type Case = (FaultKind, Option<u16>, bool, Option<(Kind, Delivery)>);

const FAULTS: &[Case] = &[
    (FaultKind::Status, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Status, Some(422), false, Some((Kind::Invalid, Delivery::Never))),
    (FaultKind::Status, Some(403), false, Some((Kind::Unauthorized, Delivery::Never))),
    (FaultKind::CutBefore, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::ActThenCut, None, true, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Truncate, None, true, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::WrongBody, None, true, Some((Kind::Protocol, Delivery::Maybe))),
    (FaultKind::ErrorIn200, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Delay, None, true, None),
];

#[tokio::test]
async fn the_truth_is_told_under_every_fault_and_found_afterwards() {
    for (kind, status, there, expected) in FAULTS {
        let stage = Stage::set().await;
        let carrier = stage.process();
        let order = order("jisr-0010-s1");
        let call = carrier.describe_booking(&order, None).await.expect("a call");
        let fault = Fault { status: *status, delay_ms: Some(50), ..Fault::new("vanex", *kind) };
        stage.mocks.fault(fault.on("customer/package"));
        let result = stage.act(&call).await;
        let told = result.as_ref().err().map(|error| (error.kind, error.delivery));
        assert_eq!(told, *expected, "{kind:?} {status:?}: {result:?}");
        if let Ok(reply) = &result {
            assert!(matches!(carrier.read_booking(&order, reply), Booked::Done(_)), "{kind:?}");
        }
        let found = carrier.find(&wanted("jisr-0010-s1")).await.expect("an answer");
        match found {
            Found::Bookings(found) => assert_eq!((found.len(), *there), (1, true), "{kind:?} {status:?}"),
            other => assert_eq!((other, *there), (Found::Nothing, false), "{kind:?} {status:?}"),
        }
        assert_eq!(stage.asked("customer/package").len(), 1, "{kind:?}: one attempt and no more");
        stage.assert_spotless();
    }
}

#[tokio::test]
async fn a_list_that_breaks_is_never_read_as_nothing() {
    for kind in
        [FaultKind::Truncate, FaultKind::WrongBody, FaultKind::ErrorIn200, FaultKind::Status, FaultKind::CutBefore]
    {
        let stage = Stage::set().await;
        let carrier = stage.process();
        stage.book(carrier.as_ref(), &order("jisr-0011-s1")).await.expect("a booking");
        stage.mocks.fault(Fault::new("vanex", kind).on("customer/package/list"));
        carrier.find(&wanted("jisr-0011-s1")).await.expect_err("no answer");
        let found = carrier.find(&wanted("jisr-0011-s1")).await.expect("an answer");
        assert!(matches!(found, Found::Bookings(found) if found.len() == 1), "{kind:?}");
    }
}
