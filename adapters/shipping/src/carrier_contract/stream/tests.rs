//! The opening, and every frame: events, heartbeats, and what is neither.

use kit::{CallbackError, Delivery, Safety};
use proptest::prelude::*;

use super::super::tests::{account, changed, sample};
use super::super::{AMYAL, WINGSLY};
use super::*;
use crate::port::Carrier;

fn wingsly() -> CarrierContract {
    account(&WINGSLY, []).0
}

fn read(frame: &str) -> Pushed {
    wingsly().read_frame(frame.as_bytes())
}

#[test]
fn it_is_opened_after_the_last_that_was_taken_in() {
    let account = wingsly();
    let push = account.push().expect("a stream");
    for (after, url) in
        [(None, "wss://c.example.ly/wingsly/v1/stream"), (Some("51"), "wss://c.example.ly/wingsly/v1/stream?after=51")]
    {
        let call = push.describe_opening(after).expect("a call");
        assert_eq!((call.request.url.as_str(), &call.safety), (url, &Safety::Read));
        assert!(call.request.is_socket() && call.request.headers.contains_key("x-signature"));
    }
    for wrong in ["", "x", "-1", "1&a=2", "1234567890123456789", "٥"] {
        let error = push.describe_opening(Some(wrong)).expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{wrong}");
    }
    assert!(account.read_callback(&empty()) == Err(CallbackError::Unsupported));
    assert!(self::account(&AMYAL, []).0.push().is_none());
}

fn empty() -> kit::RawCallback {
    kit::RawCallback { headers: http::HeaderMap::new(), query: String::new(), body: bytes::Bytes::new() }
}

#[test]
fn frames_as_in_the_samples() {
    let pushed = read(sample!("frame.json"));
    assert_eq!((pushed.cursor.as_deref(), pushed.told.malformed.len()), (Some("52"), 0));
    let [told] = pushed.told.entries.as_slice() else { panic!("one event: {pushed:?}") };
    assert_eq!(told.number.as_deref(), Some("WNG-284510"));
    assert_eq!(told.entry.as_ref().map(|entry| entry.raw.as_str()), Some("out_for_delivery"));
    assert_eq!(read(sample!("heartbeat.json")), Pushed::default());
}

#[test]
fn half_a_frame_and_garbage_are_kept_and_move_nothing() {
    let frame = sample!("frame.json");
    for wrong in [&frame[..40], "<html>", "", "{}", "[]", "52", r#"{"heartbeat":null}"#] {
        let pushed = read(wrong);
        assert_eq!((pushed.cursor, pushed.told.entries.len()), (None, 0), "{wrong}");
        assert_eq!(pushed.told.malformed, [wrong], "{wrong}");
    }
    let without = changed(frame, "\"id\":52,", "");
    assert_eq!((read(&without).cursor, read(&without).told.malformed.len()), (None, 1));
    let pushed = wingsly().read_frame(b"\xff\xfe");
    assert_eq!(pushed.told.malformed, ["\u{fffd}\u{fffd}"]);
}

#[test]
fn an_event_that_cannot_be_read_is_kept_and_gone_past() {
    for (from, to) in [("\"out_for_delivery\"", "null"), ("2026-12-01T10:05:00Z", "noon")] {
        let pushed = read(&changed(sample!("frame.json"), from, to));
        assert_eq!((pushed.cursor.as_deref(), pushed.told.entries.len()), (Some("52"), 0), "{to}");
        assert_eq!(pushed.told.malformed.len(), 1, "{to}");
    }
}

proptest! {
    #[test]
    fn any_frame_is_read_without_panic(frame in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(wingsly().read_frame(&frame).told.entries.is_empty());
    }
}
