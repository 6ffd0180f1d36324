//! What we hold of a planted day, as rows.

use jisr::db::Time;
use jisr::db::attempts::{self, Attempt};
use jisr::db::payments::{self, Payment};
use jisr::db::refunds::{self, Refund};
use schemas::payment::{AttemptStatus, Method, NextAction, PaymentStatus, RefundStatus, RefundWay};
use schemas::{AccountId, Currency};
use sqlx::types::Json;

use super::planted::{Own, Planting, reference};

impl Planting<'_> {
    pub(super) async fn insert(&self, account: AccountId) {
        let db = &self.gateway.facade.db;
        let mut tx = db.begin().await.expect("a transaction");
        for own in self.own.chunks(500) {
            let mut rows: Vec<(Payment, Attempt)> = own.iter().map(|(own, _)| self.rows(own, account)).collect();
            let all: Vec<&Payment> = rows.iter().map(|(payment, _)| payment).collect();
            payments::insert_all(&mut tx, &all).await.expect("the payments are written");
            let all: Vec<&Attempt> = rows.iter().map(|(_, attempt)| attempt).collect();
            attempts::insert_all(&mut tx, &all).await.expect("the attempts are written");
            for (payment, attempt) in &mut rows {
                let at = attempt.updated_at;
                assert!(payments::update(&mut tx, payment, at).await.expect("the payment is written"));
                assert!(attempts::update(&mut tx, attempt, at).await.expect("the attempt is written"));
            }
            for (own, (payment, attempt)) in own.iter().map(|(own, _)| own).zip(&rows) {
                for amount in &own.back {
                    let mut refund = self.refund(payment, attempt, *amount);
                    refunds::insert(&mut tx, &refund).await.expect("the refund is written");
                    refund.status = RefundStatus::Succeeded;
                    let at = attempt.updated_at.after(std::time::Duration::from_secs(3_600));
                    assert!(refunds::update(&mut tx, &mut refund, at).await.expect("the refund is written"));
                }
            }
        }
        tx.commit().await.expect("it is committed");
    }

    fn rows(&self, own: &Own, account: AccountId) -> (Payment, Attempt) {
        let paid = own.status == AttemptStatus::Paid;
        let (made, proved) = (Time::from(own.made), Time::from(own.proved));
        let status = match own.status {
            AttemptStatus::Paid => PaymentStatus::Paid,
            AttemptStatus::Expired => PaymentStatus::Expired,
            AttemptStatus::Declined => PaymentStatus::Declined,
            _ => PaymentStatus::RequiresAction,
        };
        let payment = Payment {
            id: self.gateway.facade.ambient.uuid().into(),
            store_id: self.gateway.store,
            livemode: false,
            reference: format!("ORD-{}", own.id),
            holds_reference: paid || status == PaymentStatus::RequiresAction,
            amount: own.amount,
            currency: Currency::Lyd,
            paid_amount: if paid { own.amount } else { 0 },
            refund_reserved: 0,
            refunded_amount: own.back.iter().sum(),
            status,
            method: Method::Card,
            brand: None,
            card_type: None,
            provider: "moamalat".to_owned(),
            attempt: 1,
            fallback_from: None,
            late: false,
            review_reason: None,
            customer: None,
            return_url: None,
            metadata: Json(serde_json::Map::new()),
            version: 1,
            created_at: made,
            updated_at: made,
        };
        let attempt = Attempt {
            id: own.id,
            payment_id: payment.id,
            store_id: payment.store_id,
            account_id: account,
            number: 1,
            provider: "moamalat".to_owned(),
            gateway: "moamalat".to_owned(),
            method: Method::Card,
            brand: None,
            bank: None,
            wire_reference: reference(own.id),
            status: own.status,
            raw_status: None,
            amount: own.amount,
            currency: Currency::Lyd,
            next_action: Json(None::<NextAction>),
            provider_transaction: own.transaction.clone().filter(|_| paid),
            evidence: None,
            session: Some("planted".to_owned()),
            codes_sent: 0,
            code_sent_at: None,
            wrong_codes: 0,
            confirmed_at: None,
            failure: None,
            refunded_amount: own.back.iter().sum(),
            expires_at: None,
            hinted_at: None,
            asked_at: None,
            asks: 0,
            unknown_since: None,
            paid_at: paid.then_some(proved),
            version: 1,
            created_at: made,
            updated_at: proved,
        };
        (payment, attempt)
    }

    fn refund(&self, payment: &Payment, attempt: &Attempt, amount: i64) -> Refund {
        let id = self.gateway.facade.ambient.uuid();
        Refund {
            id: id.into(),
            payment_id: payment.id,
            attempt_id: attempt.id,
            store_id: payment.store_id,
            livemode: false,
            amount,
            currency: Currency::Lyd,
            reason: None,
            status: RefundStatus::Processing,
            way: RefundWay::Provider,
            wire_reference: format!("R{}", id.simple()),
            intent_id: None,
            provider_transaction: attempt.provider_transaction.clone(),
            remaining_before: None,
            refused: false,
            provider_message: None,
            review_reason: None,
            evidence: None,
            first_evidence: None,
            first_key: None,
            asks: 0,
            unknown_since: None,
            version: 1,
            created_at: attempt.created_at,
            updated_at: attempt.created_at,
        }
    }
}
