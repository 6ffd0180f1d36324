//! Hints change nothing: callbacks and what a browser reports only make the gateway ask.

use mocks::{FaultKind, Outcome, Pay};
use serde_json::{Value, json};

use super::party::{nobody, problem};
use crate::harness::{Answer, Gateway, Payment, eventually, on_both};

/// The customer pays without a callback; what the script would hand to the page.
async fn completed(gateway: &Gateway, payment: &Payment) -> Value {
    let act = Pay { notify: Some(false), ..Pay::new("moamalat", &payment.wire, Outcome::Approved, "12.500") };
    gateway.mocks.pay(act).await.expect("the mock takes it").complete.expect("data")
}

async fn report(gateway: &Gateway, payment: &Payment, result: &str, data: &Value) -> Answer {
    let body = json!({"client_secret": payment.answer.text("client_secret"), "result": result, "data": data});
    nobody(gateway).post(&format!("/v1/payments/{}/client-result", payment.id), body).await
}

/// Still waiting, with nothing told but its creation.
async fn is_untouched(gateway: &Gateway, payment: &Payment) {
    assert_eq!(gateway.read(&payment.id).await.body, payment.answer.body);
    let events = gateway.client.get(&format!("/v1/payments/{}/events", payment.id)).await;
    assert_eq!(events.body["data"].as_array().map(Vec::len), Some(1), "{events:?}");
}

on_both! {
    async fn a_report_that_verifies_only_makes_us_ask(backend) {
        let gateway = Gateway::start_with(backend, &[("JISR_POLICY__MOAMALAT__BREAKER_FAILURES", "1000")]).await;
        let payment = gateway.card("ORD").await;
        let data = completed(&gateway, &payment).await;
        // While the provider does not answer, the best of reports proves nothing.
        let down = mocks::Fault { times: Some(1_000), ..mocks::Fault::new("moamalat", FaultKind::Status) };
        gateway.mocks.fault(down.on("FilterTransactions"));
        let taken = report(&gateway, &payment, "complete", &data).await;
        assert_eq!(taken.status, 200, "{taken:?}");
        eventually("three questions", || async { gateway.received("FilterTransactions") >= 3 }).await;
        assert_ne!(gateway.read(&payment.id).await.text("status"), "paid");
        gateway.mocks.clear_faults();
        gateway.until(&payment.id, "paid").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_report_with_a_changed_field_is_refused(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD").await;
        let data = completed(&gateway, &payment).await;
        for field in [
            "Amount",
            "Currency",
            "MerchantId",
            "MerchantReference",
            "PaidThrough",
            "TerminalId",
            "TxnDate",
            "SecureHash",
        ] {
            let mut changed = data.clone();
            let mut text = changed[field].as_str().expect("text").to_owned();
            let last = text.pop().expect("a letter");
            text.push(if last == '1' { '2' } else { '1' });
            changed[field] = json!(text);
            problem(&report(&gateway, &payment, "complete", &changed).await, 401, "unauthorized");
            changed.as_object_mut().expect("an object").remove(field);
            problem(&report(&gateway, &payment, "complete", &changed).await, 400, "invalid_request");
        }
        for (result, data) in [
            ("complete", json!({})),
            ("complete", json!(null)),
            ("paid", data.clone()),
            ("complete", json!([1])),
            ("complete", json!("x")),
        ] {
            let answer = report(&gateway, &payment, result, &data).await;
            problem(&answer, 400, "invalid_request");
            assert_eq!(answer.fields(), ["data"]);
        }
        assert_eq!(gateway.received("FilterTransactions"), 0);
        is_untouched(&gateway, &payment).await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_report_of_another_payment_is_passed_over(backend) {
        let gateway = Gateway::start(backend).await;
        let (payment, other) = (gateway.card("ORD").await, gateway.card("OTHER").await);
        let data = completed(&gateway, &other).await;
        let answer = report(&gateway, &payment, "complete", &data).await;
        assert_eq!((answer.status, answer.text("id")), (200, payment.id.clone()), "{answer:?}");
        is_untouched(&gateway, &payment).await;
        is_untouched(&gateway, &other).await;
        assert_eq!(gateway.received("FilterTransactions"), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn a_report_of_failure_or_turning_back_changes_nothing(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD").await;
        for (asked, result) in ["cancel", "error"].into_iter().enumerate() {
            let data = json!({"MerchantReference": payment.wire, "error": "Declined"});
            let answer = report(&gateway, &payment, result, &data).await;
            assert_eq!((answer.status, answer.text("status").as_str()), (200, "requires_action"), "{answer:?}");
            eventually("a question", || async { gateway.received("FilterTransactions") > asked }).await;
            is_untouched(&gateway, &payment).await;
        }
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_callback_that_nobody_signed_is_refused(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD").await;
        gateway.mocks.fault(mocks::Fault::new("moamalat", FaultKind::ForgedCallback));
        gateway.pay(&payment, Outcome::Approved).await;
        let sent = || gateway.mocks.journal(Some("moamalat")).into_iter().filter(|entry| entry.operation == "callback");
        eventually("three forgeries", || async { sent().count() == 3 }).await;
        // Two of them carry a hash that fits, since it covers neither type nor reference: one names nothing of ours,
        // the other makes us ask, and the provider's word is what counts.
        let statuses: Vec<_> = sent().map(|entry| entry.status).collect();
        assert_eq!(statuses, [Some(401), Some(200), Some(200)]);
        gateway.until(&payment.id, "paid").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_callback_that_cannot_be_read_is_told(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD").await;
        let client = nobody(&gateway);
        let account = gateway.client.get("/v1/stores/default/accounts/moamalat").await.text("id");
        for path in ["/v1/callbacks/moamalat".to_owned(), format!("/v1/callbacks/moamalat/{account}")] {
            for body in ["", "{}", "[]", "null", "<xml/>", r#"{"MerchantId":"10081014649","TerminalId":"99179395"}"#] {
                let answer = client.send("POST", &path, Some(body.to_owned()), &[]).await;
                problem(&answer, 400, "invalid_request");
            }
        }
        problem(&client.post("/v1/callbacks/cash_on_delivery", json!({})).await, 400, "invalid_request");
        for path in ["/v1/callbacks/nobody", "/v1/callbacks/moamalat/acc_1"] {
            problem(&client.post(path, json!({})).await, 404, "not_found");
        }
        is_untouched(&gateway, &payment).await;
        gateway.stop().await;
    }
}
