//! Settings that are taken and refused.

use serde_json::json;

use super::*;

const ID: &str = "65b0c1d2e3f4051627384950";
const OTHER: &str = "65b0c1d2e3f4051627384951";

fn with(more: Value) -> Value {
    let mut whole = json!({"base_url": "http://127.0.0.1:9090/darb_assabil", "account_id": ID, "service_id": ID});
    for (name, value) in more.as_object().expect("an object") {
        whole[name] = value.clone();
    }
    whole
}

fn refused(configuration: Value, mode: Mode) -> String {
    Settings::read(configuration, mode).expect_err("a refusal").field
}

#[test]
fn what_is_left_out_has_its_default() {
    let settings = Settings::read(with(json!({})), Mode::Test).expect("settings");
    assert_eq!((settings.payment_by, settings.pickup), (PaymentBy::Sales, false));
    assert_eq!(settings.lane(), format!("127.0.0.1:9090/{ID}"));
    for service in CARD.services {
        assert_eq!(settings.plan(service.key), Some(ID));
    }
    let live = json!({"account_id": ID, "service_id": ID, "payment_by": "receiver", "pickup": "true"});
    let live = Settings::read(live, Mode::Live).expect("settings");
    assert_eq!(live.base_url.as_str(), "https://v2.sabil.ly/");
    assert_eq!((live.payment_by, live.pickup), (PaymentBy::Receiver, true));
}

#[test]
fn a_service_without_a_plan_is_not_offered() {
    let some = with(json!({"services": {"standard": ID, "same_day": OTHER}}));
    let settings = Settings::read(some, Mode::Test).expect("settings");
    let plans: Vec<_> = CARD.services.iter().map(|service| settings.plan(service.key)).collect();
    assert_eq!(plans, [Some(OTHER), None, Some(ID)]);
}

#[test]
fn wrong_settings_are_named() {
    for (more, field) in [
        (json!({"account_id": "65b0"}), "configuration.account_id"),
        (json!({"account_id": null}), "configuration.account_id"),
        (json!({"service_id": "65b0c1d2e3f405162738495z"}), "configuration.service_id"),
        (json!({"service_id": ""}), "configuration.service_id"),
        (json!({"services": {"standard": "1"}}), "configuration.services.standard"),
        (json!({"services": {"express": ID}}), "configuration.services.express"),
        (json!({"payment_by": "nobody"}), "configuration.payment_by"),
        (json!({"pickup": "yes"}), "configuration.pickup"),
        (json!({"base_url": "https://v2.sabil.ly"}), "configuration.base_url"),
        (json!({"base_url": null}), "configuration.base_url"),
        (json!({"colour": "red"}), "configuration"),
    ] {
        assert_eq!(refused(with(more.clone()), Mode::Test), field, "{more}");
    }
    assert_eq!(refused(with(json!({})), Mode::Live), "configuration.base_url", "live mode refuses a mock");
}

#[test]
fn the_key_is_one_word() {
    assert!(key(json!({"api_key": "eyJ.a-b_c"})).is_ok());
    for wrong in [json!({}), json!({"api_key": "apikey geheim"}), json!({"api_key": "geheim", "more": 1})] {
        let error = key(wrong).expect_err("a refusal");
        assert!(error.field.starts_with("credentials") && !error.to_string().contains("geheim"), "{error}");
    }
}

#[test]
fn what_is_not_collected_is_not_kept_from() {
    assert_eq!(PaymentBy::Sales.of_order(false), PaymentBy::Sender);
    assert_eq!(PaymentBy::Sales.of_order(true), PaymentBy::Sales);
    assert_eq!(PaymentBy::Receiver.of_order(false), PaymentBy::Receiver);
}
