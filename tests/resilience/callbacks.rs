//! Notifications are hints: whatever they say, only the provider's records change anything.

use futures_util::future::join_all;
use mocks::{Fault, FaultKind, Outcome};
use serde_json::{Value, json};

use super::scene::{CALLBACKS, FILTER, Notice};
use crate::harness::{Gateway, eventually, on_both};

/// Waits until the provider has answered so many questions.
async fn asked(gateway: &Gateway, questions: usize) {
    eventually("the provider is asked", || async { gateway.acted(FILTER) >= questions }).await;
}

/// What must not change: status and events.
async fn seen(gateway: &Gateway, id: &str) -> (String, Vec<String>) {
    (gateway.read(id).await.text("status"), gateway.events(id).await)
}

on_both! {
    async fn a_notification_with_a_valid_hash_alone_changes_nothing(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let before = seen(&gateway, &payment.id).await;
        let time = |second: u32| format!("202611211015{second:02}");
        for (index, (kind, code)) in [(1, "00"), (1, "51"), (2, "00"), (3, "00"), (4, "00"), (9, "")].into_iter().enumerate() {
            let time = time(index as u32);
            let notice = Notice { kind, code, time: &time, ..Notice::of(&payment.wire) };
            assert_eq!(gateway.notify(&notice.signed()).await.status, 200, "type {kind}, code {code}");
        }
        asked(&gateway, 1).await;
        // The last question comes after the last notification.
        let questions = gateway.acted(FILTER);
        gateway.notify(&Notice { time: &time(59), ..Notice::of(&payment.wire) }.signed()).await;
        asked(&gateway, questions + 1).await;
        assert_eq!(seen(&gateway, &payment.id).await, before);
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_notification_that_names_another_attempt_only_has_that_one_asked(backend) {
        let gateway = Gateway::start(backend).await;
        let (paid, other) = (gateway.card("ORD-1").await, gateway.card("ORD-2").await);
        gateway.pay(&paid, Outcome::Approved).await;
        gateway.until(&paid.id, "paid").await;
        let sent = gateway.mocks.journal(Some("moamalat")).into_iter().find(|entry| entry.operation == "callback");
        let mut stolen: Value = serde_json::from_slice(&sent.expect("a callback").body).expect("JSON");
        stolen["MerchantReference"] = json!(other.wire);
        let before = seen(&gateway, &other.id).await;
        let questions = gateway.acted(FILTER);
        assert_eq!(gateway.notify(&stolen).await.status, 200);
        asked(&gateway, questions + 1).await;
        assert_eq!(seen(&gateway, &other.id).await, before);
        let asked_about = gateway.mocks.journal(Some("moamalat")).pop().expect("a question").body;
        assert!(String::from_utf8_lossy(&asked_about).contains(&other.wire));
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_notification_that_names_nothing_of_ours_is_answered_and_forgotten(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let tasks = gateway.count("SELECT COUNT(*) FROM tasks").await;
        let unknown = payment.wire.replacen('J', "K", 1);
        let answer = gateway.notify(&Notice::of(&unknown).signed()).await;
        assert_eq!((answer.status, &answer.body["Success"]), (200, &json!(true)));
        assert_eq!(gateway.count("SELECT COUNT(*) FROM tasks").await, tasks);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks").await, 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn one_notification_a_hundred_times_settles_once(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let duplicates = Fault::new("moamalat", FaultKind::DuplicateCallback);
        gateway.mocks.fault(Fault { times: Some(99), ..duplicates });
        gateway.pay(&payment, Outcome::Approved).await;
        gateway.until(&payment.id, "paid").await;
        eventually("all are answered", || async { gateway.callback_statuses().len() == 100 }).await;
        assert!(gateway.callback_statuses().iter().all(|status| *status == Some(200)));
        assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.paid"]);
        assert_eq!(gateway.count("SELECT CAST(paid_amount AS BIGINT) FROM payments").await, 12_500);
        assert_eq!(gateway.count("SELECT CAST(times AS BIGINT) FROM callbacks").await, 100);
        assert!(gateway.received(FILTER) <= 3, "asked {} times", gateway.received(FILTER));
        gateway.assert_correct();
        gateway.stop().await;
    }
}

on_both! {
    async fn a_forged_notification_is_refused_and_leaves_no_trace(backend) {
        let gateway = Gateway::start(backend).await;
        let payment = gateway.card("ORD-1").await;
        let before = (seen(&gateway, &payment.id).await, gateway.count("SELECT COUNT(*) FROM tasks").await);
        let mut wrong = Notice::of(&payment.wire).signed();
        wrong["SecureHash"] = json!("0".repeat(64));
        let mut dearer = Notice::of(&payment.wire).signed();
        dearer["Amount"] = json!("99999");
        let mut elsewhere = Notice::of(&payment.wire).signed();
        elsewhere["TerminalId"] = json!("11111111");
        for forged in [wrong, dearer, elsewhere] {
            let answer = gateway.notify(&forged).await;
            assert_eq!((answer.status, answer.text("code")), (401, "unauthorized".to_owned()));
        }
        assert_eq!((seen(&gateway, &payment.id).await, gateway.count("SELECT COUNT(*) FROM tasks").await), before);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM callbacks").await, 0);
        assert_eq!(gateway.count("SELECT COUNT(*) FROM attempts WHERE hinted_at IS NOT NULL").await, 0);
        assert_eq!(gateway.received(FILTER), 0);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_cannot_be_read_is_told_so(backend) {
        let gateway = Gateway::start(backend).await;
        for body in ["", "[]", "null", "{", "{}", r#"{"MerchantId":"10081014649","TerminalId":"99179395"}"#] {
            let answer = gateway.client.send("POST", CALLBACKS, Some(body.to_owned()), &[]).await;
            assert_eq!(answer.status, 400, "{body}: {answer:?}");
        }
        let mut large = Notice::of("JUNKNOWN000000000000000000").signed();
        large["Message"] = json!("x".repeat(64 * 1024));
        assert_eq!(gateway.notify(&large).await.status, 413);
        assert_eq!(gateway.client.send("POST", "/v1/callbacks/nobody", None, &[]).await.status, 404);
        gateway.stop().await;
    }
}

on_both! {
    async fn late_reordered_and_forged_notifications_end_as_prompt_ones_do(backend) {
        let gateway = Gateway::start(backend).await;
        let kinds = [FaultKind::ReorderedCallback, FaultKind::LateCallback, FaultKind::ForgedCallback];
        let mut payments = Vec::new();
        for (index, kind) in kinds.into_iter().enumerate() {
            gateway.mocks.fault(Fault { delay_ms: Some(1_200), ..Fault::new("moamalat", kind) });
            let payment = gateway.card(&format!("ORD-{index}")).await;
            gateway.pay(&payment, Outcome::Approved).await;
            payments.push(payment);
        }
        // What was held back leaves after this one.
        payments.push(gateway.paid_card("ORD-9").await);
        join_all(payments.iter().map(|payment| gateway.until(&payment.id, "paid"))).await;
        for payment in &payments {
            assert_eq!(gateway.events(&payment.id).await, ["payment.created", "payment.paid"]);
        }
        eventually("all are answered", || async { gateway.callback_statuses().len() == 6 }).await;
        let mut statuses = gateway.callback_statuses();
        statuses.sort();
        // Of the three forgeries one has a wrong hash; what the hash does not cover verifies, and proves nothing.
        assert_eq!(statuses, [Some(200), Some(200), Some(200), Some(200), Some(200), Some(401)]);
        gateway.assert_correct();
        gateway.stop().await;
    }
}
