//! What people do: give a payment up, or prove with evidence that money has moved.

use std::time::Duration;

use payments_adapters::registry;
use schemas::payment::{AttemptStatus, Evidence, PaymentStatus, RefundStatus, Settle};
use schemas::{PaymentId, RefundId, StoreId, Text};
use serde_json::json;
use uuid::Uuid;

use super::switch::changed_meanwhile;
use super::{Caller, Case, Idempotency, Payments, Shown};
use crate::db::refunds::{self, Refund};
use crate::db::{Tx, tasks};
use crate::fields::evidence as check_evidence;
use crate::refusal::Refusal;
use crate::vault::Place;

impl Payments {
    /// Gives a payment up that waits for the customer. If the money comes all the same, it is told.
    pub async fn cancel(&self, caller: &Caller, id: PaymentId, idempotency: Idempotency) -> Result<Shown, Refusal> {
        self.row(caller, id).await?;
        let mut tx = self.db.begin().await?;
        let claim = self.claim(caller, idempotency, id.uuid());
        if self.claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read(caller, id).await;
        }
        let mut case = Case::load(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        if !case.cancel() {
            return Err(refused("cancelled", case.payment.status));
        }
        self.keep(tx, case).await?;
        self.read(caller, id).await
    }

    /// Takes a person's proof that the current attempt was paid: cash collected, transfer received, or a review decided.
    pub async fn settle(
        &self,
        caller: &Caller,
        id: PaymentId,
        idempotency: Idempotency,
        settle: Settle,
    ) -> Result<Shown, Refusal> {
        self.row(caller, id).await?;
        check_evidence(&settle.evidence)?;
        let mut tx = self.db.begin().await?;
        let claim = self.claim(caller, idempotency, id.uuid());
        if self.claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read(caller, id).await;
        }
        let mut case = Case::load(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        let index = settleable(&case, &settle)?;
        let attempt = case.attempts[index].id.uuid();
        let sealed = self.seal_evidence(caller.store, "attempts", attempt, &settle.evidence)?;
        let longest = Duration::from_millis(self.settings.answer_ms);
        if !settle.moved && case.expects_answer(index, self.now(), longest) {
            return Err(Refusal::Conflict(Text::new(
                "the provider is answering; wait for its answer",
                "المزود قيد الإجابة؛ انتظر جوابه",
            )));
        }
        if settle.moved {
            case.settle(index, sealed, self.now());
        } else {
            case.settle_unpaid(index, sealed);
        }
        self.keep(tx, case).await?;
        self.read(caller, id).await
    }

    /// Takes a person's proof that a refund's money went back.
    pub async fn settle_refund(
        &self,
        caller: &Caller,
        id: RefundId,
        idempotency: Idempotency,
        settle: Settle,
    ) -> Result<Refund, Refusal> {
        let named = self.refund(caller, id).await?;
        check_evidence(&settle.evidence)?;
        let mut tx = self.db.begin().await?;
        let claim = self.claim(caller, idempotency, id.uuid());
        if self.claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.refund(caller, id).await;
        }
        let mut case = Case::load(&mut tx, named.payment_id).await?.ok_or(Refusal::NotFound)?;
        let mut refund = refunds::in_tx(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        let by_hand = refund.way == schemas::payment::RefundWay::Manual && refund.status == RefundStatus::Pending;
        if !by_hand && refund.status != RefundStatus::NeedsReview {
            return Err(Refusal::Conflict(Text::new(
                format!("a refund that is {} is not settled by hand", refund.status),
                format!("استرداد حالته {} لا يُسوّى يدوياً", refund.status),
            )));
        }
        let sealed = self.seal_evidence(caller.store, "refunds", id.uuid(), &settle.evidence)?;
        if by_hand && settle.moved && self.settings.refund_second_person {
            let Some(first) = refund.first_key else {
                return self.first_of_two(tx, caller, refund, sealed).await;
            };
            self.check_second(caller, first, &refund, &settle.evidence)?;
        }
        refund.evidence = Some(sealed);
        refund.review_reason = None;
        if settle.moved {
            refund.status = RefundStatus::Succeeded;
            let index = case.index(refund.attempt_id).ok_or(Refusal::Internal("a refund without its attempt"))?;
            case.refunded(index, refund.amount, id);
        } else {
            refund.status = RefundStatus::Failed;
            case.release(refund.amount);
            case.tell_refund(&refund);
        }
        if !refunds::update(&mut tx, &mut refund, self.now()).await? {
            return Err(changed_meanwhile());
        }
        tasks::drop_key(&mut tx, super::REFUND, &id.to_string()).await?;
        self.keep(tx, case).await?;
        self.refund(caller, id).await
    }

    /// One person has said so; nothing changes before another one does.
    async fn first_of_two(
        &self,
        mut tx: Tx,
        caller: &Caller,
        mut refund: Refund,
        sealed: Vec<u8>,
    ) -> Result<Refund, Refusal> {
        refund.first_evidence = Some(sealed);
        refund.first_key = Some(caller.key.unwrap_or_default());
        if !refunds::update(&mut tx, &mut refund, self.now()).await? {
            return Err(changed_meanwhile());
        }
        tx.commit().await?;
        Ok(refund)
    }

    /// The second person has a key of their own, and is not the first one by name either.
    fn check_second(&self, caller: &Caller, first: Uuid, refund: &Refund, second: &Evidence) -> Result<(), Refusal> {
        let place = Place { store: refund.store_id, table: "refunds", row: refund.id.uuid(), field: "evidence" };
        let sealed = refund.first_evidence.as_deref().unwrap_or_default();
        let clear =
            self.vault.open(place, sealed).map_err(|_| Refusal::Internal("sealed evidence cannot be opened"))?;
        let text: serde_json::Value =
            serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("evidence cannot be read"))?;
        let name = |name: &str| name.trim().to_lowercase();
        let same = text["evidence"]["by"].as_str().is_some_and(|by| name(by) == name(&second.by));
        if same || caller.key == Some(first) {
            return Err(Refusal::Conflict(Text::new(
                "another person must prove it, with a key of their own",
                "يجب أن يثبته شخص آخر بمفتاح خاص به",
            )));
        }
        Ok(())
    }

    fn seal_evidence(
        &self,
        store: StoreId,
        table: &'static str,
        row: Uuid,
        evidence: &Evidence,
    ) -> Result<Vec<u8>, Refusal> {
        let text = json!({"evidence": evidence, "at": self.now().to_string()}).to_string();
        Ok(self.vault.seal(Place { store, table, row, field: "evidence" }, text.as_bytes()))
    }
}

/// The attempt that a person may prove: the one that is named, else the current one where it is settled by hand, else
/// the one that waits for a person.
fn settleable(case: &Case, settle: &Settle) -> Result<usize, Refusal> {
    let by_hand = |provider: &str| registry::card(provider).is_some_and(|card| card.settled_by_hand);
    let in_doubt = |status| matches!(status, AttemptStatus::NeedsReview | AttemptStatus::Unknown);
    let may = |index: &usize| {
        let attempt = &case.attempts[*index];
        let open = attempt.status != AttemptStatus::Paid;
        // That money did not move can be proved only where somebody wonders whether it did.
        open && (in_doubt(attempt.status) || (settle.moved && by_hand(&attempt.provider)))
    };
    let numbered = |number| case.attempts.iter().position(|attempt| attempt.number == number).filter(may);
    let found = match settle.attempt {
        Some(number) => numbered(number),
        None => numbered(case.payment.attempt)
            .or_else(|| (0..case.attempts.len()).find(|index| in_doubt(case.attempts[*index].status))),
    };
    found.ok_or_else(|| refused("settled by hand", case.payment.status))
}

fn refused(what: &str, status: PaymentStatus) -> Refusal {
    Refusal::Conflict(Text::new(
        format!("a payment that is {status} cannot be {what}"),
        format!("لا يمكن تنفيذ هذا الإجراء على دفعة حالتها {status}"),
    ))
}
