//! What a configuration may and may not be.

use serde_json::json;

use super::*;

#[test]
fn the_address_must_be_given_in_every_mode() {
    for mode in [Mode::Test, Mode::Live] {
        for none in [json!({}), json!({"base_url": null}), json!({"base_url": ""})] {
            let error = base_url(none, mode).expect_err("a refusal");
            assert_eq!(error.field, "configuration.base_url");
            assert!(error.text.en.contains("assumed") && error.text.ar.contains("مفترض"), "{error}");
        }
        let given = base_url(json!({"base_url": "https://c.example.ly/amyal"}), mode).expect("an address");
        assert_eq!((given.as_str(), contract::host(&given)), ("https://c.example.ly/amyal", "c.example.ly".to_owned()));
    }
    assert!(base_url(json!({"base_url": "http://127.0.0.1:9090/amyal"}), Mode::Test).is_ok());
    for wrong in
        ["http://c.example.ly", "https://127.0.0.1", "https://localhost", "https://10.0.0.8", "wss://c.example.ly"]
    {
        let error = base_url(json!({"base_url": wrong}), Mode::Live).expect_err("a refusal");
        assert_eq!(error.field, "configuration.base_url", "{wrong}");
    }
    let error = base_url(json!({"api_url": "https://c.example.ly"}), Mode::Test).expect_err("a refusal");
    assert_eq!(error.field, "configuration");
}

#[test]
fn credentials_are_both_needed_and_the_published_one_is_not_for_live() {
    let field = |credentials, mode| keys(credentials, mode).err().expect("a refusal").field;
    assert_eq!(field(json!({"api_secret": "b"}), Mode::Test), "credentials.api_key");
    assert_eq!(field(json!({"api_key": "a"}), Mode::Test), "credentials.api_secret");
    assert_eq!(
        field(json!({"api_key": "a", "api_secret": "b", "secret_key": "c"}), Mode::Test),
        "credentials.secret_key"
    );
    let published = || json!({"api_key": "a", "api_secret": "carrier-contract-secret"});
    assert_eq!(field(published(), Mode::Live), "credentials.api_secret");
    assert!(keys(published(), Mode::Test).is_ok());
}
