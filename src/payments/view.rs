//! How a payment is shown.

use schemas::payment::{self as shown, AttemptStatus, Customer, PaymentStatus, Review};

use super::{Caller, Payments, customer_place};
use crate::db::attempts::Attempt;
use crate::db::payments::Payment;
use crate::refusal::Refusal;
use crate::routing::Wanted;

/// A payment and its current attempt.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The payment.
    pub payment: Payment,
    /// The attempt it stands at.
    pub attempt: Attempt,
}

impl Shown {
    fn next_action(&self) -> Option<shown::NextAction> {
        let waits = self.payment.status == PaymentStatus::RequiresAction && self.attempt.status == AttemptStatus::Open;
        self.attempt.next_action.0.clone().filter(|_| waits)
    }

    /// What a browser may see.
    pub fn public(&self) -> shown::PublicPayment {
        shown::PublicPayment {
            id: self.payment.id,
            amount: self.payment.money().to_string(),
            currency: self.payment.currency,
            status: self.payment.status,
            method: self.payment.method,
            next_action: self.next_action(),
        }
    }
}

impl Payments {
    /// What the store sees.
    pub async fn view(&self, caller: &Caller, shown: Shown) -> Result<shown::Payment, Refusal> {
        let alternatives = self.alternatives(caller, &shown.payment).await?;
        let customer =
            shown.payment.customer.as_deref().map(|sealed| self.open_customer(&shown.payment, sealed)).transpose()?;
        let next_action = shown.next_action();
        let codes_left = matches!(next_action, Some(shown::NextAction::Otp { .. }))
            .then(|| self.settings.wrong_codes - shown.attempt.wrong_codes);
        let Shown { payment, attempt } = shown;
        Ok(shown::Payment {
            id: payment.id,
            amount: payment.money().to_string(),
            amount_refunded: schemas::Money::new(payment.refunded_amount, payment.currency).to_string(),
            client_secret: self.client_secret(payment.id),
            failure: attempt.failure().map(|reason| shown::Failure { reason, message: attempt.raw_status.clone() }),
            codes_left,
            review: payment.review().map(|reason| Review { reason }),
            reference: payment.reference,
            store: caller.store_key.to_string(),
            livemode: payment.livemode,
            currency: payment.currency,
            status: payment.status,
            method: payment.method,
            brand: payment.brand,
            provider: payment.provider,
            attempt: payment.attempt,
            next_action,
            fallback_from: payment.fallback_from,
            alternatives,
            late: payment.late.then_some(true),
            customer,
            metadata: payment.metadata.0,
            created_at: payment.created_at.to_string(),
            updated_at: payment.updated_at.to_string(),
            expires_at: attempt.expires_at.map(|end| end.to_string()),
        })
    }

    /// What could be had instead, while there is something to choose.
    async fn alternatives(&self, caller: &Caller, payment: &Payment) -> Result<Vec<String>, Refusal> {
        use PaymentStatus::{Cancelled, Declined, Expired, RequiresAction};
        if !matches!(payment.status, RequiresAction | Declined | Expired | Cancelled) {
            return Ok(Vec::new());
        }
        let wanted = Wanted {
            store: caller.store,
            mode: caller.mode,
            method: payment.method,
            brand: None,
            bank: None,
            reference: None,
            currency: payment.currency,
            amount: Some(payment.amount),
            customer: None,
            provider: None,
        };
        let found = self.routing.alternatives(&payment.provider, wanted).await?;
        Ok(found.iter().map(|candidate| candidate.card.name.to_owned()).collect())
    }

    fn open_customer(&self, payment: &Payment, sealed: &[u8]) -> Result<Customer, Refusal> {
        let clear = self.vault.open(customer_place(payment.store_id, payment.id), sealed);
        let clear = clear.map_err(|_| Refusal::Internal("a sealed customer cannot be opened"))?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("a customer cannot be read"))
    }
}
