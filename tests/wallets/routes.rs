//! Routes: which provider serves a wallet, in which order, and what happens when the first cannot open it.

use mocks::FaultKind;
use serde_json::{Value, json};

use super::{WALLETS, assert_clean, confirm, start, start_with, wire};
use crate::harness::{Answer, Gateway, on_both};

async fn pay(gateway: &Gateway, reference: &str, more: Value) -> Answer {
    let mut request = WALLETS[0].request(reference);
    request.as_object_mut().expect("an object").remove("provider");
    for (name, value) in more.as_object().expect("an object") {
        request[name] = value.clone();
    }
    gateway.client.post("/v1/payments", request).await
}

on_both! {
    async fn the_wallets_own_route_comes_first_and_settings_and_costs_may_say_otherwise(backend) {
        let gateway = start(backend).await;
        assert_eq!(pay(&gateway, "ORD-1", json!({})).await.text("provider"), "sadad");
        gateway.stop().await;
        let cheaper = [("JISR_PAYMENTS__FEES__SADAD__BASIS_POINTS", "150"), ("JISR_PAYMENTS__FEES__TLYNC__BASIS_POINTS", "200")];
        let gateway = start_with(backend, &cheaper).await;
        let answer = pay(&gateway, "ORD-1", json!({})).await;
        assert_eq!(answer.text("provider"), "plutu", "it costs nothing here: {answer:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn a_route_that_cannot_open_gives_way_to_the_next_and_the_customer_pays_once(backend) {
        let gateway = start(backend).await;
        let (sadad, plutu) = (WALLETS[0], WALLETS[2]);
        for (number, kind) in [FaultKind::Status, FaultKind::CutBefore, FaultKind::ActThenCut, FaultKind::Delay].into_iter().enumerate() {
            sadad.fault(&gateway, sadad.opens, kind);
            let answer = pay(&gateway, &format!("ORD-{number}"), json!({})).await;
            assert_eq!(answer.status, 201, "{kind:?}: {answer:?}");
            assert_eq!((answer.text("provider").as_str(), answer.text("status").as_str()), ("tlync", "requires_action"), "{kind:?}: {answer:?}");
            assert_eq!(answer.body["attempt"], 2, "{kind:?}: {answer:?}");
            assert!(answer.body.get("fallback_from").is_none(), "it is the same wallet: {answer:?}");
        }
        let named = pay(&gateway, "ORD-named", json!({"provider": "plutu"})).await;
        let id = named.text("id");
        let reference = wire(&gateway, &id).await;
        assert_eq!(confirm(&gateway, &id, plutu.code).await.text("status"), "paid");
        assert_eq!(plutu.charges(&gateway, &reference), 1);
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_customers_own_fault_does_not_go_round_the_routes(backend) {
        let gateway = start(backend).await;
        let customer = json!({"customer": {"phone": "0910000002", "birth_year": 1987}});
        let answer = pay(&gateway, "ORD-1", customer).await;
        assert_eq!((answer.text("status"), answer.text("provider")), ("declined".to_owned(), "sadad".to_owned()), "{answer:?}");
        assert_eq!(answer.body["attempt"], 1);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_route_that_is_shut_is_passed_over_and_the_reason_is_told(backend) {
        let gateway = start(backend).await;
        let shut = gateway.client.post("/v1/integrations/sadad/breaker", json!({"action": "open"})).await;
        assert_eq!(shut.status, 200, "{shut:?}");
        let answer = pay(&gateway, "ORD-1", json!({})).await;
        assert_eq!((answer.text("provider"), answer.body["attempt"].clone()), ("tlync".to_owned(), json!(1)), "{answer:?}");
        let methods = gateway.client.get("/v1/payment-methods?amount=12.505").await;
        let wallets: Vec<&Value> =
            methods.body["data"].as_array().expect("a list").iter().filter(|one| one["method"] == "wallet").collect();
        let why = |provider: &str, gateway: &str| {
            let found = wallets.iter().find(|one| one["provider"] == provider && one["gateway"] == gateway);
            found.unwrap_or_else(|| panic!("{provider}.{gateway}"))["why_not"]["code"].clone()
        };
        assert_eq!(why("sadad", "sadad"), "shut");
        assert_eq!(why("plutu", "sadadapi"), "amount_step");
        assert_eq!(why("mobicash", "mobicash"), Value::Null);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_customer_may_take_another_wallet_and_what_the_first_still_brings_is_told(backend) {
        let gateway = start(backend).await;
        let (sadad, mobicash) = (WALLETS[0], WALLETS[4]);
        let opened = sadad.open(&gateway, "ORD-1").await;
        let path = format!("/v1/payments/{}/attempts", opened.id);
        let switched = gateway.client.post(&path, json!({"method": "wallet", "brand": "mobicash", "provider": "mobicash"})).await;
        assert_eq!((switched.status, switched.at("/next_action/type")), (201, "otp".to_owned()), "{switched:?}");
        assert_eq!(switched.text("provider"), "mobicash");
        let second = wire(&gateway, &opened.id).await;
        assert_eq!(confirm(&gateway, &opened.id, mobicash.code).await.text("status"), "paid");
        assert_eq!((sadad.charges(&gateway, &opened.wire), mobicash.charges(&gateway, &second)), (0, 1));
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn automatic_fallback_ends_at_cash_when_no_route_opens(backend) {
        let gateway = start(backend).await;
        let edfali = WALLETS[1];
        edfali.fault(&gateway, edfali.opens, FaultKind::Status);
        let mut request = edfali.request("ORD-1");
        request["fallback"] = json!("auto");
        let answer = gateway.client.post("/v1/payments", request).await;
        assert_eq!((answer.status, answer.text("method")), (201, "cash_on_delivery".to_owned()), "{answer:?}");
        assert_eq!(answer.text("fallback_from"), "edfali");
        gateway.stop().await;
    }
}

on_both! {
    async fn sadad_over_soap_pays_as_well_and_is_asked_as_well(backend) {
        let gateway = start(backend).await;
        let sadad = WALLETS[0];
        let account = "/v1/stores/default/accounts/sadad";
        let merchant = mocks::sadad::Merchant::default();
        let configuration = json!({"protocol": "soap", "soap_url": format!("{}/soap", gateway.mocks.base_url("sadad"))});
        let put = gateway.client.put(account, json!({"configuration": configuration})).await;
        assert_eq!(put.status, 200, "{put:?}");
        let secrets = json!({"username": merchant.username, "password": merchant.password});
        let sealed = gateway.client.put(&format!("{account}/credentials"), secrets).await;
        assert_eq!(sealed.status, 204, "{sealed:?}");
        let opened = sadad.open(&gateway, "ORD-1").await;
        assert_eq!(confirm(&gateway, &opened.id, sadad.code).await.text("status"), "paid");
        let unclear = sadad.open(&gateway, "ORD-2").await;
        sadad.fault(&gateway, sadad.confirms, FaultKind::ActThenCut);
        confirm(&gateway, &unclear.id, sadad.code).await;
        gateway.until(&unclear.id, "paid").await;
        assert_eq!(sadad.charges(&gateway, &unclear.wire), 1);
        let bodies = gateway.mocks.journal(Some("sadad"));
        assert!(bodies.iter().any(|entry| entry.body.starts_with(b"<?xml") || entry.body.starts_with(b"<")), "it is SOAP");
        // No password and no code is in a log.
        let logs = gateway.client.get("/v1/logs?integration=sadad").await.raw;
        assert!(!logs.contains(&merchant.password) && !logs.contains("<OTP>111111"), "{logs}");
        assert_clean(&gateway);
        gateway.stop().await;
    }
}
