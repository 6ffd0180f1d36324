//! Requests compared with the samples, byte for byte.

use kit::Delivery;
use schemas::Currency;
use schemas::store::Mode;

use super::super::config::Keys;
use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/moamalat/", $name)).trim_end()
    };
}

fn settings(base: Option<&str>) -> Settings {
    let configuration = json!({"merchant_id": "10081014649", "terminal_id": "99179395", "base_url": base});
    Settings::read(configuration, Mode::Test).expect("settings")
}

fn keys() -> Keys {
    Keys::read(json!({"secret_key": "3a488a89b3f7993476c252f017c488bb"}), Mode::Test).expect("keys")
}

fn built(build: impl FnOnce(Terminal<'_>) -> Vec<u8>) -> String {
    let (settings, keys) = (settings(None), keys());
    String::from_utf8(build(Terminal { settings: &settings, key: &keys.secret })).expect("JSON is UTF-8")
}

/// 15:30:45 in Tripoli.
fn second(offset: i64) -> Timestamp {
    Timestamp::from_second(1_738_330_245 + offset).expect("a time")
}

fn question(reference: &str, opened_at: Timestamp) -> Question {
    Question { wire_reference: reference.to_owned(), session: None, opened_at }
}

fn lyd(minor: i64) -> Money {
    Money::new(minor, Currency::Lyd)
}

#[test]
fn the_lightbox_as_in_the_sample() {
    let (settings, keys) = (settings(None), keys());
    let terminal = Terminal { settings: &settings, key: &keys.secret };
    let parameters = terminal.lightbox("jisr-0190a3f2-1", lyd(12_500), second(0));
    let sample: Value = serde_json::from_str(sample!("lightbox.json")).expect("JSON");
    assert_eq!(serde_json::to_string(&parameters).expect("JSON"), sample.to_string());
}

#[test]
fn one_reference_as_in_the_sample() {
    let span = Span::of(&[question("jisr-0190a3f2-1", second(0))], second(60)).expect("a span");
    assert_eq!(
        built(|terminal| terminal.filter(&span, Some("jisr-0190a3f2-1"), 0, second(0))),
        sample!("filter_request.json")
    );
}

#[test]
fn a_range_as_in_the_sample() {
    let questions = [question("jisr-0190a3f2-2", second(3_600)), question("jisr-0190a3f2-1", second(0))];
    let span = Span::of(&questions, second(86_400)).expect("a span");
    assert_eq!(built(|terminal| terminal.filter(&span, None, 500, second(1))), sample!("filter_range_request.json"));
}

#[test]
fn a_refund_as_in_the_sample() {
    assert_eq!(built(|terminal| terminal.refund("1240001", lyd(5_000), second(2))), sample!("refund_request.json"));
}

#[test]
fn days_are_tripolis_with_slack_for_the_providers_clock() {
    // 22:05 UTC is 00:05 of the next day in Tripoli; the slack reaches back over midnight.
    let opened: Timestamp = "2025-01-31T22:05:00Z".parse().expect("a time");
    let span = Span::of(&[question("a", opened)], opened).expect("a span");
    assert_eq!(
        (local(span.oldest, "%Y%m%d"), local(span.newest, "%Y%m%d")),
        ("20250131".to_owned(), "20250201".to_owned())
    );
    assert!(Span::of(&[], opened).is_none());
    // A clock that was set back does not turn the range around.
    assert!(Span::of(&[question("a", opened)], Timestamp::UNIX_EPOCH).is_some_and(|span| span.newest == opened));
}

#[test]
fn calls_keep_the_base_urls_path_and_say_how_safe_they_are() {
    let account = crate::conformance::parts(kit::testing::ScriptedWire::new([])).account;
    let call = |operation: Operation, base: &str| {
        operation.call(account, &settings(Some(base)).base_url, Destination::Trusted, b"{}".to_vec())
    };
    for base in ["http://127.0.0.1:9090/moamalat", "http://127.0.0.1:9090/moamalat/"] {
        let filter = call(Operation::FilterTransactions, base);
        assert_eq!(
            filter.request.url.as_str(),
            "http://127.0.0.1:9090/moamalat/cube/paylink.svc/api/FilterTransactions"
        );
        assert_eq!((filter.safety, filter.request.destination), (Safety::Read, Destination::Trusted));
        let unread = (filter.outcome)(&kit::Reply { status: 200, headers: http::HeaderMap::new(), body: "{}".into() });
        assert_eq!(unread.expect_err("a refusal").delivery, Delivery::Maybe);
    }
    let refund = call(Operation::RefundTransaction, "https://tnpg.moamalat.net");
    assert_eq!(refund.request.url.as_str(), "https://tnpg.moamalat.net/cube/paylink.svc/api/RefundTransaction");
    assert_eq!(refund.safety, Safety::Once);
}

#[test]
fn every_secret_of_the_samples_is_masked() {
    let masked = |body: &str| kit::mask::body(body.as_bytes(), SECRETS.body).expect("a body");
    let request = masked(sample!("filter_request.json"));
    assert!(!request.contains("BB214CC0") && request.contains("jisr-0190a3f2-1"));
    let answer = masked(sample!("filter_approved.json"));
    assert!(!answer.contains("639499") && !answer.contains("\"MS\"") && answer.contains("1240001"));
    let notification = masked(sample!("notification_d4.json"));
    assert!(!notification.contains("639499") && !notification.contains("628E00E7"));
}
