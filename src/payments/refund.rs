//! Refunds as resources: creating and reading them.

use std::collections::HashMap;

use schemas::payment::{self as shown, AttemptStatus, CreateRefund, RefundStatus, RefundWay, Review};
use schemas::{AccountId, Money, PaymentId, RefundId, Text};

use super::switch::changed_meanwhile;
use super::{Caller, Case, Idempotency, Payments, validate};
use crate::db::attempts::{self, Attempt};
use crate::db::refunds::{self, Refund};
use crate::db::tasks;
use crate::refusal::Refusal;

impl Payments {
    /// Makes a refund, or answers the one that the same key made before. Nothing has left us when this returns.
    pub async fn create_refund(
        &self,
        caller: &Caller,
        id: PaymentId,
        idempotency: Idempotency,
        request: CreateRefund,
    ) -> Result<Refund, Refusal> {
        self.row(caller, id).await?;
        let lanes = self.lanes(caller, id).await?;
        let refund_id = RefundId::from(self.ambient.uuid());
        let mut tx = self.db.begin().await?;
        let claim = self.claim(caller, idempotency, refund_id.uuid());
        if let Some(made) = self.claim_in(&mut tx, &claim).await? {
            drop(tx);
            return self.refund(caller, made.into()).await;
        }
        let mut case = Case::load(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        if let Some(other) = refunds::in_flight(&mut tx, id).await? {
            return Err(Refusal::UnderWay(other.id.to_string()));
        }
        let attempt = refundable_attempt(&case)?.clone();
        let amount = read_amount(&case, &attempt, &request)?;
        let provider_refunds = payments_adapters::registry::card(&attempt.provider).is_some_and(|card| card.refunds);
        // What a person has settled, the provider does not know of.
        let way = if provider_refunds && attempt.evidence.is_none() { RefundWay::Provider } else { RefundWay::Manual };
        let refund = self.new_refund(caller, refund_id, &case, &attempt, amount, way, request.reason);
        refunds::insert(&mut tx, &refund).await?;
        if way == RefundWay::Provider {
            let lane = lanes.get(&attempt.account_id).ok_or_else(changed_meanwhile)?;
            tasks::enqueue(&mut tx, &self.refund_task(refund_id, lane, refund.created_at)).await?;
        }
        case.reserve(amount.minor);
        self.keep(tx, case).await?;
        Ok(refund)
    }

    /// The lanes of the accounts that served a payment. They are found before the transaction begins: one that waits for
    /// a second connection while it holds its own could wait for ever.
    async fn lanes(&self, caller: &Caller, id: PaymentId) -> Result<HashMap<AccountId, String>, Refusal> {
        let mut lanes = HashMap::new();
        for attempt in attempts::list(&self.db, id).await? {
            if let Some(served) = self.accounts.by_id(attempt.account_id, Some(caller.store)).await? {
                lanes.insert(attempt.account_id, served.provider.lane().to_owned());
            }
        }
        Ok(lanes)
    }

    #[expect(clippy::too_many_arguments, reason = "a row has as many sources")]
    fn new_refund(
        &self,
        caller: &Caller,
        id: RefundId,
        case: &Case,
        attempt: &Attempt,
        amount: Money,
        way: RefundWay,
        reason: Option<String>,
    ) -> Refund {
        let now = self.now();
        Refund {
            id,
            payment_id: case.payment.id,
            attempt_id: attempt.id,
            store_id: caller.store,
            livemode: caller.mode.is_live(),
            amount: amount.minor,
            currency: amount.currency,
            reason,
            status: RefundStatus::Pending,
            way,
            wire_reference: id.to_string().replacen("ref_", "R", 1),
            intent_id: None,
            provider_transaction: None,
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
            created_at: now,
            updated_at: now,
        }
    }

    /// A refund of a store, as it is now.
    pub async fn refund(&self, caller: &Caller, id: RefundId) -> Result<Refund, Refusal> {
        refunds::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?.ok_or(Refusal::NotFound)
    }

    /// The refunds of a payment, oldest first.
    pub async fn refunds(&self, caller: &Caller, id: PaymentId) -> Result<Vec<Refund>, Refusal> {
        self.row(caller, id).await?;
        Ok(refunds::of_payment(&self.db, id).await?)
    }

    /// What the store sees of a refund.
    pub fn view_refund(&self, caller: &Caller, refund: Refund) -> shown::Refund {
        shown::Refund {
            id: refund.id,
            payment: refund.payment_id,
            store: caller.store_key.to_string(),
            livemode: refund.livemode,
            amount: refund.money().to_string(),
            currency: refund.currency,
            status: refund.status,
            way: refund.way,
            awaits_second_person: (refund.first_key.is_some() && refund.evidence.is_none()).then_some(true),
            review: refund.review().map(|reason| Review { reason }),
            reason: refund.reason,
            provider_message: refund.provider_message,
            created_at: refund.created_at.to_string(),
            updated_at: refund.updated_at.to_string(),
        }
    }
}

/// The attempt whose money goes back: of a payment that was paid twice the later one, which is the one too many.
fn refundable_attempt(case: &Case) -> Result<&Attempt, Refusal> {
    let has_money =
        |attempt: &&Attempt| attempt.status == AttemptStatus::Paid && paid_by(case, attempt) > attempt.refunded_amount;
    case.attempts.iter().filter(has_money).max_by_key(|attempt| attempt.paid_at).ok_or_else(|| {
        Refusal::Conflict(Text::new(
            format!("a payment that is {} has nothing to refund", case.payment.status),
            format!("لا يوجد ما يُسترد من دفعة حالتها {}", case.payment.status),
        ))
    })
}

/// What an attempt brought in. Two sales under one reference are one attempt: what was paid counts, not what was asked.
fn paid_by(case: &Case, attempt: &Attempt) -> i64 {
    let paid = case.attempts.iter().filter(|other| other.status == AttemptStatus::Paid).count();
    if paid == 1 { case.payment.paid_amount } else { attempt.amount }
}

fn read_amount(case: &Case, attempt: &Attempt, request: &CreateRefund) -> Result<Money, Refusal> {
    if request.reason.as_ref().is_some_and(|reason| reason.chars().count() > 500) {
        return Err(Refusal::field("reason", "at most 500 characters", "500 حرف على الأكثر"));
    }
    // One sale at a time: nothing that the provider does takes from two.
    let most = (paid_by(case, attempt) - attempt.refunded_amount).min(case.payment.refundable()).min(attempt.amount);
    let most = Money::new(most, case.payment.currency);
    let amount = match &request.amount {
        Some(text) => validate::positive("amount", &text.0, case.payment.currency)?,
        None => most,
    };
    if amount.minor > most.minor || most.minor <= 0 {
        return Err(Refusal::field(
            "amount",
            format!("at most {most} {} can be refunded", most.currency),
            format!("أقصى مبلغ يمكن استرداده هو {most} {}", most.currency),
        ));
    }
    Ok(amount)
}
