//! Orders that are not done: refused here, for want of a call, or by the provider in so many words.

use mocks::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{CREATE, KINDS, Kind, PROVIDERS, assert_all_asked, assert_clean, calls, events, made, start, start_with};
use crate::facade::party::{fault, is_arabic, patched, problem};
use crate::harness::{Answer, Gateway, on_both};

fn alternatives(answer: &Answer) -> Vec<String> {
    let names = answer.body["alternatives"].as_array().cloned().unwrap_or_default();
    names.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
}

on_both! {
    async fn what_the_provider_refuses_has_failed_and_its_reference_is_free(backend) {
        let gateway = start(backend).await;
        for provider in PROVIDERS {
            for kind in KINDS {
                for (ends, word) in [("0000001", "insufficient_balance"), ("0000002", "not_registered"), ("0000005", "failed")] {
                    let failed = made(&gateway, kind, kind.order("THE-ONE", provider, ends)).await;
                    assert_eq!((failed.text("status"), failed.text("provider_message")), ("failed".to_owned(), word.to_owned()));
                    assert_eq!((&failed.body["provider_reference"], failed.body.get("review")), (&Value::Null, None));
                    assert_eq!(events(&gateway, &failed.text("id")).await, ["service.failed"]);
                }
            }
        }
        let above = patched(Kind::Transfer.order("ABOVE", "mobicash", "1234567"), json!({"amount": "1000.001"}));
        assert_eq!(made(&gateway, Kind::Transfer, above).await.text("provider_message"), "limit_exceeded");
        let done = made(&gateway, Kind::TopUp, Kind::TopUp.order("THE-ONE", "mobicash", "1234567")).await;
        assert_eq!(done.text("status"), "succeeded");
        assert_all_asked(&gateway).await;
        assert_clean(&gateway);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_provider_without_the_call_says_so_and_who_has_it(backend) {
        let gateway = start(backend).await;
        // The platform's guide lists bills for Sadad; nobody knows the call.
        for provider in ["sadad", "moamalat", "edfali", "onepay", "cash_on_delivery"] {
            let mut answers = vec![
                gateway.client.post("/v1/bills/inquiries", json!({"provider": provider, "biller": "water", "number": "104500123"})).await,
            ];
            for kind in KINDS {
                answers.push(gateway.client.post(kind.path(), kind.order("NONE", provider, "1234567")).await);
            }
            for answer in answers {
                problem(&answer, 422, "unsupported");
                assert_eq!(alternatives(&answer), PROVIDERS, "{provider}: {answer:?}");
                assert!(answer.text("detail").contains("no call of") && is_arabic(&answer.text("detail_ar")), "{answer:?}");
            }
        }
        assert_eq!(gateway.count("SELECT COUNT(*) FROM wallet_services").await, 0);
        let in_dollars = patched(Kind::TopUp.order("USD", "mobicash", "1234567"), json!({"currency": "USD", "amount": "1.00"}));
        problem(&gateway.client.post("/v1/top-ups", in_dollars).await, 422, "unsupported");
        gateway.stop().await;
    }
}

on_both! {
    async fn every_field_at_fault_is_named(backend) {
        let gateway = start(backend).await;
        let client = &gateway.client;
        let transfer = |patch: Value| patched(Kind::Transfer.order("ORD", "mobicash", "1234567"), patch);
        let long = "n".repeat(141);
        for (field, wrong) in [
            ("reference", json!("")), ("reference", json!(" ")), ("reference", json!("r".repeat(129))), ("reference", json!("a\nb")),
            ("amount", json!("0")), ("amount", json!("0.000")), ("amount", json!("-1")), ("amount", json!("12.5001")),
            ("amount", json!("1e3")), ("amount", json!(12)), ("amount", json!("99999999999999")), ("currency", json!("LYR")),
            ("phone", json!("0812345678")), ("phone", json!(null)), ("provider", json!("nobody")), ("provider", json!(null)),
            ("note", json!(long)), ("note", json!("a\u{7}b")), ("surprise", json!(1)), ("number", json!("1234")),
        ] {
            fault(&client.post("/v1/transfers", transfer(json!({field: wrong}))).await, field);
        }
        let bill = |patch: Value| patched(Kind::Bill.order("ORD", "mobicash", "1234567"), patch);
        for (field, wrong) in [("biller", json!(" ")), ("biller", json!("b".repeat(65))), ("number", json!("")), ("number", json!("1\t2"))] {
            fault(&client.post("/v1/bills", bill(json!({field: wrong}))).await, field);
            let question = patched(json!({"provider": "mobicash", "biller": "water", "number": "104500123"}), json!({field: wrong}));
            fault(&client.post("/v1/bills/inquiries", question).await, field);
        }
        let several = client.post("/v1/bills", bill(json!({"biller": "", "number": "", "amount": "0", "reference": ""}))).await;
        assert_eq!(several.fields(), ["biller", "number", "reference", "amount"]);
        let keyless = client.send("POST", "/v1/top-ups", Some("{}".to_owned()), &[]).await;
        problem(&keyless, 400, "idempotency_key_missing");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM wallet_services").await, 0);
        assert_eq!(calls(&gateway, "mobicash", CREATE), (0, 0));
        gateway.stop().await;
    }
}

on_both! {
    async fn a_bill_that_is_unknown_or_paid_is_no_bill_to_pay(backend) {
        let gateway = start(backend).await;
        let ask = |biller: &str, number: &str| {
            let question = json!({"provider": "mobicash", "biller": biller, "number": number});
            let client = gateway.client.clone();
            async move { client.post("/v1/bills/inquiries", question).await }
        };
        for (biller, number) in [("rent", "104500123"), ("water", "450000002")] {
            let unknown = ask(biller, number).await;
            problem(&unknown, 404, "not_found");
            assert_eq!(unknown.fields(), ["number"], "{unknown:?}");
        }
        made(&gateway, Kind::Bill, Kind::Bill.order("PAID", "mobicash", "1234567")).await;
        problem(&ask("electricity", "451234567").await, 409, "conflict");
        let again = made(&gateway, Kind::Bill, Kind::Bill.order("AGAIN", "mobicash", "1234567")).await;
        assert_eq!((again.text("status"), again.text("provider_message")), ("failed".to_owned(), "nothing_due".to_owned()));
        problem(&ask("water", "450000003").await, 503, "provider_unavailable");
        gateway.mocks.fault(Fault { delay_ms: Some(3_000), times: Some(10), ..Fault::new("mobicash", FaultKind::Delay).on("inquire_bill") });
        problem(&ask("water", "104500123").await, 504, "provider_timeout");
        gateway.stop().await;
    }
}

/// Shuts a provider's account.
async fn shut(gateway: &Gateway, provider: &str) {
    let path = format!("/v1/integrations/{provider}/breaker");
    let answer = gateway.client.post(&path, json!({"action": "open"})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

on_both! {
    async fn a_provider_that_is_shut_is_not_called_and_others_are_named(backend) {
        let gateway = start(backend).await;
        let kept = made(&gateway, Kind::TopUp, Kind::TopUp.order("BEFORE", "mobicash", "1234567")).await;
        shut(&gateway, "mobicash").await;
        for kind in KINDS {
            let refused = gateway.client.post(kind.path(), kind.order("SHUT", "mobicash", "1234567")).await;
            problem(&refused, 503, "provider_unavailable");
            assert_eq!(alternatives(&refused), PROVIDERS[1..], "{refused:?}");
        }
        assert_eq!(calls(&gateway, "mobicash", CREATE), (1, 1));
        assert_eq!(gateway.client.get(&format!("/v1/wallet-services/{}", kept.text("id"))).await.text("status"), "succeeded");
        gateway.stop().await;
    }
}

on_both! {
    async fn what_certainly_did_not_arrive_has_failed(backend) {
        let gateway = start_with(backend, &[("JISR_POLICY__DEFAULT__RETRIES", "0")]).await;
        for (number, status) in [429, 401, 400].into_iter().enumerate() {
            gateway.mocks.fault(Fault { status: Some(status), ..Fault::new("mobicash", FaultKind::Status).on(CREATE) });
            let failed = made(&gateway, Kind::TopUp, Kind::TopUp.order(&format!("N-{number}"), "mobicash", "1234567")).await;
            assert_eq!(failed.text("status"), "failed", "{status}: {failed:?}");
            assert!(failed.text("provider_message").contains(&status.to_string()), "{failed:?}");
        }
        assert_eq!(calls(&gateway, "mobicash", CREATE), (3, 0));
        assert_all_asked(&gateway).await;
        gateway.stop().await;
    }
}
