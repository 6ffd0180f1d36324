//! Shopping for rates: all carriers are asked at the same time, and none is waited for too long.

use std::time::Duration;

use mocks::{Fault, FaultKind};
use serde_json::json;
use tokio::time::Instant;

use super::{assert_clean, start, start_with, way};
use crate::harness::{Answer, on_both};

fn inquiry() -> serde_json::Value {
    let mut way = way("none");
    for field in ["reference", "description"] {
        way.as_object_mut().expect("an object").remove(field);
    }
    way
}

fn carriers(answer: &Answer) -> Vec<String> {
    let rates = answer.body["rates"].as_array().expect("rates");
    let mut names: Vec<_> = rates.iter().map(|rate| rate["carrier"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

on_both! {
    async fn every_carrier_that_can_offers(backend) {
        let gateway = start(backend).await;
        let answer = gateway.client.post("/v1/shipping/rates", inquiry()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(carriers(&answer), ["amyal", "darb_assabil", "vanex", "wingsly"], "{answer:?}");
        let amounts: Vec<f64> = answer.body["rates"].as_array().expect("rates").iter()
            .map(|rate| rate["amount"].as_str().expect("decimal text").parse().expect("a number")).collect();
        assert!(amounts.is_sorted(), "the cheapest first: {amounts:?}");
        let messages = answer.body["messages"].as_array().expect("messages");
        let says = |carrier: &str, service: &str, code: &str| messages.iter().any(|message| {
            message["carrier"] == carrier && message["service"] == service && message["code"] == code
        });
        assert!(says("darb_assabil", "same_day", "not_served") || says("darb_assabil", "same_day", "past_cutoff"), "{answer:?}");
        // Who flies collects no money.
        let mut cash = inquiry();
        cash["cash_on_delivery"] = json!({"amount": "85.000", "currency": "LYD"});
        let answer = gateway.client.post("/v1/shipping/rates", cash).await;
        assert_eq!(carriers(&answer), ["amyal", "darb_assabil", "vanex"], "{answer:?}");
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn one_that_hangs_holds_up_nobody(backend) {
        let gateway = start_with(backend, &[("JISR_SHIPPING__RATES_MS", "1500")]).await;
        // Their places are known from then on.
        gateway.client.post("/v1/shipping/rates", inquiry()).await;
        let fault = Fault::new("amyal", FaultKind::Delay).on("inquire_rates");
        gateway.mocks.fault(Fault { delay_ms: Some(6_000), ..fault });
        let began = Instant::now();
        let answer = gateway.client.post("/v1/shipping/rates", inquiry()).await;
        let took = began.elapsed();
        assert_eq!(carriers(&answer), ["darb_assabil", "vanex", "wingsly"], "{answer:?}");
        let messages = answer.body["messages"].as_array().expect("messages");
        assert!(messages.iter().any(|message| message["carrier"] == "amyal" && message["code"] == "timeout"), "{answer:?}");
        assert!(took >= Duration::from_millis(1_500) && took < Duration::from_millis(4_000), "{took:?}");
        gateway.stop().await;
    }
}
