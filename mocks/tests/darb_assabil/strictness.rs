//! What the mock refuses.

use mocks::darb_assabil::Account;
use serde_json::{Value, json};

use crate::client::{JSON, PHONE, REFERENCE, VERSION, book, call, consignment, contact, raw, start, violation};

/// What was asked for with one part of it changed; a null takes it out.
fn changed(mut whole: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = whole.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name)
    } else {
        parent.insert(name.to_owned(), value)
    };
    whole
}

#[tokio::test]
async fn bookings_must_be_right() {
    let mocks = start().await;
    let good = consignment(&contact(&mocks).await, REFERENCE);
    for (pointer, value, location) in [
        ("/service", json!("1"), "service"),
        ("/service", json!("6a0000000000000000000000"), "service"),
        ("/contacts", json!([]), "contacts"),
        ("/contacts", json!(["6a0000000000000000000000"]), "contacts"),
        ("/paymentBy", json!("nobody"), "paymentBy"),
        ("/paymentBy", Value::Null, "paymentBy"),
        ("/products", json!([]), "products"),
        ("/products/0/title", json!("قل"), "products.0.title"),
        ("/products/0/title", json!("ش".repeat(101)), "products.0.title"),
        ("/products/0/quantity", json!(0), "products.0.quantity"),
        ("/products/0/widthCM", json!(20.5), "products.0.widthCM"),
        ("/products/0/amount", json!("85.5"), "products.0.amount"),
        ("/products/0/amount", json!(-1), "products.0.amount"),
        ("/products/0/currency", json!("LYD"), "products.0.currency"),
        ("/products/0/isChargeable", Value::Null, "products.0.isChargeable"),
        ("/products/0/weightKG", json!(1), "products.0.weightKG"),
        ("/to/city", Value::Null, "to.city"),
        ("/to/address", json!("ش".repeat(101)), "to.address"),
        ("/to/geoPoint", json!({ "coordinates": [1] }), "to.geoPoint"),
        ("/isPickup", json!("true"), "isPickup"),
        ("/metadata", json!("text"), "metadata"),
        ("/tags", json!([1]), "tags"),
        ("/notes", json!(""), "notes"),
        ("/from", json!({ "city": "طرابلس" }), "from"),
    ] {
        let body = changed(good.clone(), pointer, value);
        let (status, _, told) = call(&mocks, "POST", "local/shipments", &body).await.no();
        assert_eq!((status, told), (200, format!("localShipments.body.{location}")), "{pointer}");
        assert!(violation(&mocks).unwrap().contains(location), "{pointer}");
    }
    assert!(mocks.parcels(None).is_empty());
    assert!(call(&mocks, "POST", "local/shipments", &good).await.data().is_object());
}

#[tokio::test]
async fn places_are_as_listed() {
    let mocks = start().await;
    let good = consignment(&contact(&mocks).await, REFERENCE);
    for (city, area) in [("طرابلس", "طرابلس"), ("Tripoli", "قرقارش"), ("بنغازي", "قرقارش")]
    {
        let body = changed(changed(good.clone(), "/to/city", json!(city)), "/to/area", json!(area));
        let answer = call(&mocks, "POST", "local/shipments", &body).await.no();
        assert_eq!(answer, (500, format!("Unable to fetch branch 'LBY-{city},{area}'!"), String::new()));
        assert_eq!(violation(&mocks), None, "to ask for what they do not serve is no mistake");
    }
    let capitals = changed(good, "/to/countryCode", json!("LBY"));
    let (status, message, location) = call(&mocks, "POST", "local/shipments", &capitals).await.no();
    assert_eq!((status, location.as_str()), (200, ""));
    assert!(message.starts_with("Cannot read properties") && violation(&mocks).is_some());
    let branches = call(&mocks, "GET", "local/branches/public?offset=0&limit=500", &Value::Null).await.data();
    assert_eq!(branches["results"][0]["area"], "طرابلس", "it is listed all the same");
    let rest = call(&mocks, "GET", "local/branches/public?offset=10&limit=500", &Value::Null).await.data();
    assert_eq!(rest["results"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn contacts_must_be_right() {
    let mocks = start().await;
    let good = json!({ "account": Account::default().account_id, "name": "سالم", "phone": PHONE });
    for (pointer, value, location) in [
        ("/phone", json!("0912345678"), "phone"),
        ("/phone", json!("218912345678"), "phone"),
        ("/account", json!("6a0000000000000000000000"), "account"),
        ("/name", json!(""), "name"),
        ("/email", json!("a@b.ly"), "email"),
    ] {
        let body = changed(good.clone(), pointer, value);
        let (_, _, told) = call(&mocks, "POST", "contacts/create/public/contact", &body).await.no();
        assert_eq!(told, format!("contacts.body.{location}"));
    }
    assert_eq!(mocks.violations().len(), 5);
}

#[tokio::test]
async fn questions_and_returns_must_be_right() {
    let mocks = start().await;
    for query in [
        "",
        "?limit=10",
        "?offset=0",
        "?offset=0&limit=2001",
        "?offset=0&limit=10&sort=createdAt",
        "?offset=0&limit=10&limit=20",
        "?offset=0&limit=10&status=pending",
    ] {
        let answer = call(&mocks, "GET", &format!("local/shipments{query}"), &Value::Null).await;
        assert!(answer.no().2.starts_with("localShipments.query"), "{query}");
    }
    call(&mocks, "GET", "local/branches/public?limit=10", &Value::Null).await.no();
    call(&mocks, "GET", "local/shipments/SH2057002", &Value::Null).await.no();
    let booked = book(&mocks, REFERENCE).await;
    let path = format!("local/shipments/request/return/{}", booked["_id"].as_str().unwrap());
    for body in [json!({}), json!({ "products": [] }), json!({ "products": [{ "_id": booked["_id"] }] })] {
        call(&mocks, "POST", &path, &body).await.no();
    }
    assert_eq!(mocks.violations().len(), 12);
}

#[tokio::test]
async fn three_headers_and_json() {
    let mocks = start().await;
    let account = Account::default();
    let key = format!("Authorization: apikey {}", account.api_key);
    let bearer = format!("Authorization: Bearer {}", account.api_key);
    let id = format!("X-ACCOUNT-ID: {}", account.account_id);
    let path = "/darb_assabil/api/local/branches/public?offset=0&limit=5";
    for head in [
        vec![VERSION, &id],
        vec![VERSION, &key],
        vec![&key, &id],
        vec![VERSION, &bearer, &id],
        vec![VERSION, "Authorization: apikey other", &id],
        vec!["X-API-VERSION: 2.0.0", &key, &id],
    ] {
        assert_eq!(raw(&mocks, "GET", path, &head, "").await.no().0, 401, "{head:?}");
    }
    assert_eq!(raw(&mocks, "GET", path, &[VERSION, &key, &id], "").await.status, 200);
    let good = consignment(&contact(&mocks).await, REFERENCE).to_string();
    let path = "/darb_assabil/api/local/shipments";
    let text = [VERSION, key.as_str(), id.as_str(), "Content-Type: text/plain"];
    assert_eq!(raw(&mocks, "POST", path, &text, &good).await.no().2, "localShipments.body");
    let head = [VERSION, key.as_str(), id.as_str(), JSON];
    assert_eq!(raw(&mocks, "POST", path, &head, "[]").await.no().2, "localShipments.body");
    assert_eq!(raw(&mocks, "PUT", path, &head, &good).await.no().0, 404);
    assert_eq!(mocks.violations().len(), 9);
}
