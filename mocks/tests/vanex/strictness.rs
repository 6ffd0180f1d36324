//! What a gateway must not send, and how Vanex says so.

use serde_json::{Value, json};

use crate::client::{book, booking, call, log_in, send, start, violation};

#[tokio::test]
async fn wrong_bookings() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let change = |name: &str, value: Value| {
        let mut changed = booking("jisr-1");
        changed[name] = value;
        changed
    };
    for (name, value) in [
        ("type", json!(2)),
        ("type", json!("1")),
        ("reciever", json!(null)),
        ("reciever", json!(5)),
        ("phone", json!("912345")),
        ("phone", json!("+218912345678")),
        ("city", json!("1")),
        ("city", json!(99)),
        ("address_child", json!(60)),
        ("price", json!("85")),
        ("price", json!(-1)),
        ("total_amount", json!(86)),
        ("currency_type_id", json!(null)),
        ("payment_methode", json!("gold")),
        ("paid_by", json!("nobody")),
        ("extra_size_by", json!("half")),
        ("commission_by", json!("pre")),
        ("description", json!("")),
        ("qty", json!(0)),
        ("leangh", json!(30.5)),
        ("width", json!(null)),
        ("store_reference_id", json!(7)),
        // Well spelt, and therefore unknown.
        ("receiver", json!("x")),
        ("length", json!(30)),
        ("payment_method", json!("cash")),
        ("weight", json!(2)),
    ] {
        let answer = call(&mocks, &token, "POST", "customer/package", &change(name, value.clone()).to_string()).await;
        assert_eq!((answer.status, &answer.json()["status_code"]), (422, &json!(422)), "{name} {value}");
        assert!(answer.json()["errors"][name].is_array(), "{name} {value}: {}", answer.body);
        assert!(violation(&mocks).is_some_and(|violation| violation.starts_with(name)), "{name} {value}");
    }
    assert_eq!(call(&mocks, &token, "GET", "customer/package", "").await.json()["data"]["total"], 0);
    for body in ["", "[]", "{", "type=1"] {
        assert_eq!(call(&mocks, &token, "POST", "customer/package", body).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn wrong_calls() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    let recall = format!("customer/package/{code}/recall");
    for (method, path, body, status) in [
        ("GET", "delivery-calculator?region=1&destination=1&height=1&leangh=1", "", 422),
        ("GET", "delivery-calculator?from_region=1&to_city=1", "", 422),
        ("GET", "delivery-calculator?region=1&destination=99&height=1&leangh=1&width=1", "", 422),
        ("GET", "customer/package?page=x", "", 422),
        ("GET", "customer/package?size=5", "", 422),
        ("PUT", recall.as_str(), "{}", 422),
        ("PUT", recall.as_str(), r#"{"reason":"x","why":"y"}"#, 422),
        ("POST", "customer/collects", r#"{"phone":"0921112233"}"#, 422),
        ("GET", "customer/packages", "", 404),
        ("PATCH", "customer/package", "", 404),
    ] {
        let answer = call(&mocks, &token, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert!(violation(&mocks).is_some(), "{method} {path}");
    }
    for body in [json!({ "email": "a" }), json!({ "email": "a", "password": "b", "pin": "c" })] {
        assert_eq!(send(&mocks, "POST", "/vanex/authenticate", None, &body.to_string()).await.status, 422);
    }
    assert_eq!(send(&mocks, "GET", "/vanex/city/all", None, "").await.status, 401);
}

#[tokio::test]
async fn what_is_on_its_way_is_not_cancelled_and_what_is_over_not_recalled() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    let path = format!("customer/package/{code}");
    let ship = |status: &str| {
        let act = json!({ "provider": "vanex", "number": code, "status": status });
        mocks.ship(&serde_json::from_value(act).unwrap()).unwrap();
    };
    ship("ship_received");
    assert_eq!(call(&mocks, &token, "DELETE", &path, "").await.status, 400);
    ship("completed");
    let recall = call(&mocks, &token, "PUT", &format!("{path}/recall"), r#"{"reason":"x"}"#).await;
    assert_eq!(recall.status, 400);
    assert_eq!(call(&mocks, &token, "DELETE", "customer/package/1", "").await.status, 404);
    assert!(mocks.violations().is_empty(), "to ask for it is no mistake");
}
