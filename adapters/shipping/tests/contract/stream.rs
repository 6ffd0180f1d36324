//! The stream over a real WebSocket: resumed after every disconnect, with nothing lost, doubled or passed over in silence.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kit::{Ambient, EntryStatus, Kind};
use mocks::{Fault, FaultKind};
use shipping_adapters::{Booked, Order, Pushed};

use crate::stage::{Stage, account, tracked};

/// Whoever follows the stream: takes each event in once, and remembers how far it came.
#[derive(Default)]
struct Follower {
    taken: BTreeMap<u64, String>,
    repeats: usize,
    malformed: Vec<String>,
}

impl Follower {
    fn cursor(&self) -> Option<String> {
        self.taken.keys().next_back().map(u64::to_string)
    }

    fn take(&mut self, pushed: Pushed) {
        self.malformed.extend(pushed.told.malformed);
        let Some(cursor) = pushed.cursor.and_then(|cursor| cursor.parse().ok()) else { return };
        for told in pushed.told.entries {
            let word = told.entry.expect("what happened").raw;
            self.repeats += usize::from(self.taken.insert(cursor, word).is_some());
        }
    }

    /// Follows until this many are taken in, opening the stream anew wherever it ends; says how often it did.
    async fn follow(&mut self, stage: &Stage, count: usize) -> usize {
        let push = stage.carrier.push().expect("a stream");
        let mut openings = 0;
        while self.taken.len() < count {
            let call = push.describe_opening(self.cursor().as_deref()).expect("an opening");
            let mut stream = stage.transport.open(&call).await.expect("a stream");
            openings += 1;
            assert!(openings < 20, "it comes to no end: {:?}", self.taken);
            while self.taken.len() < count {
                let next = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("in time");
                let Some(Ok(frame)) = next else { break };
                self.take(push.read_frame(&frame));
            }
        }
        openings
    }

    fn words(&self) -> Vec<&str> {
        self.taken.values().map(String::as_str).collect()
    }
}

const WORDS: [&str; 6] = ["pending", "picked_up", "in_transit", "at_hub", "out_for_delivery", "delivered"];

/// A parcel to which everything has happened, one after the other.
async fn told() -> (Stage, Order) {
    let stage = Stage::set("wingsly").await;
    let order = stage.order("jisr-0190a3f2-s1").await;
    assert!(matches!(stage.book(&order).await, Ok(Booked::Done(_))));
    for word in &WORDS[1..] {
        stage.happens(&order.reference, word);
    }
    (stage, order)
}

fn on_frame(kind: FaultKind) -> Fault {
    Fault::new("wingsly", kind).on("frame")
}

#[tokio::test]
async fn what_is_streamed_is_what_is_asked_for() {
    let (stage, order) = told().await;
    let mut follower = Follower::default();
    assert_eq!(follower.follow(&stage, 6).await, 1);
    assert_eq!(follower.words(), WORDS);
    let found = stage.carrier.find(&stage.wanted(&order)).await.expect("records");
    let shipping_adapters::Found::Bookings(bookings) = found else { panic!("it is booked") };
    assert_eq!(stage.words(&tracked(&bookings[0], &order)).await, WORDS);
    stage.happens(&order.reference, "returning");
    assert_eq!(follower.follow(&stage, 7).await, 1);
    assert_eq!((follower.words()[6], follower.repeats), ("returning", 0));
    let rows = stage.recorder.rows();
    let openings = rows.iter().filter(|(_, row)| row.method == "WS");
    assert!(openings.clone().all(|(_, row)| row.operation == "open_stream" && row.status == EntryStatus::Success));
    assert_eq!(openings.count(), 2);
    assert!(stage.mocks.violations().is_empty());
}

#[tokio::test]
async fn a_disconnect_after_any_frame_loses_and_doubles_nothing() {
    for after in 1..=6 {
        let (stage, order) = told().await;
        stage.mocks.fault(Fault { times: Some(after), ..on_frame(FaultKind::Disconnect) });
        let mut follower = Follower::default();
        let openings = follower.follow(&stage, 6).await;
        assert_eq!((openings, follower.repeats), (if after < 6 { 2 } else { 1 }, 0));
        stage.happens(&order.reference, "returning");
        follower.follow(&stage, 7).await;
        assert_eq!((follower.words().len(), follower.repeats, follower.malformed.len()), (7, 0, 0));
    }
}

#[tokio::test]
async fn one_disconnect_after_the_other_is_gone_through() {
    let (stage, _) = told().await;
    for _ in 0..5 {
        stage.mocks.fault(on_frame(FaultKind::Disconnect));
    }
    let mut follower = Follower::default();
    assert_eq!(follower.follow(&stage, 6).await, 6);
    assert_eq!((follower.words(), follower.repeats), (WORDS.to_vec(), 0));
}

#[tokio::test]
async fn repeated_and_reordered_frames_are_taken_in_once() {
    let (stage, _) = told().await;
    stage.mocks.fault(on_frame(FaultKind::ReorderedCallback));
    stage.mocks.fault(Fault { times: Some(2), ..on_frame(FaultKind::DuplicateCallback) });
    stage.mocks.fault(Fault { delay_ms: Some(20), ..on_frame(FaultKind::LateCallback) });
    let mut follower = Follower::default();
    assert_eq!(follower.follow(&stage, 6).await, 1);
    assert_eq!((follower.words(), follower.repeats), (WORDS.to_vec(), 2));
}

#[tokio::test]
async fn half_a_frame_and_garbage_are_kept_and_cost_nothing() {
    let (stage, _) = told().await;
    stage.mocks.fault(on_frame(FaultKind::WrongBody));
    stage.mocks.fault(on_frame(FaultKind::Truncate));
    let mut follower = Follower::default();
    assert_eq!(follower.follow(&stage, 6).await, 2);
    assert_eq!((follower.words(), follower.repeats), (WORDS.to_vec(), 0));
    let [garbage, half] = follower.malformed.as_slice() else { panic!("{:?}", follower.malformed) };
    assert!(garbage.starts_with("<html>") && half.starts_with("{\"id\":2,"));
}

#[tokio::test]
async fn who_is_not_let_in_hears_why() {
    let (stage, _) = told().await;
    let secret = [("api_secret", "another")];
    let other = account(&stage.mocks, "wingsly", Arc::clone(&stage.transport), Ambient::system(), &secret);
    let call = other.push().expect("a stream").describe_opening(None).expect("an opening");
    let error = stage.transport.open(&call).await.expect_err("no stream");
    assert_eq!((error.kind, error.status), (Kind::Unauthorized, Some(401)));
    stage.mocks.fault(Fault::new("wingsly", FaultKind::Status).on("open_stream"));
    let call = stage.carrier.push().expect("a stream").describe_opening(Some("3")).expect("an opening");
    let error = stage.transport.open(&call).await.expect_err("no stream");
    assert_eq!((error.kind, error.status), (Kind::Unavailable, Some(503)));
    let shown = format!("{:?}", stage.recorder.rows());
    assert!(!shown.contains("jisr-mocks-wingsly") && shown.contains("stream?after=3"));
}
