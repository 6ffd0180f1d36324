//! Record: every attempt leaves exactly one row, whatever becomes of it, and none acts unseen.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kit::testing::Script::{Answer, Cut, Late};
use kit::testing::{Counting, ListRecorder, ManualClock, ScriptedWire};
use kit::{Ambient, Delivery, EntryStatus, Fault, Kind, Origin};
use tokio::time::timeout;

use crate::support::{INTENT, Road, calm, keyed, once, read, scripted, secs};
use crate::wires::{Computed, wire_error};

#[tokio::test(start_paused = true)]
async fn a_success_leaves_one_row() {
    for (call, verb) in [(read(), "note"), (once(), "complete"), (keyed(), "complete")] {
        let (road, _) = scripted(calm(), [Late(Duration::from_millis(250), 201, r#"{"id":7}"#)]);
        road.go(&call).await.expect("a success");
        assert_eq!(road.verbs(), [verb]);
        let row = &road.entries()[0];
        assert_eq!((row.status, row.delivery, row.attempt), (EntryStatus::Success, Delivery::Done, 1));
        assert_eq!((row.response_status, row.duration), (Some(201), Some(Duration::from_millis(250))));
        assert_eq!(row.response_body.as_deref(), Some(r#"{"id":7}"#));
        assert_eq!((row.error_code, row.error_message.as_deref()), (None, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_tells_what_was_asked_for_whom_and_when() {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    clock.advance(secs(42));
    let world = Ambient::new(clock, Arc::new(Counting::default()));
    let road = Road::new(world, calm(), Arc::default(), ScriptedWire::new([]));
    let origin = Arc::new(Origin { request_id: "req-1".to_owned(), ..Origin::default() });
    Arc::clone(&origin).scope(road.transport.send(&read())).await.expect("a success");
    let row = &road.entries()[0];
    assert_eq!((row.account, row.provider, row.operation), (read().account, "provider", "pay"));
    assert_eq!((row.reference.as_deref(), row.method.as_str()), (Some("REF-1"), "POST"));
    assert_eq!(row.endpoint, "https://provider.example/pay");
    assert_eq!(row.request_body.as_deref(), Some(r#"{"amount":5}"#));
    assert!(row.request_headers.contains(r#""content-type":"application/json""#));
    assert_eq!((row.started_at.as_second(), &row.origin), (42, &origin));
}

#[tokio::test(start_paused = true)]
async fn a_failure_leaves_one_row() {
    for (call, verb) in [(read(), "note"), (once(), "complete")] {
        let (road, _) = scripted(calm(), [Cut]);
        road.go(&call).await.expect_err("the connection is cut");
        assert_eq!(road.verbs(), [verb]);
        let row = &road.entries()[0];
        assert_eq!((row.status, row.delivery), (EntryStatus::Error, Delivery::Maybe));
        assert_eq!((row.error_code, row.response_status), (Some("unavailable"), None));
        assert_eq!(row.error_message.as_deref(), Some("the connection ended before an answer"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_cut_off_in_time_leaves_one_row() {
    for (call, verb) in [(read(), "note"), (once(), "complete")] {
        let (road, _) = scripted(calm(), [Late(secs(60), 200, "{}")]);
        road.go(&call).await.expect_err("no answer in time");
        assert_eq!(road.verbs(), [verb]);
        let row = &road.entries()[0];
        assert_eq!((row.status, row.delivery), (EntryStatus::Timeout, Delivery::Maybe));
        assert_eq!((row.duration, row.response_status), (Some(secs(10)), None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_whose_caller_goes_away_leaves_one_row() {
    let (road, _) = scripted(calm(), [Late(secs(5), 200, "{}")]);
    timeout(secs(2), road.transport.send(&read())).await.expect_err("the caller goes away");
    assert_eq!(road.verbs(), ["note"]);
    let row = &road.entries()[0];
    assert_eq!((row.status, row.duration, row.delivery), (EntryStatus::Unknown, Some(secs(2)), Delivery::Maybe));
}

#[tokio::test(start_paused = true)]
async fn an_acting_call_whose_caller_goes_away_stays_recorded_as_sending() {
    for call in [once(), keyed()] {
        let (road, wire) = scripted(calm(), [Late(secs(5), 200, "{}")]);
        timeout(secs(2), road.act(&call)).await.expect_err("the caller goes away");
        assert_eq!(wire.carried().len(), 1);
        assert!(road.verbs().is_empty(), "the committed row is the only one: {:?}", road.verbs());
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_whose_caller_goes_away_stays_recorded_as_sending() {
    let policy = kit::Policy { retries: 1, ..calm() };
    let (road, _) = scripted(policy, [kit::testing::Script::Refused, Late(secs(5), 200, "{}")]);
    timeout(secs(2), road.act(&once())).await.expect_err("the caller goes away");
    assert_eq!(road.verbs(), ["complete", "begin"]);
    assert_eq!(road.statuses()[1], EntryStatus::Sending);
}

#[tokio::test(start_paused = true)]
async fn an_acting_call_completes_the_row_that_was_committed_for_it() {
    for answer in [Answer(200, "{}"), Answer(422, "{}"), Cut] {
        let (road, _) = scripted(calm(), [answer]);
        let _ = road.act(&once()).await;
        let rows = road.entries();
        assert_eq!((rows.len(), rows[0].id, rows[0].intent), (1, INTENT, None));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_recorded_is_not_told() {
    for answer in [Answer(200, "{}"), Answer(422, "{}"), kit::testing::Script::Refused] {
        let (road, wire) = scripted(kit::Policy { retries: 2, ..calm() }, [answer.clone()]);
        road.stop_database(true);
        let error = road.act(&once()).await.expect_err("the row cannot be completed");
        assert_eq!((error.kind, error.origin), (Kind::Internal, Fault::Us), "{answer:?}");
        assert_eq!(error.delivery, Delivery::Maybe, "{answer:?}");
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(wire.carried().len(), 1, "nothing is repeated that is not recorded: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_needs_no_database() {
    let (road, _) = scripted(calm(), []);
    road.stop_database(true);
    road.transport.send(&read()).await.expect("a read is noted, not made durable");
    assert_eq!(road.verbs(), ["note"]);
}

#[tokio::test(start_paused = true)]
async fn an_acting_call_is_recorded_before_its_caller_hears_of_it() {
    let recorder = Arc::new(ListRecorder::default());
    let seen = Arc::clone(&recorder);
    let wire = Computed::new(move |_| {
        assert!(seen.rows().is_empty(), "the committed row is enough for the first attempt");
        Err(wire_error(Kind::Protocol, Delivery::Maybe))
    });
    let road = Road::new(kit::testing::ambient(), calm(), recorder, wire);
    road.act(&once()).await.expect_err("the wire fails");
    assert_eq!(road.statuses(), [EntryStatus::Error]);
}
