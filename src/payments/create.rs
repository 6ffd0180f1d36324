//! Creating a payment.

use schemas::PaymentId;
use schemas::event::PaymentCreated;
use schemas::payment::{CreatePayment, PaymentStatus};
use sqlx::types::Json;

use super::open::{Prepared, Way, Wish};
use super::validate::{self, Draft};
use super::{Caller, Idempotency, Payments, Shown};
use crate::db::intake::{NewPayment, Taken};
use crate::db::payments::Payment;
use crate::events;
use crate::refusal::Refusal;
use crate::routing::Wanted;

impl Payments {
    /// Creates a payment with its first attempt, or answers the one that the same key made before.
    pub async fn create(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        request: CreatePayment,
    ) -> Result<(Shown, bool), Refusal> {
        let draft = validate::draft(caller, request)?;
        let wanted = Wanted {
            store: caller.store,
            mode: caller.mode,
            method: draft.request.method,
            brand: draft.request.brand.as_deref(),
            bank: draft.request.bank.as_deref(),
            reference: Some(&draft.reference),
            currency: draft.amount.currency,
            amount: Some(draft.amount.minor),
            customer: Some(&draft.customer),
            provider: draft.request.provider.as_deref(),
        };
        let mut ways = match self.choose(wanted, draft.fallback).await {
            Ok(ways) => ways,
            Err(refusal) => {
                let made = self.made_before(caller, idempotency).await?.ok_or(refusal)?;
                return Ok((self.read(caller, made.into()).await?, true));
            }
        };
        if ways.iter().any(Way::may_call) {
            // A repeat uses up nothing: neither a code nor what a provider allows.
            if let Some(made) = self.made_before(caller, idempotency.clone()).await? {
                return Ok((self.read(caller, made.into()).await?, true));
            }
        }
        if ways.front().is_some_and(|way| way.route.code.is_some()) {
            self.allow_code(caller, &draft.customer).await?;
        }
        let wish = Wish {
            payment: PaymentId::from(self.ambient.uuid()),
            number: 1,
            amount: draft.amount,
            brand: draft.request.brand.clone(),
            bank: draft.request.bank.clone(),
            customer: draft.customer.clone(),
        };
        let prepared = self.prepare(caller, &mut ways, &wish).await?;
        let new = self.new_payment(caller, idempotency, draft, &prepared)?;
        let shown = Shown { payment: new.payment.clone(), attempt: new.attempt.clone() };
        let id = shown.payment.id;
        match self.intake.take(new).await? {
            // Its first confirmation waits for a sweep: there is nothing to wake the work for.
            Taken::Created if prepared.call.is_none() => Ok((shown, false)),
            Taken::Created => {
                self.call_to_open(caller, prepared, ways, wish).await?;
                Ok((self.read(caller, id).await?, false))
            }
            Taken::Replay(id) => Ok((self.read(caller, id).await?, true)),
            Taken::Mismatch => Err(Refusal::KeyMismatch),
            Taken::ReferenceHeld(id) => Err(Refusal::ReferenceInUse(id.to_string())),
        }
    }

    fn new_payment(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        draft: Draft,
        prepared: &Prepared,
    ) -> Result<NewPayment, Refusal> {
        let (attempt, task) = (prepared.attempt.clone(), prepared.task.clone());
        let id = attempt.payment_id;
        let request = draft.request;
        let told = request.customer.is_some();
        let customer = told.then(|| self.seal_customer(caller.store, id, &draft.customer)).transpose()?;
        let payment = Payment {
            id,
            store_id: caller.store,
            livemode: caller.mode.is_live(),
            reference: draft.reference,
            holds_reference: true,
            amount: draft.amount.minor,
            currency: draft.amount.currency,
            paid_amount: 0,
            refund_reserved: 0,
            refunded_amount: 0,
            status: if attempt.is_opening() { PaymentStatus::Processing } else { PaymentStatus::RequiresAction },
            method: attempt.method,
            brand: attempt.brand.clone(),
            card_type: request.card_type.map(|card_type| card_type.as_str().to_owned()),
            provider: attempt.provider.clone(),
            attempt: 1,
            fallback_from: prepared.way.fallback_from.clone(),
            late: false,
            review_reason: None,
            customer,
            return_url: request.return_url,
            metadata: Json(request.metadata.unwrap_or_default()),
            version: 1,
            created_at: attempt.created_at,
            updated_at: attempt.created_at,
        };
        let created =
            PaymentCreated { attempt: 1, provider: payment.provider.clone(), payment: events::payment_facts(&payment) };
        let event = events::new(&self.ambient, payment.store_id, payment.livemode, created);
        let claim = self.claim(caller, idempotency, id.uuid());
        Ok(NewPayment { claim, payment, attempt, event, task })
    }
}
