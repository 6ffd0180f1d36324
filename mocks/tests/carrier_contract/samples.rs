//! Both sides meet in the sample files: what they hold is taken, and what is answered is as they hold it.

use serde_json::{Value, json};

use crate::client::{act, get, post, start};

macro_rules! sample {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../schemas/providers/carrier_contract/", $name)))
            .unwrap()
    };
}

/// Takes ids and times over from what was answered, since they are always others.
fn same(mut expected: Value, answered: &Value, names: &[&str]) -> Value {
    for name in names {
        expected[*name] = answered[*name].clone();
    }
    expected
}

#[tokio::test]
async fn amyal_speaks_as_the_samples_do() {
    let mocks = start().await;
    assert_eq!(get(&mocks, "amyal", "cities").await.json(), sample!("cities.json"));
    let rates = post(&mocks, "amyal", "rates", &sample!("rates_request.json")).await.json();
    assert_eq!(rates["rates"].as_array().unwrap().len(), 3);
    let mut request = sample!("shipment_request.json");
    request["callback_url"] = "http://127.0.0.1:1/hook".into();
    let booked = post(&mocks, "amyal", "shipments", &request).await;
    assert_eq!((booked.status, booked.json()), (201, sample!("shipment.json")));
    let second = post(&mocks, "amyal", "shipments", &request).await;
    assert_eq!((second.status, second.json()), (409, sample!("duplicate_reference.json")));
    let find = |reference: &'static str| get(&mocks, "amyal", reference);
    assert_eq!(find("shipments?reference=jisr-0190a3f2-s1").await.json(), sample!("shipments.json"));
    assert_eq!(find("shipments?reference=jisr-0190a3f2-s2").await.json(), sample!("shipments_none.json"));
    let pickup = post(&mocks, "amyal", "pickups", &sample!("pickup_request.json")).await;
    assert_eq!((pickup.status, pickup.json()), (201, sample!("pickup.json")));
    let second = post(&mocks, "amyal", "pickups", &sample!("pickup_request.json")).await;
    assert_eq!((second.status, second.json()), (409, sample!("duplicate_pickup.json")));
    act(&mocks, "amyal", "jisr-0190a3f2-s1", "picked_up");
    let events = get(&mocks, "amyal", "shipments/AMY-284510/events").await.json();
    let row = same(sample!("events.json")["events"][0].clone(), &events["events"][0], &["id", "occurred_at"]);
    assert_eq!(events["events"][0], row);
    let cancel = post(&mocks, "amyal", "shipments/AMY-284510/cancel", &sample!("cancel_request.json")).await;
    assert_eq!((cancel.status, cancel.json()), (422, sample!("not_cancellable.json")));
    let back = post(&mocks, "amyal", "shipments/AMY-284510/return", &sample!("return_request.json")).await;
    assert_eq!((back.status, back.json()), (200, sample!("returning.json")));
    act(&mocks, "amyal", "jisr-0190a3f2-s1", "returned");
    let back = post(&mocks, "amyal", "shipments/AMY-284510/return", &json!({})).await;
    assert_eq!((back.status, back.json()), (422, sample!("not_returnable.json")));
    let unknown = get(&mocks, "amyal", "shipments/AMY-1/events").await;
    assert_eq!((unknown.status, unknown.json()), (404, sample!("unknown_shipment.json")));
}

#[tokio::test]
async fn wingsly_speaks_as_the_samples_do() {
    let mocks = start().await;
    let booked = post(&mocks, "wingsly", "shipments", &sample!("shipment_air_request.json")).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let mut elsewhere = sample!("shipment_air_request.json");
    (elsewhere["reference"], elsewhere["destination"]["city"]) = ("x".into(), "SEB".into());
    elsewhere["destination"].as_object_mut().unwrap().remove("area");
    let refused = post(&mocks, "wingsly", "shipments", &elsewhere).await;
    assert_eq!((refused.status, refused.json()), (422, sample!("not_served.json")));
    let cancelled = post(&mocks, "wingsly", "shipments/WNG-284510/cancel", &sample!("cancel_request.json")).await;
    assert_eq!(cancelled.json(), same(sample!("cancelled.json"), &booked.json(), &["number"]));
}
