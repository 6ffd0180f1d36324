//! The samples of `schemas/providers/vanex/`: what they ask is taken, and what they answer is what the mock answers.

use serde_json::{Value, json};

use crate::client::{book, call, log_in, send, start, try_log_in};

macro_rules! sample {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../schemas/providers/vanex/", $name))).unwrap()
    };
}

/// The names of an answer at every depth, and what stands there that is not ours to choose.
fn assert_like(given: &Value, sample: &Value, at: &str) {
    match (given, sample) {
        (Value::Object(given), Value::Object(sample)) => {
            for (name, value) in sample {
                let found = given.get(name).unwrap_or_else(|| panic!("{at} has no {name}"));
                assert_like(found, value, &format!("{at}/{name}"));
            }
        }
        (Value::Array(given), Value::Array(sample)) => {
            if let (Some(given), Some(sample)) = (given.first(), sample.first()) {
                assert_like(given, sample, at);
            }
        }
        (given, sample) => {
            let same_kind = std::mem::discriminant(given) == std::mem::discriminant(sample);
            assert!(same_kind || given.is_null() || sample.is_null(), "{at}: {given} is not like {sample}");
        }
    }
}

#[tokio::test]
async fn what_the_samples_answer_is_answered() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let accepted = try_log_in(&mocks, &mocks::vanex::Account::default().password).await.json();
    let mut expected = sample!("authenticate_accepted.json");
    // Who is logged in is told at length, and read by nobody.
    expected.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "user" | "permissions"));
    assert_like(&accepted, &expected, "authenticate");
    assert_eq!(try_log_in(&mocks, "wrong").await.json(), sample!("authenticate_refused.json"));
    let nobody = send(&mocks, "GET", "/vanex/city/all", None, "").await;
    assert_eq!((nobody.status, nobody.json()), (401, sample!("unauthenticated.json")));
    assert_like(&call(&mocks, &token, "GET", "city/all", "").await.json(), &sample!("city_all.json"), "cities");
    let query = "delivery-calculator?region=1&destination=2&height=10&leangh=30&width=20";
    assert_eq!(call(&mocks, &token, "GET", query, "").await.json(), sample!("delivery_calculator.json"));
    let request = include_str!("../../../schemas/providers/vanex/package_request.json");
    let created = call(&mocks, &token, "POST", "customer/package", request).await;
    assert_eq!((created.status, created.json()), (201, sample!("package_created.json")));
    let mut no_city = sample!("package_request.json");
    no_city.as_object_mut().unwrap().remove("city");
    let invalid = call(&mocks, &token, "POST", "customer/package", &no_city.to_string()).await;
    assert_eq!((invalid.status, invalid.json()), (422, sample!("package_invalid.json")));
    let list = call(&mocks, &token, "GET", "customer/package?per_page=100&page=1", "").await.json();
    assert_like(&list, &sample!("package_list.json"), "list");
    let code = "H-13903-TIP-5885703";
    let details = call(&mocks, &token, "GET", &format!("customer/package/{code}"), "").await.json();
    assert_like(&details, &sample!("package_details.json"), "details");
    let log = call(&mocks, &token, "GET", &format!("customer/package/{code}/logs"), "").await.json();
    assert_like(&log, &sample!("logs.json"), "log");
    let gone = call(&mocks, &token, "GET", "customer/package/H-1/logs", "").await;
    assert_eq!((gone.status, gone.json()), (404, sample!("package_gone.json")));
}

#[tokio::test]
async fn what_the_samples_ask_is_taken() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    let recall = include_str!("../../../schemas/providers/vanex/recall_request.json");
    assert_eq!(call(&mocks, &token, "PUT", &format!("customer/package/{code}/recall"), recall).await.status, 200);
    let collect = include_str!("../../../schemas/providers/vanex/collects_request.json");
    let answer = call(&mocks, &token, "POST", "customer/collects", collect).await;
    assert_eq!((answer.status, answer.json()), (201, sample!("collects_accepted.json")));
    let code = book(&mocks, &token, "jisr-2").await;
    let cancelled = call(&mocks, &token, "DELETE", &format!("customer/package/{code}"), "").await.json();
    assert_like(&cancelled, &sample!("delete_accepted.json"), "delete");
    let request = sample!("authenticate_request.json");
    mocks.add_account("vanex", json!({ "email": request["email"], "password": request["password"] })).unwrap();
    assert_eq!(send(&mocks, "POST", "/vanex/authenticate", None, &request.to_string()).await.status, 200);
    assert!(mocks.violations().is_empty());
}
