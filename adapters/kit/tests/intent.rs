//! Intents: nothing that acts leaves without a committed row, and no row serves for another call.

use kit::testing::Script::Cut;
use kit::{Call, Delivery, EntryStatus, Fault, Kind, Policy};

use crate::support::{INTENT, account, calm, intent, keyed, once, read, scripted};

#[tokio::test(start_paused = true)]
async fn an_acting_call_is_not_sent_without_an_intent() {
    for call in [once(), keyed()] {
        let (road, wire) = scripted(calm(), []);
        let error = road.transport.send(&call).await.expect_err("an intent is missing");
        assert_eq!((error.kind, error.origin, error.delivery), (Kind::Internal, Fault::Us, Delivery::Never));
        assert!(wire.carried().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_intent_serves_only_the_call_it_was_written_for() {
    let others = [
        Call { account: account(2), ..once() },
        Call { provider: "another", ..once() },
        Call { operation: "refund", ..once() },
        Call { reference: Some("REF-2".to_owned()), ..once() },
        Call { reference: None, ..once() },
    ];
    for other in others {
        let (road, wire) = scripted(calm(), []);
        let error = road.transport.act(&once(), intent(&other)).await.expect_err("the intent of another call");
        assert_eq!((error.kind, error.origin, error.delivery), (Kind::Internal, Fault::Us, Delivery::Never));
        assert!(wire.carried().is_empty(), "{other:?}");
        assert!(road.verbs().is_empty(), "the row of the other call is not touched: {other:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_intent_of_the_right_account_in_the_other_mode_is_refused() {
    let mut live = account(1);
    live.livemode = true;
    let (road, wire) = scripted(calm(), []);
    let written_for = Call { account: live, ..once() };
    road.transport.act(&once(), intent(&written_for)).await.expect_err("the intent of another mode");
    assert!(wire.carried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refused_acting_call_completes_the_row_of_its_intent() {
    for call in [once(), keyed()] {
        let (road, wire) = scripted(Policy { breaker_failures: 1, ..calm() }, [Cut]);
        road.transport.send(&read()).await.expect_err("the read opens the breaker");
        road.act(&call).await.expect_err("the breaker is open");
        assert_eq!((wire.carried().len(), road.verbs()), (1, vec!["note", "complete"]));
        let row = &road.entries()[1];
        assert_eq!((row.id, row.intent, row.attempt), (INTENT, None, 0));
        assert_eq!((row.status, row.delivery), (EntryStatus::Refused, Delivery::Never));
        assert_eq!(row.error_code, Some("unavailable"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_cannot_be_recorded_is_told_all_the_same() {
    let (road, wire) = scripted(Policy { breaker_failures: 1, ..calm() }, [Cut]);
    road.transport.send(&read()).await.expect_err("the read opens the breaker");
    road.stop_database(true);
    let error = road.act(&once()).await.expect_err("the breaker is open");
    assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Never));
    assert_eq!((wire.carried().len(), road.verbs()), (1, vec!["note"]));
}

#[tokio::test(start_paused = true)]
async fn an_intent_knows_its_row() {
    assert_eq!(intent(&once()).id(), INTENT);
}
