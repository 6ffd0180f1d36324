//! What a configuration may and may not be.

use serde_json::json;

use super::*;

fn field(result: Result<Settings, ConfigError>) -> String {
    let error = result.expect_err("a refusal");
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    error.field
}

fn refused(credentials: Value, mode: Mode) -> ConfigError {
    keys(credentials, mode).err().expect("a refusal")
}

#[test]
fn the_address_must_be_given_in_every_mode() {
    for mode in [Mode::Test, Mode::Live] {
        for none in [json!({}), json!({"base_url": null}), json!({"base_url": ""})] {
            let error = Settings::read(none, mode).expect_err("a refusal");
            assert_eq!(error.field, "configuration.base_url");
            assert!(error.text.en.contains("assumed") && error.text.ar.contains("مفترض"), "{error}");
        }
        let given = Settings::read(json!({"base_url": "https://w.example.ly/mobicash"}), mode).expect("settings");
        assert_eq!(
            (given.base_url.as_str(), contract::host(&given.base_url)),
            ("https://w.example.ly/mobicash", "w.example.ly".to_owned())
        );
    }
    let mock = Settings::read(json!({"base_url": "http://127.0.0.1:9090/mobicash"}), Mode::Test).expect("settings");
    assert_eq!(contract::host(&mock.base_url), "127.0.0.1:9090");
}

#[test]
fn each_field_is_named_when_it_is_wrong() {
    for wrong in ["w.example.ly", "ftp://w.example.ly", "https://user:word@w.example.ly", "https://w.example.ly/?a=1"] {
        assert_eq!(field(Settings::read(json!({"base_url": wrong}), Mode::Test)), "configuration.base_url", "{wrong}");
    }
    for wrong in ["http://w.example.ly", "https://127.0.0.1", "https://localhost", "https://mocks", "https://10.0.0.8"]
    {
        assert_eq!(field(Settings::read(json!({"base_url": wrong}), Mode::Live)), "configuration.base_url", "{wrong}");
    }
    for wrong in [json!({"base_url": "https://w.example.ly", "host": "x"}), json!("x"), json!({"base_url": {}})] {
        assert_eq!(field(Settings::read(wrong.clone(), Mode::Test)), "configuration", "{wrong}");
    }
}

#[test]
fn credentials_are_both_needed_and_never_repeated() {
    let secret = "geheim-geheim-geheim";
    for (credentials, field) in [
        (json!(null), "credentials.api_key"),
        (json!({"secret_key": secret}), "credentials.api_key"),
        (json!({"api_key": secret}), "credentials.secret_key"),
        (json!({"api_key": format!("{secret} {secret}"), "secret_key": secret}), "credentials.api_key"),
        (json!({"api_key": format!("{secret}\u{7f}"), "secret_key": secret}), "credentials.api_key"),
        (json!({"api_key": format!("{secret}é"), "secret_key": secret}), "credentials.api_key"),
        (json!({"api_key": format!(" {secret}"), "secret_key": secret}), "credentials.api_key"),
        (json!({"api_key": secret, "secret_key": 12_345}), "credentials.secret_key"),
        (json!({"api_key": secret, "secret_key": secret, "pin": secret}), "credentials.pin"),
    ] {
        let error = refused(credentials, Mode::Test);
        assert_eq!(error.field, field);
        assert!(!format!("{error:?}{error}").contains(secret), "{error}");
    }
    let keys =
        keys(json!({"api_key": secret, "secret_key": secret}), Mode::Live).unwrap_or_else(|error| panic!("{error}"));
    assert!(keys.bearer.is_sensitive() && keys.bearer.as_bytes() == format!("Bearer {secret}").as_bytes());
}

#[test]
fn live_refuses_the_published_key() {
    let credentials = || json!({"api_key": "api-key-of-a-bridge", "secret_key": "wallet-contract-secret"});
    assert_eq!(refused(credentials(), Mode::Live).field, "credentials.secret_key");
    assert!(keys(credentials(), Mode::Test).is_ok());
}

#[test]
fn what_the_environment_may_give_is_what_is_read() {
    let given = |names: &[&str], value: &str| {
        Value::Object(names.iter().map(|name| ((*name).to_owned(), json!(value))).collect())
    };
    assert!(Settings::read(given(SETTINGS, "https://w.example.ly"), Mode::Test).is_ok());
    assert!(keys(given(CREDENTIALS, "geheim"), Mode::Test).is_ok());
}
