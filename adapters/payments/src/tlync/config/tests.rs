//! What a configuration may and may not be.

use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

fn field<T>(result: Result<T, ConfigError>) -> String {
    let error = result.err().expect("a refusal");
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    error.field
}

#[test]
fn the_defaults_follow_the_mode() {
    let test = Settings::read(json!({"store_id": "w9ZqjR4bM2"}), Mode::Test).expect("settings");
    assert_eq!(test.base_url.as_str(), "https://uat-api.tlync.ly/api/v3");
    assert_eq!((test.initiate_path.as_str(), test.receipt_path.as_str()), (INITIATE, RECEIPT));
    assert_eq!(test.lane(), "uat-api.tlync.ly/w9ZqjR4bM2");
    let live = Settings::read(json!({"store_id": 4_801_233}), Mode::Live).expect("settings");
    assert_eq!(live.base_url.as_str(), "https://api.tlync.ly/api/v3");
    assert_eq!(live.lane(), "api.tlync.ly/4801233");
}

#[test]
fn older_stores_have_other_paths() {
    let older = json!({"store_id": "a", "base_url": "https://uat-api.tlync.ly/api/v1/",
        "initiate_path": "/payment/initiate/", "receipt_path": "/cp-payment/receipt"});
    let older = Settings::read(older, Mode::Test).expect("settings");
    assert_eq!((older.initiate_path.as_str(), older.receipt_path.as_str()), ("payment/initiate", "cp-payment/receipt"));
    let mock = json!({"store_id": "a", "base_url": "http://127.0.0.1:9090/tlync"});
    assert_eq!(Settings::read(mock, Mode::Test).expect("settings").lane(), "127.0.0.1:9090/a");
}

#[test]
fn wrong_settings_name_their_field() {
    let read = |configuration: Value, mode| field(Settings::read(configuration, mode));
    assert_eq!(read(json!({"store": "a"}), Mode::Test), "configuration");
    for wrong in [json!(null), json!(""), json!("a b"), json!("a/b"), json!("متجر"), json!("a".repeat(129))] {
        assert_eq!(read(json!({"store_id": wrong}), Mode::Test), "configuration.store_id", "{wrong}");
    }
    for name in ["initiate_path", "receipt_path"] {
        for wrong in ["/", "a//b", "../a", "a/./b", "a b", "a?b=1", "https://x/y"] {
            let configuration = json!({"store_id": "a", name: wrong});
            assert_eq!(read(configuration, Mode::Test), format!("configuration.{name}"), "{wrong}");
        }
    }
    for (host, mode) in [("api.tlync.ly", Mode::Test), ("uat-api.tlync.ly", Mode::Live), ("127.0.0.1", Mode::Live)] {
        let configuration = json!({"store_id": "a", "base_url": format!("https://{host}/api/v3")});
        assert_eq!(read(configuration, mode), "configuration.base_url", "{host}");
    }
}

#[test]
fn the_token_is_needed_and_never_repeated() {
    assert_eq!(token(json!({"token": "at.1|x"})).expect("a token").expose_secret(), "at.1|x");
    assert_eq!(field(token(json!({}))), "credentials.token");
    for wrong in [json!("Bearer geheim"), json!("geheim "), json!("geheim\r\nx"), json!("geheimé"), json!(12)] {
        let error = token(json!({"token": wrong})).expect_err("a refusal");
        assert!(error.field == "credentials.token" && !format!("{error:?}").contains("geheim"), "{error:?}");
    }
    let error = token(json!({"token": "t", "secret": "geheim"})).expect_err("a refusal");
    assert!(error.field == "credentials.secret" && !format!("{error:?}").contains("geheim"));
}
