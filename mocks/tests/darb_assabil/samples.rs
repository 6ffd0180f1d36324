//! The samples of `schemas/providers/darb_assabil/`: what they ask is taken, and what they answer is what the mock answers.

use mocks::{
    Mocks, Ship,
    darb_assabil::{Account, Plan},
};
use serde_json::{Value, json};

use crate::client::{Answer, REFERENCE, call_as, start};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../schemas/providers/darb_assabil/", $name))
    };
}

/// The account of the samples.
fn account() -> Account {
    Account {
        account_id: "65a1b2c3d4e5f60718293a4b".to_owned(),
        api_key: "key".to_owned(),
        plans: vec![Plan { id: "65b0c1d2e3f4051627384950".to_owned(), dirham: 10_000 }],
    }
}

async fn call(mocks: &Mocks, method: &str, path: &str, body: &str) -> Answer {
    call_as(mocks, &account(), method, path, body).await
}

/// The same but for what is ours to choose: ids, numbers and times.
fn assert_like(given: &Answer, status: u16, sample: &str) {
    assert_eq!(given.status, status, "{}", given.body);
    assert_eq!(masked(given.json()), masked(serde_json::from_str(sample).unwrap()));
}

fn masked(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(masked).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let is_ours = matches!(
                    name.as_str(),
                    "_id" | "contacts" | "timestamp" | "createdAt" | "updatedAt" | "completedAt"
                );
                let value = if is_ours { json!("masked") } else { masked(value) };
                (name, value)
            })
            .collect(),
        Value::String(text) => json!(without_number(&text)),
        other => other,
    }
}

/// The carrier's number of a shipment is seven digits.
fn without_number(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let digits = word.trim_start_matches('#').trim_start_matches("SH");
        let is_number = digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { word.replace(digits, "number") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A mock with the account of the samples, and the parcel that they book.
async fn booked() -> (Mocks, Answer) {
    let mocks = start().await;
    mocks.add_account("darb_assabil", serde_json::to_value(account()).unwrap()).unwrap();
    let contact = call(&mocks, "POST", "contacts/create/public/contact", sample!("contact_request.json")).await;
    assert_like(&contact, 200, sample!("contact_created.json"));
    let id = contact.data()["_id"].as_str().unwrap().to_owned();
    let body = sample!("booking_request.json").replace("65c0d1e2f304152637485960", &id);
    let answer = call(&mocks, "POST", "local/shipments", &body).await;
    (mocks, answer)
}

#[tokio::test]
async fn from_the_price_to_the_delivery() {
    let (mocks, answer) = booked().await;
    let price = call(&mocks, "POST", "local/shipments/calculate/shipping", sample!("price_request.json")).await;
    assert_like(&price, 200, sample!("price.json"));
    assert_like(&answer, 200, sample!("booking_accepted.json"));
    let path = format!("local/shipments/{}", answer.data()["_id"].as_str().unwrap());
    for word in ["booked", "assigned"] {
        mocks.ship(&Ship::new("darb_assabil", REFERENCE, word)).unwrap();
    }
    assert_like(&call(&mocks, "GET", &path, "").await, 200, sample!("shipment_processing.json"));
    let list = "local/shipments?offset=0&limit=100&sort=%7B%22createdAt%22%3A-1%7D";
    assert_like(&call(&mocks, "GET", list, "").await, 200, sample!("shipment_processing.json"));
    assert_like(&call(&mocks, "DELETE", &path, "").await, 200, sample!("delete_refused.json"));
    mocks.ship(&Ship { note: Some("لا يرد".to_owned()), ..Ship::new("darb_assabil", REFERENCE, "delayed") }).unwrap();
    for word in ["released", "completed"] {
        mocks.ship(&Ship::new("darb_assabil", REFERENCE, word)).unwrap();
    }
    assert_like(&call(&mocks, "GET", &path, "").await, 200, sample!("shipment_completed.json"));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn changes() {
    let (mocks, answer) = booked().await;
    let (id, product) = (answer.data()["_id"].clone(), answer.data()["products"][0]["_id"].clone());
    for word in ["booked", "assigned"] {
        mocks.ship(&Ship::new("darb_assabil", REFERENCE, word)).unwrap();
    }
    let body = sample!("return_request.json").replace("65e0f10213243546576869a0", product.as_str().unwrap());
    let path = format!("local/shipments/request/return/{}", id.as_str().unwrap());
    assert_like(&call(&mocks, "POST", &path, &body).await, 200, sample!("return_accepted.json"));
    let (mocks, answer) = booked().await;
    let path = format!("local/shipments/{}", answer.data()["_id"].as_str().unwrap());
    assert_like(&call(&mocks, "DELETE", &path, "").await, 200, sample!("shipment_deleted.json"));
    assert_like(&call(&mocks, "GET", &path, "").await, 200, sample!("shipment_gone.json"));
}

#[tokio::test]
async fn refusals() {
    let (mocks, _) = booked().await;
    let wrong = |from: &str, to: &str| sample!("price_request.json").replace(from, to);
    let price = async |body: String| call(&mocks, "POST", "local/shipments/calculate/shipping", &body).await;
    assert_like(&price(wrong("65b0c1d2e3f4051627384950", "1")).await, 200, sample!("invalid_input.json"));
    assert_like(&price(wrong("حي الأندلس", "طرابلس")).await, 500, sample!("branch_unknown.json"));
    assert_like(&price(wrong("\"lby\"", "\"LBY\"")).await, 200, sample!("country_stumbles.json"));
    let stranger = Account { api_key: "other".to_owned(), ..account() };
    let answer = call_as(&mocks, &stranger, "GET", "local/branches/public?offset=0&limit=5", "").await;
    assert_like(&answer, 401, sample!("unauthorized.json"));
}

#[tokio::test]
async fn branches_have_the_shape_of_the_sample() {
    let (mocks, _) = booked().await;
    let given = call(&mocks, "GET", "local/branches/public?offset=0&limit=500", "").await.data();
    let sample: Value = serde_json::from_str(sample!("branches.json")).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let (given, sample) = (&given["results"][0], &sample["data"]["results"][0]);
    assert_eq!(names(given), names(sample));
    assert_eq!(names(&given["areas"][0]), names(&sample["areas"][0]));
}
