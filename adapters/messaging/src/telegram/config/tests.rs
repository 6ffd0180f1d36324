//! What a configuration may and may not be.

use serde_json::json;

use super::*;

fn settings(configuration: Value, mode: Mode) -> Result<Settings, ConfigError> {
    Settings::read(configuration, mode)
}

fn refused<T>(result: Result<T, ConfigError>) -> ConfigError {
    let Err(error) = result else { panic!("a refusal") };
    assert!(!error.text.en.is_empty() && error.text.ar.chars().any(|letter| ('\u{600}'..'\u{700}').contains(&letter)));
    error
}

#[test]
fn nothing_needs_to_be_said() {
    for configuration in [Value::Null, json!({}), json!({"base_url": "", "admin_chat_id": "", "monitor_chat_id": null})]
    {
        for mode in [Mode::Test, Mode::Live] {
            let read = settings(configuration.clone(), mode).expect("settings");
            assert_eq!(read.base_url.as_str(), "https://api.telegram.org/");
            assert_eq!((read.admin_chat, read.monitor_chat), (None, None));
        }
    }
}

#[test]
fn chats_may_come_as_numbers() {
    let read = settings(json!({"admin_chat_id": -1_001_000_000_001_i64, "monitor_chat_id": "@jisr"}), Mode::Test);
    let read = read.expect("settings");
    assert_eq!((read.admin_chat.as_deref(), read.monitor_chat.as_deref()), (Some("-1001000000001"), Some("@jisr")));
    for wrong in [json!("-your_chat_id"), json!(0), json!("@"), json!("https://t.me/jisr")] {
        let error = refused(settings(json!({"monitor_chat_id": wrong}), Mode::Test));
        assert_eq!(error.field, "configuration.monitor_chat_id");
    }
}

#[test]
fn wrong_shapes_are_refused() {
    for wrong in [json!(7), json!({"chat": 1}), json!({"base_url": 7}), json!({"admin_chat_id": true})] {
        assert_eq!(refused(settings(wrong, Mode::Test)).field, "configuration");
    }
    for wrong in ["telegram", "ftp://host", "https://", "https://u:p@host", "https://host?x=1", "https://host#x"] {
        let error = refused(settings(json!({"base_url": wrong}), Mode::Test));
        assert_eq!(error.field, "configuration.base_url", "{wrong}");
    }
}

#[test]
fn live_mode_refuses_what_is_for_tests() {
    for wrong in [
        "http://api.telegram.org",
        "https://127.0.0.1:9090/telegram",
        "https://[::1]",
        "https://10.1.2.3",
        "https://localhost",
        "https://bots.internal",
    ] {
        settings(json!({"base_url": wrong}), Mode::Test).expect("test mode takes it");
        assert_eq!(
            refused(settings(json!({"base_url": wrong}), Mode::Live)).field,
            "configuration.base_url",
            "{wrong}"
        );
    }
}

#[test]
fn a_token_has_a_form_and_is_never_repeated() {
    let good = "7000000001:AAtests-only_0123456789";
    assert_eq!(Token::read(json!({"bot_token": good})).expect("a token").expose(), good);
    let long = format!("7:{}", "A".repeat(80));
    for wrong in [
        "",
        "AAtests-only_0123456789abcdef",
        "bot7000000001:AAtests-only_0123456789",
        "0700000001:AAtests-only_0123456789",
        "+700000001:AAtests-only_0123456789",
        "7000000001:AAtests/only_0123456789",
        "7000000001:AAtests only_0123456789",
        "7000000001:AAtests:only_0123456789",
        "12345678901234567:AAAAAAA",
        long.as_str(),
    ] {
        let error = refused(Token::read(json!({"bot_token": wrong})));
        assert_eq!(error.field, "credentials.bot_token", "{wrong}");
        assert!(wrong.is_empty() || !format!("{error:?} {error}").contains(wrong), "{error}");
    }
    for (wrong, field) in [
        (Value::Null, "credentials.bot_token"),
        (json!({}), "credentials.bot_token"),
        (json!({"bot_token": 7_000_000_001_u64}), "credentials.bot_token"),
        (json!({"bot_token": good, "secret_token": "x"}), "credentials.secret_token"),
    ] {
        assert_eq!(refused(Token::read(wrong)).field, field);
    }
}
