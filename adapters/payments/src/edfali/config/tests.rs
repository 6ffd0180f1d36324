//! What a configuration may and may not be.

use serde_json::json;

use super::*;

fn settings(configuration: Value, mode: Mode) -> Result<Settings, ConfigError> {
    Settings::read(configuration, mode)
}

fn field(result: Result<Settings, ConfigError>) -> String {
    let error = result.expect_err("a refusal");
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    error.field
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut configuration = json!({"base_url": "https://pay.example.ly", "mobile": "913000001"});
    configuration[name] = value.into();
    configuration
}

#[test]
fn live_has_a_default_and_test_has_none() {
    let live = settings(json!({"mobile": "913000001"}), Mode::Live).expect("settings");
    assert_eq!(live.endpoint.as_str(), "https://edfali.bcd.ly/api/BCDUssd/NewEdfali.asmx");
    assert_eq!(live.lane(), "edfali.bcd.ly/913000001");
    assert_eq!(field(settings(json!({"mobile": "913000001"}), Mode::Test)), "configuration.base_url");
}

#[test]
fn a_base_is_completed_and_a_whole_address_is_kept() {
    for (given, endpoint) in [
        ("http://127.0.0.1:9090/edfali", "http://127.0.0.1:9090/edfali/BCDUssd/NewEdfali.asmx"),
        ("http://127.0.0.1:9090/edfali/", "http://127.0.0.1:9090/edfali/BCDUssd/NewEdfali.asmx"),
        ("https://pay.example.ly", "https://pay.example.ly/BCDUssd/NewEdfali.asmx"),
        ("https://pay.example.ly/x/newedfali.asmx", "https://pay.example.ly/x/newedfali.asmx"),
        ("https://pay.example.ly/Edfali.ASMX", "https://pay.example.ly/Edfali.ASMX"),
    ] {
        let read = settings(with("base_url", given), Mode::Test).expect("settings");
        assert_eq!(read.endpoint.as_str(), endpoint, "{given}");
    }
    let mock = settings(with("base_url", "http://127.0.0.1:9090/edfali"), Mode::Test).expect("settings");
    assert_eq!(mock.lane(), "127.0.0.1:9090/913000001");
}

#[test]
fn the_merchants_number_is_nine_digits_however_it_is_written() {
    for given in [json!("913000001"), json!("0913000001"), json!("+218 91-3000001"), json!(913_000_001)] {
        let read = settings(with("mobile", given.clone()), Mode::Test).expect("settings");
        assert_eq!(read.mobile, "913000001", "{given}");
    }
}

#[test]
fn each_field_is_named_when_it_is_wrong() {
    for (name, value) in [
        ("mobile", json!("91300000")),
        ("mobile", json!("0213334444")),
        ("mobile", json!("971234567")),
        ("mobile", json!(null)),
        ("mobile", json!("")),
        ("base_url", json!("edfali.bcd.ly")),
        ("base_url", json!("https://host/?WSDL")),
        ("base_url", json!("https://edfali.bcd.ly/api/BCDUssd/NewEdfali.asmx")),
        ("base_url", json!("https://EDFALI.bcd.ly./api")),
        ("base_url", json!("http://62.240.55.2:6187")),
    ] {
        assert_eq!(field(settings(with(name, value.clone()), Mode::Test)), format!("configuration.{name}"), "{value}");
    }
    assert_eq!(field(settings(with("pin", "1234"), Mode::Test)), "configuration");
    assert_eq!(field(settings(json!("x"), Mode::Test)), "configuration");
}

#[test]
fn live_refuses_what_is_not_out_there() {
    for url in [
        "http://62.240.55.2:6187/BCDUssd/NewEdfali.asmx",
        "https://127.0.0.1",
        "https://10.0.0.8/edfali",
        "https://mocks",
        "http://edfali.bcd.ly/api",
    ] {
        assert_eq!(field(settings(with("base_url", url), Mode::Live)), "configuration.base_url", "{url}");
    }
    assert!(settings(with("base_url", "https://pay.example.ly/edfali"), Mode::Live).is_ok());
}

#[test]
fn both_credentials_are_needed_and_never_repeated() {
    let refused = |value: Value| Keys::read(value).err().expect("a refusal");
    assert_eq!(refused(json!({})).field, "credentials.pin");
    assert_eq!(refused(json!({"pin": "1234"})).field, "credentials.password");
    assert_eq!(refused(json!({"pin": 1234, "password": "geheim"})).field, "credentials.pin");
    assert_eq!(refused(json!({"pin": "1234", "password": "geheim", "pw": "x"})).field, "credentials.pw");
    assert_eq!(refused(json!({"pin": "12\u{1}34", "password": "geheim"})).field, "credentials.pin");
    for value in [json!("geheim"), json!({"pin": " geheim"}), json!({"pin": "geheim", "password": {"x": "geheim"}})] {
        let error = refused(value);
        assert!(error.field.starts_with("credentials"), "{error}");
        assert!(!format!("{error:?}{error}").contains("geheim"), "{error}");
    }
    let keys = Keys::read(json!({"pin": "1234", "password": "123&<'"})).expect("keys");
    assert_eq!((keys.pin.expose_secret(), keys.password.expose_secret()), ("1234", "123&<'"));
}
