//! Switching: another attempt at the same payment, by another way. What the first one still brings is not lost.

use schemas::payment::{AttemptStatus, CreateAttempt, Fallback, PaymentStatus};
use schemas::{PaymentId, StoreId};

use super::open::{Way, Wish};
use super::{Caller, Case, Idempotency, Payments, Shown, customer_place, validate};
use crate::db::{attempts, payments, tasks};
use crate::refusal::Refusal;
use crate::routing::Wanted;
use schemas::Text;

impl Payments {
    /// Makes another attempt, or answers the payment that the same key switched before.
    pub async fn switch(
        &self,
        caller: &Caller,
        id: PaymentId,
        idempotency: Idempotency,
        request: CreateAttempt,
    ) -> Result<Shown, Refusal> {
        validate::way(&request)?;
        let payment = self.row(caller, id).await?;
        let provider = request.provider.as_deref();
        let customer = self.customer_of(&payment)?.with(request.customer.clone().unwrap_or_default());
        let wanted = Wanted {
            store: caller.store,
            mode: caller.mode,
            method: request.method,
            brand: request.brand.as_deref(),
            bank: request.bank.as_deref(),
            reference: Some(&payment.reference),
            currency: payment.currency,
            amount: Some(payment.amount),
            customer: Some(&customer),
            provider,
        };
        let mut ways = match self.choose(wanted, Fallback::Offer).await {
            Ok(ways) => ways,
            Err(refusal) => {
                self.made_before(caller, idempotency).await?.ok_or(refusal)?;
                return self.read(caller, id).await;
            }
        };
        if ways.iter().any(Way::may_call) {
            // A repeat uses up nothing: neither a code nor what a provider allows.
            if self.made_before(caller, idempotency.clone()).await?.is_some() {
                return self.read(caller, id).await;
            }
        }
        if ways.front().is_some_and(|way| way.route.code.is_some()) {
            self.allow_code(caller, &customer).await?;
        }
        // Prepared before the transaction begins: an adapter may count what it may have, in the database.
        let number = attempts::list(&self.db, id).await?.iter().map(|attempt| attempt.number).max().unwrap_or(0) + 1;
        let (brand, bank) = (request.brand, request.bank);
        let wish = Wish { payment: id, number, amount: payment.money(), brand, bank, customer };
        let prepared = self.prepare(caller, &mut ways, &wish).await?;

        let mut tx = self.db.begin().await?;
        let claim = self.claim(caller, idempotency, id.uuid());
        if self.claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read(caller, id).await;
        }
        let mut case = Case::load(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        check_switchable(&case)?;
        if case.attempts.iter().any(|attempt| attempt.number >= number) {
            return Err(changed_meanwhile());
        }
        attempts::insert_all(&mut tx, &[&prepared.attempt]).await?;
        if let Some(task) = &prepared.task {
            tasks::insert_all(&mut tx, &[task]).await?;
        }
        if request.customer.is_some() {
            case.payment.customer = Some(self.seal_customer(caller.store, id, &wish.customer)?);
        }
        case.switch(&prepared.attempt, prepared.way.fallback_from.clone());
        self.keep(tx, case).await?;
        if prepared.call.is_some() {
            self.call_to_open(caller, prepared, ways, wish).await?;
        }
        self.read(caller, id).await
    }

    pub(super) fn seal_customer(
        &self,
        store: StoreId,
        id: PaymentId,
        customer: &schemas::payment::Customer,
    ) -> Result<Vec<u8>, Refusal> {
        let text = serde_json::to_vec(customer).map_err(|_| Refusal::Internal("a customer cannot be written"))?;
        Ok(self.vault.seal(customer_place(store, id), &text))
    }

    pub(super) fn customer_of(&self, payment: &payments::Payment) -> Result<schemas::payment::Customer, Refusal> {
        let Some(sealed) = &payment.customer else { return Ok(Default::default()) };
        let clear = self.vault.open(customer_place(payment.store_id, payment.id), sealed);
        let clear = clear.map_err(|_| Refusal::Internal("a sealed customer cannot be opened"))?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("a customer cannot be read"))
    }

    /// Saves a case and commits its transaction.
    pub(super) async fn keep(&self, mut tx: crate::db::Tx, case: Case) -> Result<(), Refusal> {
        if !case.save(&mut tx, &self.ambient).await? {
            return Err(changed_meanwhile());
        }
        tx.commit().await?;
        self.waker.wake_all();
        Ok(())
    }
}

/// Everyone takes the lock of the reference first, so this is a write from outside; the caller reads again.
pub(super) fn changed_meanwhile() -> Refusal {
    Refusal::Conflict(Text::new(
        "the payment changed meanwhile; read it and try again",
        "تغيرت حالة الدفعة أثناء الطلب؛ اقرأها ثم أعد المحاولة",
    ))
}

/// A payment can be switched while nothing has been paid and nobody wonders whether something was.
fn check_switchable(case: &Case) -> Result<(), Refusal> {
    use PaymentStatus::{Cancelled, Declined, Expired, RequiresAction};
    let unknown = case.attempts.iter().any(|attempt| attempt.status == AttemptStatus::Unknown);
    if unknown || !matches!(case.payment.status, RequiresAction | Declined | Expired | Cancelled) {
        return Err(Refusal::Conflict(Text::new(
            format!("a payment that is {} cannot be switched", case.payment.status),
            format!("لا يمكن تغيير طريقة دفعة حالتها {}", case.payment.status),
        )));
    }
    if let Some(holder) = case.siblings.iter().find(|sibling| sibling.holds_reference) {
        return Err(Refusal::ReferenceInUse(holder.id.to_string()));
    }
    Ok(())
}
