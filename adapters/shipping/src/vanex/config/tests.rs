//! What is taken and what is refused, and that no refusal repeats a secret.

use serde_json::json;

use super::*;

fn credentials() -> Value {
    json!({"email": "shop@example.ly", "password": "geheim"})
}

fn field(result: Result<Settings, ConfigError>) -> String {
    result.err().expect("a refusal").field
}

#[test]
fn hosts_follow_the_mode() {
    let host = |mode| Settings::read(json!({}), credentials(), mode).expect("settings").host();
    assert_eq!((host(Mode::Test).as_str(), host(Mode::Live).as_str()), ("test.dev.vanex.ly", "app.vanex.ly"));
    let wrong = |url: &str, mode| field(Settings::read(json!({"base_url": url}), credentials(), mode));
    for (url, mode) in [
        ("https://app.vanex.ly/api/v1", Mode::Test),
        ("https://test.dev.vanex.ly/api/v1", Mode::Live),
        ("http://127.0.0.1:9090/vanex", Mode::Live),
        ("ftp://app.vanex.ly", Mode::Test),
    ] {
        assert_eq!(wrong(url, mode), "configuration.base_url", "{url}");
    }
}

#[test]
fn drops_need_all_three_or_none() {
    let read = |url: Value, user: Value, password: Value| {
        let mut credentials = credentials();
        credentials["ftp_user"] = user;
        credentials["ftp_password"] = password;
        Settings::read(json!({"ftp_url": url}), credentials, Mode::Test)
    };
    let url = json!("ftp://127.0.0.1:2121/drops");
    let folder = read(url.clone(), json!("vanex"), json!("geheim")).expect("settings").folder.expect("a folder");
    assert_eq!(folder.url.as_str(), "ftp://127.0.0.1:2121/drops");
    assert!(read(json!(null), json!(null), json!(null)).expect("settings").folder.is_none());
    assert_eq!(field(read(json!(null), json!("vanex"), json!("geheim"))), "configuration.ftp_url");
    assert_eq!(field(read(url.clone(), json!(null), json!("geheim"))), "credentials.ftp_user");
    assert_eq!(field(read(url.clone(), json!("vanex"), json!(null))), "credentials.ftp_password");
    assert_eq!(field(read(url, json!("va:nex"), json!("geheim"))), "credentials.ftp_user");
    for wrong in ["http://x/y", "ftp://user@x/y", "ftp://x/y?z", "ftp:///", "x"] {
        assert_eq!(field(read(json!(wrong), json!("vanex"), json!("x"))), "configuration.ftp_url", "{wrong}");
    }
}

#[test]
fn wrong_settings_name_their_field_and_no_secret() {
    let read = |configuration, credentials| Settings::read(configuration, credentials, Mode::Test).err();
    for (configuration, credentials, field) in [
        (json!({"place": 1}), credentials(), "configuration"),
        (json!({"region": "west"}), credentials(), "configuration.region"),
        (json!({}), json!({"email": "a"}), "credentials.password"),
        (json!({}), json!({"password": "geheim"}), "credentials.email"),
        (json!({}), json!({"email": "a", "password": "geheim "}), "credentials.password"),
        (json!({}), json!({"email": "a", "password": "p", "webhook_token": "ge heim"}), "credentials.webhook_token"),
        (json!({}), json!({"email": "a", "password": "p", "pin": "geheim"}), "credentials.pin"),
    ] {
        let error = read(configuration, credentials).expect("a refusal");
        assert!(error.field == field && !format!("{error:?}").contains("geheim"), "{error:?}");
    }
}
