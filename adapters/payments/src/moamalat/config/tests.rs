//! What a configuration may and may not be.

use serde_json::json;

use super::*;

const KEY: &str = "00112233445566778899aabbccddeeff";

fn settings(configuration: Value, mode: Mode) -> Result<Settings, ConfigError> {
    Settings::read(configuration, mode)
}

fn field(result: Result<Settings, ConfigError>) -> String {
    let error = result.expect_err("a refusal");
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    error.field
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut configuration = json!({"merchant_id": "10099999999", "terminal_id": "49000000"});
    configuration[name] = value.into();
    configuration
}

#[test]
fn the_defaults_follow_the_mode() {
    let test = settings(with("currency", "LYD"), Mode::Test).expect("settings");
    assert_eq!(test.base_url.as_str(), "https://tnpg.moamalat.net/");
    assert_eq!(test.script_url.as_str(), "https://tnpg.moamalat.net:6006/js/lightbox.js");
    assert_eq!((test.amount_unit, test.display_length), (AmountUnit::Dirham, 500));
    assert_eq!(test.lane(), "tnpg.moamalat.net/10099999999/49000000");
    let live = settings(with("amount_unit", "decimal"), Mode::Live).expect("settings");
    assert_eq!(live.base_url.as_str(), "https://npg.moamalat.net/");
    assert_eq!(live.script_url.as_str(), "https://npg.moamalat.net:6006/js/lightbox.js");
    assert_eq!(live.amount_unit, AmountUnit::Decimal);
}

#[test]
fn a_mock_keeps_its_path_and_gives_the_script_its_host() {
    let mock = settings(with("base_url", "http://127.0.0.1:9090/moamalat"), Mode::Test).expect("settings");
    assert_eq!(mock.script_url.as_str(), "http://127.0.0.1:6006/js/lightbox.js");
    assert_eq!(mock.lane(), "127.0.0.1:9090/10099999999/49000000");
    let own = with("script_url", "http://127.0.0.1:9090/moamalat/js/lightbox.js");
    assert_eq!(settings(own, Mode::Test).expect("settings").script_url.port(), Some(9090));
}

#[test]
fn ids_may_come_as_numbers_from_the_environment() {
    let numbers = json!({"merchant_id": 10_099_999_999_u64, "terminal_id": 49_000_000, "display_length": 50});
    let read = settings(numbers, Mode::Test).expect("settings");
    assert_eq!(
        (read.merchant_id.as_str(), read.terminal_id.as_str(), read.display_length),
        ("10099999999", "49000000", 50)
    );
}

#[test]
fn the_identity_needs_no_more_than_the_two_ids() {
    let ids = json!({"merchant_id": "10099999999", "terminal_id": 49_000_000, "base_url": "nonsense"});
    assert_eq!(identity(&ids).as_deref(), Some("10099999999/49000000"));
    for wrong in [
        json!({}),
        json!(null),
        json!({"merchant_id": "10099999999"}),
        json!({"merchant_id": "1", "terminal_id": "49000000"}),
    ] {
        assert_eq!(identity(&wrong), None, "{wrong}");
    }
}

#[test]
fn each_field_is_named_when_it_is_wrong() {
    for (name, value) in [
        ("merchant_id", json!("1009999999")),
        ("merchant_id", json!("1009999999９")),
        ("merchant_id", json!(null)),
        ("terminal_id", json!("12345")),
        ("terminal_id", json!("123456789")),
        ("base_url", json!("npg.moamalat.net")),
        ("base_url", json!("ftp://host/")),
        ("base_url", json!("https://user:word@host/")),
        ("base_url", json!("https://host/?a=1")),
        ("base_url", json!("https://npg.moamalat.net")),
        ("script_url", json!("javascript:alert(1)")),
        ("amount_unit", json!("Dirham")),
        ("display_length", json!("0")),
        ("display_length", json!(2_001)),
        ("currency", json!("USD")),
    ] {
        assert_eq!(field(settings(with(name, value.clone()), Mode::Test)), format!("configuration.{name}"), "{value}");
    }
    assert_eq!(field(settings(with("merchantid", "1"), Mode::Test)), "configuration");
    assert_eq!(field(settings(with("base_url", json!({})), Mode::Test)), "configuration");
    assert_eq!(field(settings(json!([]), Mode::Test)), "configuration.merchant_id");
    assert_eq!(field(settings(json!("x"), Mode::Test)), "configuration");
}

#[test]
fn live_refuses_what_is_published_or_not_out_there() {
    for id in PUBLISHED_MERCHANTS {
        assert_eq!(field(settings(with("merchant_id", id), Mode::Live)), "configuration.merchant_id");
        assert!(settings(with("merchant_id", id), Mode::Test).is_ok());
    }
    for url in [
        "https://tnpg.moamalat.net",
        "https://TNPG.moamalat.net.",
        "https://127.0.0.1",
        "https://10.0.0.8/moamalat",
        "https://[::1]",
        "https://[::ffff:192.168.1.1]",
        "https://localhost",
        "https://mocks",
        "https://pay.internal",
        "http://npg.moamalat.net",
    ] {
        assert_eq!(field(settings(with("base_url", url), Mode::Live)), "configuration.base_url", "{url}");
        assert_eq!(field(settings(with("script_url", url), Mode::Live)), "configuration.script_url", "{url}");
    }
    assert!(settings(with("base_url", "https://pay.example.ly/npg"), Mode::Live).is_ok());
}

#[test]
fn keys_are_hex_and_never_repeated() {
    let refused = |value: Value, mode| Keys::read(value, mode).err().expect("a refusal");
    let secret = "geheim-geheim-geheim";
    for value in [json!({"secret_key": secret}), json!({"secret_key": KEY, "notification_key": secret}), json!(secret)]
    {
        let error = refused(value, Mode::Test);
        assert!(error.field.starts_with("credentials."), "{error}");
        assert!(!format!("{error:?}{error}").contains(secret), "{error}");
    }
    assert_eq!(refused(json!({"secret_key": 12_345_678}), Mode::Test).field, "credentials.secret_key");
    assert_eq!(refused(json!({"notification_key": KEY}), Mode::Test).field, "credentials.secret_key");
    assert_eq!(refused(json!({"secret_key": KEY, "apiKey": secret}), Mode::Test).field, "credentials.apiKey");
    assert!(Keys::read(json!({"secret_key": KEY}), Mode::Live).is_ok_and(|keys| keys.notification.is_none()));
    for published in PUBLISHED_KEYS {
        let value = || json!({"secret_key": published.to_uppercase(), "notification_key": null});
        assert_eq!(refused(value(), Mode::Live).field, "credentials.secret_key");
        assert!(Keys::read(value(), Mode::Test).is_ok());
        let value = json!({"secret_key": KEY, "notification_key": published.to_lowercase()});
        assert_eq!(refused(value, Mode::Live).field, "credentials.notification_key");
    }
}
