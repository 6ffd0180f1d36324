//! The fake Darb Assabil over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod faults;
mod samples;
mod strictness;

use mocks::{
    Ship,
    darb_assabil::{Account, Plan},
};
use serde_json::{Value, json};

use crate::client::{REFERENCE, book, call, call_as, consignment, contact, control, record, start};

fn types(record: &Value) -> Vec<&str> {
    record["timeline"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_parcel_from_booking_to_delivery() {
    let mocks = start().await;
    let booked = book(&mocks, REFERENCE).await;
    let id = &booked["_id"];
    assert_eq!((&booked["status"], &booked["invoices"][0]["items"][1]["amount"]), (&json!("pending"), &json!(15)));
    let first = booked["reference"].as_str().unwrap();
    let digits = first.strip_prefix("SH").unwrap();
    mocks.ship(&Ship::new("darb_assabil", REFERENCE, "booked")).unwrap();
    let shown = record(&mocks, id).await;
    assert_eq!((&shown["reference"], &shown["tags"]), (&json!(digits), &json!([REFERENCE, format!("#{first}")])));
    let note = json!({ "provider": "darb_assabil", "number": first, "status": "delayed", "note": "لا يرد" });
    assert_eq!(control(&mocks, "POST", "/_ship", &note).await.json()["status"], "delayed");
    for word in ["assigned", "on-branch", "released", "completed"] {
        mocks.ship(&Ship::new("darb_assabil", REFERENCE, word)).unwrap();
    }
    let shown = record(&mocks, id).await;
    let expected = ["info", "booked", "referenced", "delayed", "assigned", "arrived", "released", "completed"];
    assert_eq!((types(&shown), &shown["status"]), (expected.to_vec(), &json!("completed")));
    assert_eq!(shown["timeline"][3]["remarks"], "لا يرد");
    let payment = json!({ "type": "payment", "amount": 85.5, "currency": "lyd", "paymentMethod": "cash" });
    assert_eq!(shown["invoices"][0]["items"][2], payment);
    let parcels = control(&mocks, "GET", &format!("/_parcels?reference={REFERENCE}"), &Value::Null).await.json();
    assert_eq!((parcels.as_array().unwrap().len(), &parcels[0]["number"]), (1, &json!(digits)));
    assert!(mocks.violations().is_empty());
}

#[tokio::test]
async fn whoever_pays_what_is_collected_is_as_asked() {
    for (payer, collected, paid) in [
        ("sales", None, Some(json!(85.5))),
        ("receiver", None, Some(json!(100.5))),
        ("sender", None, None),
        ("sales", Some("40"), Some(json!(40))),
    ] {
        let mocks = start().await;
        let mut asked = consignment(&contact(&mocks).await, REFERENCE);
        asked["paymentBy"] = json!(payer);
        let booked = call(&mocks, "POST", "local/shipments", &asked).await.data();
        let act = Ship { collected: collected.map(str::to_owned), ..Ship::new("darb_assabil", REFERENCE, "completed") };
        mocks.ship(&act).unwrap();
        let shown = record(&mocks, &booked["_id"]).await;
        assert_eq!(shown["invoices"][0]["items"].get(2).map(|item| item["amount"].clone()), paid, "{payer}");
    }
}

#[tokio::test]
async fn a_contact_is_one_by_its_number() {
    let mocks = start().await;
    assert_eq!(contact(&mocks).await, contact(&mocks).await);
    let second =
        Account { account_id: "6a000000000000000000ace2".to_owned(), api_key: "k".to_owned(), ..Account::default() };
    mocks.add_account("darb_assabil", serde_json::to_value(&second).unwrap()).unwrap();
    let body = json!({ "account": second.account_id, "name": "other", "phone": client::PHONE }).to_string();
    let answer = call_as(&mocks, &second, "POST", "contacts/create/public/contact", &body).await.data();
    assert_eq!(answer["_id"], json!(contact(&mocks).await), "whoever asked before");
    assert_eq!(answer["nameMap"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn records_are_paged_by_their_account() {
    let mocks = start().await;
    for number in 0..5 {
        book(&mocks, &format!("jisr-0190a3f2-s{number}")).await;
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    mocks.ship(&Ship::new("darb_assabil", "jisr-0190a3f2-s1", "delayed")).unwrap();
    let page = async |query: &str| {
        let answer = call(&mocks, "GET", &format!("local/shipments?{query}"), &Value::Null).await.data();
        let tag = |record: &Value| record["tags"][0].as_str().unwrap()[15..].to_owned();
        answer["results"].as_array().unwrap().iter().map(tag).collect::<String>()
    };
    assert_eq!(page("offset=0&limit=500&sort=%7B%22createdAt%22%3A-1%7D").await, "43210");
    assert_eq!(page("offset=3&limit=500&sort=%7B%22createdAt%22%3A-1%7D").await, "10");
    assert_eq!(page("offset=0&limit=2&sort=%7B%22updatedAt%22%3A-1%7D").await, "14");
    let third = mocks.parcels(Some("darb_assabil"))[2].number.clone();
    assert_eq!(page(&format!("reference={third}&offset=0&limit=2")).await, "2");
    assert_eq!(page("reference=SH1&offset=0&limit=2").await, "");
    let second =
        Account { account_id: "6a000000000000000000ace2".to_owned(), api_key: "k".to_owned(), ..Account::default() };
    mocks.add_account("darb_assabil", serde_json::to_value(&second).unwrap()).unwrap();
    let others = call_as(&mocks, &second, "GET", "local/shipments?offset=0&limit=9", "").await.data();
    assert_eq!(others["results"], json!([]));
}

#[tokio::test]
async fn deleted_is_gone_and_what_is_carried_stays() {
    let mocks = start().await;
    let (first, second) = (book(&mocks, REFERENCE).await, book(&mocks, "jisr-0190a3f2-s2").await);
    let path = |record: &Value| format!("local/shipments/{}", record["_id"].as_str().unwrap());
    let deleted = call(&mocks, "DELETE", &path(&first), &Value::Null).await.json();
    assert_eq!((&deleted["status"], deleted.get("data")), (&json!(true), None));
    assert_eq!(record(&mocks, &first["_id"]).await, Value::Null);
    let (status, message, location) = call(&mocks, "DELETE", &path(&first), &Value::Null).await.no();
    assert_eq!((status, message.contains("not found"), location.as_str()), (200, true, ""));
    mocks.ship(&Ship::new("darb_assabil", "jisr-0190a3f2-s2", "assigned")).unwrap();
    let (_, _, location) = call(&mocks, "DELETE", &path(&second), &Value::Null).await.no();
    assert_eq!((location.as_str(), mocks.parcels(None).len()), ("localShipments.params.id", 1));
    assert!(mocks.violations().is_empty(), "to ask for it is no mistake");
}

#[tokio::test]
async fn products_come_back_once() {
    let mocks = start().await;
    let booked = book(&mocks, REFERENCE).await;
    let path = format!("local/shipments/request/return/{}", booked["_id"].as_str().unwrap());
    let ask = |id: &Value, quantity: u64| json!({ "products": [{ "_id": id, "quantity": quantity }] });
    let product = &booked["products"][0]["_id"];
    for wrong in [ask(product, 2), ask(&booked["_id"], 1)] {
        assert_eq!(call(&mocks, "POST", &path, &wrong).await.no().2, "localShipments.params.id");
    }
    let returned = call(&mocks, "POST", &path, &ask(product, 1)).await.data();
    assert_eq!((&returned["status"], &returned["isReturnCreated"]), (&json!("returning"), &json!(true)));
    call(&mocks, "POST", &path, &ask(product, 1)).await.no();
}

#[tokio::test]
async fn plans_differ_in_price() {
    let mocks = start().await;
    let dear = Plan { id: "6a0000000000000000091a02".to_owned(), dirham: 12_250 };
    let account = Account { plans: vec![dear.clone()], ..Account::default() };
    mocks.add_account("darb_assabil", serde_json::to_value(&account).unwrap()).unwrap();
    let mut asked = consignment("", REFERENCE);
    let fields = asked.as_object_mut().unwrap();
    fields.retain(|name, _| !["contacts", "tags", "metadata"].contains(&name.as_str()));
    fields.insert("service".to_owned(), json!(dear.id));
    fields.insert("isPickup".to_owned(), json!(true));
    let priced = call(&mocks, "POST", "local/shipments/calculate/shipping", &asked).await.data();
    let way = &priced["invoices"][0]["items"][1];
    assert_eq!((&way["amount"], &way["breakdown"]["pickFromDoor"]), (&json!(22.25), &json!(5)));
    assert_eq!(priced["remainings"][0]["remainings"]["amount"], json!(85.5));
    assert!(mocks.parcels(None).is_empty(), "a question books nothing");
}

#[tokio::test]
async fn acts_that_mean_nothing_are_refused() {
    let mocks = start().await;
    book(&mocks, REFERENCE).await;
    for (act, words) in [
        (json!({ "provider": "darb_assabil", "reference": "unknown", "status": "booked" }), "no such parcel"),
        (json!({ "provider": "darb_assabil", "status": "booked" }), "number or reference"),
        (json!({ "provider": "tlync", "reference": REFERENCE, "status": "booked" }), "carries nothing"),
        (
            json!({ "provider": "darb_assabil", "reference": REFERENCE, "status": "completed", "collected": "x" }),
            "amount",
        ),
        (
            json!({ "provider": "darb_assabil", "reference": REFERENCE, "status": "booked", "by": "me" }),
            "unknown field",
        ),
        (
            json!({
                "provider": "darb_assabil",
                "reference": REFERENCE,
                "status": "booked",
                "at": "2026-12-01T10:00:00Z"
            }),
            "its own clock",
        ),
    ] {
        let answer = control(&mocks, "POST", "/_ship", &act).await;
        assert!(answer.status == 422 && answer.body.contains(words), "{act} {}", answer.body);
    }
    assert_eq!(mocks.parcels(Some("darb_assabil"))[0].status, "pending");
    let wrong = json!({ "provider": "darb_assabil", "account_id": "1" });
    assert_eq!(control(&mocks, "POST", "/_accounts", &wrong).await.status, 422);
}
