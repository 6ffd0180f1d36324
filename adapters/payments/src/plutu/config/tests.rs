//! What a configuration may and may not be.

use serde_json::json;

use super::*;

fn field<T>(result: Result<T, ConfigError>) -> String {
    let error = result.err().expect("a refusal");
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    error.field
}

fn credentials(secret_key: &str) -> Value {
    json!({"api_key": "ak-1", "access_token": "eyJ0.token", "secret_key": secret_key})
}

#[test]
fn both_modes_have_one_host_and_the_gateways_in_dinars() {
    for mode in [Mode::Test, Mode::Live] {
        let settings = Settings::read(json!({}), mode).expect("settings");
        assert_eq!(settings.base_url.as_str(), "https://api.plutus.ly/api/v1");
        assert_eq!(settings.gateways, Gateway::USUAL);
    }
    let some = json!({"base_url": "http://127.0.0.1:9090/plutu/", "gateways": ["mpgs", "edfali"]});
    let settings = Settings::read(some, Mode::Test).expect("settings");
    assert_eq!(settings.gateways, [Gateway::Mpgs, Gateway::Edfali]);
    assert_eq!(settings.base_url.as_str(), "http://127.0.0.1:9090/plutu/");
}

#[test]
fn wrong_settings_name_their_field() {
    let read = |configuration, mode| field(Settings::read(configuration, mode));
    assert_eq!(read(json!({"gateway": ["edfali"]}), Mode::Test), "configuration");
    assert_eq!(read(json!({"gateways": "edfali"}), Mode::Test), "configuration");
    for wrong in [json!([]), json!(["edfali", "adfali"]), json!([""])] {
        assert_eq!(read(json!({"gateways": wrong}), Mode::Test), "configuration.gateways");
    }
    assert_eq!(read(json!({"base_url": "api.plutus.ly"}), Mode::Test), "configuration.base_url");
    for wrong in ["http://api.plutus.ly/api/v1", "https://127.0.0.1", "https://api.plutus.ly/?a=1"] {
        assert_eq!(read(json!({"base_url": wrong}), Mode::Live), "configuration.base_url", "{wrong}");
    }
}

#[test]
fn all_three_credentials_are_needed_and_none_is_repeated() {
    assert!(Keys::read(credentials("sk_1"), Mode::Live).is_ok());
    for name in ["api_key", "access_token", "secret_key"] {
        let path = format!("credentials.{name}");
        let with = |value: Value| {
            let mut all = credentials("sk_1");
            all[name] = value;
            Keys::read(all, Mode::Test)
        };
        assert_eq!(field(with(Value::Null)), path);
        for wrong in
            [json!(""), json!(12), json!(" geheim"), json!("Bearer geheim"), json!("geheim\n"), json!("geheimé")]
        {
            let error = with(wrong).err().expect("a refusal");
            assert!(error.field == path && !format!("{error:?}").contains("geheim"), "{error:?}");
        }
    }
    assert_eq!(field(Keys::read(Value::Null, Mode::Test)), "credentials.api_key");
    let mut more = credentials("sk_1");
    more["pin"] = json!("geheim");
    let error = Keys::read(more, Mode::Test).err().expect("a refusal");
    assert!(error.field == "credentials.pin" && !format!("{error:?}").contains("geheim"));
}

#[test]
fn live_mode_refuses_published_keys() {
    for published in PUBLISHED_KEYS {
        assert!(Keys::read(credentials(published), Mode::Test).is_ok());
        let error = Keys::read(credentials(published), Mode::Live).err().expect("a refusal");
        assert!(error.field == "credentials.secret_key" && !format!("{error:?}").contains(published));
    }
}
