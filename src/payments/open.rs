//! Opening an attempt: choosing who serves it and having the adapter say what the customer does next.

use std::sync::Arc;
use std::time::Duration;

use payments_adapters::Order;
use schemas::payment::{AttemptStatus, Customer, Fallback, Method};
use schemas::{AttemptId, Money, PaymentId};
use sqlx::types::Json;

use super::{CONFIRM, Caller, Payments, schedule};
use crate::accounts::Served;
use crate::db::Time;
use crate::db::attempts::Attempt;
use crate::db::tasks::Task;
use crate::refusal::Refusal;
use crate::routing::{Candidate, Wanted, WhyNot};

/// Who serves an attempt, and in whose stead.
pub(super) struct Choice {
    pub(super) served: Arc<Served>,
    pub(super) method: Method,
    pub(super) fallback_from: Option<String>,
}

/// What an attempt is opened for.
pub(super) struct Opened<'a> {
    pub(super) payment: PaymentId,
    pub(super) number: i32,
    pub(super) amount: Money,
    pub(super) brand: Option<String>,
    pub(super) bank: Option<String>,
    pub(super) customer: &'a Customer,
}

impl Payments {
    /// Chooses the provider, or says why there is none and what could be had instead.
    pub(super) async fn choose(&self, wanted: Wanted<'_>, fallback: Fallback) -> Result<Choice, Refusal> {
        let candidates = self.routing.candidates(wanted).await?;
        let Some(first) = candidates.into_iter().next() else {
            let text = schemas::Text::new("no provider serves this way of paying", "لا يوجد مزود يخدم طريقة الدفع هذه");
            return Err(Refusal::Unsupported { text, alternatives: Vec::new() });
        };
        let why_not = match first {
            Candidate { served: Some(served), why_not: None, .. } => {
                return Ok(Choice { served, method: wanted.method, fallback_from: None });
            }
            Candidate { why_not, .. } => why_not.unwrap_or(WhyNot::Misconfigured),
        };
        let alternatives = self.routing.alternatives(first.card.name, wanted).await?;
        if fallback == Fallback::Auto
            && let Some(Candidate { card, served: Some(served), .. }) = alternatives.first()
        {
            let from = Some(first.card.name.to_owned());
            return Ok(Choice { served: Arc::clone(served), method: card.methods[0], fallback_from: from });
        }
        let names: Vec<String> = alternatives.iter().map(|candidate| candidate.card.name.to_owned()).collect();
        Err(match why_not {
            WhyNot::Shut | WhyNot::Misconfigured => {
                Refusal::ProviderUnavailable { alternatives: (fallback != Fallback::None).then_some(names) }
            }
            WhyNot::NoAccount | WhyNot::OtherCurrency => {
                Refusal::Unsupported { text: why_not.text(), alternatives: names }
            }
        })
    }

    /// Opens an attempt with the chosen provider. Nothing is charged by it.
    pub(super) async fn open(
        &self,
        caller: &Caller,
        choice: &Choice,
        new: Opened<'_>,
    ) -> Result<(Attempt, Option<Task>), Refusal> {
        let now = self.now();
        let uuid = self.ambient.uuid();
        let id = AttemptId::from(uuid);
        let provider = &choice.served.provider;
        let wire_reference = wire_reference(id);
        let order = Order {
            wire_reference: wire_reference.clone(),
            amount: new.amount,
            method: choice.method,
            customer: new.customer.clone(),
            opened_at: now.timestamp(),
            return_url: format!("{}/v1/returns/{}", self.public_url, self.return_token(id)),
        };
        let opening = provider.open(&order).await?;
        let card = provider.card();
        let expires_at = card.asks.then(|| now.after(Duration::from_millis(self.settings.card_expires_ms)));
        let attempt = Attempt {
            id,
            payment_id: new.payment,
            store_id: caller.store,
            account_id: choice.served.row.id,
            number: new.number,
            provider: card.name.to_owned(),
            method: choice.method,
            brand: new.brand,
            bank: new.bank,
            wire_reference,
            status: AttemptStatus::Open,
            raw_status: None,
            amount: new.amount.minor,
            currency: new.amount.currency,
            next_action: Json(Some(opening.next_action)),
            provider_transaction: None,
            evidence: None,
            refunded_amount: 0,
            expires_at,
            hinted_at: None,
            asked_at: None,
            asks: 0,
            unknown_since: None,
            paid_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let due = schedule::first(expires_at, now, &self.settings);
        let task = card.asks.then(|| self.confirmation(id, provider.lane(), due));
        Ok((attempt, task))
    }

    /// The one task that asks about an attempt.
    pub(super) fn confirmation(&self, attempt: AttemptId, lane: &str, due_at: Time) -> Task {
        Task { due_at, ..Task::new(self.ambient.uuid(), CONFIRM, lane, attempt.to_string(), self.now()) }
    }
}

/// 27 characters of digits and capitals: within every provider's limits, and never reused.
fn wire_reference(id: AttemptId) -> String {
    id.to_string().replacen("att_", "J", 1)
}
