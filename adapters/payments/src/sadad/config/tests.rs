//! What a configuration may and may not be.

use kit::testing::ScriptedWire;
use serde_json::json;

use super::*;

/// The claims that Almadar's tokens have; the rest is made up.
fn token(claims: &Value) -> String {
    format!("eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn account() -> Account {
    crate::conformance::parts(ScriptedWire::new([])).account
}

fn rest(configuration: Value, mode: Mode) -> Result<Settings, ConfigError> {
    Settings::read(configuration, json!({"token": "a.b.c"}), mode)
}

fn soap(configuration: Value, mode: Mode) -> Result<Settings, ConfigError> {
    Settings::read(configuration, json!({"username": "shop", "password": "geheim"}), mode)
}

fn url(settings: &Settings) -> &str {
    match &settings.gateway {
        Gateway::Rest { base_url: url, .. } | Gateway::Soap { soap_url: url, .. } => url.as_str(),
    }
}

fn field(result: Result<Settings, ConfigError>) -> String {
    let error = result.err().expect("a refusal");
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    assert!(!format!("{error:?}{error}").contains("geheim"), "{error}");
    error.field
}

#[test]
fn the_defaults_follow_the_mode() {
    let test = rest(json!({}), Mode::Test).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((url(&test), test.category), ("https://pgw-test.almadar.ly/", 20));
    let live =
        rest(json!({"protocol": "rest", "category": "11"}), Mode::Live).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((url(&live), live.category), ("https://pgw.almadar.ly/", 11));
}

#[test]
fn soap_has_no_address_of_its_own() {
    for mode in [Mode::Test, Mode::Live] {
        assert_eq!(field(soap(json!({"protocol": "soap"}), mode)), "configuration.soap_url");
        let own = json!({"protocol": "soap", "soap_url": "https://pay.example.ly/sadad/soap"});
        let settings = soap(own, mode).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(url(&settings), "https://pay.example.ly/sadad/soap");
    }
}

#[test]
fn each_field_is_named_when_it_is_wrong() {
    for (name, value) in [
        ("protocol", json!("SOAP")),
        ("base_url", json!("pgw.almadar.ly")),
        ("base_url", json!("https://pgw.almadar.ly")),
        ("base_url", json!("https://host/?a=1")),
        ("soap_url", json!("https://pay.example.ly/soap")),
        ("category", json!("e-commerce")),
        ("category", json!(-1)),
        ("category", json!(1_000)),
        ("category", json!(20.5)),
    ] {
        let configuration = json!({name: value});
        assert_eq!(field(rest(configuration, Mode::Test)), format!("configuration.{name}"), "{value}");
    }
    assert_eq!(field(rest(json!({"merchant": "1"}), Mode::Test)), "configuration");
    assert_eq!(field(rest(json!([{}]), Mode::Test)), "configuration");
    for (name, value) in
        [("soap_url", "ftp://host/"), ("soap_url", "https://pgw.almadar.ly/soap"), ("base_url", "https://host")]
    {
        let mut configuration = json!({"protocol": "soap", "soap_url": "https://pay.example.ly/soap"});
        configuration[name] = json!(value);
        assert_eq!(field(soap(configuration, Mode::Test)), format!("configuration.{name}"), "{value}");
    }
}

#[test]
fn live_refuses_what_is_for_testing_or_not_out_there() {
    for url in
        ["https://pgw-test.almadar.ly", "https://127.0.0.1", "https://[::1]", "https://mocks", "http://pgw.almadar.ly"]
    {
        assert_eq!(field(rest(json!({"base_url": url}), Mode::Live)), "configuration.base_url", "{url}");
        let own = json!({"protocol": "soap", "soap_url": url});
        assert_eq!(field(soap(own, Mode::Live)), "configuration.soap_url", "{url}");
    }
}

#[test]
fn credentials_are_those_of_the_protocol_and_never_repeated() {
    for (credentials, name) in [
        (json!({}), "credentials.token"),
        (json!(null), "credentials.token"),
        (json!({"token": 1}), "credentials.token"),
        (json!({"token": " geheim"}), "credentials.token"),
        (json!({"token": "geheim\ngeheim"}), "credentials.token"),
        (json!({"token": "geheim geheim"}), "credentials.token"),
        (json!({"token": "gehéim"}), "credentials.token"),
        (json!({"token": "a.b.c", "password": "geheim"}), "credentials.password"),
        (json!("geheim"), "credentials"),
    ] {
        assert_eq!(field(Settings::read(json!({}), credentials.clone(), Mode::Test)), name, "{credentials}");
    }
    let configuration = || json!({"protocol": "soap", "soap_url": "https://pay.example.ly/soap"});
    for (credentials, name) in [
        (json!({"password": "geheim"}), "credentials.username"),
        (json!({"username": "shop"}), "credentials.password"),
        (json!({"username": "shop", "password": "geheim\u{0}"}), "credentials.password"),
        (json!({"username": "shop", "password": "geheim", "token": "a.b.c"}), "credentials.token"),
    ] {
        assert_eq!(field(Settings::read(configuration(), credentials.clone(), Mode::Test)), name, "{credentials}");
    }
}

#[test]
fn the_lane_is_the_merchants_by_what_is_no_secret() {
    let lane = |token: &str| {
        let settings =
            Settings::read(json!({"base_url": "http://127.0.0.1:9090/sadad"}), json!({"token": token}), Mode::Test);
        settings.unwrap_or_else(|error| panic!("{error}")).lane(&account())
    };
    let ours = account().id;
    let claims =
        json!({"corporateServiceId": 987, "appId": "x", "exp": 1_689_328_633, "iss": "Coretec", "aud": "SADADPGW"});
    assert_eq!(lane(&token(&claims)), "127.0.0.1:9090/987");
    assert_eq!(lane(&token(&json!({"corporateServiceId": "987-a"}))), "127.0.0.1:9090/987-a");
    for unreadable in [
        "geheim".to_owned(),
        "a.b.c".to_owned(),
        token(&json!({})),
        token(&json!({"corporateServiceId": {}})),
        token(&json!({"corporateServiceId": "a/b"})),
        token(&json!({"corporateServiceId": "9".repeat(33)})),
    ] {
        assert_eq!(lane(&unreadable), format!("127.0.0.1:9090/{ours}"), "{unreadable}");
    }
    let own = json!({"protocol": "soap", "soap_url": "https://pay.example.ly/soap"});
    let settings = soap(own, Mode::Test).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.lane(&account()), format!("pay.example.ly/{ours}"));
}
