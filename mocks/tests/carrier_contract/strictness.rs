//! What the mocks refuse, and how.

use mocks::{Mocks, carrier_contract::Account};
use serde_json::{Value, json};

use crate::client::{Answer, booking, get, head, now, post, raw, start};

/// Whether the last call was noted as a mistake and not acted on.
fn assert_noted(mocks: &Mocks, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.body);
    let entry = mocks.journal(None).pop().unwrap();
    assert!(entry.violation.is_some() && !entry.acted, "{}", answer.body);
}

#[tokio::test]
async fn signatures_must_be_right() {
    let mocks = start().await;
    let (account, target, body) = (Account::of("amyal"), "/amyal/v1/shipments", booking("amyal", "s").to_string());
    let right = head(&account, now(), "POST", target, &body);
    let other_key = Account { api_key: "wrong".to_owned(), ..account.clone() };
    let other_secret = Account { api_secret: "wrong".to_owned(), ..account.clone() };
    let without = |name: &str| right.lines().filter(|line| !line.starts_with(name)).collect::<Vec<_>>().join("\r\n");
    for head in [
        head(&other_key, now(), "POST", target, &body),
        head(&other_secret, now(), "POST", target, &body),
        head(&account, now(), "GET", target, &body),
        head(&account, now(), "POST", "/v1/shipments", &body),
        head(&account, now(), "POST", target, "{}"),
        head(&account, now() - 301, "POST", target, &body),
        head(&account, now() + 302, "POST", target, &body),
        without("Authorization"),
        without("X-Timestamp"),
        without("X-Signature"),
    ] {
        let answer = raw(&mocks, "POST", target, &head, &body).await;
        assert_noted(&mocks, &answer, 401, "unauthorized");
    }
    assert_eq!(raw(&mocks, "POST", target, &right, &body).await.status, 201);
}

#[tokio::test]
async fn bookings_must_be_right() {
    let mocks = start().await;
    let at = |path: &[&str], value: Value| {
        let mut body = booking("amyal", "p");
        let inner = path.iter().fold(&mut body, |inner, name| match name.parse::<usize>() {
            Ok(index) => &mut inner[index],
            Err(_) => &mut inner[*name],
        });
        *inner = value;
        body
    };
    for body in [
        at(&["colour"], "red".into()),
        at(&["reference"], "a/b".into()),
        at(&["reference"], Value::Null),
        at(&["origin"], "TIP".into()),
        at(&["origin", "name"], "".into()),
        at(&["origin", "phone"], "0912345678".into()),
        at(&["origin", "floor"], "3".into()),
        at(&["destination", "coordinates"], json!({ "lat": 32.1, "lng": "20.0" })),
        at(&["destination", "coordinates"], json!({ "lat": "32.1" })),
        at(&["parcels"], json!([])),
        at(&["parcels", "0", "weight_grams"], "2500".into()),
        at(&["parcels", "0", "weight_grams"], json!(2.5)),
        at(&["parcels", "0", "length_mm"], json!(0)),
        at(&["parcels", "0", "value"], "120".into()),
        at(&["cash_on_delivery"], "85.00".into()),
        at(&["cash_on_delivery"], json!(85)),
        at(&["currency"], "USD".into()),
        at(&["notes"], "x".repeat(201).into()),
        at(&["callback_url"], "here".into()),
        json!([]),
    ] {
        let answer = post(&mocks, "amyal", "shipments", &body).await;
        assert_noted(&mocks, &answer, 400, "invalid_request");
    }
    for (body, code) in [
        (at(&["service"], "by_camel".into()), "unknown_service"),
        (at(&["origin", "city"], "XXX".into()), "unknown_city"),
        (at(&["destination", "area"], "TIP-ANDALUS".into()), "unknown_city"),
    ] {
        assert_noted(&mocks, &post(&mocks, "amyal", "shipments", &body).await, 422, code);
    }
    assert_eq!(get(&mocks, "amyal", "shipments?reference=p").await.json(), json!({ "shipments": [] }));
}

#[tokio::test]
async fn air_has_its_limits() {
    let mocks = start().await;
    let with = |name: &str, value: Value| {
        let mut body = booking("wingsly", "p");
        body[name] = value;
        body
    };
    let parcel = |grams: u32| json!({ "weight_grams": grams, "length_mm": 1, "width_mm": 1, "height_mm": 1 });
    for (body, code) in [
        (with("parcels", json!([parcel(6_000), parcel(4_001)])), "too_heavy"),
        (with("cash_on_delivery", "1.000".into()), "cash_not_supported"),
    ] {
        assert_noted(&mocks, &post(&mocks, "wingsly", "shipments", &body).await, 422, code);
    }
    let answer = post(&mocks, "wingsly", "shipments", &with("callback_url", "https://a.ly".into())).await;
    assert_noted(&mocks, &answer, 400, "invalid_request");
    let heaviest = with("parcels", json!([parcel(6_000), parcel(4_000)]));
    assert_eq!(post(&mocks, "wingsly", "shipments", &heaviest).await.status, 201);
    // Prices are told of what fits alone.
    let parcels = json!([parcel(15_000)]);
    let asked = json!({ "origin": { "city": "BEN" }, "destination": { "city": "TIP" }, "parcels": parcels,
                        "currency": "LYD", "services": ["air_express", "air_standard"] });
    let rates = post(&mocks, "wingsly", "rates", &asked).await.json();
    assert_eq!(rates, json!({ "rates": [{ "service": "air_standard", "amount": "15.000", "currency": "LYD" }] }));
}

#[tokio::test]
async fn everything_else_must_be_right() {
    let mocks = start().await;
    for path in ["shipments", "shipments?reference=", "shipments?reference=a&page=1", "cities?page=1"] {
        assert_noted(&mocks, &get(&mocks, "amyal", path).await, 400, "invalid_request");
    }
    for (path, body) in [("shipments/AMY-1/cancel", json!({})), ("shipments/AMY-1/return", json!({ "reason": "r" }))] {
        assert_noted(&mocks, &post(&mocks, "amyal", path, &body).await, 404, "unknown_shipment");
    }
    let answer = post(&mocks, "amyal", "shipments/AMY-1/cancel", &json!({ "why": "r" })).await;
    assert_noted(&mocks, &answer, 400, "invalid_request");
    let pickup = |name: &str, value: Value| {
        let mut body = json!({ "reference": "p", "name": "x", "phone": "+218912345678", "city": "TIP",
                               "date": "2026-12-01", "shipments": ["AMY-1"] });
        body[name] = value;
        body
    };
    for (body, status, code) in [
        (pickup("date", "tomorrow".into()), 400, "invalid_request"),
        (pickup("shipments", json!([])), 400, "invalid_request"),
        (pickup("shipments", json!([1])), 400, "invalid_request"),
        (pickup("coordinates", json!({})), 400, "invalid_request"),
        (pickup("city", "XXX".into()), 422, "unknown_city"),
        (pickup("notes", "x".into()), 422, "unknown_shipment"),
    ] {
        assert_noted(&mocks, &post(&mocks, "amyal", "pickups", &body).await, status, code);
    }
    post(&mocks, "amyal", "shipments", &booking("amyal", "s")).await;
    let mut friday = pickup("date", "2026-12-04".into());
    friday["shipments"] = json!(["AMY-284510"]);
    assert_eq!(post(&mocks, "amyal", "pickups", &friday).await.code(), "closed");
    for path in ["refunds", "stream", "shipments/AMY-1", "v2"] {
        assert_noted(&mocks, &get(&mocks, "amyal", path).await, 404, "not_found");
    }
    assert_noted(&mocks, &get(&mocks, "wingsly", "stream").await, 400, "invalid_request");
}
