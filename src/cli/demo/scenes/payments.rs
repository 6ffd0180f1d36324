//! What can happen to a card payment.

use std::time::Duration;

use mocks::{Fault, FaultKind, Outcome, Pay};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Played;
use crate::cli::CommandError;
use crate::cli::demo::stage::{Answer, Store};

pub(super) async fn outcome(store: &Store<'_>, outcome: Outcome, ends: &str) -> Played {
    let payment = store.card("ORD-1").await?;
    store.pay(&payment, outcome).await?;
    store.until(&payment.id, ends).await
}

pub(super) async fn cancelled(store: &Store<'_>) -> Played {
    let payment = store.card("ORD-1").await?;
    store.pay(&payment, Outcome::Cancelled).await?;
    store.post(&format!("/v1/payments/{}/cancel", payment.id), Value::Null).await?;
    store.until(&payment.id, "cancelled").await
}

pub(super) async fn expired_then_paid(store: &Store<'_>) -> Played {
    let payment = store.card("ORD-1").await?;
    let first = store.until(&payment.id, "expired").await?;
    store.pay(&payment, Outcome::Approved).await?;
    let then = store.until(&payment.id, "paid").await?;
    let late = store.read(&payment.id).await?.body["late"] == json!(true);
    Ok(format!("{first}, then {then}{}", if late { " late" } else { "" }))
}

pub(super) async fn cash_then_card_lands(store: &Store<'_>) -> Played {
    let payment = store.card("ORD-1").await?;
    let path = format!("/v1/payments/{}", payment.id);
    store.post(&format!("{path}/attempts"), json!({"method": "cash_on_delivery"})).await?;
    let evidence = json!({"evidence": {"by": "courier 7", "document": "receipt 1201"}});
    store.post(&format!("{path}/settle"), evidence).await?;
    store.until(&payment.id, "paid").await?;
    store.pay(&payment, Outcome::Approved).await?;
    let ended = store.until(&payment.id, "needs_review").await?;
    Ok(format!("{ended}: {}", store.read(&payment.id).await?.text("/review/reason")))
}

pub(super) async fn refunded(store: &Store<'_>) -> Played {
    let payment = store.paid().await?;
    store.post(&format!("/v1/payments/{}/refunds", payment.id), json!({"reason": "returned"})).await?;
    store.until(&payment.id, "refunded").await
}

pub(super) async fn partly_refunded(store: &Store<'_>) -> Played {
    let payment = store.paid().await?;
    // Before the provider closes its day only the whole can go back.
    store.stage.mocks.settle().await;
    store.post(&format!("/v1/payments/{}/refunds", payment.id), json!({"amount": "4.500"})).await?;
    let ended = store.until(&payment.id, "partially_refunded").await?;
    Ok(format!("{ended}: {}", store.read(&payment.id).await?.text("/amount_refunded")))
}

pub(super) async fn callback_forged(store: &Store<'_>) -> Played {
    let paid = store.paid().await?;
    let victim = store.card("ORD-2").await?;
    let journal = store.stage.mocks.journal(Some("moamalat"));
    let real = journal
        .iter()
        .rev()
        .find(|entry| entry.operation == "callback" && String::from_utf8_lossy(&entry.body).contains(&paid.wire));
    let real = real.map(|entry| String::from_utf8_lossy(&entry.body).into_owned()).unwrap_or_default();
    let wrong_hash = real.replacen("\"SecureHash\":\"", "\"SecureHash\":\"00", 1);
    let refused = store.stage.send_callback(wrong_hash.into_bytes()).await?;
    // The provider's hash does not cover the reference, so this one is proved all the same.
    store.stage.send_callback(real.replace(&paid.wire, &victim.wire).into_bytes()).await?;
    store.post(&format!("/v1/payments/{}/sync", victim.id), Value::Null).await?;
    Ok(format!("wrong hash {refused}, replayed hash ignored: {}", store.read(&victim.id).await?.text("/status")))
}

pub(super) async fn callback_repeated(store: &Store<'_>) -> Played {
    store.fault("callback", FaultKind::DuplicateCallback, 20);
    let payment = store.paid().await?;
    let events = store.get(&format!("/v1/payments/{}/events", payment.id)).await?;
    let told =
        events.body["data"].as_array().into_iter().flatten().filter(|event| event["name"] == "payment.paid").count();
    Ok(format!("paid, told {}", if told == 1 { "once".to_owned() } else { format!("{told} times") }))
}

pub(super) async fn provider_down(store: &Store<'_>) -> Played {
    let first = store.card("ORD-1").await?;
    store.fault("FilterTransactions", FaultKind::CutBefore, 1);
    store.post(&format!("/v1/payments/{}/sync", first.id), Value::Null).await?;
    let refused = store.create("ORD-2", None).await?;
    let alternatives = refused.body["alternatives"].as_array().is_some_and(|list| !list.is_empty());
    let instead = store.create("ORD-3", Some("auto")).await?;
    let until = Instant::now() + Duration::from_secs(20);
    let back = loop {
        let again = store.create("ORD-4", None).await?;
        if again.status == 201 || Instant::now() > until {
            break again;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let refused = match (refused.status, alternatives) {
        (503, true) => "card refused with alternatives".to_owned(),
        (status, _) => format!("card answered {status}"),
    };
    let instead = match (instead.text("/method").as_str(), instead.text("/fallback_from").as_str()) {
        ("cash_on_delivery", "moamalat") => "cash taken instead".to_owned(),
        (method, _) => format!("{method} taken"),
    };
    Ok(format!("{refused}, {instead}, card {}", if back.status == 201 { "back" } else { "still away" }))
}

pub(super) async fn refund_acted_then_cut(store: &Store<'_>) -> Played {
    let payment = store.paid().await?;
    store.fault("RefundTransaction", FaultKind::ActThenCut, 1);
    store.post(&format!("/v1/payments/{}/refunds", payment.id), json!({})).await?;
    let ended = store.until(&payment.id, "refunded").await?;
    let journal = store.stage.mocks.journal(Some("moamalat"));
    let terminal = format!("\"{}\"", store.terminal);
    let sent = journal
        .iter()
        .filter(|entry| {
            entry.operation == "RefundTransaction" && String::from_utf8_lossy(&entry.body).contains(&terminal)
        })
        .count();
    Ok(format!("{ended}, sent {}, by asking", if sent == 1 { "once".to_owned() } else { format!("{sent} times") }))
}

/// A payment as it was created.
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) wire: String,
}

impl Store<'_> {
    async fn create(&self, reference: &str, fallback: Option<&str>) -> Result<Answer, CommandError> {
        // An aggregator takes cards too: the scenes are about this one provider.
        let mut body = json!({
            "reference": reference, "amount": "12.500", "currency": "LYD", "method": "card", "provider": "moamalat",
        });
        if let Some(fallback) = fallback {
            body["fallback"] = fallback.into();
        }
        self.post("/v1/payments", body).await
    }

    pub(super) async fn card(&self, reference: &str) -> Result<Payment, CommandError> {
        let answer = self.create(reference, None).await?;
        if answer.status != 201 {
            return Err(CommandError::Refused(format!("the payment was not created: {answer:?}")));
        }
        Ok(Payment { id: answer.text("/id"), wire: answer.text("/next_action/parameters/MerchantReference") })
    }

    /// A payment that is paid.
    pub(super) async fn paid(&self) -> Result<Payment, CommandError> {
        let payment = self.card("ORD-1").await?;
        self.pay(&payment, Outcome::Approved).await?;
        self.until(&payment.id, "paid").await?;
        Ok(payment)
    }

    /// What the customer does in the Lightbox.
    async fn pay(&self, payment: &Payment, outcome: Outcome) -> Result<(), CommandError> {
        let act =
            Pay { terminal: Some(self.terminal.clone()), ..Pay::new("moamalat", &payment.wire, outcome, "12.500") };
        self.stage.mocks.pay(act).await.map(drop).map_err(CommandError::Refused)
    }

    fn fault(&self, operation: &str, kind: FaultKind, times: u32) {
        let fault = Fault::new("moamalat", kind).on(operation);
        self.stage.mocks.fault(Fault { terminal: Some(self.terminal.clone()), times: Some(times), ..fault });
    }

    async fn read(&self, id: &str) -> Result<Answer, CommandError> {
        self.get(&format!("/v1/payments/{id}")).await
    }

    /// Waits until the payment has a status; answers the one it ended with.
    pub(super) async fn until(&self, id: &str, status: &str) -> Played {
        self.until_at(&format!("/v1/payments/{id}"), status).await
    }
}
