//! Retry of calls that act: `Once` only when nothing can have arrived, `Keyed` always, each repeat durable before it leaves.

use std::sync::Arc;

use kit::testing::Script::{self, Answer, Cut, Late, Refused};
use kit::testing::{ListRecorder, ScriptedWire, ambient};
use kit::{Delivery, EntryStatus, Fault, Kind, Policy};

use crate::support::{INTENT, Road, calm, keyed, longest, once, scripted, secs};
use crate::wires::{Computed, reply, wire_error};

fn retrying() -> Policy {
    Policy { retries: 2, ..calm() }
}

/// Everything that is transient and may have arrived.
const MAYBE: [Script; 5] =
    [Cut, Answer(500, ""), Answer(502, ""), Answer(408, ""), Late(secs(60), 200, r#"{"late":true}"#)];

#[tokio::test(start_paused = true)]
async fn what_must_not_be_sent_twice_is_not_repeated_once_it_may_have_arrived() {
    for failure in MAYBE {
        let (road, wire) = scripted(retrying(), [failure.clone()]);
        let error = road.act(&once()).await.expect_err("the only attempt fails");
        assert_eq!((error.delivery, wire.carried().len()), (Delivery::Maybe, 1), "{failure:?}");
        assert_eq!(road.verbs(), ["complete"], "{failure:?}");
        assert_eq!((road.entries()[0].id, road.entries()[0].delivery), (INTENT, Delivery::Maybe), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_is_repeated_even_if_it_must_not_be_sent_twice() {
    for failure in [Refused, Answer(429, "")] {
        let (road, wire) = scripted(retrying(), [failure.clone(), failure.clone()]);
        road.act(&once()).await.expect("the third attempt succeeds");
        assert_eq!(wire.carried().len(), 3, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_stops_at_the_first_attempt_that_may_have_arrived() {
    let (road, wire) = scripted(retrying(), [Refused, Cut]);
    let error = road.act(&once()).await.expect_err("the second attempt is cut");
    assert_eq!((error.delivery, wire.carried().len()), (Delivery::Maybe, 2));
}

#[tokio::test(start_paused = true)]
async fn a_repeat_of_an_acting_call_has_a_durable_row_that_names_the_intent_before_it_leaves() {
    for call in [once(), keyed()] {
        let recorder = Arc::new(ListRecorder::default());
        let seen = Arc::clone(&recorder);
        let wire = Computed::new(move |number| {
            let rows = seen.rows();
            let begun: Vec<_> = rows.iter().filter(|(verb, _)| *verb == "begin").map(|(_, row)| row).collect();
            assert_eq!(begun.len(), number);
            for (index, row) in begun.iter().enumerate() {
                assert_eq!((row.intent, row.status), (Some(INTENT), EntryStatus::Sending));
                assert_eq!((row.attempt as usize, row.delivery), (index + 2, Delivery::Maybe));
            }
            if number < 2 { Err(wire_error(Kind::Unavailable, Delivery::Never)) } else { Ok(reply(200, None, "{}")) }
        });
        let road = Road::new(ambient(), retrying(), recorder, wire.clone());
        road.act(&call).await.expect("the third attempt succeeds");
        assert_eq!(wire.count(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_completes_the_row_it_began() {
    let (road, _) = scripted(retrying(), [Refused]);
    road.act(&once()).await.expect("the second attempt succeeds");
    assert_eq!(road.verbs(), ["complete", "begin", "complete"]);
    assert_eq!(road.statuses(), [EntryStatus::Error, EntryStatus::Sending, EntryStatus::Success]);
    let rows = road.entries();
    assert_eq!((rows[0].id, rows[0].attempt, rows[0].intent), (INTENT, 1, None));
    assert_eq!((rows[1].id, rows[1].attempt), (rows[2].id, rows[2].attempt));
    assert_ne!(rows[1].id, INTENT);
    assert_eq!(rows[2].intent, Some(INTENT));
}

#[tokio::test(start_paused = true)]
async fn a_keyed_call_is_repeated_though_it_may_have_arrived() {
    for failure in MAYBE {
        let (road, wire) = scripted(retrying(), [failure.clone()]);
        road.act(&keyed()).await.expect("the second attempt succeeds");
        assert_eq!(wire.carried().len(), 2, "{failure:?}");
        assert_eq!(road.verbs(), ["complete", "begin", "complete"], "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_that_never_arrived_does_not_unsay_an_attempt_that_may_have() {
    for last in [Refused, Answer(429, ""), Answer(400, "")] {
        let (road, _) = scripted(Policy { retries: 1, ..calm() }, [Cut, last.clone()]);
        let error = road.act(&keyed()).await.expect_err("both attempts fail");
        assert_eq!(error.delivery, Delivery::Maybe, "{last:?}");
        assert_eq!(road.entries()[2].delivery, Delivery::Never, "the row of the repeat speaks of the repeat: {last:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_refused_by_the_breaker_leaves_the_first_answer_standing() {
    let (road, wire) = scripted(Policy { breaker_failures: 1, ..retrying() }, [Cut]);
    let error = road.act(&keyed()).await.expect_err("the breaker is open for the repeat");
    assert_eq!(wire.carried().len(), 1);
    assert_eq!((error.delivery, error.origin), (Delivery::Maybe, Fault::Provider));
}

#[tokio::test(start_paused = true)]
async fn a_repeat_whose_row_cannot_be_written_is_not_sent() {
    for (first, delivery) in [(Refused, Delivery::Never), (Cut, Delivery::Maybe)] {
        let wire = ScriptedWire::new([first.clone()]);
        let policy = Policy { backoff_ms: 1_000, ..retrying() };
        let road = Road::new(longest(), policy, Arc::default(), wire.clone());
        let call = keyed();
        let (result, ()) = tokio::join!(road.act(&call), async {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            road.stop_database(true);
        });
        let error = result.expect_err("the row of the repeat cannot be written");
        assert_eq!((error.kind, error.delivery), (Kind::Internal, delivery), "{first:?}");
        assert_eq!(wire.carried().len(), 1, "{first:?}");
    }
}
