//! Watch: whoever judges is told how each attempt ended, once, and of one that should have ended by now.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kit::testing::Script::{Answer, Cut, Late};
use kit::{Call, Delivery, Kind, Policy, Refusal, Sign, Signal, Witness};
use tokio::time::{advance, timeout};

use crate::support::{Road, account, calm, once, read, scripted, secs};
use crate::wires::{Computed, wire_error};

/// Remembers what it was told.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<Signal>>);

impl Notes {
    /// A witness of everything that goes over a road.
    pub(crate) fn of(road: &Road) -> Arc<Self> {
        let notes = Arc::new(Self::default());
        road.transport.set_witness(Arc::clone(&notes) as _);
        notes
    }

    fn signals(&self) -> Vec<Signal> {
        self.0.lock().expect("no panic").clone()
    }

    pub(crate) fn signs(&self) -> Vec<Sign> {
        self.signals().iter().map(|signal| signal.sign).collect()
    }

    /// Whether nobody wanted anything but to know.
    pub(crate) fn are_of_probes(&self) -> bool {
        self.signals().iter().all(|signal| signal.probe)
    }
}

impl Witness for Notes {
    fn saw(&self, signal: Signal) {
        self.0.lock().expect("no panic").push(signal);
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_told_once_as_it_ends() {
    let policy = Policy { retries: 2, ..calm() };
    let (road, _) = scripted(policy, [Cut, Answer(503, ""), Answer(200, "{}"), Answer(200, "{}")]);
    let notes = Notes::of(&road);
    road.transport.send(&read()).await.expect("the third attempt succeeds");
    assert_eq!(notes.signs(), [Sign::Failed, Sign::Failed, Sign::Good]);
    road.act(&once()).await.expect("it succeeds");
    assert_eq!(notes.signs().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_told_names_whom_it_is_of_and_how_long_it_took() {
    let (road, _) = scripted(calm(), [Late(Duration::from_millis(700), 200, "{}")]);
    let notes = Notes::of(&road);
    road.transport.send(&Call { account: account(7), ..read() }).await.expect("it succeeds");
    let [signal] = notes.signals()[..] else { panic!("one signal") };
    assert_eq!((signal.account, signal.provider, signal.operation), (account(7).id, "provider", "pay"));
    assert_eq!((signal.probe, signal.sign, signal.took), (false, Sign::Good, Duration::from_millis(700)));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_has_not_ended_after_a_second_is_pending_and_then_ends() {
    let (road, _) = scripted(calm(), [Late(secs(3), 200, "{}"), Late(secs(60), 200, "{}")]);
    let notes = Notes::of(&road);
    let call = read();
    let mut sent = Box::pin(road.transport.send(&call));
    assert!(timeout(Duration::from_millis(999), &mut sent).await.is_err());
    assert_eq!(notes.signs(), []);
    assert!(timeout(Duration::from_millis(2), &mut sent).await.is_err());
    assert_eq!(notes.signs(), [Sign::Pending]);
    sent.await.expect("it succeeds");
    let told: Vec<_> = notes.signals().iter().map(|signal| (signal.sign, signal.took)).collect();
    assert_eq!(told, [(Sign::Pending, secs(1)), (Sign::Good, secs(3))]);
    road.transport.send(&read()).await.expect_err("it is cut off");
    assert_eq!(notes.signs()[2..], [Sign::Pending, Sign::Failed]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_nearly_a_second_was_never_pending() {
    let (road, _) = scripted(calm(), [Late(Duration::from_millis(999), 200, "{}")]);
    let notes = Notes::of(&road);
    road.transport.send(&read()).await.expect("it succeeds");
    assert_eq!(notes.signs(), [Sign::Good]);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_is_not_the_providers_time() {
    let policy = Policy { concurrency: 1, ..calm() };
    let (road, _) = scripted(policy, [Late(Duration::from_millis(800), 200, "{}"), Late(secs(0), 200, "{}")]);
    let notes = Notes::of(&road);
    let call = read();
    let (first, second) = tokio::join!(road.transport.send(&call), road.transport.send(&call));
    first.and(second).expect("both succeed");
    let took: Vec<_> = notes.signals().iter().map(|signal| signal.took).collect();
    assert_eq!(took, [Duration::from_millis(800), Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn every_end_has_its_sign() {
    for (status, sign) in [
        (200, Some(Sign::Good)),
        (401, Some(Sign::Declined)),
        (404, Some(Sign::Good)),
        (422, Some(Sign::Good)),
        (429, None),
        (500, Some(Sign::Failed)),
        (302, Some(Sign::Failed)),
    ] {
        let (road, _) = scripted(calm(), [Answer(status, "{}")]);
        let notes = Notes::of(&road);
        let _ = road.transport.send(&read()).await;
        assert_eq!(notes.signs().first().copied(), sign, "{status}");
    }
    let no = |_: &_| Err(Refusal { kind: Kind::Rejected, delivery: Delivery::Done, message: "no".to_owned() });
    let (road, _) = scripted(calm(), []);
    let notes = Notes::of(&road);
    road.transport.send(&Call { outcome: no, ..read() }).await.expect_err("the provider says no");
    assert_eq!(notes.signs(), [Sign::Declined]);
}

#[tokio::test(start_paused = true)]
async fn what_never_left_is_nobodys_sign() {
    let (road, _) = scripted(calm(), []);
    let notes = Notes::of(&road);
    road.transport.breaker(&account(1), "provider").set_forced(true);
    road.transport.send(&read()).await.expect_err("the breaker is shut");
    road.stop_database(true);
    road.act(&once()).await.expect_err("it cannot be recorded");
    assert_eq!(notes.signs(), []);
    let wire = Computed::new(|_| Err(wire_error(Kind::Invalid, Delivery::Never)));
    let road = Road::over(calm(), wire);
    let notes = Notes::of(&road);
    road.transport.send(&read()).await.expect_err("the guard refuses it");
    assert_eq!(notes.signs(), []);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_caller_goes_away_is_told_no_end() {
    let (road, _) = scripted(calm(), [Late(secs(5), 200, "{}")]);
    let notes = Notes::of(&road);
    timeout(secs(2), road.transport.send(&read())).await.expect_err("the caller goes away");
    advance(secs(10)).await;
    assert_eq!(notes.signs(), [Sign::Pending]);
}

#[tokio::test(start_paused = true)]
async fn the_first_witness_stays() {
    let (road, _) = scripted(calm(), []);
    let (first, second) = (Notes::of(&road), Notes::of(&road));
    road.transport.send(&read()).await.expect("it succeeds");
    assert_eq!((first.signs().len(), second.signs().len()), (1, 0));
}
