//! What is ill is left alone, by every process and after a restart, and comes back when it answers.

use jisr::app::Roles;
use mocks::{Fault, FaultKind, Outcome};
use serde_json::json;

use super::{WATCHFUL, down, service, until_it_is, watchful};
use crate::facade::party::{card, patched, problem};
use crate::harness::{Client, Gateway, eventually, on_both};

on_both! {
    async fn who_does_not_answer_is_left_alone_and_comes_back(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        down(&gateway, "moamalat");
        until_it_is(&gateway, "moamalat", "unhealthy").await;
        let ill = service(&gateway, "moamalat").await;
        assert_eq!((&ill["cause"], &ill["breaker"]), (&json!("unreachable"), &json!("open")), "{ill}");
        assert!(ill["error"].as_str().is_some_and(|error| error.contains("unavailable")), "{ill}");
        let refused = gateway.client.post("/v1/payments", card("ILL")).await;
        problem(&refused, 503, "provider_unavailable");
        assert_eq!(refused.body["alternatives"], json!(["cash_on_delivery", "bank_transfer"]), "{refused:?}");
        let instead = gateway.client.post("/v1/payments", patched(card("ILL"), json!({"fallback": "auto"}))).await;
        assert_eq!((instead.status, instead.text("method").as_str()), (201, "cash_on_delivery"), "{instead:?}");
        gateway.mocks.clear_faults();
        until_it_is(&gateway, "moamalat", "healthy").await;
        gateway.paid_card("WELL").await;
        let history = gateway.client.get("/v1/health/services/moamalat/history?window=1h").await;
        let changes = history.body["changes"].as_array().cloned().unwrap_or_default();
        let turns: Vec<_> = changes.iter().map(|change| change["to"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(turns, ["healthy", "unhealthy", "healthy"], "{history:?}");
        gateway.stop().await;
    }
}

on_both! {
    async fn one_call_that_fails_is_enough_to_look_closely(backend) {
        // Nobody probes by the schedule for as long as the test takes.
        let own = [WATCHFUL, &[("JISR_HEALTH__EVERY_MS", "86400000"), ("JISR_HEALTH__SOON_MS", "86400000")]].concat();
        let gateway = Gateway::start_with(backend, &own).await;
        let payment = gateway.card("LOOK").await;
        down(&gateway, "moamalat");
        drop(gateway.client.post(&format!("/v1/payments/{}/sync", payment.id), json!({})).await);
        until_it_is(&gateway, "moamalat", "unhealthy").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn who_hangs_is_not_waited_for(backend) {
        let gateway = watchful(backend).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        gateway.mocks.fault(Fault { times: Some(100), delay_ms: Some(20_000), ..Fault::new("moamalat", FaultKind::Delay) });
        until_it_is(&gateway, "moamalat", "unhealthy").await;
        gateway.mocks.clear_faults();
        until_it_is(&gateway, "moamalat", "healthy").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn another_process_hears_of_it_and_a_restart_does_not_forget(backend) {
        let mut gateway = watchful(backend).await;
        let other = gateway.another(Roles { api: true, worker: false, probe: false }).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        down(&gateway, "moamalat");
        until_it_is(&gateway, "moamalat", "unhealthy").await;
        let client = gateway.client.clone().at(other.address);
        let ask = |client: Client, name: &'static str| async move {
            client.post("/v1/payments", card(name)).await.status
        };
        eventually("the other process refuses", || async { ask(client.clone(), "OTHER").await == 503 }).await;
        other.stop().await;
        gateway.restart().await;
        eventually("it still refuses", || async { ask(gateway.client.clone(), "AGAIN").await == 503 }).await;
        gateway.mocks.clear_faults();
        until_it_is(&gateway, "moamalat", "healthy").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn who_answers_and_refuses_every_customer_is_not_healthy(backend) {
        let own = [WATCHFUL, &[("JISR_HEALTH__THRESHOLDS__LEAST_CALLS", "6")]].concat();
        let gateway = Gateway::start_with(backend, &own).await;
        until_it_is(&gateway, "moamalat", "healthy").await;
        for index in 0..6 {
            let payment = gateway.card(&format!("NO-{index}")).await;
            gateway.pay(&payment, Outcome::Declined).await;
            gateway.until(&payment.id, "declined").await;
        }
        until_it_is(&gateway, "moamalat", "degraded").await;
        assert_eq!(service(&gateway, "moamalat").await["cause"], "declining");
        // One store's customers must not keep those of others from paying.
        gateway.paid_card("YES").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_check_asks_now_and_says_what_it_found(backend) {
        let own = [WATCHFUL, &[("JISR_HEALTH__EVERY_MS", "86400000")]].concat();
        let gateway = Gateway::start_with(backend, &own).await;
        eventually("the account is known", || async {
            service(&gateway, "moamalat").await["service"] == "moamalat"
        }).await;
        let before = gateway.received("lightbox.js");
        for path in ["/v1/health/services/moamalat/check", "/v1/integrations/moamalat/test"] {
            let checked = gateway.client.post(path, json!({})).await;
            assert_eq!(checked.status, 200, "{checked:?}");
        }
        assert_eq!(gateway.received("lightbox.js"), before + 2);
        until_it_is(&gateway, "moamalat", "healthy").await;
        problem(&gateway.client.post("/v1/health/services/nobody/check", json!({})).await, 404, "not_found");
        let history = gateway.client.get("/v1/health/services/moamalat/history?window=2w").await;
        assert_eq!(history.fields(), ["window"], "{history:?}");
        gateway.stop().await;
    }
}
